"""Headings of tables: what a heading's words mean, and where in a document a row of headings stands."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell, Line, looks_like_money

BUCKETS = 4096
"""Buckets that the runs of characters of headings are hashed to."""
ANOTHER, NO_HEADING = "another heading", "no heading"
"""What a text may mean besides a declared column: a column that is not asked for, or no heading at all."""

MOST_HEADS = 3
_MOST_SEEDS = 160
_MOST_TEXTS = 20_000
_LONGEST = 44
_MOST_LINES = 5
_MOST_COLUMNS = 14
_APART = 2.3
_SHARED = 0.25
_LEAST_SEED = 0.35
_LEAST_SCORE = 1.1
_BODY = 8
_BESIDE = 0.02
_NUMBERS, _MOST_NUMBERS = 0.2, 5
_WORD = re.compile(r"[^\W_]+|[%#°]")


@dataclass(frozen=True)
class Headings:
    """What was learned about headings: linear in the hashed runs of their characters.

    Attributes:
        meanings: The declared columns, then ANOTHER and NO_HEADING.
        weights: One row per bucket, one column per meaning.
    """

    meanings: tuple[str, ...]
    weights: Floats
    intercepts: Floats

    def chances(self, texts: Sequence[str]) -> Floats:
        """Return, per text, the probability of each meaning."""
        logits = np.tile(self.intercepts, (len(texts), 1))
        for number, text in enumerate(texts):
            buckets = runs(text)
            if buckets:
                logits[number] += self.weights[list(buckets)].sum(axis=0) / np.sqrt(len(buckets))
        logits -= logits.max(axis=1, keepdims=True, initial=0.0)
        odds = np.exp(logits)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@lru_cache(maxsize=65536)
def runs(text: str) -> tuple[int, ...]:
    """Return the buckets of a text's words and of their runs of three and four characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()[: 2 * _LONGEST]
    words = _WORD.findall(plain)
    found: set[str] = {f"count {min(len(words), 5)}", f"digits {any(c.isdigit() for c in plain)}"}
    for word in words:
        padded = f"^{word}$"
        found.add(padded)
        for size in (3, 4):
            found |= {padded[at : at + size] for at in range(len(padded) - size + 1)}
    found |= {f"{one} {other}" for one, other in pairwise(words)}
    return tuple(sorted({zlib.crc32(run.encode("utf-8", "surrogatepass")) % BUCKETS for run in found}))


@dataclass(frozen=True)
class HeadColumn:
    """One heading, of one line or several: its extent, its words, what they may mean."""

    x0: float
    x1: float
    text: str
    lines: int
    chances: Floats


@dataclass(frozen=True)
class Head:
    """A row of headings: lines ``start:stop`` of the grid."""

    start: int
    stop: int
    columns: tuple[HeadColumn, ...]
    score: float

    @property
    def place(self) -> tuple[object, ...]:
        """Return where it and its columns stand, whatever they are taken to mean."""
        return (self.start, self.stop, *((column.x0, column.x1) for column in self.columns))


@dataclass(frozen=True)
class Heads:
    """The likeliest rows of headings, best first; how many headings each line of the grid seems to hold."""

    found: tuple[Head, ...]
    strength: Floats


def find_heads(grid: Grid, headings: Headings) -> Heads:
    """Return the likeliest rows of headings, none overlapping another; at most MOST_HEADS."""
    fits = [_may_be_head(line) for line in grid.lines]
    texts = {cell.text for line, fit in zip(grid.lines, fits, strict=True) if fit for cell in line.cells}
    known = _chances_of(headings, sorted(texts)[:_MOST_TEXTS])
    strength = np.array(
        [
            sum(1 - known[cell.text][-1] for cell in line.cells if cell.text in known) if fit else 0.0
            for line, fit in zip(grid.lines, fits, strict=True)
        ]
    )
    seeds = np.argsort(-strength, kind="stable")[:_MOST_SEEDS]
    windows = sorted(
        {
            window
            for seed in seeds.tolist()
            if strength[seed] >= _LEAST_SEED
            for window in _windows(grid, fits, seed)
        }
    )
    merged = {window: _columns_in(grid, window) for window in windows}
    merged = {window: found for window, found in merged.items() if 2 <= len(found[0]) <= _MOST_COLUMNS}
    known |= _chances_of(
        headings, sorted({c.text for columns, _ in merged.values() for c in columns} - set(known))
    )
    heads = [_head(window, columns, known, numeric) for window, (columns, numeric) in merged.items()]
    return Heads(tuple(_best([head for head in heads if head.score >= _LEAST_SCORE])), strength)


