"""What ``doctrail erase`` and ``retention`` do: documents and all derived from them go; receipts stay."""

from __future__ import annotations

import getpass
import math
from collections.abc import Mapping
from dataclasses import asdict

import typer

from app.buses import retention_seconds
from app.printing import say, say_json
from app.reviewing import open_queue
from app.wiring import Doctrail
from bus.topics import TopicSettings
from catalog.forgetting import rows_about
from catalog.queries import document
from ops.erase.due import due
from ops.erase.erasing import erase, planned, unfinished
from ops.erase.plan import Plan, plan_erasure, top_of
from ops.erase.search import search
from ops.erase.words import due_lines, left_lines, plan_lines, receipt_lines
from ops.identify import Erased, UnknownIdError, identify, identify_erased
from ops.naming import name_of
from ops.operations import load_operations
from ops.words import several, shown
from review.queue.queue import ReviewQueue
from schemas.errors import PermanentError
from schemas.topics import READ
from store.erasures import Receipt, erasures


class NotErasedError(PermanentError):
    """A search was asked for of a document that nobody erased."""


async def erase_document(
    doctrail: Doctrail, wanted: str, *, reason: str, packet: bool, yes: bool, as_json: bool
) -> int:
    """Erase what is meant, after a yes; return the exit code.

    Raises:
        UnknownIdError: Nothing is known under it.
        PartOfPacketError: It is part of a packet, and that may not go.
    """
    store = doctrail.store
    document_id = await _meant(doctrail, wanted)
    if await unfinished(store, document_id) is None:
        document_id = await top_of(store, document_id, packet=packet)
    plan = await planned(store, document_id)
    if not yes:
        say(*plan_lines(plan, named=await _names(doctrail, plan)))
        if not typer.confirm("erase it for good?", default=False):
            say("nothing was erased")
            return 1
    async with open_queue(doctrail.settings) as queue:
        receipt = await _erased(doctrail, queue, document_id, reason)
    if as_json:
        say_json(receipt.model_dump(mode="json"))
    else:
        say(*receipt_lines(receipt))
    return 0


async def erase_due(doctrail: Doctrail, *, erasing: bool, yes: bool, as_json: bool) -> int:
    """List what was kept as long as its type says, or erase it after a yes; return the exit code."""
    retention = load_operations(doctrail.settings.operations).retention
    found = [one async for one in due(doctrail.catalog, retention, doctrail.now())]
    ripe = [one for one in found if not one.waits]
    if not as_json:
        say(*due_lines(found, retention))
    elif not erasing:
        say_json([asdict(one) | {"until": one.until.isoformat()} for one in found])
    if not erasing:
        return 0
    if ripe and not yes and not typer.confirm(f"erase {several(len(ripe), 'document')} for good?"):
        say("nothing was erased")
        return 1
    receipts = []
    async with open_queue(doctrail.settings) as queue:
        for one in ripe:
            reason = f"retention: {one.doc_type or 'any other'} {one.days} days"
            receipts.append(await _erased(doctrail, queue, one.document_id, reason))
            if not as_json:
                say(*receipt_lines(receipts[-1]))
    if as_json:
        say_json([receipt.model_dump(mode="json") for receipt in receipts])
    return 0


async def _erased(doctrail: Doctrail, queue: ReviewQueue, document_id: str, reason: str) -> Receipt:
    return await erase(
        doctrail.store,
        doctrail.catalog,
        queue,
        document_id,
        reason=reason,
        by=getpass.getuser(),
        now=doctrail.now,
    )


async def search_erased(doctrail: Doctrail, wanted: str) -> int:
    """Search for what is left of an erased document; return 0 where that is nothing.

    Raises:
        NotErasedError: It was not erased.
        AmbiguousIdError: Several erased ones are meant.
    """
    meant = await identify_erased(doctrail.store, wanted)
    if meant is None:
        raise NotErasedError(
            f"nothing was erased as {shown(wanted, 120)!r}; give its id or the beginning of it, as the "
            "receipt has it: names are erased too",
            reason="not_erased",
        )
    erasure, receipt = (await erasures(doctrail.store, meant.top))[-1]
    topics = await doctrail.bus.topics(tuple(READ))
    async with open_queue(doctrail.settings) as queue:
        left = await search(doctrail.store, doctrail.catalog, queue, doctrail.bus, erasure, tuple(topics))
    say(*left_lines(left, receipt, _kept(doctrail, topics)))
    return 0 if left.clean else 1


async def _meant(doctrail: Doctrail, wanted: str) -> str:
    """Return the document meant; also one that was not wholly erased, or written about since."""
    try:
        return (await identify(doctrail.store, doctrail.catalog, wanted)).document_id
    except UnknownIdError:
        gone = await identify_erased(doctrail.store, wanted)
        if gone is None or (gone.finished and not await _remains(doctrail, gone)):
            raise
        return gone.top


async def _remains(doctrail: Doctrail, gone: Erased) -> bool:
    """Whether anything came to be written about an erased document since, so that it is erased again."""
    if await rows_about(doctrail.catalog, gone.erasure.documents):
        return True
    return bool((await plan_erasure(doctrail.store, gone.top)).objects)


async def _names(doctrail: Doctrail, plan: Plan) -> dict[str, str | None]:
    """Return what each document is called, as far as the catalog knows."""
    found = {}
    for one in plan.documents:
        row = await document(doctrail.catalog, one)
        found[one] = await name_of(doctrail.store, row.name if row else None, one)
    return found


def _kept(doctrail: Doctrail, topics: Mapping[str, TopicSettings]) -> float:
    """Return for how many seconds the bus keeps a message at the longest; embedded the settings say it."""
    if doctrail.settings.embedded:
        return retention_seconds(doctrail.settings)
    told = [one.retention for one in topics.values()]
    return max((seconds for seconds in told if seconds is not None), default=math.inf)
