"""Reading a document once: what the page reader found, kept apart from what is made of it.

Reading is the expensive part, and depends on the bytes and the reader alone; a new classifier or a
new document type looks at the same reading again.
"""

from __future__ import annotations

import time
from typing import Protocol

from agents.stage import Work
from pages.reader import READER_VERSION, ReadDocument, Refusal
from schemas.layout import Frozen, Layout, Quality
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, RejectReason
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.stages import keep_result, recall_result, stage_key


class Reader(Protocol):
    """Reads a file's bytes in a place where they can do no harm."""

    async def read(self, data: bytes) -> ReadDocument | Refusal:
        """Return the document's layout and quality, or why it can't be read."""
        ...


class DocumentReading(Frozen):
    """What reading found: a layout with its quality, or the reason there is none."""

    media_type: str
    page_count: int
    layout: ObjectRef | None = None
    quality: Quality | None = None
    refused: RejectReason | None = None
    sentence: str | None = None


async def read_once(work: Work, reader: Reader, original: ObjectRef) -> tuple[DocumentReading, Layout | None]:
    """Return the reading of the document, computed only if no run has read it before."""
    key = stage_key("reading", READER_VERSION, work.document_id)
    known = await recall_result(work.store, work.document_id, "reading", key, DocumentReading)
    if known is not None:
        reading, layout = known[0], None
        if reading.layout is not None:
            layout = await get_artifact(work.store, reading.layout, ArtifactKind.LAYOUT)
        work.trail.step("read", reading.media_type, reused=True, pages=reading.page_count)
    else:
        reading, layout = await _read(work, reader, original, key)
    if reading.layout is not None:
        work.trail.outputs["layout"] = reading.layout
    return reading, layout


async def _read(
    work: Work, reader: Reader, original: ObjectRef, key: str
) -> tuple[DocumentReading, Layout | None]:
    started = time.perf_counter()
    found = await reader.read(await work.store.read(original))
    seconds = time.perf_counter() - started
    if isinstance(found, Refusal):
        work.trail.step(
            "read", found.media_type, seconds=seconds, refused=found.reason.value, why=found.sentence
        )
        reading = DocumentReading(
            media_type=found.media_type, page_count=0, refused=found.reason, sentence=found.sentence
        )
        return (await keep_result(work.store, work.document_id, "reading", key, reading))[0], None
    lines = sum(len(page.lines) for page in found.layout.pages)
    work.trail.step(
        "read",
        found.media_type,
        seconds=seconds,
        pages=found.page_count,
        lines=lines,
        reader_version=READER_VERSION,
    )
    layout = await put_artifact(
        work.store,
        ArtifactKind.LAYOUT,
        keys.artifact(work.document_id, "layout", key, "layout.json"),
        found.layout,
    )
    reading = DocumentReading(
        media_type=found.media_type, page_count=found.page_count, layout=layout, quality=found.quality
    )
    return (await keep_result(work.store, work.document_id, "reading", key, reading))[0], found.layout
