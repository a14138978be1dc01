"""What each stage finds: the artifacts that messages refer to."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field

from schemas.documents import Route
from schemas.fields import Deliverable, Evidence, FieldValue
from schemas.layout import Frozen, Note, Quality, Unit
from schemas.objects import ObjectRef
from schemas.packets import Child, LeftOut
from schemas.records import DecisionKind, RecordStatus

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


class Degradation(StrEnum):
    """Why something is worth less than it was meant to be; the words stand beside it."""

    LESSER_MODEL = "lesser_model"
    MODEL_DECLINED = "model_declined"
    TOOL_UNAVAILABLE = "tool_unavailable"


class Extraction(Frozen):
    """The extraction's result: every declared field of the type, once.

    Attributes:
        model: What answered (``local:<variant digest>``).
        reply: The stored raw reply; None where the type has no model to ask.
        more_replies: The others, where it took several: parts of a long document, second readings.
        day_first: How 03/04 is read in this document: as its own dates prove, else as its type says.
        routing: The router's arithmetic, one comparison a line.
        degraded: Why fields say *cannot tell*, or who read in place of whom, one sentence each.
        degradations: The codes of these, each once.
    """

    document_id: str
    doc_type: str
    classification: ObjectRef
    fields: tuple[FieldValue, ...]
    model: str
    prompt_version: str
    reply: ObjectRef | None = None
    more_replies: tuple[ObjectRef, ...] = Field(default=(), exclude_if=lambda replies: not replies)
    day_first: bool | None = None
    routing: tuple[str, ...] = Field(default=(), exclude_if=lambda routing: not routing)
    degraded: tuple[str, ...] = ()
    degradations: tuple[Degradation, ...] = Field(default=(), exclude_if=lambda codes: not codes)


class Verdict(StrEnum):
    """Three-valued truth of a rule: one that lacks its inputs never passes."""

    HOLDS = "holds"
    BROKEN = "broken"
    CANNOT_TELL = "cannot_tell"


class RuleVerdict(Frozen):
    """What one rule says of one record, with the numbers it compared."""

    rule: str
    verdict: Verdict
    explanation: str
    fields: tuple[str, ...] = ()


class Lookup(Frozen):
    """What a rule asked a tool, and what it judged by.

    Attributes:
        snapshot: Digest of what it was answered from; None where nobody answered.
        content: The structured answer; None where there is none.
        problem: Why there is none.
    """

    tool: str
    arguments: dict[str, str]
    snapshot: str | None = None
    content: dict[str, Any] | None = None
    problem: str | None = None


class FieldDecision(StrEnum):
    """What Validation decided about a field."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    HUMAN = "human"
    OPTIONAL_ABSENT = "optional_absent"
    CANNOT_TELL = "cannot_tell"


class ReviewCode(StrEnum):
    """Stable codes of doubts that a program may want to tell apart; the words stand beside them."""

    PAGE_AND_DATA_DIFFER = "page_and_data_differ"
    DATA_NOT_ON_PAGE = "data_not_on_page"
    DATA_DISAGREE = "data_disagree"


class CellPlace(Frozen):
    """A cell of a table: its row, counted from 1, and its column."""

    row: int
    column: str


class CellDoubt(CellPlace):
    """What speaks against one cell, in words that go without its place."""

    reason: str


class RecordField(Frozen):
    """A field of a record with the decision and its arithmetic.

    Attributes:
        field: What is known.
        decision: Accepted, to review, decided by a person, …
        arithmetic: ``0.93 ≥ 0.88 accepted``, in full.
        reasons: Why a person should look, in words a reviewer can act on.
        model_field: What a later run's model read, where a person's decision stands over it.
        codes: Codes of those reasons that have one.
        cells: For a rows field, every doubt about a cell, in the order of rows and columns; ``reasons``
            tells the first of them with their places.
    """

    field: FieldValue
    decision: FieldDecision
    arithmetic: str
    reasons: tuple[str, ...] = ()
    model_field: FieldValue | None = None
    codes: tuple[ReviewCode, ...] = Field(default=(), exclude_if=lambda codes: not codes)
    cells: tuple[CellDoubt, ...] = Field(default=(), exclude_if=lambda cells: not cells)


