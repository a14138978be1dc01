"""The next version of the program beside the one that works: fed with what that one takes in, then compared.

The installation of the next version is a whole one: its own store, topics and databases, and nobody works its
queue. Of the other it reads the topic of what was taken in, under a group of its own, and the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bus.protocol import Bus, Consumer, Partition
from catalog.queries import DocumentRow
from ops.replay.again import Replay
from ops.replay.sample import DEAD, Sampled
from ops.replay.told import Told, tell, trigger_of
from review.sheet.naming import document_name
from schemas.documents import DocumentSubmitted
from schemas.errors import DigestMismatchError, MissingObjectError
from schemas.versions import decode
from store.protocol import ObjectStore
from store.releases import run_slots

FIRST = "gatekeeper"
_TOPIC, _TOGETHER, _WAIT_SECONDS = DocumentSubmitted.event, 64, 0.5

Submit = Callable[[bytes, Path, str], Awaitable[bool]]
"""Takes bytes, the document's name and where it came from; says whether they were new here."""


@dataclass(slots=True)
class Fed:
    """What one look at the other installation brought.

    Attributes:
        taken: Documents that were submitted here.
        known: Documents that were here already.
        gone: Documents whose bytes were no longer there, or are damaged.
    """

    taken: int = 0
    known: int = 0
    gone: int = 0


async def feed(bus: Bus, store: ObjectStore, group: str, submit: Submit) -> Fed:
    """Submit here what came in there since the last look; on return that is committed.

    Parts of packets are left to the packet, and reruns have nothing new.

    Args:
        bus: The other installation's, read under ``group``; nothing is published to it.
        store: The other installation's, read alone.
        group: Remembers how far was read.
        submit: Takes a document in here.

    Raises:
        UnreadableMessageError: That version is too new to be read by this one.
        TransientError: Something did not answer; the same look again goes on.
    """
    fed = Fed()
    unread = (await bus.lag(group, [_TOPIC]))[_TOPIC].unread
    async with bus.consumer((_TOPIC,), group) as consumer:
        while unread > 0:
            taken = await _some(consumer, store, submit, fed)
            # Offsets without a record were trimmed meanwhile.
            unread = unread - taken if taken else (await bus.lag(group, [_TOPIC]))[_TOPIC].unread
    return fed


async def _some(consumer: Consumer, store: ObjectStore, submit: Submit, fed: Fed) -> int:
    records = await consumer.poll(_TOGETHER, _WAIT_SECONDS)
    done: dict[Partition, int] = {}
    for record in records:
        data = decode(record.topic, record.body).data
        if isinstance(data, DocumentSubmitted) and data.parent is None and data.run_cause == "first":
            await _submit(store, record.key, data, submit, fed)
        done[Partition(record.topic, record.partition)] = record.offset + 1
    await consumer.commit(done)
    return len(records)


async def _submit(
    store: ObjectStore, document_id: str, data: DocumentSubmitted, submit: Submit, fed: Fed
) -> None:
    try:
        original = await store.read(data.original)
    except (MissingObjectError, DigestMismatchError):
        fed.gone += 1
        return
    name = await document_name(store, document_id) or document_id
    if await submit(original, Path(name), f"beside:{document_id}"):
        fed.taken += 1
    else:
        fed.known += 1


async def compared(theirs: ObjectStore, ours: ObjectStore, rows: Iterable[DocumentRow]) -> Sampled:
    """Return how documents that were read in both installations came out, before any person decided.

    Args:
        theirs: The other installation's store: *before*.
        ours: This one's: *after*.
        rows: Documents of this one; those that the other does not have, or has not finished, are skipped.
    """
    found = Sampled()
    for row in rows:
        before = await _told(theirs, row.document_id)
        # One that was given up here is at its end here, as the other's record of it shows.
        after = await _told(ours, row.document_id, given_up=row.state == DEAD)
        if before is None or after is None:
            found.skipped += 1
            continue
        doc_type = after.classification.doc_type if after.classification else ""
        found.add(row, Replay(row.document_id, "", doc_type, FIRST, (), before, after, None, 0, 0, 0.0))
    return found


async def _told(store: ObjectStore, document_id: str, *, given_up: bool = False) -> Told | None:
    """Return what the newest run found by itself; None where it is not at its end, nor given up."""
    for slot in reversed(await run_slots(store, document_id)):
        trigger = await trigger_of(store, document_id, slot.run_id, FIRST)
        if trigger is not None:
            told = await tell(store, document_id, slot.run_id, FIRST, trigger)
            ended = bool(told.stages) and told.stages[-1].outcome is not None
            return told if ended or given_up else None
    return None
