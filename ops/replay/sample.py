"""Replaying a sample of recent documents: how many would have ended otherwise, and which."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog.database import Catalog
from catalog.queries import UNFINISHED, DocumentRow, list_documents
from ops.intervals import Rate, rate
from ops.replay.again import NothingToReplayError, Replay
from ops.replay.changes import OtherTypeError
from ops.replay.differences import FieldDifference, field_differences, rule_differences
from schemas.canonical import digest

SPLIT, DEAD = "split", "dead_lettered"
"""Ends of a document that leave no fields to compare."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A document that would have ended otherwise."""

    document_id: str
    name: str | None
    before: str
    after: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Sampled:
    """What a sample of replays showed.

    Attributes:
        replayed: Documents that were run again.
        skipped: Documents that never came as far as the stage, or whose type has no such part.
        endings: How many went from one end to another.
        values: By field, in how many documents it would have another value.
        decisions: By field, in how many documents something else would have become of it.
        rules: By rule and its two verdicts, how many documents it would judge otherwise.
        refused: Documents that a stage would have refused, with its sentence; no field of them is compared.
        misfits: Why the change says nothing of a document, with how many.
    """

    replayed: int = 0
    skipped: int = 0
    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)
    flips: list[Flip] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    misfits: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    bought: int = 0
    cost: float | None = 0.0

    def add(self, row: DocumentRow, one: Replay) -> None:
        """Count one replay."""
        self.replayed += 1
        self.bought += one.bought
        self.cost = None if self.cost is None or one.cost is None else self.cost + one.cost
        differences = self._compare(one)
        ends = one.before.ending, one.after.ending
        self.endings[ends] += 1
        if ends[0] != ends[1]:
            named = tuple(d.name for d in differences)
            self.flips.append(Flip(one.document_id, row.name, *ends, named))

    def _compare(self, one: Replay) -> Sequence[FieldDifference]:
        if one.failure is not None:
            self.refused.append((one.document_id, one.failure))
            return ()
        differences = field_differences(one.before, one.after)
        self.values.update(d.name for d in differences if d.value_differs)
        self.decisions.update(d.name for d in differences if d.decision_differs)
        self.rules.update((d.name, d.before, d.after) for d in rule_differences(one.before, one.after))
        self.changed += bool(differences)
        return differences

    @property
    def differs(self) -> bool:
        """Whether anything would come out otherwise: an outcome, a field or the verdict of a rule."""
        return bool(self.flips or self.changed or self.rules)

    @property
    def tells(self) -> bool:
        """Whether any document got through, so that something can be said."""
        return self.replayed > len(self.refused)

    def rate(self, hits: int) -> Rate:
        """Return a count as a rate of the documents replayed."""
        return rate(hits, self.replayed)


async def draw(
    catalog: Catalog,
    size: int,
    *,
    since: datetime,
    until: datetime,
    doc_type: str | None = None,
    without: Collection[str] = (SPLIT, DEAD, "withdrawn"),
) -> list[DocumentRow]:
    """Return ``size`` documents at rest that came in since, drawn by a digest of their ids.

    The same documents are drawn whenever the same question is asked, so that two changes can be compared.

    Args:
        catalog: Where to look.
        size: How many at most.
        since: Submitted at or after.
        until: Submitted before.
        doc_type: Only this type.
        without: States of documents that nothing is asked about.
    """
    found = [
        row
        async for row in list_documents(catalog, since=since, until=until, doc_type=doc_type)
        if row.state not in (*UNFINISHED, *without)
    ]
    return heapq.nsmallest(size, found, key=lambda row: digest(["replay", row.document_id]))


async def replay_sample(
    rows: Iterable[DocumentRow],
    once: Callable[[str], Awaitable[Replay]],
    on_each: Callable[[Sampled], None],
) -> Sampled:
    """Replay each document and return what the sample shows; ``on_each`` hears of the progress."""
    found = Sampled()
    for row in rows:
        try:
            found.add(row, await once(row.document_id))
        except NothingToReplayError:
            found.skipped += 1
        except OtherTypeError as misfit:
            found.skipped += 1
            found.misfits[str(misfit)] += 1
        on_each(found)
    return found
