"""Pages written down as rows of cells, for tests that need to know where everything stands."""

from __future__ import annotations

from collections.abc import Sequence

from inference.reading.blocks import from_block
from inference.reading.document import Document
from schemas.layout_block import BlockBox, BlockLine, BlockPage, LayoutBlock

WIDTH, HEIGHT = 595, 842
_LINE, _STEP, _LETTER = 9, 16, 8

Row = Sequence[tuple[int, str]]
"""Cells of one row: where each begins (ends, where the number is negative), in thousandths, and its text."""


def document_of(*pages: Sequence[Row]) -> Document:
    """Return the document whose pages have these rows, one below the other."""
    return from_block(LayoutBlock(tuple(_page(number, rows) for number, rows in enumerate(pages, start=1))))


def block_of(*pages: Sequence[Row]) -> LayoutBlock:
    """Return the layout block of the same."""
    return LayoutBlock(tuple(_page(number, rows) for number, rows in enumerate(pages, start=1)))


def _page(number: int, rows: Sequence[Row]) -> BlockPage:
    lines: list[BlockLine] = []
    for place, row in enumerate(rows):
        y = 60 + place * _STEP
        for edge, text in row:
            wide = _LETTER * len(text)
            x0 = edge if edge >= 0 else -edge - wide
            lines.append(BlockLine(f"{number}.{len(lines) + 1}", BlockBox(x0, y, x0 + wide, y + _LINE), text))
    return BlockPage(number, WIDTH, HEIGHT, 0, tuple(lines))
