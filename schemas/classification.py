"""What the Gatekeeper finds: type, quality, route, and why a file can't become a record."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from schemas.documents import Route
from schemas.layout import Frozen, Note, Quality, Unit
from schemas.objects import ObjectRef
from schemas.packets import Child, LeftOut

UNKNOWN_TYPE = "unknown"


class RejectReason(StrEnum):
    """Why a file can't become a record: its own fault, said in the record."""

    PASSWORD_REQUIRED = "password_required"  # noqa: S105 (a reason code)
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LARGE = "too_large"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    UNPACKED_SIZE = "unpacked_size"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    UNSAFE_NAME = "unsafe_name"
    UNSAFE_XML = "unsafe_xml"
    NO_TEXT = "no_text"
    NOT_A_DOCUMENT = "not_a_document"


REJECT_SENTENCES: dict[RejectReason, str] = {
    RejectReason.PASSWORD_REQUIRED: "password required: submit a copy without a password",
    RejectReason.EMPTY: "the file is empty",
    RejectReason.UNREADABLE: "the file is damaged beyond what can be read",
    RejectReason.UNSUPPORTED_FORMAT: "the file is of a format that is not read",
    RejectReason.TOO_MANY_PAGES: "the file has more pages than the limit allows",
    RejectReason.TOO_LARGE: "a page or image is larger than the limit allows",
    RejectReason.TIME_LIMIT: "reading the file took longer than the limit allows",
    RejectReason.MEMORY_LIMIT: "reading the file needed more memory than the limit allows",
    RejectReason.UNPACKED_SIZE: "the file unpacks to more than the limit allows",
    RejectReason.TOO_DEEP: "the file is nested deeper than the limit allows",
    RejectReason.TOO_MANY_PARTS: "the file holds more documents than the limit allows",
    RejectReason.UNSAFE_NAME: "the file's name leads out of the archive it is in",
    RejectReason.UNSAFE_XML: "the file's XML declares a document type, which documents have no use for",
    RejectReason.NO_TEXT: "no page of the file shows any text",
    RejectReason.NOT_A_DOCUMENT: "a reviewer found that this is not a document",
}


class TypeScore(Frozen):
    """One document type with its calibrated probability."""

    doc_type: str
    probability: Unit


class Classification(Frozen):
    """The Gatekeeper's result, shared by all runs with the same stage key.

    Attributes:
        document_id: The document.
        media_type: As sniffed from the bytes, not as named.
        doc_type: The type, or ``unknown``.
        confidence: Calibrated, that ``doc_type`` is right.
        scores: All known types, best first.
        novelty: How unlike everything seen in training, 0..1; None where no text was read.
        quality: None where the file could not be read.
        layout: The Layout artifact; None where the file could not be read.
        notes: What reading noticed.
        route: Where the document goes.
        reason: Reject reason code, or why a review is needed, in words.
        arithmetic: Every comparison the route depends on, with its numbers, one per line.
        family: Pool family of the document.
        children: What the file is split into, where it is.
        left_out: What is in a container and made no document.
        proposed: Page ranges to split into, where that is too doubtful to be done without a person.
    """

    document_id: str
    media_type: str
    page_count: int
    doc_type: str
    confidence: Unit
    scores: tuple[TypeScore, ...] = ()
    novelty: Unit | None = None
    quality: Quality | None = None
    layout: ObjectRef | None = None
    notes: tuple[Note, ...] = ()
    route: Route
    reason: str | None = None
    arithmetic: tuple[str, ...] = ()
    family: str
    children: tuple[Child, ...] = Field(default=(), exclude_if=lambda children: not children)
    left_out: tuple[LeftOut, ...] = Field(default=(), exclude_if=lambda left_out: not left_out)
    proposed: tuple[tuple[int, int], ...] = Field(default=(), exclude_if=lambda proposed: not proposed)
