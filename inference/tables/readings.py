"""How a document's tables are read: below each row of headings that was found, and below none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.learned.trees import Trees
from inference.reading.document import Document, Floats
from inference.tables.arithmetic import rows_that_add_up
from inference.tables.cells import Grid, grid_of
from inference.tables.column_facts import part_features
from inference.tables.columns import parts_of
from inference.tables.heads import Head, find_heads
from inference.tables.lines import WORDS_AT, Region, region_of, word_odds
from inference.tables.matching import match
from inference.tables.model import HOPELESS, MOST_TABLE_ROWS, NUMERIC, Reading, TableModel
from inference.tables.refining import core_of, refining_features
from inference.tables.row_cells import read_rows

CANDIDATE = -4.0
"""Log odds from which a line is looked at once more."""

_BEGINS = 0.0
_BREAK, _SHORT_BREAK, _LONGER = 60, 14, 2.5


def readings_of(model: TableModel, document: Document) -> list[Reading]:
    """Return the readings of a document's tables, one for each row of headings found, and one for none."""
    return readings_in(model, grid_of(document))


def readings_in(model: TableModel, grid: Grid) -> list[Reading]:
    """Return the same of a document whose cells are known."""
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
