"""How far submissions have come, read from outcome and dead-letter objects alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from ops.gates.standing import held_among
from ops.submit import Submitted
from schemas.packets import Child
from schemas.records import RecordCompleted, RecordStatus, ReviewRequested
from schemas.results import ArtifactKind
from schemas.versions import decode
from store import keys
from store.artifacts import get_artifact
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import load_run, run_id_of
from store.revisions import standing
from store.stages import Outcome, outcomes_of
from store.submissions import links, load_submission


class End(StrEnum):
    """Where a submission rests."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    REJECTED = "rejected"
    PARTIAL = "partial"
    SPLIT = "split"
    WITHDRAWN = "withdrawn"
    DEAD_LETTERED = "dead-lettered"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A run whose end is awaited.

    Attributes:
        event_id: Of the inbox message, under which a dead letter of intake would lie; a part has none.
        cause: ``first`` for a submission, else the id of the force.
        release_digest: Of a force; a submission names its own.
    """

    document_id: str
    event_id: str | None
    submission_id: str | None
    cause: str = "first"
    release_digest: str | None = None


def awaited(submitted: Submitted) -> Awaited:
    """Return what to wait for after a submission."""
    return Awaited(submitted.document_id, submitted.event_id, submitted.submission_id)


async def end_of(store: ObjectStore, wanted: Awaited) -> End | None:
    """Return where the run rests, or None while it is under way; a packet rests when all its parts do.

    What came of a message outranks that it was given up before; one that was sent again is under way.

    Raises:
        DamagedObjectError: What came of it can't be read.
    """
    run_id = await _run_of(store, wanted)
    end = await _end_of_run(store, wanted.document_id, run_id) if run_id else None
    if end is None and wanted.event_id is not None and await _given_up(store, wanted.event_id):
        return End.DEAD_LETTERED
    if end is End.SPLIT:
        for part in await parts_of(store, wanted):
            if await end_of(store, part) is None:
                return None
    return end


async def parts_of(store: ObjectStore, wanted: Awaited) -> list[Awaited]:
    """Return the runs of a packet's parts that its run opened; none while it is not split."""
    run_id = await _run_of(store, wanted)
    if run_id is None:
        return []
    manifest = await load_run(store, run_id)
    return [
        Awaited(child.document_id, None, None, manifest.cause, manifest.release_digest)
        for child in await children_of_run(store, wanted.document_id, run_id)
    ]


async def children_of_run(store: ObjectStore, document_id: str, run_id: str) -> list[Child]:
    """Return the parts that a run found in a document; none while it was not classified."""
    return [
        child
        for outcome in await outcomes_of(store, document_id, run_id, "gatekeeper")
        if outcome.result is not None
        for child in (await get_artifact(store, outcome.result, ArtifactKind.CLASSIFICATION)).children
    ]


async def ends_within(store: ObjectStore, wanted: Awaited) -> Counter[End]:
    """Return where the documents in a packet rest, those of packets within it included."""
    found: Counter[End] = Counter()
    for part in await parts_of(store, wanted):
        end = await end_of(store, part)
        if end is End.SPLIT:
            found += await ends_within(store, part)
        elif end is not None:
            found[end] += 1
    return found


async def _run_of(store: ObjectStore, wanted: Awaited) -> str | None:
    release = wanted.release_digest
    if wanted.submission_id is not None:
        submission = await load_submission(store, wanted.submission_id)
        release = submission.release_digest if submission else None
    return None if release is None else run_id_of(wanted.document_id, wanted.cause, release)


async def _end_of_run(store: ObjectStore, document_id: str, run_id: str) -> End | None:
    folder = f"{keys.document(document_id)}/outcomes/{run_id}/validation"
    found = [await _end_of_outcome(store, document_id, key) async for key in store.list(folder)]
    if ends := [end for end in found if end is not None]:
        # A decision's outcome comes after the request for it, and settles it.
        settled = [end for end in ends if end is not End.REVIEW]
        return settled[-1] if settled else End.REVIEW
    if await _stopped(store, document_id, run_id):
        return End.DEAD_LETTERED
    read = await outcomes_of(store, document_id, run_id, "extraction")
    sent = [message.event_id for outcome in read for message in outcome.messages]
    return End.HELD if sent and await held_among(store, sent) else None


async def _end_of_outcome(store: ObjectStore, document_id: str, key: str) -> End | None:
    data = await store.fetch(key)
    if data is None:
        # Erased since it was listed.
        return None
    for message in parse(data, Outcome, key).messages:
        payload = decode(message.topic, message.body.encode()).data
        if isinstance(payload, RecordCompleted):
            return End(payload.status.value)
        if isinstance(payload, ReviewRequested):
            return End.REVIEW
    # A run older than the standing revision's publishes nothing: the document rests where that left it.
    revision = await standing(store, document_id)
    return End((revision.status if revision else RecordStatus.ACCEPTED).value)


async def _stopped(store: ObjectStore, document_id: str, run_id: str) -> bool:
    """Whether a message of this run was given up on its way, and not sent again since."""
    for key in await links(store, document_id):
        if key.startswith("dead_letters/"):
            data = await store.fetch(key)
            of_this_run = data is not None and run_id in data.decode(errors="replace")
            if of_this_run and await store.head(_mark_of(key)) is None:
                return True
    return False


async def _given_up(store: ObjectStore, event_id: str) -> bool:
    """Whether a message was given up, and not sent again since."""
    folder = keys.dead_letter(event_id, 1).rpartition("/")[0]
    listed = {key async for key in store.list(folder)}
    return any(_mark_of(key) not in listed for key in listed if not key.endswith(_MARK))


_MARK = ".redriven.json"


def _mark_of(key: str) -> str:
    return key.removesuffix(".json") + _MARK
