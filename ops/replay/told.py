"""What a run did from one stage on, read back from what its stages stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ops.replay.changes import STAGES
from schemas.classification import Classification
from schemas.documents import DocumentClassified, DocumentExtracted, DocumentSubmitted, Route
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Extraction, Record
from schemas.versions import decode
from store import keys
from store.artifacts import get_artifact
from store.children import load_origin
from store.parsing import parse
from store.protocol import ObjectStore
from store.stages import Outcome, SealedMessage, outcomes_of, recall_outcome
from store.trail import AttemptRecord, Step

TOPICS = {
    "gatekeeper": (DocumentSubmitted.event,),
    "extraction": (DocumentClassified.event,),
    "validation": (DocumentExtracted.event, DocumentClassified.event),
}
"""What each stage is set going by, in a run that no person's decision opened."""


@dataclass(frozen=True, slots=True)
class StageTold:
    """What one stage did about its message.

    Attributes:
        outcome: None where it never got to one.
        attempt: The attempt that computed its result; None where none is on record.
    """

    stage: str
    trigger: SealedMessage
    outcome: Outcome | None
    attempt: AttemptRecord | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What it did, in order."""
        return self.attempt.steps if self.attempt else ()


@dataclass(slots=True)
class Told:
    """A run from one stage on: what each stage did, and what it found."""

    stages: list[StageTold] = field(default_factory=list)
    classification: Classification | None = None
    extraction: Extraction | None = None
    record: Record | None = None

    @property
    def ending(self) -> str:
        """How it ended, before any person decided: a record's status, or ``review``."""
        if self.record is None:
            return "no record"
        return self.record.status.value if self.record.status else "review"

    def stage(self, name: str) -> StageTold | None:
        """Return what the stage ``name`` did, where it had a message."""
        return next((one for one in self.stages if one.stage == name), None)


async def trigger_of(store: ObjectStore, document_id: str, run_id: str, stage: str) -> SealedMessage | None:
    """Return the message that set a stage of a run going, as it was recorded."""
    senders = {
        "gatekeeper": ("intake",),
        "extraction": ("gatekeeper",),
        "validation": ("extraction", "gatekeeper"),
    }
    for sender, topic in zip(senders[stage], TOPICS[stage], strict=True):
        for outcome in await outcomes_of(store, document_id, run_id, sender):
            found = _sent(outcome, document_id, topic)
            if found is not None and _consumed(found) == stage:
                return found
    return await _from_packet(store, document_id, run_id) if stage == "gatekeeper" else None


async def tell(store: ObjectStore, document_id: str, run_id: str, stage: str, trigger: SealedMessage) -> Told:
    """Return what the run did from ``stage`` on about ``trigger``, and found before it."""
    told = Told()
    await _found_before(store, told, document_id, run_id, stage)
    message: SealedMessage | None = trigger
    name: str | None = stage
    while message is not None and name is not None:
        outcome = await recall_outcome(store, document_id, run_id, name, message.event_id)
        attempt = await _attempt(store, document_id, run_id, name, message.event_id, outcome)
        told.stages.append(StageTold(name, message, outcome, attempt))
        if outcome is None:
            break
        await _found(store, told, name, outcome.result)
        message = next((_m for _m in outcome.messages if _m.key == document_id and _consumed(_m)), None)
        name = _consumed(message) if message else None
    return told


def _consumed(message: SealedMessage) -> str | None:
    """Return the stage that goes on with a message, or None where it is the end."""
    data = decode(message.topic, message.body.encode()).data
    match data:
        case DocumentSubmitted():
            return "gatekeeper"
        case DocumentClassified():
            return "extraction" if data.route is Route.EXTRACT else "validation"
        case DocumentExtracted():
            return "validation"
    return None


def _sent(outcome: Outcome, document_id: str, topic: str) -> SealedMessage | None:
    return next((m for m in outcome.messages if (m.topic, m.key) == (topic, document_id)), None)


async def _from_packet(store: ObjectStore, document_id: str, run_id: str) -> SealedMessage | None:
    """Return the message by which a part was let in; its packet's Gatekeeper sent it."""
    origin = await load_origin(store, document_id)
    if origin is None:
        return None
    folder = f"{keys.document(origin.parent_id)}/outcomes"
    async for key in store.list(folder):
        data = await store.fetch(key) if "/gatekeeper/" in key else None
        sent = None if data is None else _sent(parse(data, Outcome, key), document_id, "documents.submitted")
        if sent is not None and decode(sent.topic, sent.body.encode()).run == run_id:
            return sent
    return None


async def _found_before(store: ObjectStore, told: Told, document_id: str, run_id: str, stage: str) -> None:
    for earlier in STAGES[: STAGES.index(stage)]:
        for outcome in await outcomes_of(store, document_id, run_id, earlier):
            await _found(store, told, earlier, outcome.result)


async def _found(store: ObjectStore, told: Told, stage: str, result: ObjectRef | None) -> None:
    if result is None:
        return
    if stage == "gatekeeper":
        told.classification = await get_artifact(store, result, ArtifactKind.CLASSIFICATION)
    elif stage == "extraction":
        told.extraction = await get_artifact(store, result, ArtifactKind.EXTRACTION)
    else:
        told.record = await get_artifact(store, result, ArtifactKind.RECORD)


async def _attempt(
    store: ObjectStore, document_id: str, run_id: str, stage: str, event_id: str, outcome: Outcome | None
) -> AttemptRecord | None:
    """Return the attempt that computed the outcome's result, another run's where this one reused it."""
    attempts = await _attempts(store, f"{keys.document(document_id)}/trail/{run_id}/{stage}")
    own = [one for one in attempts if one.event_id == event_id]
    last = own[-1] if own else None
    if last is None or last.ended != "reused" or outcome is None:
        return last
    folder = f"{keys.document(document_id)}/trail"
    for run in [name async for name in store.folders(folder)]:
        for one in await _attempts(store, f"{folder}/{run}/{stage}"):
            if one.ended == "computed" and one.outputs.get("result") == outcome.result:
                return one
    return last


async def _attempts(store: ObjectStore, folder: str) -> Sequence[AttemptRecord]:
    found = [(key, await store.fetch(key)) async for key in store.list(folder)]
    return [parse(data, AttemptRecord, key) for key, data in found if data is not None]
