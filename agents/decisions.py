"""What people decided about a document, oldest first."""

from __future__ import annotations

from schemas.decided import Decision
from store import keys
from store.protocol import ObjectStore


async def of_document(store: ObjectStore, document_id: str) -> list[Decision]:
    """Return the stored decisions of a document in the order they were made."""
    folder = f"{keys.document(document_id)}/decisions"
    found = [await store.fetch(key) async for key in store.list(folder)]
    decisions = [Decision.model_validate_json(data) for data in found if data is not None]
    return sorted(decisions, key=lambda d: (d.decided_at, d.decision_id))
