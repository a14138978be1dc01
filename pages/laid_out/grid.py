"""Blocks laid out on a grid of equal cells, one for a character, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pages.directions import drawn_order, plain_forms, runs_left, width_of
from pages.laid_out.flow import Block, PageEnd, Paragraph, Table, TableRow
from pages.parts import Mark

MARGIN, HEIGHT = 54.0, 792.0
COLUMNS, ROWS = 96, 60
CELL = 5.25
ROW = (HEIGHT - 2 * MARGIN) / ROWS
LETTER = 0.8
# Between the cells of a table: wider than any space between words.
GAP = 3
# Columns of a table: as narrow as this before the page is widened or parted, and as wide at most.
NARROW, SHEET_NARROW = 8, 20
WIDE, MOST_WIDE = 48, 240


class Piece(NamedTuple):
    """A line on the grid: words in the order they are read, each with the cell it begins in."""

    row: int
    words: tuple[tuple[str, int], ...]
    mark: Mark | None


@dataclass(slots=True)
class GridPage:
    """A page of the grid; ``columns`` wide, ``ROWS`` high."""

    number: int
    pieces: list[Piece] = field(default_factory=list)
    columns: int = COLUMNS

    @property
    def width(self) -> float:
        """Width in points."""
        return 2 * MARGIN + self.columns * CELL


def grid_pages(blocks: Iterable[Block]) -> Iterator[GridPage]:
    """Yield the pages of ``blocks`` that hold anything, in order."""
    page, row, table = GridPage(1), 0, 0
    for block in blocks:
        if isinstance(block, PageEnd):
            row = ROWS if page.pieces else 0
            continue
        table += isinstance(block, Table)
        for group in _groups(block, table):
            # A row of a table, or a line of text, is not parted where it fits on one page.
            if row + min(len(group.rows), ROWS) > ROWS and page.pieces:
                yield page
                page, row = GridPage(page.number + 1), 0
            for begin in range(0, len(group.rows), ROWS):
                if begin:
                    yield page
                    page, row = GridPage(page.number + 1), 0
                rows = group.rows[begin : begin + ROWS]
                page.pieces += _pieces(group, rows, row)
                page.columns = max(page.columns, group.columns)
                row += len(rows)
        # Room after a heading and a table, as every program leaves some.
        row += 1 if row and (isinstance(block, Table) or block.heading is not None) else 0
    if page.pieces:
        yield page


def _pieces(group: _Group, rows: list[list[tuple[int, Words]]], row: int) -> list[Piece]:
    """Return lines in reading order: a cell's lines one after the other, cell by cell."""
    placed = [(column, row + place, words) for place, pieces in enumerate(rows) for column, words in pieces]
    placed.sort(key=lambda piece: piece[:2])
    return [Piece(row, words, group.mark(column)) for column, row, words in placed]


Words = tuple[tuple[str, int], ...]


class _Group(NamedTuple):
    """Grid rows that belong together: of a paragraph one by one, of a table's row all."""

    rows: list[list[tuple[int, Words]]]
    columns: int
    heading: int | None = None
    table: int = 0
    row: int = 0

    def mark(self, column: int) -> Mark | None:
        if self.table:
            return Mark(cell=(self.table, self.row, column))
        return None if self.heading is None else Mark(heading=self.heading)


