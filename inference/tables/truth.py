"""Where the labelled rows of a table stand in a document: what is printed of them, and on which lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz

from doctypes.forms.characters import letters_and_digits
from doctypes.normalise import normalise
from inference.extractor.fields import FieldSketch
from inference.labelled.documents import TableLabel
from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell, Line
from schemas.fields import FieldKind

NUMERIC = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.QUANTITY})
"""Kinds of columns whose cells are numbers."""
ABOVE, BELOW = 3, 9

_LEAST = 1.4
_COVERED = 0.95
_SHORTEST = 2
_MOST_LINES = 3_000


@dataclass(frozen=True)
class TrueRow:
    """A labelled row as the page prints it.

    Attributes:
        label: Its number among the label's rows.
        line: The line that most of its cells stand on.
        cells: By column, where it stands: cells of the grid with their lines; only what is printed.
    """

    label: int
    line: int
    cells: Mapping[str, tuple[tuple[int, GridCell], ...]]


@lru_cache(maxsize=16384)
def number_of(label: str, kind: FieldKind) -> float | None:
    """Return the number that a label means."""
    value = normalise(kind, label).value
    try:
        return None if value is None else float(value.split(" ")[0])
    except ValueError:
        return None


def located(grid: Grid, label: TableLabel, columns: Sequence[FieldSketch]) -> list[TrueRow]:
    """Return the labelled rows that are printed, in order; each on a line of its own."""
    scores = _scores(grid, label, columns)
    lines = _monotone(scores)
    found = [(row, line) for row, line in enumerate(lines) if line is not None]
    rights = _edges(grid, label, columns, found)
    out: list[TrueRow] = []
    for place, (row, line) in enumerate(found):
        low = max(found[place - 1][1] + 1 if place else 0, line - ABOVE)
        high = min(found[place + 1][1] if place + 1 < len(found) else len(grid.lines), line + BELOW + 1)
        out.append(TrueRow(row, line, _cells(grid, label.rows[row], columns, (low, line, high), rights)))
    return out


def _scores(grid: Grid, label: TableLabel, columns: Sequence[FieldSketch]) -> Floats:
    """Return how much of each labelled row each line prints."""
    lines = grid.lines[:_MOST_LINES]
    out = np.zeros((len(label.rows), len(lines)))
    numbers, texts = _lines_by_number(lines), _lines_by_text(lines)
    known: dict[str, list[int]] = {}
    for number, row in enumerate(label.rows):
        for column in columns:
            text = row.get(column.name)
            if not text:
                continue
            if column.kind in NUMERIC:
                value = number_of(text, column.kind)
                if value is not None:
                    worth = 1.5 if abs(value) != int(abs(value)) or abs(value) > 99 else 0.6
                    out[number, numbers.get(round(abs(value), 4), [])] += worth
            elif len(plain := letters_and_digits(text)) >= _SHORTEST:
                if plain not in known:
                    known[plain] = _lines_that_begin(texts, plain)
                out[number, known[plain]] += 1.5
    return out


def _lines_by_number(lines: Sequence[Line]) -> dict[float, list[int]]:
    out: dict[float, list[int]] = {}
    for place, line in enumerate(lines):
        for value in {round(abs(c.number.value), 4) for c in line.numbers if c.number}:
            out.setdefault(value, []).append(place)
    return out


def _lines_by_text(lines: Sequence[Line]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for text in {letters_and_digits(c.text) for c in line.cells if c.number is None}:
            out.setdefault(text, []).append(place)
    return out


def _lines_that_begin(texts: Mapping[str, list[int]], label: str) -> list[int]:
    """Return the lines with a text that a label begins with, or that begins with the label."""
    return sorted({place for text, places in texts.items() if _begins(text, label) for place in places})


def _begins(printed: str, label: str) -> bool:
    return len(printed) >= _SHORTEST and (label.startswith(printed) or printed.startswith(label))


def _monotone(scores: Floats) -> list[int | None]:
    """Return the best line of each row, later rows on later lines; None where none prints enough of it."""
    rows, lines = scores.shape
    best = np.zeros((rows + 1, lines + 1))
    for row in range(1, rows + 1):
        gain = np.where(scores[row - 1] >= _LEAST, scores[row - 1] + best[row - 1, :-1], -1.0)
        best[row, 1:] = np.maximum.accumulate(np.maximum(gain, best[row - 1, 1:]))
    out: list[int | None] = [None] * rows
    line = lines
    for row in range(rows, 0, -1):
        while line and best[row, line] == best[row, line - 1]:
            line -= 1
        if line and best[row, line] > best[row - 1, line]:
            out[row - 1] = line - 1
            line -= 1
    return out


def _edges(
    grid: Grid, label: TableLabel, columns: Sequence[FieldSketch], found: Sequence[tuple[int, int]]
) -> dict[str, float]:
    """Return where the numbers of each column end: the median over rows in which only one cell fits."""
    out: dict[str, float] = {}
    for column in (c for c in columns if c.kind in NUMERIC):
        rights = []
        for row, line in found:
            fits = _fitting(grid, label.rows[row].get(column.name), column, line)
            if len(fits) == 1:
                rights.append(fits[0].x1)
        if rights:
            out[column.name] = float(np.median(rights))
    return out


def _fitting(grid: Grid, text: str | None, column: FieldSketch, line: int) -> list[GridCell]:
    value = number_of(text, column.kind) if text else None
    if value is None:
        return []
    cells = [c for c in grid.lines[line].numbers if c.number and abs(abs(c.number.value) - abs(value)) < 5e-5]
    rate = column.kind is FieldKind.PERCENTAGE
    # A rate of 7 is not the quantity beside it, nor one of 0 a tax of 0.00.
    likely = [c for c in cells if c.number and c.number.percent == rate]
    return likely if column.kind is FieldKind.MONEY else likely or cells


def _cells(
    grid: Grid,
    row: Mapping[str, str],
    columns: Sequence[FieldSketch],
    band: tuple[int, int, int],
    rights: Mapping[str, float],
) -> dict[str, tuple[tuple[int, GridCell], ...]]:
    low, own, high = band
    near = sorted(range(low, high), key=lambda line: (abs(line - own), line))
    out: dict[str, tuple[tuple[int, GridCell], ...]] = {}
    taken: list[GridCell] = []
    for column in sorted(columns, key=lambda c: c.kind not in NUMERIC):
        text = row.get(column.name)
        if not text:
            continue
        found: tuple[tuple[int, GridCell], ...] = ()
        if column.kind in NUMERIC:
            right = rights.get(column.name)
            again = right is None and _said_again(row, column, columns)
            found = _number_cell(grid, text, column, near[:5], _Wanted(right, again, taken))
        else:
            found = _text_cells(grid, text, near, column.fuzzy)
        if found:
            out[column.name] = found
            taken += [cell for _, cell in found] if column.kind in NUMERIC else []
    return out


def _said_again(row: Mapping[str, str], column: FieldSketch, columns: Sequence[FieldSketch]) -> bool:
    """Whether a later column of numbers says the same in this row: one piece costs what all do."""
    later = columns[columns.index(column) + 1 :]
    value = number_of(row[column.name], column.kind)
    return any(
        other.kind in NUMERIC and other.name in row and number_of(row[other.name], other.kind) == value
        for other in later
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which of several cells with the same number is meant.

    Attributes:
        right: Where the column's numbers end; None where nothing shows it.
        again: A later column says the same, so that the first of the cells is meant.
        taken: Cells that other columns have.
    """

    right: float | None
    again: bool
    taken: Sequence[GridCell]


