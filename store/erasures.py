"""What was erased: ids and digests, so that it can be shown what is gone without keeping any of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.errors import MissingObjectError, PermanentError
from schemas.layout import Frozen
from store import keys, ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

ERASED = "erased"
"""Reason code of a message about an erased document: there is nothing to be mended about it."""


class ErasedError(PermanentError):
    """A message came about a document that was erased; nothing of it is there to be handled."""


class Gone(Frozen):
    """An object that is erased: where it stood, and the digest of what it was."""

    key: str
    sha256: str


class Erasure(Sealed):
    """An erasure as it was begun: everything that goes, before the first of it is gone.

    Attributes:
        documents: The document and everything within it, packets before what they hold.
        objects: Every object that goes.
        reason: Why, in the operator's words; no personal data belongs in it.
        by: Who.
    """

    document_id: str
    number: Annotated[int, Field(ge=1)]
    documents: tuple[str, ...]
    runs: tuple[str, ...]
    objects: tuple[Gone, ...]
    reason: str
    by: str
    at: AwareDatetime


class Receipt(Sealed):
    """What was erased, once all of it is gone. It holds no personal data.

    Attributes:
        late: Objects that agents wrote while it was erased, gone as well.
        catalog_rows: Rows that went from the catalog.
        review_rows: Likewise from the review queue.
        eval_sets: Sets that keep a tombstone in the place of its truth.
        retrain: Models (sha-256) that learned from it and are due to be trained again.
    """

    erasure: Erasure
    late: tuple[Gone, ...] = ()
    catalog_rows: int
    review_rows: int
    eval_sets: tuple[str, ...]
    retrain: tuple[str, ...]
    finished_at: AwareDatetime


async def begin_erasure(store: ObjectStore, erasure: Erasure) -> Erasure:
    """Keep what an erasure is about to do, create-once; returns what stands, which may be an earlier one."""
    key = ops_keys.erasure_begun(erasure.document_id, erasure.number)
    return parse((await store.create(key, seal(erasure))).data, Erasure, key)


async def keep_receipt(store: ObjectStore, receipt: Receipt) -> Receipt:
    """Keep a receipt, create-once; returns what stands."""
    key = ops_keys.erasure_receipt(receipt.erasure.document_id, receipt.erasure.number)
    return parse((await store.create(key, seal(receipt))).data, Receipt, key)


async def erasures(store: ObjectStore, document_id: str) -> list[tuple[Erasure, Receipt | None]]:
    """Return the erasures of a document, oldest first, each with its receipt where it is finished."""
    found = []
    for key in sorted([key async for key in store.list(ops_keys.erasures(document_id))]):
        if not key.endswith(ops_keys.BEGUN):
            continue
        erasure = parse(await store.fetch(key) or b"", Erasure, key)
        receipt_key = ops_keys.erasure_receipt(document_id, erasure.number)
        data = await store.fetch(receipt_key)
        found.append((erasure, None if data is None else parse(data, Receipt, receipt_key)))
    return found


async def retrain_due(store: ObjectStore) -> dict[str, tuple[str, ...]]:
    """Return the models that learned from erased documents, with those documents."""
    found: dict[str, tuple[str, ...]] = {}
    async for document_id in store.folders(ops_keys.ERASURES):
        for _, receipt in await erasures(store, document_id):
            for model in receipt.retrain if receipt else ():
                found[model] = (*found.get(model, ()), document_id)
    return found


async def is_there(store: ObjectStore, document_id: str) -> bool:
    """Return whether a document's bytes are in the store, or the note of what it was taken out of."""
    places = (keys.original(document_id), keys.origin(document_id))
    return any([await store.head(key) is not None for key in places])


async def require_there(store: ObjectStore, document_id: str) -> None:
    """See that a packet was not erased meanwhile: nobody would look for what is written of its parts then.

    Raises:
        MissingObjectError: The packet is gone.
    """
    if not await is_there(store, document_id):
        raise MissingObjectError(keys.original(document_id))


async def refuse_erased(store: ObjectStore, document_id: str) -> None:
    """Say of a document that is not there any more that it was erased, alone or with its packet, if it was.

    Raises:
        ErasedError: It was erased.
    """
    erasure = await _erasure_of(store, document_id)
    if erasure is not None:
        raise ErasedError(
            f"document {document_id} was erased on {erasure.at:%Y-%m-%d}; nothing is left to be handled",
            reason=ERASED,
        )


async def _erasure_of(store: ObjectStore, document_id: str) -> Erasure | None:
    """Return the newest erasure that took a document away; a part went with its packet, under its name."""
    own = await erasures(store, document_id)
    if own:
        return own[-1][0]
    async for top in store.folders(ops_keys.ERASURES):
        for erasure, _ in await erasures(store, top):
            if document_id in erasure.documents:
                return erasure
    return None
