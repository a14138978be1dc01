"""Texts of a row that go on over several lines: what may belong to it, described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell
from inference.tables.columns import Part

ABOVE, BELOW = 3, 9
"""Lines above and below a row's own line that its texts may stand on."""
TEXT_FEATURES = 28

_LEFT = 0.02
_INTO = 0.01


@dataclass(frozen=True, slots=True)
class Piece:
    """A cell that may belong to the text of a row: which row, on which line, how many lines off its own."""

    row: int
    line: int
    offset: int
    cell: GridCell


def pieces_near(grid: Grid, anchors: Sequence[int], part: Part, right: float) -> list[Piece]:
    """Return the cells in a column of text that may belong to its rows; one may be near two rows.

    Args:
        grid: The document.
        anchors: The rows' own lines.
        part: The column of text.
        right: Where the next column begins.
    """
    out: list[Piece] = []
    for row, anchor in enumerate(anchors):
        before = anchors[row - 1] if row else -1
        after = anchors[row + 1] if row + 1 < len(anchors) else len(grid.lines)
        page = grid.lines[anchor].page
        for line in range(max(before + 1, anchor - ABOVE), min(after, anchor + BELOW + 1)):
            # A row may go on over a page's end, but only below its own line.
            if grid.lines[line].page == page or (line > anchor and grid.lines[line].page == page + 1):
                out += [
                    Piece(row, line, line - anchor, cell)
                    for cell in grid.lines[line].cells
                    if part.x0 - _LEFT <= cell.x0 < max(right - _INTO, part.x0 + _LEFT)
                ]
    return out


def text_features(
    grid: Grid, anchors: Sequence[int], part: Part, right: float, pieces: Sequence[Piece]
) -> Floats:
    """Return TEXT_FEATURES numbers for each piece."""
    out = np.zeros((len(pieces), TEXT_FEATURES))
    widths = [piece.cell.x1 - part.x0 for piece in pieces] or [0.0]
    widest = max(*widths, 0.01)
    own = {piece.row for piece in pieces if piece.offset == 0}
    for row, piece in zip(out, pieces, strict=True):
        line, cell = grid.lines[piece.line], piece.cell
        anchor = grid.lines[anchors[piece.row]]
        height = max(anchor.cells[0].height, 0.005)
        step = 1 if piece.offset > 0 else -1
        toward = grid.lines[piece.line - step] if 0 <= piece.line - step < len(grid.lines) else None
        row[0:4] = piece.offset == 0, piece.offset > 0, abs(piece.offset), abs(piece.offset) == 1
        row[4] = 9.0 if line.page != anchor.page else min(9.0, abs(line.y0 - anchor.y0) / height)
        row[5] = (
            9.0 if toward is None or toward.page != line.page else min(9, abs(line.y0 - toward.y0) / height)
        )
        row[6] = _next_gap(grid, piece.line, step, height)
        row[7] = piece.row in own
        row[8] = np.clip((cell.x0 - part.x0) * 50, -2, 5)
        row[9] = cell.height / height
        row[10] = len(line.cells)
        row[11] = len(line.numbers)
        row[12] = cell.number is not None
        row[13] = ":" in cell.text
        row[14] = cell.text[:1].islower()
        row[15] = cell.text[:1].isdigit()
        row[16] = any(c.isdigit() for c in cell.text) and " " not in cell.text
        row[17] = min(len(cell.text), 90) / 30
        row[18] = cell.text[:1] in "-–•*("
        row[19:22] = _text_before(grid, piece, part, widest)
        row[22] = (right - cell.x1) * 10
        row[23] = part.head.lines if part.head is not None else 0
        row[24] = len(anchors)
        row[25] = piece.row == len(anchors) - 1
        row[26] = (cell.x1 - part.x0) / widest
        row[27] = any(c.isupper() for c in cell.text) and cell.text.upper() == cell.text
    return out


def _next_gap(grid: Grid, line: int, step: int, height: float) -> float:
    beyond = line + step
    if not 0 <= beyond < len(grid.lines) or grid.lines[beyond].page != grid.lines[line].page:
        return 9.0
    return min(9.0, abs(grid.lines[beyond].y0 - grid.lines[line].y0) / height)


def _text_before(grid: Grid, piece: Piece, part: Part, widest: float) -> list[float]:
    """Say how the line above ends in this column: how far right, and with what."""
    if not piece.line:
        return [0.0, 0.0, 0.0]
    above = [c for c in grid.lines[piece.line - 1].cells if abs(c.x0 - piece.cell.x0) < _LEFT]
    if not above:
        return [0.0, 0.0, 0.0]
    room = (above[0].x1 - part.x0) / widest
    first_word = len(piece.cell.text.split(" ")[0]) / max(1, len(piece.cell.text))
    fits = room + first_word * (piece.cell.x1 - piece.cell.x0) / widest
    return [room, fits, float(above[0].text[-1:] in ",-–/&+")]
