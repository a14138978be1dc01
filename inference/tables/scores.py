"""Scoring a table against its label: rows matched by assignment, then cells counted one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from doctypes.forms.characters import letters_and_digits
from inference.extractor.fields import FieldSketch
from inference.extractor.learning_data import ALIKE
from inference.learned.measures import Counts
from inference.tables.truth import NUMERIC, TrueRow, number_of

Rows = Sequence[Mapping[str, str]]

_CLOSE = 5e-5
_LONG = 8


@dataclass(frozen=True)
class TableScore:
    """How a table compares with its label.

    Attributes:
        counts: Cells right, given and wanted; only columns that are labelled count.
        columns: The same by column.
        invented: Rows given of which no cell is right.
        missed: Labelled rows of which no cell was found.
        rows: Rows given.
        right: Whether every row is there, none besides, and every cell counted is right.
        cells: By row and column of what was given, whether it is right; what can't be judged is left out.
    """

    counts: Counts
    columns: Mapping[str, Counts]
    invented: int
    missed: int
    rows: int
    right: bool
    cells: Mapping[tuple[int, str], bool] = field(repr=False)


def score_table(
    given: Rows,
    wanted: Rows,
    columns: Sequence[FieldSketch],
    labelled: frozenset[str],
    printed: Sequence[TrueRow] | None = None,
) -> TableScore:
    """Return how the rows ``given`` compare with the rows ``wanted``.

    A matched row never absolves a wrong cell. Labels may tell what a page does not print: with ``printed``
    a cell that is not printed near its row is neither wanted nor counted, and a number has the page's sign.
    """
    judged = [column for column in columns if column.name in labelled]
    wanted = _signed(wanted, judged, printed or ())
    seen = _seen(wanted, printed)
    said, meant = [_meant(row, judged) for row in given], [_meant(row, judged) for row in wanted]
    equal = np.array(
        [[sum(_same(c, g.get(c.name), w.get(c.name)) for c in judged) for w in meant] for g in said]
    ).reshape(len(given), len(wanted))
    pairs = _paired(equal)
    cells: dict[tuple[int, str], bool] = {}
    counts = {column.name: Counts() for column in judged}
    for number, row in enumerate(given):
        match = pairs.get(number)
        for column in judged:
            if column.name not in row or (
                match is not None and column.name not in seen[match] and column.name in wanted[match]
            ):
                continue
            right = match is not None and _same(
                column, said[number].get(column.name), meant[match].get(column.name)
            )
            cells[number, column.name] = right
            counts[column.name] += Counts(int(right), 1, 0)
    for shown in seen:
        for name in shown & set(counts):
            counts[name] += Counts(0, 0, 1)
    total = sum(counts.values(), Counts())
    missed = sum(n not in pairs.values() and bool(seen[n]) for n in range(len(wanted)))
    invented = len(given) - len(pairs)
    whole = not missed and not invented and total.right == total.given == total.wanted
    return TableScore(total, counts, invented, missed, len(given), whole, cells)


def _seen(wanted: Rows, printed: Sequence[TrueRow] | None) -> list[set[str]]:
    if printed is None:
        return [set(row) for row in wanted]
    by_label = {row.label: set(row.cells) for row in printed}
    return [by_label.get(number, set()) for number in range(len(wanted))]


def _signed(wanted: Rows, columns: Sequence[FieldSketch], printed: Sequence[TrueRow]) -> Rows:
    """Return labels with the signs that the page prints: the data of a credit note often leave them out."""
    out = [dict(row) for row in wanted]
    for row in printed:
        for column in (c for c in columns if c.kind in NUMERIC and c.name in row.cells):
            text = out[row.label][column.name]
            shown, meant = row.cells[column.name][0][1].number, number_of(text, column.kind)
            if shown is not None and meant is not None and shown.value * meant < 0:
                out[row.label][column.name] = text.strip("-–() ") if meant < 0 else f"-{text.strip()}"
    return out


def _paired(equal: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> dict[int, int]:
    """Return the labelled row of each row given, together as many equal cells as can be."""
    if not equal.size:
        return {}
    # Among equals, the order of both decides.
    shape = equal.shape
    nearness = np.abs(np.arange(shape[0])[:, None] - np.arange(shape[1])[None, :])
    rows, labels = linear_sum_assignment(-(equal - 1e-6 * nearness))
    return {int(r): int(w) for r, w in zip(rows, labels, strict=True) if equal[r, w] > 0}


def _meant(row: Mapping[str, str], columns: Sequence[FieldSketch]) -> dict[str, float | str]:
    """Return what the cells of a row mean: numbers, or their letters and digits."""
    out: dict[str, float | str] = {}
    for column in columns:
        text = row.get(column.name)
        if text is not None:
            meant = number_of(text, column.kind) if column.kind in NUMERIC else letters_and_digits(text)
            if meant is not None:
                out[column.name] = meant
    return out


def _same(column: FieldSketch, given: float | str | None, wanted: float | str | None) -> bool:
    if isinstance(given, float) and isinstance(wanted, float):
        return abs(given - wanted) < _CLOSE
    if not isinstance(given, str) or not isinstance(wanted, str):
        return False
    if given == wanted:
        return True
    long = column.fuzzy and min(len(given), len(wanted)) >= _LONG
    return long and fuzz.ratio(given, wanted) >= 100 * ALIKE
