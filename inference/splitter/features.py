"""What speaks for and against a new document on a page: a row of numbers per page, by neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.reading.document import Floats, Ints
from inference.splitter.pages import PageView

FEATURES = (
    "begins", "began_before", "ends", "ended_before", "begins_next",
    "like_before", "before_like_its_before", "like_next", "around_like",
    "same_first", "same_last", "same_first_next", "same_last_next",
    "number_goes_on", "number_restarts", "number_is_later", "before_is_last", "before_is_not_last",
    "total_changes", "bare_goes_on", "bare_restarts", "bare_is_later", "next_is_second", "next_is_later",
    "number_lost", "same_stamp", "other_stamp", "same_stamp_next", "other_stamp_next",
    "shared_codes", "new_codes", "shared_codes_next",
    "begins_lower", "before_ends_open", "clause_goes_on", "clause_restarts", "clause_is_later",
    "before_blank", "blank", "before_low", "high", "low", "lines", "lines_ratio", "words_ratio",
    "width_changes", "height_changes", "turned", "line_height_ratio", "left_moves", "right_moves",
    "tall", "upper", "next_width_changes",
)  # fmt: skip
"""Names of the numbers, in their order."""

BUCKET_BITS = 14
BUCKETS = 1 << BUCKET_BITS
ZONES = 3
"""Words count apart in the first lines, in the last lines, and anywhere."""
VERSION = 1
"""Raised whenever a number or a bucket comes to mean something else."""
MISSING = -30.0
"""Stands for a neighbour or a number that is not there: below every other value."""
_FOLD = 0xFFFFFFFF


@dataclass(frozen=True)
class Edges:
    """Two linear models over a page's hashed words: does it begin a document, does it end one.

    Attributes:
        idf: Inverse page frequency of each bucket of the words anywhere.
        begins: Weights per zone and bucket, flat; ``ends`` likewise.
        offsets: Log odds of a beginning and of an end with no words at all.
    """

    idf: Floats
    begins: Floats
    ends: Floats
    offsets: tuple[float, float]


@dataclass(frozen=True)
class Hashed:
    """A page's words as buckets: ``zones`` for the linear models, ``words`` with their counts to compare."""

    zones: Ints
    weights: Floats
    words: Ints
    counts: Floats


def hashed(view: PageView) -> Hashed:
    """Return the page's buckets; each zone has length one."""
    zones: list[Ints] = []
    weights: list[Floats] = []
    for number, tokens in enumerate((view.top, view.bottom, view.words)):
        found = np.unique(np.concatenate([_spread(tokens, number), _pairs(tokens, number)]))
        zones.append(found + number * BUCKETS)
        weights.append(np.full(len(found), 1 / np.sqrt(max(1, len(found)))))
    words, counts = np.unique(_spread(view.words, ZONES), return_counts=True)
    return Hashed(np.concatenate(zones), np.concatenate(weights), words, 1 + np.log(counts.astype(float)))


def _spread(values: Ints, salt: int) -> Ints:
    mixed = ((values ^ (0x1B873593 + salt)) * 0x9E3779B1) & _FOLD
    mixed ^= mixed >> 15
    mixed = (mixed * 0x85EBCA6B) & _FOLD
    return (mixed ^ (mixed >> 13)) >> (32 - BUCKET_BITS)


def _pairs(tokens: Ints, salt: int) -> Ints:
    return _spread(((tokens[:-1] * 31) & _FOLD) ^ tokens[1:], salt + 0x2545)


def edge_scores(edges: Edges, pages: Sequence[Hashed]) -> tuple[Floats, Floats]:
    """Return the log odds that each page begins a document, and that it ends one."""
    begins = np.array([edges.begins[page.zones] @ page.weights for page in pages]) + edges.offsets[0]
    ends = np.array([edges.ends[page.zones] @ page.weights for page in pages]) + edges.offsets[1]
    return begins, ends


def vectors(idf: Floats, pages: Sequence[Hashed]) -> NDArray[np.float32]:
    """Return a dense row of length one per page, to compare pages by."""
    rows = np.zeros((len(pages), BUCKETS), dtype=np.float32)
    for row, page in zip(rows, pages, strict=True):
        weights = page.counts * idf[page.words]
        norm = np.sqrt((weights**2).sum())
        if norm > 0:
            row[page.words] = weights / norm
    return rows


