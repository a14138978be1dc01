"""What a run among faults must account for: failed tries, uncertain calls, replies sold, values accepted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from inference.serve.faults import NOWHERE, Fault
from ops.spending import HEAD, spending, spending_rows
from schemas.classification import Classification
from schemas.layout import Layout
from schemas.results import ArtifactKind, FieldDecision, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.trail import AttemptRecord

TRIES = {
    "ThrottlingException": {Fault.THROTTLE, Fault.THROTTLE_HINTED},
    "InternalServerException": {Fault.ERROR},
    "ServiceUnavailableException": {Fault.UNAVAILABLE},
    "broke off": {Fault.RESET, Fault.TRUNCATED, Fault.HANG},
}
"""What a failed try says, and which faults it may have met."""
LATE = "broke off"
UNPAID, LOST = "TransientError", "LostReplyError"
CLASS = {
    "ThrottlingException": UNPAID,
    "ServiceUnavailableException": UNPAID,
    "InternalServerException": LOST,
    LATE: LOST,
}
"""What metrics call such a try."""


@dataclass
class Broken:
    """What a run broke: promises, each with the sentences that show it."""

    sentences: list[str] = field(default_factory=list)

    def require(self, holds: bool, sentence: str) -> None:
        """Note ``sentence`` unless it holds."""
        print(("ok    " if holds else "BROKEN") + f" {sentence}")
        if not holds:
            self.sentences.append(sentence)


@dataclass(frozen=True)
class Told:
    """What an endpoint says of itself.

    Attributes:
        sold: Replies that went out whole.
        lost: Replies that broke off.
        met: Faults that requests met.
        metered: Failed calls as our metrics have them, by class; None where nobody reads them.
    """

    sold: int
    lost: int
    met: Counter[str]
    metered: Counter[str] | None = None


async def account(store: ObjectStore, told: Told, broken: Broken) -> None:
    """Hold what trails and metrics say of failed and uncertain calls against what the endpoint says.

    A machine that is busy enough gives up calls that the endpoint answers all the same. How many is seen:
    so many more broke off here than there. So many answers may lack in the trails, or be sold again.
    """
    failed, uncertain = await _noted(store)
    met = told.met
    print(f"failed tries by class: {dict(failed)}; the endpoint met {dict(met)}")
    print(f"uncertain calls by cause: {dict(uncertain)}")
    left = failed[LATE] - sum(met[fault] for fault in TRIES[LATE])
    broken.require(left >= 0, f"{failed[LATE]} tries broke off, {left} of them before the endpoint answered")
    _hold_tries(failed, told, left, broken)
    counted = await spending(store)
    for row in (HEAD, *spending_rows(counted)):
        print("  " + " | ".join((row[0][:28], *row[1:])))
    kept = sum(one.bought for one in counted.models)
    twice = told.sold - kept
    broken.require(
        0 <= twice <= left,
        f"{told.sold} whole replies sold, {kept} kept, so {twice} paid twice; {told.lost} broke off",
    )
    maybe = sum(met[fault] for fault in (Fault.ERROR, Fault.RESET, Fault.TRUNCATED, Fault.HANG))
    broken.require(
        uncertain.total() >= maybe,
        f"{uncertain.total()} uncertain calls, {maybe} replies lost at the endpoint",
    )


async def balance(store: ObjectStore) -> tuple[int, int]:
    """Return how many replies are kept, and how many calls left none that may have been paid for."""
    uncertain = (await _noted(store))[1]
    return sum(one.bought for one in (await spending(store)).models), uncertain.total()


async def _noted(store: ObjectStore) -> tuple[Counter[str], Counter[str]]:
    """Return the failed tries and the uncertain calls that trails tell of, by class."""
    failed: Counter[str] = Counter()
    uncertain: Counter[str] = Counter()
    async for key in store.list("documents"):
        if "/trail/" in key:
            attempt = AttemptRecord.model_validate_json(await store.fetch(key) or b"")
            failed.update(_named(one.error) for one in attempt.tries if one.error)
            uncertain.update(_named(str(s.data["why"])) for s in attempt.steps if s.name == "uncertain call")
    return failed, uncertain


def _hold_tries(failed: Counter[str], told: Told, left: int, broken: Broken) -> None:
    for name, faults in TRIES.items():
        if name != LATE:
            count = sum(told.met[fault] for fault in faults)
            sentence = f"{failed[name]} failed tries ({name}) in the trails, {count} at the endpoint"
            broken.require(count - left <= failed[name] <= count, sentence)
    for kind in (UNPAID, LOST) if told.metered is not None else ():
        noted = sum(failed[name] for name, metered_as in CLASS.items() if metered_as == kind)
        count = told.metered[kind] if told.metered is not None else 0
        broken.require(noted == count, f"{count} failed calls ({kind}) in the metrics, {noted} in the trails")


def _named(error: str) -> str:
    """Return the class of a failed try, as ``TRIES`` names it."""
    return next((name for name in TRIES if name in error), "broke off" if "another shape" in error else error)


def log_of(path: Path) -> Told:
    """Return what an endpoint's log says."""
    met: Counter[str] = Counter()
    sold = lost = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told.get("fault"):
            met[told["fault"]] += 1
        if told["event"] == "model.answered":
            lost += told["broken"]
            sold += not told["broken"]
    return Told(sold, lost, met)


async def accepted_off_page(store: ObjectStore) -> list[str]:
    """Return accepted values that do not stand on their page, or that a fault made up."""
    found: list[str] = []
    layouts: dict[str, Layout] = {}
    async for key in store.list("documents"):
        if "/results/validation/" not in key:
            continue
        record = Record.model_validate_json(await store.fetch(key) or b"")
        classified: Classification = await get_artifact(
            store, record.classification, ArtifactKind.CLASSIFICATION
        )
        if classified.layout is None:
            continue
        if classified.layout.uri not in layouts:
            layouts[classified.layout.uri] = await get_artifact(store, classified.layout, ArtifactKind.LAYOUT)
        found += _off_page(record, layouts[classified.layout.uri])
    return found


def _off_page(record: Record, layout: Layout) -> Iterator[str]:
    texts = {line.id: line.text for page in layout.pages for line in page.lines}
    for one in record.fields:
        if one.decision is not FieldDecision.ACCEPTED:
            continue
        for reading in [reading for cell in one.field.cells for reading in cell.readings]:
            stands = reading.evidence and all(
                texts.get(e.line, "")[e.start : e.end] == e.quote for e in reading.evidence
            )
            if not stands or NOWHERE in (reading.raw, reading.value):
                yield f"{record.record_id}: {one.field.name}"
