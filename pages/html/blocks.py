"""Elements of HTML turned to blocks: what begins a line, what is a heading, what is a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pages.laid_out.flow import Block, Paragraph, Table, TableCell, TableRow
from pages.office.docx_styles import number

_LINE_ELEMENTS = (
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol option p pre section summary "
    "table tbody thead tfoot tr td th caption ul"
)
_LINES = frozenset(_LINE_ELEMENTS.split())
_BLOCK_DISPLAY = frozenset(("block", "flex", "grid", "table", "list-item", "table-row", "flow-root"))
_HEADING = re.compile("h([1-6])")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_GAP = re.compile(r" {2,}")
_MOST_SPAN = 100
_MOST_INDENT = 8


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    blocks: list[Block]


@dataclass(slots=True)
class _Table:
    """A table being read: its cells so far, and places that cells from above still take."""

    cells: list[_Cell] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    loose: list[Block] = field(default_factory=list)
    row: int = 0
    column: int = 0
    is_frame: bool = False


class Blocks:
    """Takes text and the begin of elements, in order; gives blocks."""

    def __init__(self) -> None:
        self._targets: list[list[Block]] = [[]]
        self._tables: list[_Table] = []
        self._lists: list[int | None] = []
        self._parts: list[str] = []
        self._heading: int | None = None
        self._marker = ""

    def finished(self) -> list[Block]:
        """Return the blocks."""
        self._flush()
        return self._targets[0]

    def text(self, text: str, *, keeps_space: bool) -> None:
        """Take text; runs of spaces are one space, or a gap where it keeps its own."""
        self._parts.append(_GAP.sub("\t", text) if keeps_space else _SPACES.sub(" ", text))

    def begin(self, tag: str, attributes: Mapping[str, str | None], display: str) -> Callable[[], None]:
        """Begin an element; returns what ends it."""
        if tag == "br":
            self._parts.append("\n")
            return _nothing
        if tag not in _LINES and display not in _BLOCK_DISPLAY:
            return _nothing
        self._flush()
        heading = _HEADING.fullmatch(tag)
        if heading:
            return self._begin_heading(int(heading[1]))
        match tag:
            case "ul" | "menu" | "dir":
                return self._begin_list(None)
            case "ol":
                return self._begin_list((number(attributes.get("start")) or 1) - 1)
            case "li":
                self._marker = self._next_marker()
            case "table":
                return self._begin_table()
            case "tr" if self._tables:
                self._begin_row()
            case "td" | "th" if self._tables:
                return self._begin_cell(attributes)
        return self._flush

    def _begin_heading(self, level: int) -> Callable[[], None]:
        outer, self._heading = self._heading, level

        def end() -> None:
            self._flush()
            self._heading = outer

        return end

    def _begin_list(self, count: int | None) -> Callable[[], None]:
        self._lists.append(count)

        def end() -> None:
            self._flush()
            self._lists.pop()

        return end

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "• "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _begin_table(self) -> Callable[[], None]:
        if self._tables:
            # A table within a table: the outer one is a frame that puts things side by side.
            self._tables[-1].is_frame = True
        table = _Table()
        self._tables.append(table)
        self._targets.append(table.loose)

        def end() -> None:
            self._flush()
            self._targets.pop()
            self._tables.pop()
            self._targets[-1].extend(_blocks_of(table))

        return end

    def _begin_row(self) -> None:
        table = self._tables[-1]
        table.row += 1
        table.column = 0

    def _begin_cell(self, attributes: Mapping[str, str | None]) -> Callable[[], None]:
        table = self._tables[-1]
        if not table.row:
            table.row = 1
        column = table.column + 1
        while table.taken.get(column, 0) >= table.row:
            column += 1
        wide, high = (_span(attributes.get(name)) for name in ("colspan", "rowspan"))
        for place in range(column, column + wide):
            table.taken[place] = table.row + high - 1
        table.column = column + wide - 1
        cell = _Cell(table.row, column, [])
        table.cells.append(cell)
        self._targets.append(cell.blocks)

        def end() -> None:
            self._flush()
            self._targets.pop()

        return end

    def _flush(self) -> None:
        text = "\n".join(line.strip(" ") for line in "".join(self._parts).split("\n")).strip()
        self._parts = []
        if text:
            indent = 2 * min(max(0, len(self._lists) - 1), _MOST_INDENT)
            self._targets[-1].append(Paragraph(self._marker + text, self._heading, indent))
            self._marker = ""


def _nothing() -> None:
    """End an element that stands in a line."""


def _span(text: str | None) -> int:
    return max(1, min(number(text) or 1, _MOST_SPAN))


def _blocks_of(table: _Table) -> list[Block]:
    """Return a table, or what it holds one after the other where it is only a frame."""
    filled = [cell for cell in table.cells if cell.blocks]
    if table.is_frame or not any(cell.column > 1 for cell in filled):
        return [*table.loose, *(block for cell in filled for block in cell.blocks)]
    rows: dict[int, list[TableCell]] = {}
    for cell in filled:
        text = "\n".join(block.text for block in cell.blocks if isinstance(block, Paragraph))
        rows.setdefault(cell.row, []).append(TableCell(cell.column, text))
    return [*table.loose, Table([TableRow(row, sorted(cells)) for row, cells in sorted(rows.items())])]
