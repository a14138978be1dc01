"""The cells of a table's rows: numbers of their own line or one close to it, texts over several lines."""

from __future__ import annotations

from collections.abc import Sequence

from inference.tables.cells import Grid, GridCell
from inference.tables.columns import Part
from inference.tables.model import Chosen, ReadCell
from inference.tables.text import pieces_near, text_features


def read_rows(
    grid: Grid, anchors: Sequence[int], parts: Sequence[Part], chosen: Sequence[Chosen]
) -> list[dict[str, ReadCell]]:
    """Return the cells of every row: numbers from its own line or one close to it, texts over lines."""
    rows: list[dict[str, ReadCell]] = [{} for _ in anchors]
    for one in chosen:
        name = one.column.name
        if one.column.texts is not None and one.part.what != "rest":
            for row, cells, odds in _texts(grid, anchors, parts, one):
                rows[row][name] = ReadCell(name, cells, "text", odds)
            continue
        for row, cell in enumerate(one.part.cells):
            found = cell
            if found is None or (one.part.what != "text" and found.number is None):
                found = _beside(grid, anchors, row, one.part)
            if found is not None and (one.part.what != "rest" or _rest(found)):
                rows[row][name] = ReadCell(name, (found,), one.part.what, one.odds)
    return rows


def _rest(cell: GridCell) -> bool:
    return cell.number is not None and bool(cell.number.rest)


def _beside(grid: Grid, anchors: Sequence[int], row: int, part: Part) -> GridCell | None:
    """Return the number in a part's column that stands a line or two off the row's own line."""
    if part.what == "text":
        return None
    own = anchors[row]
    low = anchors[row - 1] + 1 if row else own - 2
    high = anchors[row + 1] if row + 1 < len(anchors) else own + 3
    for line in sorted(
        range(max(0, low, own - 2), min(high, own + 3, len(grid.lines))), key=lambda i: abs(i - own)
    ):
        if (
            line != own
            and grid.lines[line].page == grid.lines[own].page
            and len(grid.lines[line].numbers) == 1
        ):
            cell = grid.lines[line].numbers[0]
            if min(cell.x1, part.x1) - max(cell.x0, part.x0) > 0.6 * (cell.x1 - cell.x0):
                return cell
    return None


def right_of(parts: Sequence[Part], part: Part) -> float:
    """Return where the next column begins."""
    return min((other.x0 for other in parts if other.column > part.column), default=1.0)


def _texts(
    grid: Grid, anchors: Sequence[int], parts: Sequence[Part], one: Chosen
) -> list[tuple[int, tuple[GridCell, ...], float]]:
    """Return the text of each row, of all the cells that belong to it; every cell goes to one row only."""
    right = right_of(parts, one.part)
    pieces = pieces_near(grid, anchors, one.part, right)
    trees = one.column.texts
    if trees is None or not pieces:
        return []
    odds = trees.score(text_features(grid, anchors, one.part, right, pieces))
    best: dict[tuple[int, float], int] = {}
    for number, piece in enumerate(pieces):
        place = (piece.line, piece.cell.x0)
        if odds[number] > 0 and (place not in best or odds[number] > odds[best[place]]):
            best[place] = number
    out = []
    for row in range(len(anchors)):
        mine = sorted(
            (n for n in best.values() if pieces[n].row == row),
            key=lambda n: (pieces[n].line, pieces[n].cell.x0),
        )
        if mine:
            sure = min(float(odds[n]) for n in mine)
            out.append((row, tuple(pieces[n].cell for n in mine), sure))
    return out
