"""``verify``: is every object whole, and if not, have it computed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bus.protocol import Bus
from ops.reviews.decide import hand_in, load_review
from ops.submit import drop
from ops.trace.run_state import STAGES
from ops.words import short, visible
from schemas.canonical import derive_id
from schemas.decided import Decision
from schemas.documents import DocumentDropped
from schemas.errors import PermanentError
from schemas.handling import Outgoing
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import run_slots
from store.repair import Rerun, repair_document
from store.submissions import load_note
from store.verify import Ledger, Row, verify_document
from store.verify_shared import SHARED, verify_shared


class Repaired(Frozen):
    """What a repair did.

    Attributes:
        quarantined: Keys that were moved aside.
        resent: Ids of the events that were sent again; ``doctrail run`` computes what is missing.
        left: What a person has to do, one sentence each.
    """

    quarantined: tuple[str, ...]
    resent: tuple[str, ...]
    left: tuple[str, ...]


async def ledgers(store: ObjectStore, document_id: str | None) -> AsyncIterator[Ledger]:
    """Yield the ledger of one document, or of everything: what documents share, then each of them."""
    if document_id is not None:
        yield await verify_document(store, document_id)
        return
    yield await verify_shared(store)
    async for one in store.folders("documents"):
        yield await verify_document(store, one)


async def repair(store: ObjectStore, bus: Bus, ledger: Ledger, *, now: datetime) -> Repaired:
    """Move a document's corrupt objects aside and send the events that recompute them again.

    What pins a document (its bytes, its slots, what people decided) is never moved.
    """
    done = await repair_document(store, ledger)
    resent: list[str] = []
    left = [f"{key}: {what_to_do}" for key, what_to_do in done.beyond]
    for rerun in done.reruns:
        try:
            await _resend(store, bus, ledger.document_id, rerun, now)
            resent.append(rerun.trigger)
        except PermanentError as error:
            left.append(f"{rerun.stage} of run {rerun.run_id} can't be sent its event again: {error}")
    return Repaired(quarantined=done.quarantined, resent=tuple(resent), left=tuple(left))


def ledger_lines(ledger: Ledger, *, only_problems: bool = False) -> list[str]:
    """Return the ledger as a table: stage, key, digest, rows or fields, ok; problems below their line."""
    rows = sorted(ledger.problems if only_problems else ledger.rows, key=_place)
    title = "shared by all documents" if ledger.document_id == SHARED else f"document {ledger.document_id}"
    if not rows:
        return []
    cells = [("STAGE", "KEY", "DIGEST", "ROWS", "OK"), *(_cells(ledger, row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    lines = [title, _aligned(cells[0], widths)]
    for row, line in zip(rows, cells[1:], strict=True):
        lines.append(_aligned(line, widths))
        if row.problem is not None:
            lines.append(f"    {visible(row.problem)}")
    return lines


def repaired_lines(done: Repaired) -> list[str]:
    """Return what a repair did and what is left to do."""
    lines = [f"quarantined  {visible(key)}" for key in done.quarantined]
    lines += [f"sent again   event {event_id}" for event_id in done.resent]
    lines += [f"left to you  {visible(sentence)}" for sentence in done.left]
    if done.resent:
        lines.append("doctrail run computes again what was moved aside")
    return lines


def _place(row: Row) -> tuple[int, str]:
    return (STAGES.index(row.stage) if row.stage in STAGES else len(STAGES), row.key)


def _cells(ledger: Ledger, row: Row) -> tuple[str, str, str, str, str]:
    key = row.key.removeprefix(f"{keys.document(ledger.document_id)}/")
    return (
        visible(row.stage),
        visible(key),
        short(row.sha256) if row.sha256 else "–",
        "–" if row.rows is None else str(row.rows),
        "ok" if row.ok else "NOT OK",
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


async def _resend(store: ObjectStore, bus: Bus, document_id: str, rerun: Rerun, now: datetime) -> None:
    if rerun.message is not None:
        sealed = rerun.message
        body = sealed.body.encode()
        await bus.publish([Outgoing(sealed.topic, sealed.key, sealed.event_id, body)])
    elif rerun.stage == "intake":
        await bus.publish([await _offer(store, document_id, rerun.trigger, now)])
    else:
        await _decide_again(store, bus, document_id, rerun.trigger)


async def _offer(store: ObjectStore, document_id: str, trigger: str, now: datetime) -> Outgoing:
    """Return the inbox message that intake answered: a submitted file's, or a cause's."""
    for slot in await run_slots(store, document_id):
        if derive_id("drop", document_id, slot.cause) == trigger:
            message = DocumentDropped(document_id=document_id, cause_id=slot.cause)
            return drop(message, event_id=trigger, subject=document_id, now=now)
    inbox = keys.inbox_bytes(document_id)
    size = await store.head(inbox)
    if size is None or await load_note(store, trigger) is None:
        raise PermanentError(
            "it came from outside and is not kept here; submit the document again with --force",
            reason="event_not_kept",
        )
    ref = ObjectRef(uri=inbox, sha256=document_id, size=size, media_type="application/octet-stream")
    message = DocumentDropped(ref=ref, event_id=trigger)
    return drop(message, event_id=trigger, subject=document_id, now=now)


async def _decide_again(store: ObjectStore, bus: Bus, document_id: str, trigger: str) -> None:
    async for key in store.list(f"{keys.document(document_id)}/reviews"):
        if derive_id("event", key, 0) != trigger:
            continue
        decision = parse(await store.fetch(key) or b"", Decision, key)
        review = await load_review(store, document_id, decision.run_id, decision.review_id)
        await hand_in(store, bus, review, decision)
        return
    raise PermanentError("no decision that is kept here announced it", reason="event_not_kept")
