"""What people's answers say of a shadow, when it ends, and what follows from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from evals.answering import answer_at
from evals.errors import LostRaceError
from evals.registry.history import previous_bundle
from evals.registry.promoting import rollback
from evals.scoring.answers import answered_field
from evals.scoring.compare import judge
from evals.scoring.table import NOT_ANSWERED
from evals.sets.build import plain_value
from evals.shadow.betting import decided_after, richest
from evals.shadow.keeping import Ended, Note, Role, Shadow, Tally, Verdict, disputed, end
from evals.truth import value_of
from evals.variants import Variant
from review.queue.lanes import Lane
from schemas.errors import MissingObjectError
from schemas.results import ArtifactKind, Record
from schemas.reviewed import ReviewedRecord, ReviewedState
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry
from store.releases import load_release
from store.reviewed import reviewed_between

GUARD = "shadow guard"
"""Who signs a rollback that nobody typed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A document that both read differently, and who was right."""

    document_id: str
    live: bool
    shadow: bool

    @property
    def discordant(self) -> bool:
        """Whether exactly one of them was right in every field that they read differently."""
        return self.live != self.shadow


async def pairs(store: ObjectStore, shadow: Shadow, variant: Variant, now: datetime) -> list[Pair]:
    """Return the documents that people settled, in the order in which they did.

    Only blind answers to the shadow's own questions count: whoever looked for another reason saw what the
    live variant read.
    """
    asked = {note.document_id: note for note in await disputed(store, shadow) if note.asked}
    # Whose clock dates an answer may differ from whose dated the question.
    day = timedelta(days=1)
    said = await reviewed_between(store, (shadow.since - day).date(), (now + day).date())
    found: dict[str, Pair] = {}
    for record in said:
        note = asked.get(record.document_id)
        mine = note is not None and record.lane == Lane.SHADOW.value and record.run_id == note.run_id
        if note is not None and mine and record.document_id not in found:
            pair = await _pair(store, record, variant, note)
            if pair is not None:
                found[record.document_id] = pair
    return list(found.values())


async def _pair(store: ObjectStore, said: ReviewedRecord, variant: Variant, note: Note) -> Pair | None:
    """Return who was right about a document in the fields that were read differently."""
    answer = await answer_at(store, note.answer)
    if answer is None or said.record is None:
        return None
    try:
        record: Record = await get_artifact(store, said.record, ArtifactKind.RECORD)
    except MissingObjectError:
        return None
    read = {judged.field.name: answered_field(judged) for judged in record.fields}
    told = {field.name: field for field in answer.fields}
    specs = {spec.name: spec for spec in variant.doc_type.fields}
    live = other = True
    for field in said.fields:
        if (
            field.name in note.fields
            and field.name in specs
            and field.state is not ReviewedState.NOT_REVIEWED
        ):
            spec = specs[field.name]
            truth = plain_value(value_of(field, many=spec.many))
            one, two = read.get(field.name, NOT_ANSWERED), told.get(field.name, NOT_ANSWERED)
            live = live and judge(spec, truth, one.values, one.rows).right
            other = other and judge(spec, truth, two.values, two.rows).right
    return Pair(said.document_id, live, other)


def tally(found: Sequence[Pair]) -> tuple[Tally, Verdict | None]:
    """Return the pairs counted, and what the bets say: the first that was won, or None so far."""
    won = [pair.shadow for pair in found if pair.discordant]
    lost = [not one for one in won]
    counted = Tally(
        fixes=sum(won),
        breaks=len(won) - sum(won),
        ties=len(found) - len(won),
        better=round(richest(won), 4),
        worse=round(richest(lost), 4),
    )
    ends = {Verdict.BETTER: decided_after(np.asarray(won, dtype=bool))}
    ends[Verdict.WORSE] = decided_after(np.asarray(lost, dtype=bool))
    said = [(after, verdict) for verdict, after in ends.items() if after is not None]
    return counted, min(said)[1] if said else None


async def settle(
    store: ObjectStore, shadow: Shadow, variant: Variant, now: datetime, code: str
) -> tuple[Tally, Ended | None]:
    """Return how a shadow stands, and its end where it has come to one.

    A guard that is found to be better than what is live becomes live again; a challenger that is found to be
    better goes live by nobody but an approver.

    Raises:
        LostRaceError: Something else became live while a guard was to take over.
    """
    counted, verdict = tally(await pairs(store, shadow, variant, now))
    live = await _live(store, shadow.doc_type)
    took_over = shadow.role is Role.GUARD and live == shadow.variant
    if verdict is not None and (live == shadow.against or took_over):
        most = counted.better if verdict is Verdict.BETTER else counted.worse
        why = (
            f"right in {counted.fixes} of {counted.fixes + counted.breaks} documents that only one reads "
            f"right, evidence {most:.0f}"
        )
        if verdict is Verdict.BETTER and shadow.role is Role.GUARD:
            if not took_over:
                await _take_over(store, shadow, why, now, code)
            why = f"{why}; live again"
    elif live != shadow.against:
        verdict, why = Verdict.STOPPED, f"{shadow.doc_type}@{shadow.against[:8]} is live no more"
    elif now - shadow.since >= timedelta(days=shadow.days):
        verdict, why = Verdict.UNDECIDED, f"after {shadow.days} days neither is shown to be better"
    else:
        return counted, None
    ended = Ended(at=now, by=GUARD, verdict=verdict, why=why, tally=counted)
    return counted, await end(store, shadow, ended)


async def _live(store: ObjectStore, doc_type: str) -> str | None:
    """Return the digest of a type's live bundle."""
    entry = await Registry(store).live(RELEASE_SLOT)
    if entry is None:
        return None
    bundle = (await load_release(store, entry.statement.what)).bundles.get(doc_type)
    return bundle.digest if bundle else None


async def _take_over(store: ObjectStore, shadow: Shadow, why: str, now: datetime, code: str) -> None:
    """Make what was live before live again; only in the place of what the guard was held against."""
    before = await previous_bundle(store, shadow.doc_type, shadow.against)
    if before is None or before.digest != shadow.variant:
        raise LostRaceError(
            f"{shadow.name} is shown to be better than what is live, and a rollback would not bring it back; "
            "look at doctrail registry log"
        )
    await rollback(
        store, shadow.doc_type, GUARD, now, code, instead_of=shadow.against, comment=f"{shadow.name} {why}"
    )
