"""The table reader: what was learned about one list of rows, and how it reads a document's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.learned.trees import Trees
from inference.reading.document import Document, Floats
from inference.tables.arithmetic import products_speak, rows_that_add_up
from inference.tables.cells import Grid, GridCell, grid_of
from inference.tables.columns import Part, part_features, parts_of
from inference.tables.heads import Head, Headings, find_heads
from inference.tables.lines import WORDS_AT, Region, region_of, word_odds
from inference.tables.refining import core_of, refining_features
from inference.tables.text import pieces_near, text_features
from schemas.fields import FieldKind

NUMERIC = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.QUANTITY})
"""Kinds of columns whose cells are numbers."""
MATCHER_HEADS = 4
"""Numbers about headings that a matcher sees before the facts about a part."""
MOST_TABLE_ROWS = 1_000
"""Rows of a table beyond which it is not read: an answer that leaves rows out unsaid is none."""

_BEGINS = 0.0
_NEEDED = 1.5
_BREAK, _SHORT_BREAK, _LONGER = 60, 14, 2.5
HOPELESS = -8.0
CANDIDATE = -4.0
"""Log odds from which a line is looked at once more."""


@dataclass(frozen=True)
class TableColumn:
    """One column that is asked for, and what was learned about it.

    Attributes:
        matcher: Log odds that a part of a table is this column.
        texts: Log odds that a cell belongs to this column's text in a row; only of columns of text.
    """

    name: str
    kind: FieldKind
    required: bool
    matcher: Trees
    texts: Trees | None


@dataclass(frozen=True)
class TableModel:
    """What was learned about one field that is a list of rows.

    Attributes:
        words: Log odds that a line begins a row, by its hashed words.
        lines: The same by everything known about the line.
        refining: The same once more, by how a line fits the surest rows.
        products: Columns of which the third is, in most labelled rows, the product of the first two.
    """

    field: str
    columns: tuple[TableColumn, ...]
    headings: Headings
    words: Floats
    words_intercept: float
    lines: Trees
    refining: Trees
    products: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What a column of the table is taken for, and how sure that is (log odds, and over the next part)."""

    column: TableColumn
    part: Part
    odds: float
    margin: float


@dataclass(frozen=True)
class ReadCell:
    """A cell as read: the printed cells it consists of, and its number where it is one."""

    column: str
    cells: tuple[GridCell, ...]
    what: str
    odds: float


@dataclass(frozen=True)
class Reading:
    """One reading of a table: its head, its rows' own lines with the log odds that they begin rows.

    Attributes:
        doubtful: The largest log odds of a line near the table that was not taken for a row.
        facts: ``part_features`` of the chosen parts, by column.
    """

    grid: Grid
    region: Region
    anchors: tuple[int, ...]
    anchor_odds: tuple[float, ...]
    doubtful: float
    chosen: tuple[Chosen, ...]
    facts: Mapping[str, Floats]
    rows: tuple[Mapping[str, ReadCell], ...]


def readings_of(model: TableModel, document: Document) -> list[Reading]:
    """Return the readings of a document's tables, one for each row of headings found, and one for none."""
    grid = grid_of(document)
    if not grid.lines:
        return []
    heads = find_heads(grid, model.headings)
    below: list[Head | None] = [*heads.found, None]
    return [
        reading for head in below if (reading := read_below(model, grid, head, heads.strength)) is not None
    ]


def read_below(model: TableModel, grid: Grid, head: Head | None, strength: Floats) -> Reading | None:
    """Return the table below a head, or None where no line below it begins a row."""
    region = region_of(grid, head, strength)
    if not len(region.lines):
        return None
    odds = line_odds(model, grid, region)
    taken = _table_of(grid, region, odds)
    if not taken:
        return None
    anchors = [int(region.lines[place]) for place in taken]
    sure = [float(odds[place]) for place in taken]
    reading = _reading(model, grid, region, anchors, sure, odds)
    kept = None if reading is None else rows_that_add_up(reading, _needed(model))
    if kept is None:
        return reading
    return _reading(model, grid, region, [anchors[i] for i in kept], [sure[i] for i in kept], odds)


def _needed(model: TableModel) -> list[str]:
    return [column.name for column in model.columns if column.required and column.kind in NUMERIC]


def line_odds(model: TableModel, grid: Grid, region: Region) -> Floats:
    """Return the log odds that each line of a region begins a row."""
    odds = first_odds(model.lines, model.words, model.words_intercept, region)
    core = core_of(odds)
    chosen = np.flatnonzero(odds > CANDIDATE)
    if core and len(chosen):
        odds[chosen] = model.refining.score(refining_features(grid, region, odds, core, chosen))
    return odds


