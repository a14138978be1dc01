"""A field of a record: its readings, each with the evidence that supports it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from schemas.layout import Box, Frozen, Unit
from schemas.objects import ObjectRef


class FieldKind(StrEnum):
    """What sort of value a field holds; comparators, normalisers and candidates follow from it."""

    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    QUANTITY = "quantity"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    PARTY = "party"
    PERSON = "person"
    ADDRESS = "address"
    IDENTIFIER = "identifier"
    CURRENCY = "currency"
    JURISDICTION = "jurisdiction"
    TEXT = "text"
    PRESENCE = "presence"
    ROWS = "rows"
    FILE = "file"


class EvidenceClass(StrEnum):
    """How a value follows from the document."""

    VERBATIM = "verbatim"
    NORMALISED = "normalised"
    COMPUTED = "computed"
    KNOWLEDGE_GRAPH = "knowledge_graph"
    EMBEDDED_DATA = "embedded_data"
    INFERRED = "inferred"
    UNGROUNDED = "ungrounded"


class Evidence(Frozen):
    """A place on a page: the characters ``start:end`` of one line, and the box around them."""

    page: int
    line: str
    start: int
    end: int
    box: Box
    quote: str


class DataElement(Frozen):
    """A place in embedded data: the element of an e-invoice's XML that states a value.

    Attributes:
        data: As the attachment is called; None where the XML is the document itself.
        term: The business term of EN 16931 (``BT-112``).
        path: The elements from the root on, ``[2]`` for the second of its name.
    """

    data: str | None
    term: str
    path: str


class KnownStatus(StrEnum):
    """What the knowledge graph says of a party's name."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    NO_MATCH = "no_match"
    CANNOT_TELL = "cannot_tell"


class Known(Frozen):
    """A fact of the knowledge graph about a reading; the reading itself stays as it was printed.

    Attributes:
        reason: Why, in one sentence.
        entity: Id of the entity; only of a match.
        name: As the graph calls it.
        score: How alike the names are.
        snapshot: Digest of the graph that was asked; None where nobody answered.
    """

    status: KnownStatus
    reason: str
    entity: str | None = None
    name: str | None = None
    score: Unit | None = None
    snapshot: str | None = None


class Deliverable(Frozen):
    """A file that was made of a document and is itself the value of a field.

    Attributes:
        rows: How many it holds, for a file of rows.
        made_with: What it was computed with, by name in plain decimals: a file is wrong where the record
            says otherwise.
    """

    ref: ObjectRef
    rows: int | None = None
    made_with: dict[str, str] = Field(default_factory=dict)


class Reading(Frozen):
    """One value as read: raw text, normal form, and where it stands.

    Attributes:
        raw: As printed, or as the embedded data hold it.
        value: Normal form, by the field's normaliser (ISO date, plain decimal, …); None where the raw
            text has none.
        confidence: That this reading is right, calibrated, where the model gives one.
        evidence: One span per line it covers; empty for an ungrounded reading, and for embedded data
            that no page prints.
        evidence_class: How the value follows from the evidence.
        element: Where embedded data state it; None for what was read from a page.
        known: Who the knowledge graph says it is, for a party that was looked up.
        file: The file, where the field's value is one; ``value`` is its key in the store.
    """

    raw: str
    value: str | None
    confidence: Unit | None = None
    evidence: tuple[Evidence, ...] = ()
    evidence_class: EvidenceClass
    # Left out of the JSON where there is none, so that what was stored before keeps its bytes.
    element: DataElement | None = Field(default=None, exclude_if=lambda element: element is None)
    known: Known | None = Field(default=None, exclude_if=lambda known: known is None)
    file: Deliverable | None = Field(default=None, exclude_if=lambda file: file is None)


class FieldState(StrEnum):
    """What is known about a declared field."""

    VALUE = "value"
    ABSENT = "absent"
    MISSING = "missing"
    CANNOT_TELL = "cannot_tell"


class Alignment(StrEnum):
    """How closely a quote was found on the page; of several readings, the least close."""

    EXACT = "exact"
    NORMALISED = "normalised"
    FUZZY = "fuzzy"
    NOWHERE = "nowhere"
    NOT_QUOTED = "not_quoted"


class Agreement(StrEnum):
    """Whether a second reading says the same."""

    AGREES = "agrees"
    DIFFERS = "differs"
    ALONE = "alone"


