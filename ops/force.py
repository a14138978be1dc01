"""Running a known document again under the live release, as a cause of its own."""

from __future__ import annotations

from datetime import datetime

from bus.protocol import Bus
from ops.progress import Awaited
from ops.submit import drop
from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from store.protocol import ObjectStore
from store.submissions import Cause, keep_cause


async def force_run(
    store: ObjectStore,
    bus: Bus,
    document_id: str,
    *,
    release_digest: str,
    now: datetime,
    repay: bool = False,
) -> Awaited:
    """Open a run of ``document_id`` whose cause is this very request, and return what to wait for.

    Args:
        store: The store.
        bus: Where the run is announced.
        document_id: What runs again.
        release_digest: By which release.
        now: When this was asked for.
        repay: Whether models are asked anew, whatever replies are known.
    """
    cause_id = derive_id("force", document_id, release_digest, now.isoformat())
    await keep_cause(
        store,
        Cause(
            cause_id=cause_id,
            kind="force",
            release_digest=release_digest,
            at=now,
            selection={"documents": (document_id,)},
            repay=repay,
        ),
    )
    event_id = derive_id("drop", document_id, cause_id)
    message = DocumentDropped(document_id=document_id, cause_id=cause_id)
    await bus.publish([drop(message, event_id=event_id, subject=document_id, now=now)])
    return Awaited(document_id, event_id, None, cause=cause_id, release_digest=release_digest)
