"""Where the tracks are: ruled rectangles that share their top and bottom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.picture import Floats

Profile = NDArray[np.float64]
NARROWEST = 110
SHORTEST = 200
"""Pixels below which a ruled rectangle is no track."""
_FEWEST = 8
"""Lines across without which nothing is a track."""
_SHARED, _MOSTLY = 40, 0.6
"""Pixels by which tracks of one log may begin or end apart, and the share of its height that each has."""
_REACH = 12
_JOIN, _FADED = 4, 60
"""Columns without ruling in a track; the wider where nothing else is found, as its fine lines are gone."""
_FAINTEST = 0.02
"""Ink of a line below which nothing is told from it."""


@dataclass(frozen=True, slots=True)
class Track:
    """A ruled strip of the upright picture; edges are the middles of its border lines."""

    x0: int
    x1: int
    y0: int
    y1: int

    @property
    def width(self) -> int:
        """Pixels from border to border."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Likewise, from top to bottom."""
        return self.y1 - self.y0


def find_tracks(dark: Floats) -> tuple[Track, ...]:
    """Return the tracks of an upright log from left to right, two at most; none where nothing is ruled."""
    rows = _line_rows(dark)
    if len(rows) < _FEWEST:
        return ()
    ruled = _ruled(dark, rows)
    level = 0.3 * float(np.percentile(ruled, 92))
    if level < _FAINTEST:
        return ()
    found = _between(dark, rows, ruled > level, join=_JOIN) or _between(
        dark, rows, ruled > level, join=_FADED
    )
    if not found:
        return ()
    tallest = max(found, key=lambda track: track.height)
    alike = [t for t in found if _alike(t, tallest)]
    widest = sorted(alike, key=lambda track: -track.width)[:2]
    y0 = _median([t.y0 for t in widest if abs(t.y0 - tallest.y0) < _SHARED] or [tallest.y0])
    y1 = _median([t.y1 for t in widest if abs(t.y1 - tallest.y1) < _SHARED] or [tallest.y1])
    return tuple(sorted((Track(t.x0, t.x1, y0, y1) for t in widest), key=lambda track: track.x0))


def _alike(track: Track, tallest: Track) -> bool:
    """Whether two tracks begin or end together; the lines of one may fade before the end they share."""
    ends = min(abs(track.y0 - tallest.y0), abs(track.y1 - tallest.y1))
    return ends < _SHARED and track.height > _MOSTLY * tallest.height


def _median(ends: list[int]) -> int:
    return round(float(np.median(ends)))


def _ruled(dark: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return how much each column is ruled across, by the heaviest lines: fine ones fade first."""
    heaviest = np.argsort(-dark[rows].mean(axis=1), kind="stable")[: max(_FEWEST, len(rows) // 5)]
    lines = rows[heaviest]
    off = np.clip(np.concatenate((lines - 4, lines + 4)), 0, len(dark) - 1)
    ruled = dark[lines].mean(axis=0) - np.median(dark[off], axis=0)
    return np.asarray(ndimage.median_filter(ruled, 15), dtype=np.float32)


def _between(dark: Floats, rows: NDArray[np.int64], ruled: NDArray[np.bool_], *, join: int) -> list[Track]:
    """Return the tracks where it is ruled, stretches parted by fewer than ``join`` columns taken together."""
    spans = [span for span in _runs(ruled, join=join) if span[1] - span[0] >= NARROWEST]
    return [track for span in spans if (track := _bordered(dark, rows, *span)) is not None]


def _line_rows(dark: Floats) -> NDArray[np.int64]:
    """Return the rows that thin lines run along."""
    profile = dark.mean(axis=1).astype(np.float64)
    sharp = profile - ndimage.median_filter(profile, 11)
    peaks = (sharp == ndimage.maximum_filter1d(sharp, 5)) & (sharp > 0.35 * np.percentile(sharp, 97))
    return np.flatnonzero(peaks)


def _bordered(dark: Floats, rows: NDArray[np.int64], left: int, right: int) -> Track | None:
    """Return the track between two rough edges, set to its border lines."""
    top, bottom = int(np.percentile(rows, 25)), int(np.percentile(rows, 90))
    columns = dark[top:bottom].mean(axis=0).astype(np.float64)
    x0, x1 = _line_near(columns, left), _line_near(columns, right - 1)
    if x1 - x0 < NARROWEST:
        return None
    # Lines down the track tell its height: words and strokes above it never stand on all of them.
    down = _down(dark, columns, x0, x1)
    usual = float(np.median(down[top:bottom]))
    runs = _runs(ndimage.median_filter(down, 9) > 0.4 * usual, join=20) if usual > _FAINTEST else []
    longest = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    if longest[1] - longest[0] < SHORTEST:
        return None
    inner = dark[:, x0 + 4 : x1 - 4].mean(axis=1).astype(np.float64)
    y0, y1 = _line_near(inner, longest[0]), _line_near(inner, longest[1] - 1)
    return Track(x0, x1, y0, y1)


def _down(dark: Floats, columns: Profile, x0: int, x1: int) -> Profile:
    """Return how much more ink each row has on the lines down a track than beside them."""
    sharp = columns - ndimage.median_filter(columns, 9)
    part = sharp[x0 - 2 : x1 + 3] if x0 >= 2 else sharp[: x1 + 3]
    start = max(x0 - 2, 0)
    peaks = (part == ndimage.maximum_filter1d(part, 7)) & (part > 0.3 * np.percentile(part, 98))
    lines = start + np.flatnonzero(peaks)
    beside = np.clip(np.concatenate((lines - 5, lines + 5)), 0, dark.shape[1] - 1)
    right = np.minimum(lines + 1, dark.shape[1] - 1)
    near = np.maximum(dark[:, lines], np.maximum(dark[:, lines - 1], dark[:, right]))
    return np.asarray(near.mean(axis=1) - np.median(dark[:, beside], axis=1), dtype=np.float64)


def _line_near(profile: Profile, at: int) -> int:
    """Return the middle of the darkest line near a place."""
    start = max(at - _REACH, 1)
    part = profile[start : at + _REACH + 1]
    pairs = part + np.maximum(np.roll(profile, 1)[start : start + len(part)], 0) * 0.5
    pairs = pairs + np.roll(profile, -1)[start : start + len(part)] * 0.5
    return start + int(pairs.argmax())


def _runs(inside: NDArray[np.bool_], *, join: int) -> list[tuple[int, int]]:
    """Return where it is inside, runs parted by fewer than ``join`` places taken together."""
    closed = ndimage.binary_closing(np.pad(inside, join), np.ones(join, dtype=np.bool_))[join:-join] | inside
    edges = np.flatnonzero(np.diff(np.concatenate(([0], closed.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
