"""How crooked a ruled page lies: the angle at which its lines add up to the sharpest profile."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.digitiser.picture import Floats

_BANDS = 24
_STEEPEST = 4.0
_COARSE, _FINE = 0.2, 0.02


def skew_of(dark: Floats) -> float:
    """Return the degrees, anticlockwise, by which the ruling of a page lies crooked."""
    bands = [_bands(dark), _bands(dark.T)]
    rough = _sharpest(bands, np.arange(-_STEEPEST, _STEEPEST + _COARSE, _COARSE))
    return _sharpest(bands, np.arange(rough - _COARSE, rough + _COARSE, _FINE))


def _bands(dark: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Return the profile of each band of rows, and how far the band lies from the middle."""
    edges = np.linspace(0, len(dark), _BANDS + 1).astype(np.int64)
    profiles = np.stack([dark[a:b].mean(axis=0) for a, b in pairwise(edges)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    return profiles.astype(np.float32), (edges[:-1] + edges[1:]) / 2 - len(dark) / 2


def _sharpest(bands: list[tuple[Floats, NDArray[np.float64]]], angles: NDArray[np.float64]) -> float:
    total = np.zeros(len(angles))
    for sign, (profiles, away) in zip((-1.0, 1.0), bands, strict=True):
        scores = np.array([_sharpness(profiles, sign * math.tan(math.radians(a)) * away) for a in angles])
        total += scores / max(float(scores.max()), 1e-9)
    return float(angles[int(total.argmax())])


def _sharpness(profiles: Floats, shifts: NDArray[np.float64]) -> float:
    along = np.arange(profiles.shape[1], dtype=np.float64)
    summed = np.zeros(profiles.shape[1])
    for profile, shift in zip(profiles, shifts, strict=True):
        summed += np.interp(along - shift, along, profile)
    return float((np.diff(summed) ** 2).sum())
