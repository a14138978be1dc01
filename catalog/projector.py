"""The projector: a consumer of every topic that leaves documents' facts in the catalog."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.database import Catalog
from catalog.forgetting import forget
from catalog.reading import batch_of
from schemas.documents import DocumentClassified, DocumentExtracted, DocumentSubmitted
from schemas.handling import Delivery, Outgoing
from schemas.message import Message
from schemas.records import DeadLettered, RecordCompleted, ReviewDecided, ReviewRequested
from store.erasures import ERASED, is_there
from store.protocol import ObjectStore
from store.retrying import RetryingStore


class Projector:
    """Keeps the facts of each message; a repeated or late one changes nothing else."""

    name = "catalog"
    consumes: Sequence[type[Message]] = (
        DocumentSubmitted,
        DocumentClassified,
        DocumentExtracted,
        RecordCompleted,
        ReviewRequested,
        ReviewDecided,
        DeadLettered,
    )

    def __init__(self, catalog: Catalog, store: ObjectStore) -> None:
        self._catalog = catalog
        self._store = store

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Write the message's fact; on disk on return. Publishes nothing."""
        store = RetryingStore(self._store, delivery.calls)
        document_id, data = delivery.envelope.subject, delivery.envelope.data
        if isinstance(data, DeadLettered) and data.reason == ERASED:
            # What came too late was a fact to this consumer too.
            if not await is_there(store, document_id):
                await delivery.calls.call("catalog.forget", lambda: forget(self._catalog, [document_id]))
            return ()
        batch = await batch_of(store, delivery.envelope)
        await delivery.calls.call("catalog.keep", lambda: self._catalog.keep(batch))
        return ()
