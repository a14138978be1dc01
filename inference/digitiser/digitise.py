"""The digitiser: the picture of a log and the words on it become two curves, a mask, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.digitiser.depths import Depths, depths_of
from inference.digitiser.frame import Track, find_tracks
from inference.digitiser.ink import darkness, ink_of
from inference.digitiser.legend import Entry, legend_of
from inference.digitiser.parting import parted
from inference.digitiser.picture import Classes, Floats, Pixels, Turn, decode
from inference.digitiser.segmenter import Segmenter
from inference.digitiser.straightening import skew_of
from inference.digitiser.tracing import Path, trace
from inference.digitiser.trust import Trust, signs_of
from inference.digitiser.unwrapping import unwrapped
from inference.digitiser.words import lines_of, words_of
from schemas.layout import Page

ROWS = 300
"""Rows of a curve, evenly spread from the top of the log to its bottom."""
_STROKE = 3
"""Columns on each side of a path in which ink is the curve's own."""
_CURVE = 0.4

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Digitiser:
    """What was learned: the segmenter, and how far a traced curve may be trusted."""

    segmenter: Segmenter
    trust: Trust


@dataclass(frozen=True, slots=True)
class Upright:
    """A log straightened: its ink, its tracks, its words and what is printed of its scales."""

    turn: Turn
    ink: Floats
    tracks: tuple[Track, ...]
    depths: Depths | None
    legend: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """One curve.

    Attributes:
        track: Where it is drawn.
        across: ``ROWS`` fractions of the track's width; beyond 0..1 where it is drawn wrapped around.
        covered: Which of them do not lie in a gap.
        signs: What its confidence follows from, by name.
        confidence: That it is right to one per cent of the width on the average.
    """

    track: Track
    entry: Entry | None
    across: Values
    covered: NDArray[np.bool_]
    signs: dict[str, float]
    confidence: float


@dataclass(frozen=True, slots=True)
class Digitised:
    """What became of a log.

    Attributes:
        upright: As it was read; without tracks there are no curves.
        curves: Two, in the order of their legend; none where no tracks were found.
        mask: 0 for background, 1 and 2 for the curves, of the page's own shape.
    """

    upright: Upright
    curves: tuple[Traced, ...]
    mask: Classes


def digitise(png: bytes, page: Page, digitiser: Digitiser) -> Digitised:
    """Return what a log's picture shows; ``page`` holds the words that were read off the same picture."""
    pixels = decode(png)
    upright = straightened(pixels, page)
    blank = np.zeros(pixels.shape[:2], dtype=np.uint8)
    if not upright.tracks:
        return Digitised(upright, (), blank)
    found = [
        (track, *one)
        for place, track in enumerate(upright.tracks)
        for one in _follow(upright, place, digitiser)
    ]
    mask = blank.copy()
    curves = []
    for number, (track, path, curve_map, entry) in enumerate(found[:2], start=1):
        _paint(mask[track.y0 : track.y1, track.x0 : track.x1], path, curve_map, number)
        other = found[2 - number] if len(found) > 1 else None
        rival = other[1] if other is not None and other[0] == track else None
        signs = signs_of(path, curve_map, rival, upright.depths, entry)
        curves.append(_traced(track, path, entry, signs, digitiser.trust.of(signs)))
    return Digitised(upright, tuple(curves), upright.turn.classes_back(mask))


def straightened(pixels: Pixels, page: Page) -> Upright:
    """Return a log's picture upright, with its tracks, scales and depths."""
    height, width = pixels.shape[:2]
    # Shadows are too wide to make a profile sharp: the plain picture tells the angle as well.
    light = np.minimum(np.minimum(pixels[:, :, 0], pixels[:, :, 1]), pixels[:, :, 2])
    turn = Turn(width, height, skew_of(np.float32(255) - light))
    ink = ink_of(turn.upright(pixels))
    tracks = find_tracks(darkness(ink))
    words = words_of(page, turn)
    depths = depths_of(lines_of(page, turn), words, tracks) if tracks else None
    legend = legend_of(words, tracks, ink)
    return Upright(turn, ink, tracks, depths, legend)


def _follow(
    upright: Upright, place: int, digitiser: Digitiser
) -> Sequence[tuple[Path, Floats, Entry | None]]:
    """Return the curves in a track: both where it is the only one, else its own."""
    track = upright.tracks[place]
    ink = upright.ink[track.y0 : track.y1, track.x0 : track.x1]
    curves = digitiser.segmenter.curve_map(ink)
    entries: list[Entry | None] = [entry for entry in upright.legend if entry.track == place]
    if len(upright.tracks) > 1:
        (path,) = unwrapped([trace(curves)], track.width)
        return [(path, curves, entries[0] if entries else None)]
    entries = [*entries, None, None][:2]
    first, second = parted(curves, ink, [entry.stroke if entry else None for entry in entries])
    paths = unwrapped((first, second), track.width)
    return [(path, curves, entry) for path, entry in zip(paths, entries, strict=True)]


def _traced(
    track: Track, path: Path, entry: Entry | None, signs: dict[str, float], confidence: float
) -> Traced:
    rows = np.linspace(0, len(path.across), ROWS) - 0.5
    at = np.arange(len(path.across))
    nearest = np.clip(np.rint(rows), 0, len(at) - 1).astype(np.int64)
    across = (np.interp(rows, at, path.across) + 0.5) / track.width
    return Traced(track, entry, across, path.covered[nearest], signs, confidence)


def _paint(mask: Classes, path: Path, curves: Floats, number: int) -> None:
    """Mark the ink along a path as its own."""
    width = mask.shape[1]
    slope = np.abs(np.gradient(path.across)) / 2
    columns = np.arange(width)[None, :]
    away = np.abs((columns - path.across[:, None] + width / 2) % width - width / 2)
    own = (away <= _STROKE + slope[:, None]) & (curves > _CURVE) & path.inked[:, None]
    mask[own & ((mask == 0) | (away <= 1))] = number
