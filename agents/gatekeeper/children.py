"""Announcing what a file holds: each part gets a run and its message, a part that is gone is withdrawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.stage import Work
from schemas.classification import UNKNOWN_TYPE, Classification
from schemas.documents import DocumentClassified, DocumentSubmitted, PageRange, Parent, Route
from schemas.errors import InvariantError
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.packets import Child
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import get_artifact
from store.children import Holding, Origin, holding, keep_origin
from store.erasures import require_there
from store.protocol import ObjectStore
from store.releases import RunManifest, open_run, run_slots
from store.stages import keep_result, outcomes_of, stage_key
from store.submissions import note_link

WITHDRAWN = "split_anew"
"""Reason code of a withdrawal."""


DecidedBy = Literal["model", "human"]


@dataclass(frozen=True, slots=True)
class Packet:
    """A classified document and how it came to be that.

    Attributes:
        result: Reference of the classification.
        submission_id: The submission that led here, where there is one.
        decided_by: Whose word the split is.
        corrected: This very run carries out a person's decision.
    """

    classification: Classification
    result: ObjectRef
    submission_id: str | None
    decided_by: DecidedBy
    corrected: bool = False


async def children_messages(work: Work, manifest: RunManifest, packet: Packet) -> list[tuple[str, Message]]:
    """Return the messages that let a document's parts in, and that withdraw those it has no longer.

    A decision announces only the parts that were not there before; any other run announces all, so that
    packet and parts are judged by one release. A part whose run another message opened is left to that.
    """
    before, now = await _children_before(work.store, manifest), packet.classification.children
    if not (before or now) or await _is_overtaken(work.store, manifest):
        return []
    known = {child.document_id for child in before}
    new = [child for child in now if child.document_id not in known]
    announced = new if packet.corrected else now
    held = await holding(work.store, work.document_id)
    messages: list[tuple[str, Message]] = []
    for child in announced:
        messages += await _let_in(work, manifest, packet, held, child)
    kept = {child.document_id for child in now}
    for child in before:
        if child.document_id not in kept:
            messages += await _withdraw(work, manifest, packet, child)
    return messages


async def _let_in(
    work: Work, manifest: RunManifest, packet: Packet, held: Holding, child: Child
) -> list[tuple[str, Message]]:
    await require_there(work.store, work.document_id)
    source = child.original or held.original
    if source is None:
        raise InvariantError(f"document {work.document_id} is split, but has no bytes")
    await _prepare(work, packet, held, child, source)
    run = await _open(work, manifest, child.document_id)
    if run.opened_by != work.delivery.envelope.id:
        return []
    pages = PageRange(first=child.pages[0], last=child.pages[1]) if child.pages else None
    message = DocumentSubmitted(
        run_id=run.run_id,
        run_cause=run.cause,
        submission_id=packet.submission_id,
        original=source,
        parent=Parent(
            document_id=work.document_id, run_id=manifest.run_id, result=packet.result, pages=pages
        ),
    )
    return [(child.document_id, message)]


async def _prepare(work: Work, packet: Packet, held: Holding, child: Child, source: ObjectRef) -> None:
    """Put into the child's folder what says where it comes from, before anyone hears of it."""
    cut = child.pages is not None
    await keep_origin(
        work.store,
        Origin(
            document_id=child.document_id,
            parent_id=work.document_id,
            place=child.place,
            pages=child.pages,
            name=child.name,
            depth=held.depth + 1,
            original=source if cut else child.original,
            first_page=held.first_page + child.pages[0] - 1 if child.pages else 1,
            submission_id=packet.submission_id,
        ),
    )
    if child.original is None:
        await note_link(work.store, child.document_id, source.uri)
    family = packet.classification.family.encode()
    await work.store.create(keys.family(child.document_id), family, media_type="text/plain")


async def _open(work: Work, manifest: RunManifest, document_id: str) -> RunManifest:
    return await open_run(
        work.store,
        document_id=document_id,
        cause=manifest.cause,
        release_digest=manifest.release_digest,
        release=manifest.release,
        opened_by=work.delivery.envelope.id,
        repay=manifest.repay,
    )


async def _withdraw(
    work: Work, manifest: RunManifest, packet: Packet, child: Child
) -> list[tuple[str, Message]]:
    """Withdraw a part, and what that was split into."""
    await require_there(work.store, work.document_id)
    run = await _open(work, manifest, child.document_id)
    found = Classification(
        document_id=child.document_id,
        media_type=packet.classification.media_type,
        page_count=0,
        doc_type=UNKNOWN_TYPE,
        confidence=0.0,
        route=Route.WITHDRAW,
        reason=WITHDRAWN,
        arithmetic=("the packet was split anew, and this part is no longer in it",),
        family=packet.classification.family,
    )
    key = stage_key("withdraw", 1, child.document_id, packet.result.sha256)
    _, ref = await keep_result(work.store, child.document_id, "gatekeeper", key, found)
    message = DocumentClassified(
        run_id=run.run_id,
        route=Route.WITHDRAW,
        result=ref,
        reason=WITHDRAWN,
        decided_by=packet.decided_by,
    )
    messages: list[tuple[str, Message]] = [(child.document_id, message)]
    for below in await _children_before(work.store, run):
        messages += await _withdraw(work, manifest, packet, below)
    return messages


async def _children_before(store: ObjectStore, manifest: RunManifest) -> Sequence[Child]:
    """Return the parts that the document had before this run."""
    if manifest.number == 1:
        return ()
    slots = await run_slots(store, manifest.document_id)
    for slot in reversed(slots[: manifest.number - 1]):
        async for classification in _classified(store, manifest.document_id, slot.run_id):
            return classification.children
    return ()


async def _is_overtaken(store: ObjectStore, manifest: RunManifest) -> bool:
    """Whether a newer run of the document has said already what its parts are."""
    for slot in (await run_slots(store, manifest.document_id))[manifest.number :]:
        async for _ in _classified(store, manifest.document_id, slot.run_id):
            return True
    return False


async def _classified(store: ObjectStore, document_id: str, run_id: str) -> AsyncIterator[Classification]:
    for outcome in await outcomes_of(store, document_id, run_id, "gatekeeper"):
        if outcome.result is not None:
            yield await get_artifact(store, outcome.result, ArtifactKind.CLASSIFICATION)