def _groups(block: Paragraph | Table, table: int) -> Iterator[_Group]:
    if isinstance(block, Paragraph):
        for text in plain_forms(block.text).split("\n"):
            indent = min(block.indent, COLUMNS // 2)
            for piece in _lines(text, indent, COLUMNS - indent):
                yield _Group([[(0, words) for words in piece]], COLUMNS, heading=block.heading)
        return
    for part in _side_by_side(block):
        columns = part[-1].start + part[-1].width
        by_column = {column.column: column for column in part}
        for row in block.rows:
            yield _Group(_table_row(row, by_column), columns, table=table, row=row.number)


def _lines(text: str, start: int, width: int) -> Iterator[list[Words]]:
    """Yield the grid rows of one line of text: wrapped, its parts between tabs as pieces of a row."""
    parts = [part for part in (piece.split() for piece in text.split("\t")) if part]
    sizes = [sum(map(width_of, part)) + len(part) - 1 for part in parts]
    if len(parts) > 1 and sum(sizes) + GAP * (len(parts) - 1) <= width:
        row: list[Words] = []
        leftwards = runs_left(text)
        for part, size in zip(parts, sizes, strict=True):
            place = 2 * start + width - size - start if leftwards else start
            row += _placed([part], place, size)
            width -= size + GAP
            start += 0 if leftwards else size + GAP
        yield row
        return
    for words in _wrapped([word for part in parts for word in part], width):
        yield _placed([words], start, width)


def _placed(lines: Iterable[Sequence[str]], start: int, width: int) -> list[Words]:
    """Return lines of words with the cell each word begins in; a line of Hebrew begins at the right."""
    out: list[Words] = []
    for words in lines:
        leftwards = runs_left(" ".join(words))
        order = drawn_order(words, leftwards=leftwards)
        sizes = [width_of(word) for word in words]
        at = start + (max(0, width - sum(sizes) - len(words) + 1) if leftwards else 0)
        places = [0] * len(words)
        for place in order:
            places[place] = at
            at += sizes[place] + 1
        out.append(tuple(zip(words, places, strict=True)))
    return out


def _wrapped(words: Iterable[str], width: int) -> Iterator[list[str]]:
    line: list[str] = []
    taken = 0
    for word in words:
        for piece in _cut(word, width):
            size = width_of(piece)
            if line and taken + 1 + size > width:
                yield line
                line, taken = [], 0
            taken += size + (1 if line else 0)
            line.append(piece)
    if line:
        yield line


def _cut(word: str, width: int) -> Iterator[str]:
    if len(word) <= width and (word.isascii() or width_of(word) <= width):
        yield word
        return
    step = width if word.isascii() else max(1, width // 2)
    for begin in range(0, len(word), step):
        yield word[begin : begin + step]


class _Column(NamedTuple):
    column: int
    start: int
    width: int


def _side_by_side(table: Table) -> list[list[_Column]]:
    """Return the table's columns with their widths; more than a page is wide stand below each other."""
    most, narrow = (MOST_WIDE, SHEET_NARROW) if table.wide else (COLUMNS, NARROW)
    natural: dict[int, int] = {}
    for row in table.rows:
        for cell in row.cells:
            longest = max((_natural(line) for line in cell.text.split("\n")), default=0)
            natural[cell.column] = max(natural.get(cell.column, 1), min(longest, most))
    parts: list[list[_Column]] = []
    columns = sorted(natural)
    while columns:
        taken, count = 0, 0
        for column in columns:
            taken += min(natural[column], narrow) + (GAP if count else 0)
            if count and taken > MOST_WIDE:
                break
            count += 1
        wanted = [natural[column] for column in columns[:count]]
        if table.wide:
            wanted = [min(width, WIDE) for width in wanted]
        widths = _shared(wanted, most, narrow)
        start, part = 0, []
        for column, width in zip(columns[:count], widths, strict=True):
            part.append(_Column(column, start, width))
            start += width + GAP
        parts.append(part)
        columns = columns[count:]
    return parts


def _natural(line: str) -> int:
    return width_of(line) if line.isascii() else width_of(" ".join(line.split()))


def _shared(natural: list[int], most: int, narrow: int) -> list[int]:
    """Return widths: narrow columns as they are, the wide ones with equal shares of what is left."""
    gaps = GAP * (len(natural) - 1)
    left = max(most - gaps, sum(min(width, narrow) for width in natural))
    share = left
    for place, width in enumerate(sorted(natural)):
        share = left // (len(natural) - place)
        if width > share:
            break
        left -= width
    return [min(width, max(share, narrow)) for width in natural]


def _table_row(row: TableRow, columns: dict[int, _Column]) -> list[list[tuple[int, Words]]]:
    """Return the grid rows of a table's row: cell beside cell, each wrapped in its column."""
    out: list[list[tuple[int, Words]]] = []
    for cell in row.cells:
        column = columns.get(cell.column)
        if column is None:
            continue
        wrapped = [
            line
            for text in plain_forms(cell.text).split("\n")
            for line in _wrapped(text.split(), column.width)
        ]
        for place, words in enumerate(_placed(wrapped, column.start, column.width)):
            while len(out) <= place:
                out.append([])
            out[place].append((cell.column, words))
    return out
