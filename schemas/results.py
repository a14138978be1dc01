"""What Extraction and Validation find: the artifacts that messages refer to."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from schemas.fields import FieldValue
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from schemas.packets import Child, LeftOut
from schemas.records import RecordStatus


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
