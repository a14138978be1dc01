"""Documents made of what they are given as: a layout block, or plain text."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from inference.reading.document import Document, Segment, token_form
from inference.reading.rows import reads_on, rows_of, word_gap
from schemas.layout_block import PER_MILLE, BlockBox, LayoutBlock, is_block, parse_block

_TOKEN = re.compile(r"\w+|[^\w\s]")
_CELL = re.compile(r"[^\t ](?:[^\t ]| {1,2}(?=[^ \t]))*")
_TEXT_WIDTH = 100


class _Cell(NamedTuple):
    page: int
    line: str
    row: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    joined: bool


def read_document(text: str) -> Document:
    """Return the document in ``text``: a layout block, or plain text with cells set apart by tabs.

    Raises:
        LayoutBlockError: It claims to be a layout block and is none we know.
    """
    return from_block(parse_block(text)) if is_block(text) else from_plain(text)


def from_block(block: LayoutBlock) -> Document:
    """Return the document that a layout block holds."""
    placed = [(page, line) for page in block.pages for line in page.lines if line.text.strip()]
    rows = rows_of([(page.number, line) for page, line in placed])
    usual = word_gap(placed, rows)
    cells: list[_Cell] = []
    for index, ((page, line), row) in enumerate(zip(placed, rows, strict=True)):
        joined = index > 0 and rows[index - 1] == row and reads_on(page, placed[index - 1][1], line, usual)
        cells.append(_Cell(page.number, line.id, row, line.text, *_fractions(line.box), joined))
    return _build(cells)


def from_plain(text: str) -> Document:
    """Return the document in plain text: rows are lines, places are guessed from character positions."""
    lines = [line for line in text.replace("\f", "\n").split("\n") if line.strip()]
    height = 1 / max(1, len(lines))
    cells: list[_Cell] = []
    for row, line in enumerate(lines):
        position = 0
        for match in _CELL.finditer(line.rstrip()):
            position = match.start()
            x0, x1 = (min(1.0, side / _TEXT_WIDTH) for side in (position, match.end()))
            cells.append(
                _Cell(1, f"1.{row + 1}", row, match.group(), x0, row * height, x1, (row + 1) * height, False)
            )
    return _build(cells)


def _fractions(box: BlockBox) -> tuple[float, float, float, float]:
    return box.x0 / PER_MILLE, box.y0 / PER_MILLE, box.x1 / PER_MILLE, box.y1 / PER_MILLE


def _build(cells: list[_Cell]) -> Document:
    parts: list[str] = []
    segments: list[Segment] = []
    position = 0
    for index, cell in enumerate(cells):
        if index:
            parts.append(" " if cell.joined else "\t" if cell.row == cells[index - 1].row else "\n")
            position += 1
        end = position + len(cell.text)
        segments.append(
            Segment(
                cell.line, cell.page, cell.row, position, end, cell.x0, cell.y0, cell.x1, cell.y1, cell.joined
            )
        )
        parts.append(cell.text)
        position = end
    rows: list[list[int]] = [[] for _ in range(max((cell.row for cell in cells), default=-1) + 1)]
    for index, cell in enumerate(cells):
        rows[cell.row].append(index)
    ordered = tuple(tuple(sorted(row, key=lambda i: segments[i].x0)) for row in rows)
    return _with_tokens("".join(parts), tuple(segments), ordered)


def _with_tokens(text: str, segments: tuple[Segment, ...], rows: tuple[tuple[int, ...], ...]) -> Document:
    starts: list[int] = []
    ends: list[int] = []
    owner: list[int] = []
    words: list[str] = []
    for index, segment in enumerate(segments):
        for match in _TOKEN.finditer(text, segment.start, segment.end):
            starts.append(match.start())
            ends.append(match.end())
            owner.append(index)
            words.append(token_form(match.group()))
    return Document(
        text,
        segments,
        rows,
        tuple(words),
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.array(owner, dtype=np.int64),
    )
