"""Possible duplicates: records with the same business key, judged by a list that is stored first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from doctypes.definition import DocType
from doctypes.normalise import similar_key
from schemas.canonical import canonical_json, digest
from schemas.fields import FieldValue
from store import keys
from store.children import Origin, ancestors, load_origin
from store.protocol import ObjectStore
from store.submissions import note_link


def business_key(doc_type: DocType, fields: dict[str, FieldValue]) -> str | None:
    """Return the digest of the business key, or None where a part of it is not known.

    Values that mean the same are the same: ACME Ltd sends no second invoice by Acme Ltd.
    """
    parts = [
        (doc_type.field(name).kind, fields[name].value) for name in doc_type.business_key if name in fields
    ]
    keys_of = [similar_key(kind, value) for kind, value in parts if value is not None]
    if not keys_of or len(keys_of) < len(doc_type.business_key):
        return None
    return digest([doc_type.name, *keys_of])


async def others_with(store: ObjectStore, key: str, document_id: str, stage_key: str) -> tuple[str, ...]:
    """Return the other documents with this key, as they stood when it was first asked for this result.

    The own note is written first, so that of two documents at once at least one sees the other; the
    list is stored create-once before it is used, so that a redelivery judges by the same answer. A
    packet and its own parts, and parts that share pages, are no others.
    """
    return await _others(store, key, document_id, stage_key, ())


async def copies_of(store: ObjectStore, document_id: str, stage_key: str) -> tuple[str, ...]:
    """Return the other documents with the very bytes of this attachment; none for one that is no attachment.

    A file submitted by itself is the same document whenever it comes; an attachment is another one in
    every e-mail.
    """
    origin = await load_origin(store, document_id)
    if origin is None or origin.original is None or origin.original.uri != keys.original(document_id):
        return ()
    sha256 = origin.original.sha256
    submitted = () if await store.head(keys.original(sha256)) is None else (sha256,)
    key = digest(["bytes", sha256])
    return await _others(store, key, document_id, digest([stage_key, "bytes"]), submitted)


async def _others(
    store: ObjectStore, key: str, document_id: str, stage_key: str, also: Sequence[str]
) -> tuple[str, ...]:
    answer_key = keys.seen_answer(document_id, stage_key)
    known = await store.fetch(answer_key)
    if known is None:
        await note_link(store, document_id, keys.seen(key, document_id))
        await store.create(keys.seen(key, document_id), b"{}")
        found = {uri.rsplit("/", 1)[1] async for uri in store.list(f"seen/{key}")} | set(also)
        found.discard(document_id)
        strangers = await _strangers(store, document_id, sorted(found))
        known = (await store.create(answer_key, canonical_json(strangers))).data
    return tuple(json.loads(known))


async def _strangers(store: ObjectStore, document_id: str, others: Sequence[str]) -> list[str]:
    """Return those of ``others`` that are neither above nor below a document, nor share its pages."""
    if not others:
        return []
    own = await ancestors(store, document_id)
    above = {origin.parent_id for origin in own}
    found = []
    for other in others:
        theirs = await ancestors(store, other)
        related = other in above or document_id in {origin.parent_id for origin in theirs}
        if not related and not _share_pages(own, theirs):
            found.append(other)
    return found


def _share_pages(own: Sequence[Origin], theirs: Sequence[Origin]) -> bool:
    """Whether two documents are ranges of one file's pages that overlap."""
    first, second = (_pages(chain) for chain in (own, theirs))
    if first is None or second is None or first[0] != second[0]:
        return False
    return first[1] <= second[2] and second[1] <= first[2]


def _pages(chain: Sequence[Origin]) -> tuple[str, int, int] | None:
    """Return the file that a document's pages are of, and its first and last page there."""
    if not chain or chain[0].pages is None or chain[0].original is None:
        return None
    first, last = chain[0].pages
    start = chain[0].first_page
    return chain[0].original.uri, start, start + last - first
