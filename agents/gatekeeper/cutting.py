"""Reading a part of a packet: its pages are the packet's own reading, cut out and numbered anew."""

from __future__ import annotations

from dataclasses import dataclass

from agents.gatekeeper.reading import DocumentReading
from agents.stage import Work
from pages.quality import quality_of_part
from schemas.classification import Classification, RejectReason
from schemas.documents import DocumentSubmitted
from schemas.errors import InvariantError, PermanentError
from schemas.layout import Layout, Line, Note, NoteKind, Page
from schemas.packets import Child
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.stages import stage_key


@dataclass(frozen=True, slots=True)
class Cut:
    """A document without bytes of its own: pages of a packet, or a part that can't be had.

    Attributes:
        packet: What its packet was found to be.
    """

    child: Child
    packet: Classification

    @property
    def identity(self) -> tuple[object, ...]:
        """What a result about it depends on."""
        if self.child.pages is None or self.packet.layout is None:
            return (self.child.refused, self.child.sentence)
        return (self.packet.layout.sha256, *self.child.pages)


async def cut_of(work: Work, submitted: DocumentSubmitted) -> Cut | None:
    """Return what the document was cut out of; None for one that has bytes of its own.

    Raises:
        PermanentError: Its packet does not list it.
    """
    if submitted.parent is None or submitted.original.uri == keys.original(work.document_id):
        return None
    if submitted.parent.result is None:
        raise InvariantError(f"document {work.document_id} has no bytes, and no packet that explains it")
    packet = await get_artifact(work.store, submitted.parent.result, ArtifactKind.CLASSIFICATION)
    work.trail.inputs["packet"] = submitted.parent.result
    for child in packet.children:
        if child.document_id == work.document_id:
            return Cut(child, packet)
    raise PermanentError(
        f"packet {submitted.parent.document_id} does not list document {work.document_id}", reason="no_part"
    )


async def read_cut(work: Work, cut: Cut) -> tuple[DocumentReading, Layout | None]:
    """Return the reading of a part, taken from its packet's."""
    child, packet = cut.child, cut.packet
    if child.pages is None:
        work.trail.step("read", packet.media_type, refused=child.refused, why=child.sentence)
        return DocumentReading(
            media_type="application/octet-stream",
            page_count=0,
            refused=RejectReason(child.refused or RejectReason.UNREADABLE),
            sentence=child.sentence,
        ), None
    if packet.layout is None or packet.quality is None:
        raise InvariantError(f"packet {packet.document_id} is split into pages, but was not read")
    whole = await get_artifact(work.store, packet.layout, ArtifactKind.LAYOUT)
    first, last = child.pages
    layout = cut_layout(whole, first, last)
    key = stage_key("cutting", 1, packet.layout.sha256, first, last)
    ref = await put_artifact(
        work.store,
        ArtifactKind.LAYOUT,
        keys.artifact(work.document_id, "layout", key, "layout.json"),
        layout,
    )
    work.trail.step("read", packet.media_type, pages=len(layout.pages), cut_from=[first, last])
    work.trail.outputs["layout"] = ref
    reading = DocumentReading(
        media_type=packet.media_type,
        page_count=len(layout.pages),
        layout=ref,
        quality=quality_of_part(packet.quality, layout.notes, first, last),
    )
    return reading, layout


def cut_layout(layout: Layout, first: int, last: int) -> Layout:
    """Return pages ``first`` to ``last`` as a document of their own, numbered from 1."""
    pages = tuple(_renumbered(page, page.number - first + 1) for page in layout.pages[first - 1 : last])
    notes = [_note(note, first) for note in layout.notes if note.page is None or first <= note.page <= last]
    if layout.data:
        said = "the packet's embedded invoice data are not taken for one of its parts"
        notes.append(Note(kind=NoteKind.NOT_READ, text=said))
    return Layout(version=layout.version, pages=pages, notes=tuple(notes))


def _note(note: Note, first: int) -> Note:
    if note.page is None:
        return note
    number = note.page - first + 1
    said = note.text.removeprefix(f"page {note.page} ")
    text = note.text if said == note.text else f"page {number} {said}"
    return note.model_copy(update={"page": number, "text": text})


def _renumbered(page: Page, number: int) -> Page:
    return page.model_copy(
        update={"number": number, "lines": tuple(_moved(line, number) for line in page.lines)}
    )


def _moved(line: Line, page: int) -> Line:
    return line.model_copy(update={"id": f"{page}.{line.id.partition('.')[2]}"})
