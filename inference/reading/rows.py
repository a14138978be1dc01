"""Rows of a page: which lines stand in one, and which of them read on from the one before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.reading.document import NOWHERE
from schemas.layout_block import BlockLine, BlockPage

_SAME_ROW = 0.45
_LOWEST_LINE = 3
_WORD_GAP = 0.75
_WIDE_WORD_GAP = 1.4
_TYPED_GAP = 2.0
_FEWEST_GAPS = 20
_EVEN = 0.25
_MOSTLY = 0.75


def by_rows(lines: Sequence[BlockLine]) -> list[BlockLine]:
    """Return the lines of one page row by row, each row from left to right: for lines in no order."""
    rows = rows_of([(1, line) for line in lines])
    order = sorted(range(len(lines)), key=lambda i: (rows[i], lines[i].box.x0))
    return [lines[i] for i in order]


def rows_of(lines: list[tuple[int, BlockLine]]) -> list[int]:
    """Number the row of each line: lines on one page whose middles are closer than half a line."""
    order = sorted(
        range(len(lines)),
        key=lambda i: (lines[i][0], lines[i][1].box.y0 + lines[i][1].box.y1, lines[i][1].box.x0),
    )
    rows = [0] * len(lines)
    row, last_page, last_middle = NOWHERE, 0, 0.0
    for index in order:
        page, line = lines[index]
        middle = (line.box.y0 + line.box.y1) / 2
        height = max(_LOWEST_LINE, line.box.y1 - line.box.y0)
        if page != last_page or middle - last_middle > _SAME_ROW * height:
            row += 1
            last_middle = middle
        last_page = page
        rows[index] = row
    return rows


def word_gap(placed: Sequence[tuple[BlockPage, BlockLine]], rows: Sequence[int]) -> float:
    """Return the gap between words of a document that keeps them evenly wide apart, as typewriters do.

    A reader of pages takes such words for cells; but cells of tables are not parted by the same gap all
    over a document. 0 where the gaps tell nothing of the kind.
    """
    gaps: list[float] = []
    close: list[float] = []
    for index in range(1, len(placed)):
        (page, line), (_, before) = placed[index], placed[index - 1]
        gap = (line.box.x0 - before.box.x1) * page.width
        if rows[index] == rows[index - 1] and gap > 0:
            gaps.append(gap)
            if gap < _TYPED_GAP * (line.box.y1 - line.box.y0) * page.height:
                close.append(gap)
    if len(close) < max(_FEWEST_GAPS, len(gaps) / 2):
        return 0.0
    usual = float(np.median(close))
    even = sum(abs(gap - usual) <= _EVEN * usual for gap in close)
    return usual if even >= _MOSTLY * len(close) else 0.0


def reads_on(page: BlockPage, before: BlockLine, line: BlockLine, usual: float) -> bool:
    """Whether the gap between two lines of one row is no wider than between words.

    Beside a digit only a narrow one counts, or the document's ``usual`` one: the next number may be
    another cell.
    """
    gap = (line.box.x0 - before.box.x1) * page.width
    height = (line.box.y1 - line.box.y0) * page.height
    numeric = before.text[-1:].isdigit() or line.text[:1].isdigit()
    widest = max((_WORD_GAP if numeric else _WIDE_WORD_GAP) * height, (1 + _EVEN) * usual)
    return -height < gap < widest
