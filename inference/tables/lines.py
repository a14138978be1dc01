"""Which lines below a row of headings begin a row of the table: what is known about each of them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats, Ints
from inference.tables.cells import Grid, GridCell, Line, looks_like_money
from inference.tables.heads import Head

WORD_BUCKETS = 2048
MOST_LINES = 2_000
"""Lines below a head that are looked at."""
LINE_FEATURES = 39

_EDGE = 0.006
_EMPTY_PAGES = 2
_HEADINGS = 1.2
_FAR = 60.0
_NEAR_SUMS = 240
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Region:
    """The lines below a head (all lines, where there is none) that may belong to its table.

    Attributes:
        lines: Indices into the grid's lines.
        values: LINE_FEATURES numbers per line; the place of the words' odds is filled in later.
        words: Hashed first words of every line.
    """

    head: Head | None
    lines: Ints
    values: Floats
    words: tuple[tuple[int, ...], ...]


WORDS_AT = LINE_FEATURES - 1
SCORE_AT = 16
OTHERS_AT = LINE_FEATURES - 4
"""Place of what is known about other rows of headings above a line: how many headings, how far, on it."""


def region_of(grid: Grid, head: Head | None, strength: Floats) -> Region:
    """Return the lines that a table below ``head`` may hold, described.

    Args:
        grid: The document.
        head: The row of headings.
        strength: How many headings each line of the grid seems to hold.
    """
    place = None if head is None else head.place
    indices, described, words = grid.memo.once(("region", place), lambda: _described(grid, head))
    values = described.copy()
    if head is not None:
        values[:, SCORE_AT] = head.score
    _below_others(values, grid, indices, head, strength)
    return Region(head, indices, values, words)


def _described(grid: Grid, head: Head | None) -> tuple[Ints, Floats, tuple[tuple[int, ...], ...]]:
    """Return the lines of a region, what is known of them by where its head stands, and their words."""
    indices = np.array(_within(grid, head, 0 if head is None else head.stop), dtype=np.int64)
    lines = [grid.lines[i] for i in indices]
    values = np.zeros((len(lines), LINE_FEATURES))
    if lines:
        _cells_of(values, lines)
        _under_head(values, lines, head)
        _aligned(values, lines)
        _spaced(values, grid, indices, head)
        _computed(values, lines)
    return indices, values, tuple(_words(line) for line in lines)


def _within(grid: Grid, head: Head | None, start: int) -> list[int]:
    out: list[int] = []
    last_page = grid.lines[start].page if start < len(grid.lines) else 0
    for index in range(start, min(len(grid.lines), start + MOST_LINES)):
        line = grid.lines[index]
        if head is not None and line.page > last_page + _EMPTY_PAGES:
            break
        if len(line.numbers) >= 2:
            last_page = line.page
        out.append(index)
    return out


def _cells_of(values: Floats, lines: Sequence[Line]) -> None:
    most = max(len(line.numbers) for line in lines) or 1
    for row, line in zip(values, lines, strict=True):
        first = line.cells[0]
        amounts = sum(looks_like_money(cell) for cell in line.numbers)
        texts = [cell for cell in line.cells if cell.number is None]
        row[0:4] = len(line.cells), len(line.numbers), amounts, len(line.numbers) / most
        row[4] = sum(cell.number.percent for cell in line.numbers if cell.number)
        row[5] = first.number is not None
        row[6] = bool(texts) and ":" in texts[0].text
        row[7] = min(sum(len(cell.text) for cell in texts), 120) / 40
        row[8] = len(texts)
        row[9] = any(c.isdigit() for c in first.text) and any(c.isalpha() for c in first.text)
        row[10] = bool(line.numbers) and line.numbers[-1] is line.cells[-1]


def _under_head(values: Floats, lines: Sequence[Line], head: Head | None) -> None:
    if head is None:
        return
    columns = head.columns
    left, right = columns[0].x0, max(column.x1 for column in columns)
    for row, line in zip(values, lines, strict=True):
        hit = [_touched(cell, head) for cell in line.cells]
        numeric = {n for cell, ns in zip(line.cells, hit, strict=True) if cell.number for n in ns}
        touched = {n for ns in hit for n in ns}
        row[11] = len(touched) / len(columns)
        row[12] = len(numeric) / len(columns)
        row[13] = sum(not ns for ns in hit)
        row[14] = np.clip((line.cells[-1].x1 - right) * 20, -6, 6)
        row[15] = np.clip((line.cells[0].x0 - left) * 20, -6, 6)
        row[17] = 1.0
        row[18] = len(columns)


def _touched(cell: GridCell, head: Head) -> list[int]:
    return [
        number
        for number, column in enumerate(head.columns)
        if min(cell.x1, column.x1) - max(cell.x0, column.x0) > -_EDGE
    ]


def _aligned(values: Floats, lines: Sequence[Line]) -> None:
    """How many lines have numbers that end (or begin) where a line's numbers do, and begin where it does."""
    ends = np.sort(np.array([cell.x1 for line in lines for cell in line.numbers]))
    begins = np.sort(np.array([cell.x0 for line in lines for cell in line.numbers]))
    lefts = np.sort(np.array([line.cells[0].x0 for line in lines]))

    def support(edges: Floats, x: float) -> int:
        low, high = np.searchsorted(edges, [x - _EDGE, x + _EDGE])
        return int(high - low)

    for row, line in zip(values, lines, strict=True):
        counts = [max(support(ends, c.x1), support(begins, c.x0)) for c in line.numbers]
        if counts:
            row[19], row[20] = np.log1p(max(counts)), float(np.mean(np.log1p(counts)))
        row[21] = np.log1p(support(lefts, line.cells[0].x0))


