"""Possible duplicates: records with the same business key, judged by a list that is stored first."""

from __future__ import annotations

import json

from doctypes.definition import DocType
from schemas.canonical import canonical_json, digest
from schemas.fields import FieldValue
from store import keys
from store.protocol import ObjectStore
from store.submissions import note_link


def business_key(doc_type: DocType, fields: dict[str, FieldValue]) -> str | None:
    """Return the digest of the business key, or None where a part of it is not known."""
    values = [fields[name].value if name in fields else None for name in doc_type.business_key]
    if not values or any(value is None for value in values):
        return None
    return digest([doc_type.name, *values])


async def others_with(store: ObjectStore, key: str, document_id: str, stage_key: str) -> tuple[str, ...]:
    """Return the other documents with this key, as they stood when it was first asked for this result.

    The own note is written first, so that of two documents at once at least one sees the other; the
    list is stored create-once before it is used, so that a redelivery judges by the same answer.
    """
    answer_key = keys.seen_answer(document_id, stage_key)
    known = await store.fetch(answer_key)
    if known is None:
        await note_link(store, document_id, keys.seen(key, document_id))
        await store.create(keys.seen(key, document_id), b"{}")
        found = sorted([uri.rsplit("/", 1)[1] async for uri in store.list(f"seen/{key}")])
        known = (await store.create(answer_key, canonical_json([d for d in found if d != document_id]))).data
    return tuple(json.loads(known))
