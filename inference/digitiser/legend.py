"""What stands above the tracks: each curve's name, unit, edge values, and a stroke of its style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.digitiser.depths import Stated
from inference.digitiser.frame import Track
from inference.digitiser.ink import darkness
from inference.digitiser.picture import Floats
from inference.digitiser.words import Said, plain_number

_NAME = re.compile(r"([A-Z]{2,5})\s*[(\[]?\s*([A-Z][A-Z0-9/]{0,6})[)\]]?", re.IGNORECASE)
_NUMBER = re.compile(r"[-\u2212\u2013]?\d+(?:[.,]\d+)?")
_HIGHEST = 260
"""Pixels above a track in which its legend stands."""
_SOLID = 0.88
"""Share of a stroke's length with ink from which it is no dashed one."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a curve is drawn: the tone of its ink per channel, and whether it is dashed."""

    colour: tuple[float, float, float]
    dashed: bool
    length: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One curve's legend; None for what could not be read.

    Attributes:
        track: Place of the track among the tracks.
    """

    track: int
    name: Stated | None
    unit: Stated | None
    left: Stated | None
    right: Stated | None
    stroke: Stroke | None


def legend_of(words: Sequence[Said], tracks: Sequence[Track], ink: Floats) -> tuple[Entry, ...]:
    """Return the legend of each curve, track by track, each from the top down; two at most."""
    found: list[Entry] = []
    for place, track in enumerate(tracks):
        above = [
            word
            for word in words
            if track.x0 - 30 <= word.x <= track.x1 + 30 and track.y0 - _HIGHEST < word.y < track.y0 - 8
        ]
        found += [entry for row in _rows(above) if (entry := _entry(row, place, track, ink)) is not None]
    most = 2 if len(tracks) == 1 else 1
    kept = [entry for place in range(len(tracks)) for entry in _of(found, place)[-most:]]
    return tuple(kept[:2])


def _of(entries: Sequence[Entry], place: int) -> list[Entry]:
    return [entry for entry in entries if entry.track == place]


def _rows(words: Sequence[Said]) -> list[list[Said]]:
    """Return the words row by row, from the top down."""
    rows: list[list[Said]] = []
    for word in sorted(words, key=lambda word: word.y):
        if rows and abs(word.y - rows[-1][0].y) < 0.6 * (word.y1 - word.y0):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.x) for row in rows]


def _entry(row: Sequence[Said], place: int, track: Track, ink: Floats) -> Entry | None:
    """Return what a row of words says of a curve; None where it is no legend."""
    edge = 0.22 * track.width
    left = _number([word for word in row if word.x0 < track.x0 + edge], last=False)
    right = _number([word for word in row if word.x1 > track.x1 - edge], last=True)
    middle = [word for word in row if track.x0 + edge < word.x < track.x1 - edge]
    name, unit = _named(middle)
    if (left is None) + (right is None) + (name is None) > 1:
        return None
    bottom = max(word.y1 for word in row)
    return Entry(place, name, unit, left, right, _stroke(ink, track, bottom, row))


def _number(words: Sequence[Said], *, last: bool) -> Stated | None:
    for word in reversed(words) if last else words:
        match = _NUMBER.fullmatch(word.text.strip())
        if match is not None:
            return Stated(plain_number(match[0]), match[0], word.line, word.confidence)
    return None


def _named(words: Sequence[Said]) -> tuple[Stated | None, Stated | None]:
    text = " ".join(word.text for word in words)
    match = _NAME.search(text)
    if match is None:
        return None, None
    confidence = min(word.confidence for word in words)
    line = words[0].line
    named, unit = match[1], match[2]
    return Stated(named.upper(), named, line, confidence), Stated(unit.upper(), unit, line, confidence)


def _stroke(ink: Floats, track: Track, bottom: float, row: Sequence[Said]) -> Stroke | None:
    """Return the stroke below a row of words: the row of pixels with the most ink along the track."""
    tall = row[0].y1 - row[0].y0
    start, end = int(bottom - 0.1 * tall), min(int(bottom + 1.4 * tall), track.y0 - 3)
    if end - start < 3:
        return None
    band = ink[start:end, track.x0 + 3 : track.x1 - 3]
    dark = darkness(band)
    at = int(np.argmax(dark.mean(axis=1)))
    near = slice(max(at - 1, 0), at + 2)
    along = dark[near].max(axis=0)
    inked = along > 0.45 * float(np.percentile(along, 90))
    if float(np.percentile(along, 90)) < 0.2:
        return None
    tone = band[near].max(axis=0)[inked].mean(axis=0)
    runs = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    length = float(np.median(runs[1::2] - runs[::2]))
    red, green, blue = (float(value) for value in tone)
    return Stroke((red, green, blue), float(inked.mean()) < _SOLID, length)
