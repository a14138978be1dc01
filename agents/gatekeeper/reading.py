"""Reading a document once: what the page reader found, kept apart from what is made of it.

Reading is the expensive part, and depends on the bytes and the reader alone; a new classifier or a
new document type looks at the same reading again.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from agents.stage import Work
from pages.reader import READER_VERSION, ReadDocument, Refusal, Unpacked, UnpackedPart
from schemas.canonical import sha256_hex
from schemas.classification import RejectReason
from schemas.errors import DigestMismatchError
from schemas.layout import Frozen, Layout, Quality
from schemas.objects import ObjectRef
from schemas.packets import Child, LeftOut, child_id
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.erasures import require_there
from store.stages import keep_result, recall_result, stage_key


class Reader(Protocol):
    """Reads a file's bytes in a place where they can do no harm."""

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Return the document's layout and quality, what it holds, or why it can't be read.

        Args:
            data: The file.
            unpack: Whether a container may be opened; else it is refused as nested too deep.
        """
        ...


class DocumentReading(Frozen):
    """What reading found: a layout with its quality, what a container holds, or why there is neither."""

    media_type: str
    page_count: int
    layout: ObjectRef | None = None
    quality: Quality | None = None
    refused: RejectReason | None = None
    sentence: str | None = None
    children: tuple[Child, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


async def read_once(
    work: Work, reader: Reader, original: ObjectRef, *, unpack: bool
) -> tuple[DocumentReading, Layout | None]:
    """Return the reading of the document, computed only if no run has read it before.

    ``unpack`` says whether a container may still be opened, or lies too deep for that.
    """
    closed = () if unpack else ("closed",)
    key = stage_key("reading", READER_VERSION, work.document_id, *closed)
    known = await recall_result(work.store, work.document_id, "reading", key, DocumentReading)
    if known is not None:
        reading, layout = known[0], None
        if reading.layout is not None:
            layout = await get_artifact(work.store, reading.layout, ArtifactKind.LAYOUT)
        work.trail.step("read", reading.media_type, reused=True, pages=reading.page_count)
    else:
        reading, layout = await _read(work, reader, original, key, unpack=unpack)
    if reading.layout is not None:
        work.trail.outputs["layout"] = reading.layout
    return reading, layout


async def _read(
    work: Work, reader: Reader, original: ObjectRef, key: str, *, unpack: bool
) -> tuple[DocumentReading, Layout | None]:
    data = await work.store.read(original)
    started = time.perf_counter()
    found = await reader.read(data, unpack=unpack)
    # Reading and waiting for a free reader are two things: only one of them is the document's.
    waited = round(found.waited, 6)
    seconds = max(time.perf_counter() - started - waited, 0.0)
    work.trail.step("read", found.media_type, seconds=seconds, waited=waited, **_said(found))
    reading = await _reading(work, found, key)
    kept, _ = await keep_result(work.store, work.document_id, "reading", key, reading)
    return kept, found.layout if isinstance(found, ReadDocument) else None


def _said(found: ReadDocument | Refusal | Unpacked) -> dict[str, Any]:
    """Return what the trail tells of a reading."""
    match found:
        case Unpacked():
            return {"parts": len(found.parts), "left_out": len(found.left_out)}
        case Refusal():
            return {"refused": found.reason.value, "why": found.sentence}
        case ReadDocument():
            lines = sum(len(page.lines) for page in found.layout.pages)
            return {"pages": found.page_count, "lines": lines, "reader_version": READER_VERSION}


async def _reading(work: Work, found: ReadDocument | Refusal | Unpacked, key: str) -> DocumentReading:
    """Keep what was read, or taken out, and return what is known of it."""
    match found:
        case Unpacked():
            children = tuple([await _keep(work, part) for part in found.parts])
            return DocumentReading(
                media_type=found.media_type, page_count=0, children=children, left_out=found.left_out
            )
        case Refusal():
            return DocumentReading(
                media_type=found.media_type, page_count=0, refused=found.reason, sentence=found.sentence
            )
        case ReadDocument():
            place = keys.artifact(work.document_id, "layout", key, "layout.json")
            layout = await put_artifact(work.store, ArtifactKind.LAYOUT, place, found.layout)
            return DocumentReading(
                media_type=found.media_type, page_count=found.page_count, layout=layout, quality=found.quality
            )


async def _keep(work: Work, part: UnpackedPart) -> Child:
    """Store a part's bytes before anyone hears of it, and say what it is.

    Raises:
        DigestMismatchError: Other bytes stand there already.
        MissingObjectError: The packet was erased meanwhile.
    """
    document_id = child_id(work.document_id, part.place)
    child = Child(
        document_id=document_id,
        place=part.place,
        name=part.name,
        refused=part.refused.value if part.refused else None,
        sentence=part.sentence,
    )
    if part.data is None:
        return child
    await require_there(work.store, work.document_id)
    key = keys.original(document_id)
    written = await work.store.create(key, part.data, media_type="application/octet-stream")
    if not written.created and not part.composed and written.data != part.data:
        raise DigestMismatchError(key, expected=sha256_hex(part.data), found=written.ref.sha256)
    return child.model_copy(update={"original": written.ref})
