"""What ``doctrail trace`` does: find the document, load its trace, give it the form that was asked for."""

from __future__ import annotations

import sys
from enum import Enum, auto

from app.accessing import note_read
from app.printing import coloured
from app.session import with_doctrail
from app.wiring import Doctrail, page_reader
from ops.identify import identify
from ops.trace import load_trace
from ops.trace.story import Trace
from ops.trace.views.html import trace_html
from ops.trace.views.json import trace_json
from ops.trace.views.text import trace_rich, trace_text
from schemas.layout import Layout
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import get_artifact
from store.protocol import ObjectStore

RESOLUTION = 110
"""Dots per inch of the page images: readable on a screen, light enough for one file."""


class Form(Enum):
    """How a trace is given."""

    TEXT = auto()
    JSON = auto()
    HTML = auto()


def trace_document(wanted: str, *, run: str | None, form: Form, full: bool) -> str:
    """Return the trace of the document that ``wanted`` means; a coloured one is printed instead."""

    async def work(doctrail: Doctrail) -> str:
        identified = await identify(doctrail.store, doctrail.catalog, wanted)
        await note_read(doctrail, "trace", [identified.document_id])
        trace = await load_trace(
            doctrail.store,
            identified.document_id,
            run_id=run or identified.run_id,
            full=full or form is not Form.TEXT,
        )
        match form:
            case Form.TEXT:
                return _text(trace, full=full)
            case Form.JSON:
                return trace_json(trace)
            case Form.HTML:
                return await _html(doctrail, trace)

    return with_doctrail(work, needs_bus=False)


def _text(trace: Trace, *, full: bool) -> str:
    if not coloured(sys.stdout):
        return trace_text(trace, full=full)
    from rich.console import Console

    Console(highlight=False).print(trace_rich(trace, full=full))
    return ""


async def _html(doctrail: Doctrail, trace: Trace) -> str:
    # The pages of a part are drawn from the packet's bytes.
    source = trace.origin.file.uri if trace.origin and trace.origin.file else keys.original(trace.document_id)
    before = trace.origin.first_page - 1 if trace.origin else 0
    data = await doctrail.store.fetch(source)
    rotations = await _rotations(doctrail.store, trace)
    if data is None or not rotations:
        return await trace_html(trace)
    original = data
    async with page_reader(doctrail.settings) as reader:

        async def render(page: int) -> bytes:
            return await reader.render(original, before + page, RESOLUTION, rotations.get(page, 0))

        return await trace_html(trace, render=render)


async def _rotations(store: ObjectStore, trace: Trace) -> dict[int, int]:
    """Return by how much each page was turned, so that boxes lie where they belong; empty if unread."""
    found = trace.run.classification if trace.run else None
    if found is None or found.layout is None:
        return {}
    layout: Layout = await get_artifact(store, found.layout, ArtifactKind.LAYOUT)
    return {page.number: page.rotation for page in layout.pages}