def _chances_of(headings: Headings, texts: Sequence[str]) -> dict[str, Floats]:
    return dict(zip(texts, headings.chances(texts), strict=True)) if texts else {}


def _may_be_head(line: Line) -> bool:
    if len(line.cells) > _MOST_COLUMNS or any(len(cell.text) > _LONGEST for cell in line.cells):
        return False
    return not any(looks_like_money(cell) for cell in line.numbers)


def _windows(grid: Grid, fits: Sequence[bool], seed: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of close lines that hold the line ``seed`` and may be headings together."""
    for start in range(max(0, seed - _MOST_LINES + 1), seed + 1):
        for stop in range(seed + 1, min(len(grid.lines), start + _MOST_LINES) + 1):
            lines = grid.lines[start:stop]
            if all(fits[start:stop]) and all(_close(a, b) for a, b in pairwise(lines)):
                yield start, stop


def _close(upper: Line, lower: Line) -> bool:
    height = max(min(cell.height for cell in upper.cells), 0.006)
    return upper.page == lower.page and lower.y0 - upper.y0 < _APART * height


@dataclass(frozen=True, slots=True)
class _Merged:
    x0: float
    x1: float
    text: str
    lines: int


def _merged(lines: Sequence[Line]) -> list[_Merged]:
    """Return the cells of lines that stand above one another, as one column each."""
    columns: list[list[GridCell]] = []
    for cell in sorted((cell for line in lines for cell in line.cells), key=lambda cell: cell.x1 - cell.x0):
        for column in columns:
            x0, x1 = min(c.x0 for c in column), max(c.x1 for c in column)
            shared = min(cell.x1, x1) - max(cell.x0, x0)
            if shared > _SHARED * min(cell.x1 - cell.x0, x1 - x0):
                column.append(cell)
                break
        else:
            columns.append([cell])
    out = []
    for column in columns:
        column.sort(key=lambda cell: (cell.row, cell.x0))
        x0, x1 = min(c.x0 for c in column), max(c.x1 for c in column)
        out.append(_Merged(x0, x1, " ".join(c.text for c in column), len({c.row for c in column})))
    return sorted(out, key=lambda column: column.x0)


def _columns_in(grid: Grid, window: tuple[int, int]) -> tuple[list[_Merged], int]:
    """Return the columns that lines are, read as headings, and how many of them have numbers below."""

    def look() -> tuple[list[_Merged], int]:
        columns = _merged(grid.lines[window[0] : window[1]])
        return columns, _over_numbers(grid, window, columns)

    return grid.memo.once(("columns", window), look)


def _over_numbers(grid: Grid, window: tuple[int, int], columns: Sequence[_Merged]) -> int:
    """Return how many columns of a row of headings have numbers not far below, each number counted once."""
    found: set[int] = set()
    page = grid.lines[window[0]].page
    for line in grid.lines[window[1] : window[1] + _BODY]:
        if line.page != page:
            break
        for cell in line.numbers:
            gaps = [max(c.x0 - cell.x1, cell.x0 - c.x1, 0.0) for c in columns]
            nearest = int(np.argmin(gaps))
            if gaps[nearest] < _BESIDE:
                found.add(nearest)
    return len(found)


def _head(
    window: tuple[int, int], columns: Sequence[_Merged], known: dict[str, Floats], numeric: int
) -> Head:
    chances = np.array([known[column.text] for column in columns])
    asked = chances[:, :-2].max(axis=0).sum() if chances.shape[1] > 2 else 0.0
    score = asked + 0.4 * chances[:, -2].sum() - 0.6 * chances[:, -1].sum() - 0.08 * (window[1] - window[0])
    # Two lines that head the same columns are more likely one head than two.
    score += 0.12 * sum(column.lines > 1 for column in columns)
    score += _NUMBERS * (min(numeric, _MOST_NUMBERS) - 1)
    made = tuple(HeadColumn(c.x0, c.x1, c.text, c.lines, known[c.text]) for c in columns)
    return Head(*window, made, float(score))


def _best(heads: Iterable[Head]) -> list[Head]:
    """Return the best heads, none overlapping another, and of equal ones only the first on the paper."""
    kept: list[Head] = []
    for head in sorted(heads, key=lambda head: (-round(head.score, 3), head.start, head.stop)):
        words = [column.text for column in head.columns]
        if any(head.start < other.stop and other.start < head.stop for other in kept):
            continue
        same = next((k for k, o in enumerate(kept) if [c.text for c in o.columns] == words), None)
        if same is not None:
            if head.start < kept[same].start:
                kept[same] = head
        elif len(kept) < MOST_HEADS:
            kept.append(head)
    return kept