def features(edges: Edges, views: Sequence[PageView], pages: Sequence[Hashed]) -> Floats:
    """Return a row of FEATURES for each page but the first."""
    begins, ends = edge_scores(edges, pages)
    rows = vectors(edges.idf, pages)
    count = len(views)
    near = np.concatenate([(rows[1:] * rows[:-1]).sum(axis=1), [np.nan]]) if count > 1 else np.array([np.nan])
    far = np.concatenate([(rows[2:] * rows[:-2]).sum(axis=1), [np.nan, np.nan]])
    out = np.full((count - 1, len(FEATURES)), np.nan)
    for i in range(1, count):
        last = i + 1 == count
        here: dict[str, float] = {
            "begins": begins[i],
            "began_before": begins[i - 1],
            "ends": ends[i],
            "ended_before": ends[i - 1],
            "begins_next": np.nan if last else begins[i + 1],
            "like_before": near[i - 1],
            "before_like_its_before": near[i - 2] if i > 1 else np.nan,
            "like_next": np.nan if last else near[i],
            "around_like": np.nan if last else far[i - 1],
        }
        here |= _pair(views[i - 1], views[i])
        here |= _onwards(views[i], None if last else views[i + 1])
        here |= _numbers(views[i - 1], views[i], None if last else views[i + 1])
        out[i - 1] = [here[name] for name in FEATURES]
    return np.where(np.isnan(out), MISSING, np.clip(out, -20, 20))


def _pair(before: PageView, view: PageView) -> dict[str, float]:
    a, b = before.clauses[1], view.clauses[0]
    return {
        "same_first": _shared(before.first, view.first),
        "same_last": _shared(before.last, view.last),
        "same_stamp": _stamped(before, view, same=True),
        "other_stamp": _stamped(before, view, same=False),
        "shared_codes": float(np.log1p(len(before.codes & view.codes))),
        "new_codes": float(np.log1p(len(view.codes - before.codes))),
        "begins_lower": float(view.begins_lower),
        "before_ends_open": float(before.ends_open),
        "clause_goes_on": float(a > 0 and b > 1 and 0 <= b - a <= 1),
        "clause_restarts": float(b == 1 and a > 1),
        "clause_is_later": float(b > 1),
        "before_blank": float(before.blank),
        "blank": float(view.blank),
        "before_low": before.low,
        "high": view.high,
        "low": view.low,
        "lines": float(np.log1p(view.lines)),
        "lines_ratio": _ratio(view.lines, before.lines),
        "words_ratio": _ratio(len(view.words), len(before.words)),
        "width_changes": abs(_ratio(view.width, before.width)),
        "height_changes": abs(_ratio(view.height, before.height)),
        "turned": float((view.width > view.height) != (before.width > before.height)),
        "line_height_ratio": abs(_ratio(view.line_height, before.line_height)),
        "left_moves": abs(view.left - before.left),
        "right_moves": abs(view.right - before.right),
        "tall": view.tall,
        "upper": view.upper,
    }


def _onwards(view: PageView, after: PageView | None) -> dict[str, float]:
    if after is None:
        return dict.fromkeys(
            (
                "same_first_next", "same_last_next", "shared_codes_next", "next_width_changes",
                "same_stamp_next", "other_stamp_next",
            ),
            np.nan,
        )  # fmt: skip
    return {
        "same_first_next": _shared(view.first, after.first),
        "same_last_next": _shared(view.last, after.last),
        "same_stamp_next": _stamped(view, after, same=True),
        "other_stamp_next": _stamped(view, after, same=False),
        "shared_codes_next": float(np.log1p(len(view.codes & after.codes))),
        "next_width_changes": abs(_ratio(view.width, after.width)) + abs(_ratio(view.height, after.height)),
    }


def _numbers(before: PageView, view: PageView, after: PageView | None) -> dict[str, float]:
    a, b = before.strong, view.strong
    c = after.strong if after is not None else None
    x, y = before.bare, view.bare
    following = c.number if c else (after.bare if after is not None else None)
    return {
        "number_goes_on": float(a is not None and b is not None and b.number == a.number + 1),
        "number_restarts": float(b is not None and b.number == 1),
        "number_is_later": float(b is not None and b.number > 1),
        "before_is_last": float(a is not None and a.total > 0 and a.number == a.total),
        "before_is_not_last": float(a is not None and a.number < a.total),
        "total_changes": float(a is not None and b is not None and a.total != b.total),
        "bare_goes_on": float(x is not None and y is not None and y == x + 1),
        "bare_restarts": float(y == 1),
        "bare_is_later": float(y is not None and 1 < y < 200),
        "next_is_second": float(following == 2),
        "next_is_later": float(following is not None and 2 < following < 200),
        "number_lost": float(b is None and y is None and (a is not None or x is not None)),
    }


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the share of lines that two edges have in common."""
    return len(set(one) & set(other)) / max(1, min(len(one), len(other)))


def _stamped(one: PageView, other: PageView, *, same: bool) -> float:
    """Return how many stamps of one form both pages carry, with the same digits or with others."""
    shared = one.stamps.keys() & other.stamps.keys()
    return float(sum((one.stamps[form] == other.stamps[form]) is same for form in shared))


def _ratio(one: float, other: float) -> float:
    return float(np.log((one + 1) / (other + 1)))