class ReadBy(Frozen):
    """Who read a field, where it was no model that states calibrated confidences, and what can be measured.

    Attributes:
        model: As it was asked for.
        pages: First and last page of the part of the document that the value comes from; None where the
            document was asked about whole, or the field is in no part.
        alignment: How closely its quotes were found.
        second: Who read a second time, where somebody did: ``variant`` for the one trained for the type,
            ``again`` for the same model, else another model.
        agreement: Whether that reading says the same.
        parts_differ: Parts of the document gave different values.
        of: Reviewed readings of this sort that its confidence rests on; None where it is not calibrated.
    """

    model: str
    pages: tuple[int, int] | None = None
    alignment: Alignment
    second: str | None = None
    agreement: Agreement = Agreement.ALONE
    parts_differ: bool = False
    of: int | None = None


class Cell(Frozen):
    """What is known about one thing that may have a value: a plain field, or one column of one row.

    Attributes:
        name: As the type's schema declares the field or column.
        state: Value found, absence decided, nothing decided (missing), or a part failed.
        readings: The chosen values: one for a plain field or a cell, any number for a list.
        confidence: That state and readings are right together.
        alternatives: Other readings, best first, at most three.
        note: Why, where the state is not a value.
    """

    name: str
    state: FieldState
    readings: tuple[Reading, ...] = ()
    confidence: Unit | None = None
    alternatives: tuple[Reading, ...] = ()
    note: str | None = None

    @property
    def value(self) -> str | None:
        """Normal form of the first reading, where there is one."""
        return self.readings[0].value if self.readings else None

    @property
    def grounded(self) -> bool:
        """Whether every reading has evidence on a page (or follows from such by computation)."""
        return all(reading.evidence_class is not EvidenceClass.UNGROUNDED for reading in self.readings)


class Row(Frozen):
    """One row of a table: exactly one cell per declared column, in the declared order."""

    cells: tuple[Cell, ...]

    def cell(self, column: str) -> Cell:
        """Return the cell of ``column``; KeyError if the row has no such column."""
        for cell in self.cells:
            if cell.name == column:
                return cell
        raise KeyError(column)


class FieldValue(Cell):
    """Everything known about one declared field; every declared field has exactly one.

    A field of kind ``rows`` has no readings of its own but ``rows``; its state says whether the table was
    read at all, and its confidence is that the whole table is right: no row more, none fewer, every cell.

    Attributes:
        columns: The declared columns of a rows field in order, whatever its state; empty for other kinds.
        rows: The rows in reading order; people count them from 1.
        compared: What the page says by itself, where the value comes from embedded data.
        read_by: Who read it, where that is not the model of the whole extraction, or one that has to be
            measured.
        checked_by: Who read it too and said the same, where the first reading stands.
    """

    # Left out of the JSON of plain fields, whose stored bytes are the same as before there were rows.
    columns: tuple[str, ...] = Field(default=(), exclude_if=lambda columns: not columns)
    rows: tuple[Row, ...] = Field(default=(), exclude_if=lambda rows: not rows)
    compared: Compared | None = Field(default=None, exclude_if=lambda compared: compared is None)
    read_by: ReadBy | None = Field(default=None, exclude_if=lambda read_by: read_by is None)
    checked_by: ReadBy | None = Field(default=None, exclude_if=lambda read_by: read_by is None)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What holds the readings: every cell of every row, or the field itself where it is a plain one."""
        return tuple(cell for row in self.rows for cell in row.cells) if self.columns else (self,)

    @property
    def grounded(self) -> bool:
        """Whether every reading, of every cell, has evidence on a page or follows from such."""
        return all(cell.grounded for cell in self.cells) if self.columns else super().grounded


class Compared(Frozen):
    """What a value from embedded data is held against.

    Attributes:
        page: What was read from the page alone; None where the data are the document itself.
        rivals: Other values that data of the document state for the same field.
        either_sign: Amounts agree without their sign: the data are a credit note's, and pages print
            the sums of those in either way.
        payee: Whom the data name to be paid instead of the seller, where no page names him.
    """

    page: FieldValue | None = None
    rivals: tuple[Reading, ...] = ()
    either_sign: bool = False
    payee: Reading | None = None


FieldValue.model_rebuild()