def _number_cell(
    grid: Grid, text: str, column: FieldSketch, near: Sequence[int], wanted: _Wanted
) -> tuple[tuple[int, GridCell], ...]:
    right = wanted.right
    for line in near:
        fits = [cell for cell in _fitting(grid, text, column, line) if cell not in wanted.taken]
        if fits and right is None:
            return ((line, fits[0] if wanted.again else fits[-1]),)
        if fits and right is not None:
            best = min(fits, key=lambda c: abs(c.x1 - right))
            if abs(best.x1 - right) < 0.08:
                return ((line, best),)
    return ()


def _text_cells(grid: Grid, text: str, near: Sequence[int], fuzzy: bool) -> tuple[tuple[int, GridCell], ...]:
    """Return the cells that print a text, one after the other; none where they leave some of it out."""
    wanted = letters_and_digits(text)
    for line in near:
        for cell in grid.lines[line].cells:
            if cell.number is not None and letters_and_digits(cell.number.rest) == wanted:
                return ((line, cell),)
            said = letters_and_digits(cell.text)
            if said == wanted or (fuzzy and len(said) > 8 and fuzz.ratio(said, wanted) >= 100 * _COVERED):
                return ((line, cell),)
            if len(said) >= _SHORTEST and wanted.startswith(said) and cell.number is None:
                run = _run(grid, wanted, line, cell, max(near) + 1)
                if run:
                    return run
    return ()


def _run(grid: Grid, wanted: str, line: int, cell: GridCell, stop: int) -> tuple[tuple[int, GridCell], ...]:
    out = [(line, cell)]
    said = letters_and_digits(cell.text)
    for below in range(line + 1, stop):
        for other in grid.lines[below].cells:
            more = letters_and_digits(other.text)
            if abs(other.x0 - cell.x0) < 0.03 and more and wanted.startswith(said + more):
                out.append((below, other))
                said += more
        if said == wanted:
            break
    return tuple(out) if len(said) >= _COVERED * len(wanted) else ()
