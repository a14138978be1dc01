"""Joining words to lines, and lines to an order in which a person would read them; pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pages.parts import PlacedWord

# In heights of the line. A space is a quarter of one, a stretched space of justified text three
# quarters; a table's cells stand further apart.
WIDE_GAP = 1.05
# In mean widths of a letter, where that is more: typewriter type is wide, and its spaces are too.
WIDE_PITCH = 1.45
# Pieces that were not drawn one after the other are joined only where no gap is to be seen.
PIECE_GAP = 0.6
PIECE_PITCH = 1.3
BACKWARDS = 0.5
SAME_ROW = 0.5

# Columns: how many lines each side needs, how well they fill it, how wide the gutter is (of the page).
COLUMN_LINES = 6
COLUMN_FILL = 0.72
GUTTER = 0.015
CROSSING = 0.08
BINS = 200


@dataclass(slots=True)
class _Run:
    words: list[PlacedWord]
    x0: float
    y0: float
    x1: float
    y1: float
    middle: float
    ink: float = 0.0
    letters: int = 0

    def add(self, word: PlacedWord) -> None:
        self.words.append(word)
        self.ink += word.x1 - word.x0
        self.letters += len(word.text)
        self.x0 = min(self.x0, word.x0)
        self.y0 = min(self.y0, word.y0)
        self.x1 = max(self.x1, word.x1)
        self.y1 = max(self.y1, word.y1)


def build_lines(
    words: Sequence[PlacedWord], width: float, *, slope: float = 0.0, wide_gap: float = WIDE_GAP
) -> list[list[PlacedWord]]:
    """Return ``words`` as lines in reading order.

    Args:
        words: In the order they were drawn or found.
        width: Of the page, in the words' units.
        slope: Vertical drift of a text line per unit to the right (a skewed scan's tangent).
        wide_gap: Gap that ends a line, in line heights.
    """
    if not words:
        return []
    usual = median(word.height for word in words)
    rows = _rows(_runs(words, usual, slope, wide_gap), slope)
    runs = [run for row in rows for run in _joined(row, usual)]
    return [run.words for run in _reading_order(runs, width, slope, depth=2)]


def _runs(words: Sequence[PlacedWord], usual: float, slope: float, wide_gap: float) -> list[_Run]:
    """Join what was drawn one after the other."""
    runs: list[_Run] = []
    run: _Run | None = None
    for word in words:
        if run is None or not _continues(run, word, usual, slope, wide_gap):
            run = _Run([], word.x0, word.y0, word.x1, word.y1, 0.0)
            runs.append(run)
        run.add(word)
    for run in runs:
        run.middle = (run.y0 + run.y1) / 2 - slope * (run.x0 + run.x1) / 2
    return runs


def _continues(run: _Run, word: PlacedWord, usual: float, slope: float, wide_gap: float) -> bool:
    last = run.words[-1]
    gap = word.x0 - last.x1
    # A line of dashes or of small letters alone says little about the size of its font.
    height = max(run.y1 - run.y0 if not slope else last.height, usual * 0.7)
    if gap > wide_gap * height:
        pitch = (run.ink + word.x1 - word.x0) / (run.letters + len(word.text))
        if gap > WIDE_PITCH * pitch:
            return False
    elif gap < -BACKWARDS * height:
        return False
    top, bottom = (run.y0, run.y1) if not slope else (last.y0, last.y1)
    drift = slope * (word.x0 - last.x0) if slope else 0.0
    overlap = min(bottom, word.y1 - drift) - max(top, word.y0 - drift)
    return overlap >= SAME_ROW * min(bottom - top, word.y1 - word.y0)


def _rows(runs: list[_Run], slope: float) -> list[list[_Run]]:
    """Gather runs that stand beside each other, top to bottom, each row from left to right."""
    rows: list[list[_Run]] = []
    top = bottom = 0.0
    for run in sorted(runs, key=lambda run: (run.middle, run.x0)):
        half = (run.y1 - run.y0 - abs(slope) * (run.x1 - run.x0)) / 2
        half = max(half, 0.25 * (run.y1 - run.y0))
        overlap = min(bottom, run.middle + half) - max(top, run.middle - half)
        if rows and overlap >= SAME_ROW * min(bottom - top, 2 * half):
            rows[-1].append(run)
        else:
            rows.append([run])
            top, bottom = run.middle - half, run.middle + half
    for row in rows:
        row.sort(key=lambda run: (run.x0, run.middle))
    return rows


def _joined(row: list[_Run], usual: float) -> list[_Run]:
    """Join the pieces of a row that were drawn apart but stand together."""
    out: list[_Run] = []
    for run in row:
        last = out[-1] if out else None
        if last is not None:
            height = max(min(last.y1 - last.y0, run.y1 - run.y0), usual * 0.7)
            overlap = min(last.y1, run.y1) - max(last.y0, run.y0)
            beside = overlap >= SAME_ROW * min(last.y1 - last.y0, run.y1 - run.y0)
            pitch = (last.ink + run.ink) / (last.letters + run.letters)
            near = max(PIECE_GAP * height, PIECE_PITCH * pitch)
            if beside and -BACKWARDS * height <= run.x0 - last.x1 <= near:
                for word in run.words:
                    last.add(word)
                continue
        out.append(run)
    return out


def _reading_order(runs: list[_Run], width: float, slope: float, depth: int) -> list[_Run]:
    """Put columns one after the other where they are clear; otherwise keep rows."""
    gutter = _gutter(runs, width) if depth and len(runs) >= 2 * COLUMN_LINES else None
    if gutter is None:
        return runs
    left: list[_Run] = []
    right: list[_Run] = []
    out: list[_Run] = []

    def close_band() -> None:
        for column in (left, right):
            rows = _rows(column, slope)
            ordered = [run for row in rows for run in row]
            out.extend(_reading_order(ordered, width, slope, depth - 1))
            column.clear()

    for run in runs:
        if run.x1 <= gutter:
            left.append(run)
        elif run.x0 >= gutter:
            right.append(run)
        else:
            close_band()
            out.append(run)
    close_band()
    return out


def _gutter(runs: list[_Run], width: float) -> float | None:
    """Return the middle of a clear gutter between two columns of filled lines."""
    start, end = min(run.x0 for run in runs), max(run.x1 for run in runs)
    if end - start < 0.3 * width:
        return None
    step = (end - start) / BINS
    change = [0] * (BINS + 2)
    for run in runs:
        change[int((run.x0 - start) / step)] += 1
        change[min(int((run.x1 - start) / step) + 1, BINS + 1)] -= 1
    crossing, allowed = 0, CROSSING * len(runs)
    best: tuple[int, int] | None = None
    opened: int | None = None
    for position in range(BINS + 1):
        crossing += change[position]
        inside = 0.2 * BINS <= position <= 0.8 * BINS and crossing <= allowed
        if inside and opened is None:
            opened = position
        elif not inside and opened is not None:
            if best is None or position - opened > best[1] - best[0]:
                best = (opened, position)
            opened = None
    if best is None or (best[1] - best[0]) * step < GUTTER * width:
        return None
    gutter = start + (best[0] + best[1]) / 2 * step
    sides = ([run for run in runs if run.x1 <= gutter], [run for run in runs if run.x0 >= gutter])
    return gutter if all(map(_is_column, sides)) and _side_by_side(*sides) else None


def _is_column(runs: list[_Run]) -> bool:
    """Whether these lines fill their width as running text does, and table cells do not."""
    if len(runs) < COLUMN_LINES:
        return False
    span = max(run.x1 for run in runs) - min(run.x0 for run in runs)
    words = median(len(run.words) for run in runs)
    return words >= 3 and median(run.x1 - run.x0 for run in runs) >= COLUMN_FILL * span


def _side_by_side(left: list[_Run], right: list[_Run]) -> bool:
    top = max(min(run.y0 for run in left), min(run.y0 for run in right))
    bottom = min(max(run.y1 for run in left), max(run.y1 for run in right))
    least = min(max(run.y1 for run in side) - min(run.y0 for run in side) for side in (left, right))
    return bottom - top >= 0.5 * least
