"""Fitting what tells which part of a table is which column, and which cells belong to a row's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.fields import FieldSketch
from inference.learned.trees import Trees, grown
from inference.reading.document import Floats, Ints
from inference.tables.column_facts import ARITHMETIC, part_features
from inference.tables.columns import Part, parts_of
from inference.tables.heads import Head
from inference.tables.lessons import HEAD_LINES, Lesson
from inference.tables.matching import MATCHER_HEADS, matcher_inputs
from inference.tables.row_cells import right_of
from inference.tables.text import pieces_near, text_features

_SHORT = 2


@dataclass(frozen=True)
class Table:
    """The true table of a lesson: parts of its columns, their facts, and which part each column is."""

    parts: list[Part]
    values: Floats
    chances: Floats
    truth: dict[str, int]


def tables_of(lesson: Lesson, heads: Sequence[Head], meanings: int) -> list[Table]:
    """Return a lesson's true table, and the shorter one that its first rows alone would make."""
    anchors = lesson.anchors
    if not anchors:
        return []
    near = [head for head in heads if 0 <= anchors[0] - head.stop <= HEAD_LINES]
    head: Head | None = max(near, key=lambda head: head.score, default=None)
    out = [_table(lesson, anchors, head, meanings)]
    if len(anchors) > _SHORT:
        out.append(_table(lesson, anchors[: 1 + len(anchors) % _SHORT], head, meanings))
    return out


def _table(lesson: Lesson, anchors: Sequence[int], head: Head | None, meanings: int) -> Table:
    def look() -> tuple[list[Part], Floats, dict[str, int], list[int | None]]:
        parts = parts_of(lesson.grid, anchors, head)
        values, _ = part_features(lesson.grid, parts, anchors[-1], meanings)
        columns = {id(column): number for number, column in enumerate(head.columns if head else ())}
        above = [columns.get(id(part.head)) for part in parts]
        return parts, values, _true_parts(lesson, parts, len(anchors)), above

    place = len(anchors), None if head is None else head.place
    parts, values, truth, above = lesson.memo.once(place, look)
    chances = np.zeros((len(parts), meanings))
    for row, number in zip(chances, above, strict=True):
        if head is not None and number is not None:
            row[:] = head.columns[number].chances
    return Table(parts, values, chances, truth)


def _true_parts(lesson: Lesson, parts: Sequence[Part], rows: int) -> dict[str, int]:
    """Return the part that most of a column's labelled cells stand in."""
    votes: dict[str, dict[int, float]] = {}
    for row, true in enumerate(lesson.rows[:rows]):
        for name, cells in true.cells.items():
            for line, cell in cells:
                for number, part in enumerate(parts):
                    if part.cells[row] is cell or (
                        line != true.line and part.what == "text" and _under(cell.x0, part)
                    ):
                        votes.setdefault(name, {}).setdefault(number, 0.0)
                        votes[name][number] += 1.0 if part.cells[row] is cell else 0.5
    kinds = {name: _numeric(lesson, name) for name in votes}
    out: dict[str, int] = {}
    for name, found in votes.items():
        fits = {
            n: v
            for n, v in found.items()
            if (parts[n].what == "number") == kinds[name] or parts[n].what == "text"
        }
        if fits:
            out[name] = max(fits, key=lambda n: (fits[n], -n))
    return out


def _under(x0: float, part: Part) -> bool:
    return abs(x0 - part.x0) < 0.02


def _numeric(lesson: Lesson, name: str) -> bool:
    """Whether a column's cells are numbers by themselves, and not what stands behind one."""
    rows = [row for row in lesson.rows if name in row.cells]
    label = lesson.labelled.tables
    texts = [table.rows[row.label].get(name, "") for table in label.values() for row in rows]
    return all(any(c.isdigit() for c in text) and not any(c.isalpha() for c in text) for text in texts)


def fit_matcher(
    lessons: Sequence[Lesson],
    tables: Sequence[Sequence[Table]],
    column: FieldSketch,
    meanings: Sequence[str],
) -> Trees:
    """Return trees for the log odds that a part of a table is the column."""
    own = meanings.index(column.name)
    values: list[Floats] = []
    right: list[Ints] = []
    weights: list[Floats] = []
    for lesson, made in zip(lessons, tables, strict=True):
        labelled = next(iter(lesson.labelled.tables.values())).columns
        named = any(column.name in row for t in lesson.labelled.tables.values() for row in t.rows)
        for table in made:
            # One that the labels know and the page does not show is no part; one not found is not known.
            if not table.parts or column.name not in labelled or (named and column.name not in table.truth):
                continue
            truth = np.zeros(len(table.parts), dtype=np.int64)
            if column.name in table.truth:
                truth[table.truth[column.name]] = 1
            for worth, facts in _worlds(matcher_inputs(table.values, table.chances, own)):
                values.append(facts)
                right.append(truth)
                weights.append(np.full(len(truth), worth * lesson.labelled.weight / len(made)))
    if not values:
        return grown(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return grown(np.concatenate(values), np.concatenate(right), np.concatenate(weights))


def _worlds(facts: Floats) -> list[tuple[float, Floats]]:
    """Return parts as they are, and as they would be without arithmetic, and without headings.

    Generated tables always add up and have heads; real ones often do not, and must be read all the same.
    """
    plain, bare = facts.copy(), facts.copy()
    plain[:, [MATCHER_HEADS + fact for fact in ARITHMETIC]] = 0
    bare[:, :MATCHER_HEADS] = 0
    bare[:, MATCHER_HEADS : MATCHER_HEADS + 2] = 0
    return [(1.0, facts), (0.4, plain), (0.25, bare)]


def fit_texts(lessons: Sequence[Lesson], tables: Sequence[Sequence[Table]], column: FieldSketch) -> Trees:
    """Return trees for the log odds that a cell belongs to the column's text in a row."""
    values: list[Floats] = []
    right: list[Ints] = []
    weights: list[Floats] = []
    for lesson, made in zip(lessons, tables, strict=True):
        table = made[0] if made else None
        if table is None or column.name not in table.truth:
            continue
        part = table.parts[table.truth[column.name]]
        if part.what == "rest":
            continue
        anchors = lesson.anchors
        edge = right_of(table.parts, part)
        pieces = pieces_near(lesson.grid, anchors, part, edge)
        if not pieces:
            continue
        true = [{(line, cell.x0) for line, cell in row.cells.get(column.name, ())} for row in lesson.rows]
        # A row whose text was not found teaches nothing.
        keep = [n for n, piece in enumerate(pieces) if true[piece.row]]
        facts = text_features(lesson.grid, anchors, part, edge, pieces)
        values.append(facts[keep])
        right.append(
            np.array(
                [(pieces[n].line, pieces[n].cell.x0) in true[pieces[n].row] for n in keep], dtype=np.int64
            )
        )
        weights.append(np.full(len(keep), lesson.labelled.weight * min(1.0, 40 / max(1, len(keep)))))
    if not values:
        return grown(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return grown(np.concatenate(values), np.concatenate(right), np.concatenate(weights))
