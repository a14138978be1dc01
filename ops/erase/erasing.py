"""Carrying an erasure out; killed at any moment, the same command finishes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from catalog.database import Catalog
from catalog.forgetting import forget
from evals.sets.keeping import entomb
from ops.erase.plan import Plan, belonging, plan_erasure, tree
from review.queue.queue import ReviewQueue
from schemas.canonical import sha256_hex
from store import keys
from store.erasures import Erasure, Gone, Receipt, begin_erasure, erasures, keep_receipt
from store.lineages import taught_by
from store.protocol import ObjectStore

_SWEEPS = 5
"""Agents that are at work may write once more what they have in hand; each sweep finds less."""


async def planned(store: ObjectStore, document_id: str) -> Plan:
    """Return what an erasure takes: what one that was begun and not finished still has to, or a new one."""
    standing = await unfinished(store, document_id)
    if standing is not None:
        return Plan(standing.documents, standing.runs, standing.objects)
    return await plan_erasure(store, document_id)


async def unfinished(store: ObjectStore, document_id: str) -> Erasure | None:
    """Return the erasure of a document that was begun and never finished."""
    return next((one for one, receipt in await erasures(store, document_id) if receipt is None), None)


async def erase(
    store: ObjectStore,
    catalog: Catalog,
    queue: ReviewQueue,
    document_id: str,
    *,
    reason: str,
    by: str,
    now: Callable[[], datetime],
) -> Receipt:
    """Erase a document and everything derived from it, and return the receipt.

    What its Gatekeeper takes out of it meanwhile goes by an erasure of its own; the last receipt names all.

    Args:
        store: Where it lies.
        catalog: Where facts of it are.
        queue: Where tasks, drafts and decisions about it are.
        document_id: The outermost document.
        reason: Why.
        by: Who.
        now: The clock.
    """
    erasure: Erasure | None = await _begun(store, document_id, reason=reason, by=by, at=now())
    while erasure is not None:
        receipt = await _carried_out(store, catalog, queue, erasure, now)
        erasure = await unfinished(store, document_id)
    return receipt


async def _carried_out(
    store: ObjectStore, catalog: Catalog, queue: ReviewQueue, erasure: Erasure, now: Callable[[], datetime]
) -> Receipt:
    # What learned from it is told by what goes.
    retrain = {lineage.model for each in erasure.documents for lineage in await taught_by(store, each)}
    sets = {held for each in erasure.documents for held in await entomb(store, each)}
    review_rows = sum([await queue.forget(each) for each in erasure.documents])
    for gone in erasure.objects:
        await store.delete(gone.key)
    late = await _sweep(store, erasure, now)
    catalog_rows = await forget(catalog, erasure.documents)
    return await keep_receipt(
        store,
        Receipt(
            erasure=erasure,
            late=late,
            catalog_rows=catalog_rows,
            review_rows=review_rows,
            eval_sets=tuple(sorted(sets)),
            retrain=tuple(sorted(retrain)),
            finished_at=now(),
        ),
    )


async def _begun(store: ObjectStore, document_id: str, *, reason: str, by: str, at: datetime) -> Erasure:
    standing = await unfinished(store, document_id)
    return standing or await _begin(store, document_id, reason=reason, by=by, at=at)


async def _begin(store: ObjectStore, document_id: str, *, reason: str, by: str, at: datetime) -> Erasure:
    plan = await plan_erasure(store, document_id)
    number = len(await erasures(store, document_id)) + 1
    return await begin_erasure(
        store,
        Erasure(
            document_id=document_id,
            number=number,
            documents=plan.documents,
            runs=plan.runs,
            objects=plan.objects,
            reason=reason,
            by=by,
            at=at,
        ),
    )


async def _sweep(store: ObjectStore, erasure: Erasure, now: Callable[[], datetime]) -> tuple[Gone, ...]:
    """Delete what came to be written meanwhile, until nothing does."""
    late: dict[str, Gone] = {}
    for _ in range(_SWEEPS):
        # Before what names them goes; the erasure that takes them goes over all of this once more.
        if await _has_more_parts(store, erasure.document_id):
            await _begin(store, erasure.document_id, reason=erasure.reason, by=erasure.by, at=now())
            break
        keys_left = [key for each in erasure.documents async for key in belonging(store, each)]
        keys_left += [keys.run(run_id) for run_id in erasure.runs]
        found = 0
        for key in keys_left:
            data = await store.fetch(key)
            if data is not None:
                found += 1
                late[key] = Gone(key=key, sha256=sha256_hex(data))
                await store.delete(key)
        if not found:
            break
    return tuple(late[key] for key in sorted(late))


async def _has_more_parts(store: ObjectStore, document_id: str) -> bool:
    """Whether something was taken out of a document that no erasure of it names."""
    named = {each for erasure, _ in await erasures(store, document_id) for each in erasure.documents}
    documents, _ = await tree(store, document_id)
    return not named.issuperset(documents)
