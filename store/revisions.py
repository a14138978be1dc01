"""Revisions of a record: numbered create-once slots, each taken by one (run, decision)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from schemas.objects import ObjectRef
from schemas.records import RecordStatus
from store import keys
from store.protocol import ObjectStore
from store.sealed import Sealed
from store.slots import Slots


class Revision(Sealed):
    """Slot ``number`` of a record's revisions.

    Attributes:
        decision_id: The person's decision it carries out, if any.
        record: The Record artifact.
    """

    document_id: str
    number: int
    run_id: str
    decision_id: str | None
    record: ObjectRef
    status: RecordStatus

    @property
    def supersedes(self) -> int | None:
        """The revision this one replaces."""
        return self.number - 1 if self.number > 1 else None


async def take_revision(
    store: ObjectStore,
    document_id: str,
    run_id: str,
    decision_id: str | None,
    record: ObjectRef,
    status: RecordStatus,
    *,
    gives_way: Callable[[Revision], Awaitable[bool]] | None = None,
) -> Revision:
    """Return the revision of this run and decision, taking the next free slot if it has none yet.

    Args:
        store: Where revisions lie.
        document_id: Whose record.
        run_id: The run that found it.
        decision_id: The person's decision that it carries out, if any.
        record: The Record artifact.
        status: How it stands.
        gives_way: Whether a revision that stands is of a newer run: then it is returned, and none is taken.
    """

    def make(number: int) -> Revision:
        return Revision(
            document_id=document_id,
            number=number,
            run_id=run_id,
            decision_id=decision_id,
            record=record,
            status=status,
        )

    wanted = (run_id, decision_id)
    return await _slots(store, document_id).take(
        make, lambda slot: (slot.run_id, slot.decision_id) == wanted, gives_way=gives_way
    )


async def standing(store: ObjectStore, document_id: str) -> Revision | None:
    """Return the newest revision, or None where the record has none."""
    found = await revisions(store, document_id)
    return found[-1] if found else None


async def revisions(store: ObjectStore, document_id: str) -> list[Revision]:
    """Return every revision of the record, oldest first."""
    return await _slots(store, document_id).all()


def _slots(store: ObjectStore, document_id: str) -> Slots[Revision]:
    return Slots(store, lambda number: keys.revision_slot(document_id, number), Revision)