def first_odds(lines: Trees, words: Floats, intercept: float, region: Region) -> Floats:
    """Return the log odds that lines begin rows, each by itself; a line without numbers begins none."""
    values = region.values.copy()
    values[:, WORDS_AT] = word_odds(words, intercept, region.words)
    odds = np.full(len(values), HOPELESS)
    numeric = np.flatnonzero(values[:, 1] > 0)
    if len(numeric):
        odds[numeric] = lines.score(values[numeric])
    return odds


def _table_of(grid: Grid, region: Region, odds: Floats) -> list[int]:
    """Return the places of the lines that begin rows; a long break without any ends the table."""
    taken: list[int] = []
    longest: float = _SHORT_BREAK
    for place in np.flatnonzero(odds > _BEGINS).tolist():
        if taken:
            turned = (
                grid.lines[int(region.lines[place])].page != grid.lines[int(region.lines[taken[-1]])].page
            )
            distance = place - taken[-1]
            if distance > (_BREAK if turned else longest):
                break
            if not turned:
                longest = max(longest, _LONGER * distance)
        if len(taken) == MOST_TABLE_ROWS:
            break
        taken.append(place)
    return taken


def _reading(
    model: TableModel, grid: Grid, region: Region, anchors: list[int], sure: list[float], odds: Floats
) -> Reading | None:
    parts = parts_of(grid, anchors, region.head)
    values, chances = part_features(grid, parts, anchors[-1], len(model.headings.meanings))
    chosen = match(model.columns, parts, values, chances, model.headings.meanings, model.products)
    if not any(one.column.kind in NUMERIC for one in chosen):
        return None
    rows = read_rows(grid, anchors, parts, chosen)
    left_out = [o for i, o in zip(region.lines.tolist(), odds, strict=True) if _near(i, anchors)]
    places = {id(part): number for number, part in enumerate(parts)}
    return Reading(
        grid,
        region,
        tuple(anchors),
        tuple(sure),
        float(max(left_out, default=HOPELESS)),
        tuple(chosen),
        {one.column.name: values[places[id(one.part)]] for one in chosen},
        tuple(rows),
    )


def _near(line: int, anchors: Sequence[int]) -> bool:
    return line not in anchors and anchors[0] - 6 <= line <= anchors[-1] + 12


def matcher_inputs(values: Floats, chances: Floats, own: int) -> Floats:
    """Return what a column's matcher sees of parts: the facts, and what their headings may mean."""
    rest = np.delete(chances, own, axis=1)
    asked = rest[:, :-2].max(axis=1, initial=0.0) if rest.shape[1] > 2 else np.zeros(len(rest))
    heads = np.column_stack([chances[:, own], asked, chances[:, -2], chances[:, -1]])
    return np.concatenate([heads, values], axis=1)


def match(
    columns: Sequence[TableColumn],
    parts: Sequence[Part],
    values: Floats,
    chances: Floats,
    meanings: Sequence[str],
    products: Sequence[tuple[str, str, str]] = (),
) -> list[Chosen]:
    """Return which part each column is: together the likeliest, no part twice, none below even odds.

    Where numbers multiply as the columns named in ``products`` do, that speaks for all three.
    """
    if not parts:
        return []
    odds = np.array(
        [c.matcher.score(matcher_inputs(values, chances, meanings.index(c.name))) for c in columns]
    )
    odds = np.where(np.array([[_possible(c, p) for p in parts] for c in columns]), odds, HOPELESS)
    odds = odds + products_speak(odds, [column.name for column in columns], parts, products)
    # A third of what every process imports at its start; only readers of tables need it.
    from scipy.optimize import linear_sum_assignment

    # A table without a column that every row must have is no such table: less evidence will do for it.
    stay = np.tile([-_NEEDED if column.required else 0.0 for column in columns], (len(columns), 1)).T
    # One column of text may print two things, one above the other: it can be taken twice.
    twice = np.where([part.what == "text" for part in parts], odds, HOPELESS)
    chosen, where = linear_sum_assignment(-np.concatenate([odds, twice - 0.01, stay], axis=1))
    out: list[Chosen] = []
    for number, taken in zip(chosen.tolist(), where.tolist(), strict=True):
        place = taken % len(parts)
        if taken < 2 * len(parts) and odds[number, place] > -_NEEDED:
            others = np.delete(odds[number], place)
            margin = float(odds[number, place] - max(0.0, others.max(initial=HOPELESS)))
            out.append(Chosen(columns[number], parts[place], float(odds[number, place]), margin))
    return out


def _possible(column: TableColumn, part: Part) -> bool:
    return (part.what == "number") if column.kind in NUMERIC else True


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
