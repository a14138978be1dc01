"""What the readers of the formats hand on: words with places, pages, refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pages.limits import ReadLimits
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.errors import PermanentError
from schemas.layout import EmbeddedData, Note, NoteKind, QualityPart, TextSource


class UnreadableError(PermanentError):
    """The file can't be read, by its own fault; the reading process answers with a refusal."""

    def __init__(self, reason: RejectReason, detail: str | None = None) -> None:
        sentence = REJECT_SENTENCES[reason]
        super().__init__(f"{sentence}: {detail}" if detail else sentence, reason=reason.value)
        self.reject_reason = reason


class PlacedWord(NamedTuple):
    """A word and its box on the upright page, in points from the top left."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0

    @property
    def height(self) -> float:
        """Height of the box."""
        return self.y1 - self.y0


class Mark(NamedTuple):
    """What a line is part of, as its file says: a heading's level, or a cell's table, row and column."""

    heading: int | None = None
    cell: tuple[int, int, int] | None = None


@dataclass(slots=True)
class ReadPage:
    """One upright page as read; ``lines`` are in reading order, and so are the words of each.

    ``marks`` are by a line's place in ``lines``.
    """

    number: int
    width: float
    height: float
    lines: list[list[PlacedWord]]
    source: TextSource
    rotation: int = 0
    marks: dict[int, Mark] = field(default_factory=dict)
    quality: list[QualityPart] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, kind: NoteKind, text: str) -> None:
        """Remember something a person should know about this page."""
        self.notes.append(Note(kind=kind, page=self.number, text=text))

    def note_turned(self) -> None:
        """Say how the page lay, where it was turned."""
        if self.rotation:
            lay = -self.rotation % 360
            self.note(NoteKind.ROTATED, f"page {self.number} lay rotated by {lay}° clockwise, corrected")


@dataclass(slots=True)
class Reading:
    """A whole file as read.

    ``data`` is what it states as structured data; ``attached``: other files hang in it.
    """

    pages: list[ReadPage]
    notes: list[Note] = field(default_factory=list)
    data: list[EmbeddedData] = field(default_factory=list)
    attached: bool = False


class Progress(Protocol):
    """Told at the start of every page, so that the limits of a step begin anew."""

    def __call__(self, page: int) -> None:
        """Begin the step of reading ``page``."""
        ...


@dataclass(frozen=True, slots=True)
class Rendering:
    """Which page to draw: its number from 1, dots per inch, degrees clockwise to turn it upright."""

    page: int
    dpi: int
    rotation: int


class Format(Protocol):
    """How files of one format are read and drawn; one module each, listed in ``pages.formats``."""

    def read(self, data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
        """Return the pages of ``data``.

        Raises:
            UnreadableError: The file can't be read, by its own fault.
        """
        ...

    def render(self, data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
        """Return one page as PNG.

        Raises:
            UnreadableError: The page can't be drawn.
        """
        ...
