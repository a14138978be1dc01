"""A document that flows: paragraphs, headings and tables, as DOCX, XLSX, PPTX and HTML hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.layout import Note, NoteKind


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that is wrapped; a line feed in it begins a line, a tab leaves a gap."""

    text: str
    heading: int | None = None
    indent: int = 0


class TableCell(NamedTuple):
    """One cell: its column from 1, its text (a line feed in it begins a line)."""

    column: int
    text: str


class TableRow(NamedTuple):
    """One row: its number from 1 as the file counts it, its cells from left to right."""

    number: int
    cells: Sequence[TableCell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; rows and cells that hold nothing need not be there.

    A ``wide`` one widens its page before it wraps its cells, as a spreadsheet's columns are wide.
    """

    rows: Sequence[TableRow]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class PageEnd:
    """What follows stands on a new page."""


Block = Paragraph | Table | PageEnd


@dataclass(slots=True)
class Flow:
    """A document as it flows, and what reading it noticed."""

    blocks: list[Block]
    notes: list[Note] = field(default_factory=list)

    def note(self, kind: NoteKind, text: str) -> None:
        """Remember something a person should know about the file."""
        self.notes.append(Note(kind=kind, text=text))