def _spaced(values: Floats, grid: Grid, indices: Ints, head: Head | None) -> None:
    head_words = set()
    if head is not None:
        head_words = {grid.lines[i].text for i in range(head.start, head.stop)}
    first_page = grid.lines[int(indices[0])].page
    for place, (row, index) in enumerate(zip(values, indices.tolist(), strict=True)):
        line = grid.lines[index]
        height = max(line.cells[0].height, 0.005)
        before = grid.lines[index - 1] if index else None
        after = grid.lines[index + 1] if index + 1 < len(grid.lines) else None
        row[22] = _gap(before, line, height)
        row[23] = _gap(line, after, height)
        row[24] = min(place, 40) / 10
        row[25] = min(line.page - first_page, 3)
        row[26] = len(before.numbers) if before else 0
        row[27] = len(after.numbers) if after else 0
        row[28] = line.text in head_words
        row[29] = line.y0


def _below_others(values: Floats, grid: Grid, indices: Ints, head: Head | None, strength: Floats) -> None:
    """How far above another row of headings stands, and how many headings it seems to hold."""
    own = set()
    if head is not None:
        own = {cell.text for i in range(head.start, head.stop) for cell in grid.lines[i].cells}
    known, distance = 0.0, _FAR
    for row, index in zip(values, indices.tolist(), strict=True):
        line = grid.lines[index]
        row[OTHERS_AT], row[OTHERS_AT + 1] = known, distance
        texts = [cell.text for cell in line.cells if cell.number is None]
        others = len(texts) > 1 and not any(looks_like_money(cell) for cell in line.numbers)
        if others and strength[index] >= _HEADINGS and not own & set(texts):
            known, distance = float(min(strength[index], 8.0)), 0.0
        distance = min(_FAR, distance + 1)
        row[OTHERS_AT + 2] = strength[index] if others else 0.0


def _gap(upper: Line | None, lower: Line | None, height: float) -> float:
    if upper is None or lower is None or upper.page != lower.page:
        return 9.0
    return float(np.clip((lower.y0 - upper.y0) / height, 0, 9))


def _computed(values: Floats, lines: Sequence[Line]) -> None:
    """Products within a line, numbers that count up, and last amounts that are sums of those above."""
    above: list[float] = []
    counted: dict[int, float] = {}
    for place, (row, line) in enumerate(zip(values, lines, strict=True)):
        numbers = [cell.number.value for cell in line.numbers if cell.number is not None]
        row[30] = max(product_in(numbers), product_in([*numbers, *_lowered(line, lines[place + 1 :][:1])]))
        first = line.cells[0]
        if first.number is not None and first.number.decimals == 0:
            column = round(first.x0 * 50)
            row[31] = counted.get(column, 0.0) + 1 == first.number.value
            counted[column] = first.number.value
        if numbers:
            last = numbers[-1]
            row[32] = _run_that_sums(above, last)
            row[33] = last == 0
            row[34] = np.log10(abs(last) + 1)
            above.append(last)


def _lowered(line: Line, following: Sequence[Line]) -> list[float]:
    """Return the one number of the next line, where it may be the last of this one, printed lower."""
    for below in following:
        alone = len(below.numbers) == 1 and below.page == line.page
        near = below.y0 - line.y0 < 3 * line.cells[0].height
        number = below.numbers[0].number if alone else None
        if number is not None and near and all(c.x1 < below.numbers[0].x0 for c in line.numbers):
            return [number.value]
    return []


def product_in(numbers: Sequence[float]) -> float:
    """Return 2 where a number is the product of two others, 1 where only by a factor of one, else 0."""
    found = 0.0
    few = [abs(n) for n in numbers[:8]]
    for c, product in enumerate(few):
        for a in range(len(few)):
            for b in range(a + 1, len(few)):
                if c in (a, b) or not product:
                    continue
                if abs(few[a] * few[b] - product) <= max(0.011, 0.0006 * product):
                    found = max(found, 1.0 if 1 in (few[a], few[b]) else 2.0)
    return found


def _run_that_sums(above: Sequence[float], total: float) -> float:
    """Return how many of the last amounts above add up to ``total``, as a logarithm; 0 where none do."""
    if not total:
        return 0.0
    tail = np.cumsum(np.array(above[-_NEAR_SUMS:])[::-1]) if above else np.zeros(0)
    hits = np.flatnonzero(np.abs(tail - total) <= 0.011)
    return float(np.log1p(hits[0] + 1)) if len(hits) and hits[0] else 0.3 * bool(len(hits))


def _words(line: Line) -> tuple[int, ...]:
    """Return the hashed words of a line's texts, the first of them marked as such."""
    found: set[str] = set()
    words = [word.casefold() for cell in line.cells[:3] for word in _WORD.findall(cell.text)][:8]
    for number, word in enumerate(words):
        found.add(word)
        found |= {f"{word[:5]}*", f"0 {word}"} if number == 0 else {f"{word[:5]}*"}
    found.add(f"words {min(len(words), 4)}")
    return tuple(sorted({zlib.crc32(w.encode("utf-8", "surrogatepass")) % WORD_BUCKETS for w in found}))


def word_odds(weights: Floats, intercept: float, words: Sequence[tuple[int, ...]]) -> Floats:
    """Return the log odds, by their words alone, that lines begin rows."""
    return np.array(
        [intercept + (float(weights[list(b)].sum()) / np.sqrt(len(b)) if b else 0.0) for b in words]
    )
