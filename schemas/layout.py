"""What a page says and where: words and lines with boxes, in reading order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Unit = Annotated[float, Field(ge=0.0, le=1.0)]


class Frozen(BaseModel):
    """An immutable part of an artifact; unknown keys are an error, because we alone write it."""

    # No NaN and no infinity either: canonical JSON has neither.
    # A number that JSON lacks shows in the bytes, where writers look for it, instead of becoming null.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants")


class Box(Frozen):
    """A rectangle on an upright page, in fractions of its width and height; origin top left.

    x0 <= x1 and y0 <= y1 always hold; whatever reads a page clamps to the page first.
    """

    x0: Unit
    y0: Unit
    x1: Unit
    y1: Unit


class TextSource(StrEnum):
    """How the text of a line came to us."""

    NATIVE = "native"
    OCR = "ocr"
    EMBEDDED = "embedded"


class Word(Frozen):
    """One word: its box and where it stands in its line's text (``text[start:end]``)."""

    start: int
    end: int
    box: Box


class Cell(Frozen):
    """Where a line stands in a table that its file declares; all from 1.

    Attributes:
        table: Number of the table in the document; a spreadsheet's sheet is one.
        row: As the file counts them: a spreadsheet's own row number.
        column: Likewise; of a cell that spans several, the first.
    """

    table: int = Field(ge=1)
    row: int = Field(ge=1)
    column: int = Field(ge=1)


class Line(Frozen):
    """A run of words without a wide gap (a table cell is a line of its own).

    Attributes:
        id: ``<page>.<number>``, both from 1, in reading order.
        text: The words joined by single spaces.
        box: Union of the words' boxes.
        words: In order; they cover ``text`` but for its spaces.
        source: How the text came to us.
        confidence: Of the OCR engine; 1 for native text.
        heading: Level of the heading it is part of, 1 the highest; the name of a sheet is one. Only where
            the file itself says so, and never guessed from looks.
        cell: The table cell it is part of, where the file declares a table.
    """

    id: str
    text: str
    box: Box
    words: tuple[Word, ...]
    source: TextSource
    confidence: Unit = 1.0
    heading: int | None = Field(default=None, ge=1, le=9)
    cell: Cell | None = None


MOST_POINTS = 1_000_000
"""Longest side of a page, 350 m: PDF ends at a hundredth of it, and files that lie do not."""


class Page(Frozen):
    """One page, upright.

    Attributes:
        number: From 1.
        width: Of the upright page in points (1/72 inch), at most MOST_POINTS; for images in pixels at 72 dpi.
        height: Likewise.
        rotation: Degrees clockwise by which the content was turned to make it upright.
        lines: In reading order.
    """

    number: int
    width: float
    height: float
    rotation: int = 0
    lines: tuple[Line, ...]


class NoteKind(StrEnum):
    """What reading a document noticed besides its text."""

    HIDDEN_TEXT = "hidden_text"
    GARBLED_TEXT = "garbled_text"
    ROTATED = "rotated"
    UNREADABLE_PAGE = "unreadable_page"
    PAGES_LEFT_OUT = "pages_left_out"
    BIDI_CONTROLS = "bidi_controls"
    MIXED_SCRIPTS = "mixed_scripts"
    ACTIVE_CONTENT = "active_content"
    DAMAGED = "damaged"
    INSTRUCTIONS = "instructions"
    FORMULAS = "formulas"
    NOT_READ = "not_read"
    EMBEDDED_DATA = "embedded_data"


class Note(Frozen):
    """Something a person should know about a page, in words; never the hidden text itself."""

    kind: NoteKind
    page: int | None = None
    text: str


class DataSyntax(StrEnum):
    """The XML vocabularies of e-invoices that are read."""

    CII = "cii"
    UBL = "ubl"


class DataValue(Frozen):
    """One value that an e-invoice's XML states.

    Attributes:
        term: What it is, as a business term of EN 16931 (``BT-112``).
        raw: As the XML holds it, without the white space around it.
        value: In plain form by the term's own kind (ISO day, decimal with a point, text); None where it
            has not the form that XML demands.
        path: Where it stands: the elements from the root on, ``[2]`` for the second of its name.
        lines: Ids of the lines that show it, where the XML is the document itself.
    """

    term: str
    raw: str
    value: str | None
    path: str
    lines: tuple[str, ...] = ()


class DataRow(Frozen):
    """One invoice line of an e-invoice's XML."""

    values: tuple[DataValue, ...]


class EmbeddedData(Frozen):
    """The structured data of an e-invoice: attached to a PDF, or the document itself.

    Attributes:
        name: As the attachment is called; None where the XML is the document itself.
        sha256: Of the XML.
        syntax: Its vocabulary.
        profile: As the XML names it (``urn:cen.eu:en16931:2017``).
        has_rows: Whether the profile carries invoice lines at all; MINIMUM and BASIC WL do not.
        values: Of the invoice as a whole, in document order.
        rows: The invoice lines, in document order.
        conflicts: Terms that an invoice has once, and that stand here with several values.
    """

    name: str | None
    sha256: str
    syntax: DataSyntax
    profile: str | None = None
    has_rows: bool = True
    values: tuple[DataValue, ...]
    rows: tuple[DataRow, ...] = ()
    conflicts: tuple[str, ...] = ()

    def of(self, term: str) -> tuple[DataValue, ...]:
        """Return every value of ``term``, in document order."""
        return tuple(value for value in self.values if value.term == term)


class Layout(Frozen):
    """A whole document as text with places; the artifact that every later stage reads.

    Attributes:
        pages: What a person sees, page by page.
        notes: What a person should know besides.
        data: What the document states as structured data; never part of the page text.
    """

    version: int = 1
    pages: tuple[Page, ...]
    notes: tuple[Note, ...] = ()
    data: tuple[EmbeddedData, ...] = Field(default=(), exclude_if=lambda data: not data)


class QualityPart(Frozen):
    """One part of a page's quality: a score in 0..1 (1 is best) and the measurement behind it."""

    name: str
    score: Unit
    measured: str


class PageQuality(Frozen):
    """How well one page can be read; ``score`` is the product of its parts' scores."""

    page: int
    score: Unit
    parts: tuple[QualityPart, ...]


class Quality(Frozen):
    """How well a document can be read; the worst page weighs more than the mean.

    Attributes:
        score: ``0.6 * worst page + 0.4 * mean of pages``.
        pages: Per page, with parts.
        reasons: In words, only what lowers the score or was corrected.
    """

    score: Unit
    pages: tuple[PageQuality, ...]
    reasons: tuple[str, ...] = ()
