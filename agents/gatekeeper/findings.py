"""What the Gatekeeper says of a file that it did not judge: refused, a container, or only read so far."""

from __future__ import annotations

from agents.gatekeeper.reading import DocumentReading
from agents.instructions import instruction_lines, instruction_notes
from schemas.classification import REJECT_SENTENCES, UNKNOWN_TYPE, Classification, RejectReason
from schemas.documents import Route
from schemas.layout import Layout
from schemas.packets import PACKET_TYPE


def opened(document_id: str, reading: DocumentReading, family: str) -> Classification:
    """Return what becomes of a container: each of its parts is a document; one without parts is none."""
    count = len(reading.children)
    said = f"holds {count} document{'' if count == 1 else 's'}, {len(reading.left_out)} left out"
    if not count:
        empty = reading.model_copy(update={"sentence": "nothing in it is a document of its own"})
        refused = rejected(document_id, empty, RejectReason.EMPTY, family)
        return refused.model_copy(update={"left_out": reading.left_out})
    return Classification(
        document_id=document_id,
        media_type=reading.media_type,
        page_count=0,
        doc_type=PACKET_TYPE,
        confidence=1.0,
        route=Route.SPLIT,
        arithmetic=(said,),
        family=family,
        children=reading.children,
        left_out=reading.left_out,
    )


def unjudged(document_id: str, reading: DocumentReading, layout: Layout, family: str) -> Classification:
    """Return what is known of a file before anything is made of it."""
    notes = (*layout.notes, *instruction_notes(layout, instruction_lines(layout)))
    return _only_read(document_id, reading, family, Route.REVIEW).model_copy(update={"notes": notes})


def rejected(document_id: str, reading: DocumentReading, reason: RejectReason, family: str) -> Classification:
    """Return the end of a file that can't become a record, by its own fault."""
    said = {"reason": reason.value, "arithmetic": (reading.sentence or REJECT_SENTENCES[reason],)}
    return _only_read(document_id, reading, family, Route.REJECT).model_copy(update=said)


def _only_read(document_id: str, reading: DocumentReading, family: str, route: Route) -> Classification:
    return Classification(
        document_id=document_id,
        media_type=reading.media_type,
        page_count=reading.page_count,
        doc_type=UNKNOWN_TYPE,
        confidence=0.0,
        quality=reading.quality,
        layout=reading.layout,
        route=route,
        family=family,
    )
