"""Labelled documents as lessons: where their rows stand, and what the headings above them must mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from inference.extractor.fields import FieldSketch
from inference.labelled.documents import LabelledDocument
from inference.tables.cells import Grid, grid_of
from inference.tables.heads import ANOTHER, NO_HEADING
from inference.tables.memo import Memo
from inference.tables.truth import TrueRow, located

HEAD_LINES = 8
"""Lines above the first row within which its head is looked for."""
MOST_OTHER_TEXTS = 40
"""Texts of a document that are shown as no headings."""
_SHARED = 0.25
_LEAST_PRINTED = 0.6


@dataclass(frozen=True)
class Lesson:
    """A labelled document with where its rows stand.

    Attributes:
        rows: What is printed of the labelled rows.
        teaches: Whether enough of the label is printed to learn from.
        memo: Of what the lesson alone decides: it is asked for again with every model that is fitted.
    """

    labelled: LabelledDocument
    grid: Grid
    rows: tuple[TrueRow, ...]
    teaches: bool
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    @property
    def anchors(self) -> list[int]:
        """The lines of the rows, in order."""
        return [row.line for row in self.rows]

    @cached_property
    def heading_examples(self) -> list[tuple[str, str]]:
        """Texts of the document with what they head."""
        return heading_examples(self)


def lesson_of(document: LabelledDocument, field: str, columns: Sequence[FieldSketch]) -> Lesson:
    """Return the document with its labelled rows found on the page."""
    grid, label = grid_of(document.document), document.tables[field]
    rows = tuple(located(grid, label, columns)) if label.rows else ()
    wanted = sum(len(row) for row in label.rows)
    printed = sum(len(row.cells) for row in rows)
    teaches = len(rows) == len(label.rows) and printed >= _LEAST_PRINTED * wanted
    return Lesson(document, grid, rows, teaches)


def heading_examples(lesson: Lesson) -> list[tuple[str, str]]:
    """Return texts of a document with what they head; the head is guessed from where the rows stand."""
    head = head_above(lesson)
    out: list[tuple[str, str]] = []
    inside = range(0)
    if head is not None:
        start, stop, texts = head
        inside = range(start, stop)
        out += texts
    others = [
        cell.text
        for number, line in enumerate(lesson.grid.lines)
        if number not in inside
        for cell in line.cells
        if len(cell.text) <= 44 and any(c.isalpha() for c in cell.text)
    ]
    step = max(1, len(others) // MOST_OTHER_TEXTS)
    return out + [(text, NO_HEADING) for text in others[::step]]


def head_above(lesson: Lesson) -> tuple[int, int, list[tuple[str, str]]] | None:
    """Return the lines of the head above the first labelled row, and its texts with what they mean."""
    if not lesson.rows:
        return None
    spans = _spans(lesson)
    first = lesson.rows[0].line
    counts: dict[int, int] = {}
    for line in range(max(0, first - HEAD_LINES), first):
        cells = lesson.grid.lines[line].cells
        if lesson.grid.lines[line].page == lesson.grid.lines[first].page:
            counts[line] = sum(any(_over(c.x0, c.x1, *span) for span in spans.values()) for c in cells)
    best = max(counts, key=lambda line: (counts[line], line), default=None)
    if best is None or counts[best] < 2:
        return None
    start, stop = best, best + 1
    while start - 1 in counts and counts[start - 1] and _tight(lesson.grid, start - 1):
        start -= 1
    while stop in counts and counts[stop] and _tight(lesson.grid, stop - 1):
        stop += 1
    return start, stop, _meanings(lesson.grid, start, stop, spans)


def _spans(lesson: Lesson) -> dict[str, tuple[float, float]]:
    out: dict[str, tuple[float, float]] = {}
    for row in lesson.rows:
        for name, cells in row.cells.items():
            for _, cell in cells:
                x0, x1 = out.get(name, (1.0, 0.0))
                out[name] = min(x0, cell.x0), max(x1, cell.x1)
    return out


def _over(x0: float, x1: float, a: float, b: float) -> bool:
    return min(x1, b) - max(x0, a) > -0.004


def _tight(grid: Grid, line: int) -> bool:
    """Whether a line and the next are close enough to be one head, and every cell of both is short."""
    upper, lower = grid.lines[line], grid.lines[line + 1]
    close = lower.y0 - upper.y0 < 2.0 * max(upper.cells[0].height, 0.005)
    short = all(len(cell.text) < 30 and cell.number is None for one in (upper, lower) for cell in one.cells)
    return close and short


def _meanings(
    grid: Grid, start: int, stop: int, spans: Mapping[str, tuple[float, float]]
) -> list[tuple[str, str]]:
    columns: list[list[float | str]] = []
    for line in grid.lines[start:stop]:
        for cell in line.cells:
            for column in columns:
                shared = min(cell.x1, float(column[1])) - max(cell.x0, float(column[0]))
                if shared > _SHARED * min(cell.x1 - cell.x0, float(column[1]) - float(column[0])):
                    column[:] = [
                        min(float(column[0]), cell.x0),
                        max(float(column[1]), cell.x1),
                        f"{column[2]} {cell.text}",
                    ]
                    break
            else:
                columns.append([cell.x0, cell.x1, cell.text])
    out: list[tuple[str, str]] = []
    taken: dict[int, list[str]] = {}
    for name, (x0, x1) in spans.items():
        # A left heading over right-aligned numbers may not overlap them: the nearest one within reach.
        near = [
            (
                max(0.0, max(x0, float(c[0])) - min(x1, float(c[1])))
                + 0.2 * abs(float(c[0]) + float(c[1]) - x0 - x1) / 2,
                n,
            )
            for n, c in enumerate(columns)
        ]
        if near and min(near)[0] < 0.06:
            taken.setdefault(min(near)[1], []).append(name)
    for number, column in enumerate(columns):
        names = taken.get(number, [])
        # A column that tells two things (a quantity and its unit) is headed by the first.
        out.append((str(column[2]), names[0] if names else ANOTHER))
    return out