class TableCoverage(Frozen):
    """The cells of a rows field accounted for: rows times declared columns is the sum of the rest."""

    field: str
    rows: int
    columns: int
    with_value: int
    absent: int
    missing: tuple[CellPlace, ...] = ()
    cannot_tell: tuple[CellPlace, ...] = ()


class Coverage(Frozen):
    """No green without coverage: every declared field is accounted for, or named here.

    Attributes:
        tables: One entry per rows field that was read.
    """

    declared: int
    with_value: int
    absent: int
    missing: tuple[str, ...] = ()
    cannot_tell: tuple[str, ...] = ()
    tables: tuple[TableCoverage, ...] = Field(default=(), exclude_if=lambda tables: not tables)


class Record(Frozen):
    """Validation's result: the record, or the draft a reviewer sees.

    Attributes:
        status: End state; None while it waits for review.
        fields: In the schema's order.
        rules: Every rule of the type with its verdict.
        lookups: What rules asked master data, and what was answered.
        duplicates: Document ids with the same business key.
        reasons: Why it is not simply accepted, in words.
        children: What the file was split into, where it was.
        left_out: What is in it and made no document, with the reason.
        degraded: Why it is worth less than it was meant to be, one sentence each, as the extraction says.
        degradations: The codes of these.
    """

    record_id: str
    doc_type: str
    status: RecordStatus | None
    classification: ObjectRef
    extraction: ObjectRef | None = None
    fields: tuple[RecordField, ...] = ()
    rules: tuple[RuleVerdict, ...] = ()
    coverage: Coverage
    duplicates: tuple[str, ...] = ()
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    decision_ids: tuple[str, ...] = ()
    children: tuple[Child, ...] = Field(default=(), exclude_if=lambda children: not children)
    left_out: tuple[LeftOut, ...] = Field(default=(), exclude_if=lambda left_out: not left_out)
    lookups: tuple[Lookup, ...] = Field(default=(), exclude_if=lambda lookups: not lookups)
    degraded: tuple[str, ...] = Field(default=(), exclude_if=lambda degraded: not degraded)
    degradations: tuple[Degradation, ...] = Field(default=(), exclude_if=lambda codes: not codes)


class DecidedCell(Frozen):
    """One cell as a person decided it; ``value`` None means: not in this row of the document.

    Attributes:
        evidence: Where the person showed the value on the page.
    """

    column: str
    raw: str | None = None
    value: str | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), exclude_if=lambda evidence: not evidence)


class DecidedRow(Frozen):
    """One row as a person decided it: a cell per declared column, in order.

    Attributes:
        origin: The row of the record that was reviewed (from 1) which this one keeps or corrects: cells
            that stay as they were read keep their evidence. None for a row that a person added.
    """

    origin: int | None = None
    cells: tuple[DecidedCell, ...]


class DecidedField(Frozen):
    """One field as a person decided it; without value, values and rows: absent from the document.

    Attributes:
        rows: The whole table of a rows field, in its order; a row of the record that no entry names is gone.
        evidence: Where the person showed the value on the page; a list has ``places``, a table has it in its
            cells.
        places: For a list, where the person showed each of ``values``, in their order; empty where he showed
            none.
        file: The file that the person corrected, where the field's value is one.
    """

    name: str
    raw: str | None = None
    value: str | None = None
    values: tuple[str, ...] = ()
    places: tuple[tuple[Evidence, ...], ...] = Field(default=(), exclude_if=lambda places: not places)
    rows: tuple[DecidedRow, ...] = Field(default=(), exclude_if=lambda rows: not rows)
    evidence: tuple[Evidence, ...] = Field(default=(), exclude_if=lambda evidence: not evidence)
    file: Deliverable | None = Field(default=None, exclude_if=lambda file: file is None)


class Decision(Frozen):
    """What a person decided, as stored with the review and laid over results."""

    decision_id: str
    review_id: str
    document_id: str
    run_id: str
    kind: DecisionKind
    reviewer: str
    decided_at: AwareDatetime
    fields: tuple[DecidedField, ...] = ()
    doc_type: str | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    comment: str | None = None


class ArtifactKind(StrEnum):
    """The kinds of artifacts, each with one serialiser and one contract."""

    LAYOUT = "layout"
    PAGE_IMAGE = "page_image"
    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    RECORD = "record"
    REPLY = "reply"
    DECISION = "decision"
    CURVE = "curve"
    MASK = "mask"
    DIGITISED = "digitised"
