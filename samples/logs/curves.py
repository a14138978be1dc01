"""What a tool measures on its way up a hole: beds, drift and noise, as a fraction of the track."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Trace = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured quantity as logs name it, with the values at the edges of its track."""

    name: str
    unit: str
    left: float
    right: float
    decimals: int


QUANTITIES = (
    Quantity("GR", "GAPI", 0.0, 150.0, 0),
    Quantity("GR", "GAPI", 0.0, 200.0, 0),
    Quantity("SP", "MV", -80.0, 20.0, 0),
    Quantity("CALI", "IN", 6.0, 16.0, 0),
    Quantity("RHOB", "G/C3", 1.95, 2.95, 2),
    Quantity("NPHI", "V/V", 0.45, -0.15, 2),
    Quantity("DT", "US/F", 140.0, 40.0, 0),
    Quantity("DRHO", "G/C3", -0.25, 0.25, 2),
    Quantity("PEF", "B/E", 0.0, 10.0, 0),
)


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve over the rows of its track.

    Attributes:
        across: Fraction of the track's width per row; beyond 0..1 it is drawn wrapped around.
        drawn: Which rows have ink; False in gaps.
    """

    quantity: Quantity
    across: Trace
    drawn: npt.NDArray[np.bool_]


def curve(rng: random.Random, quantity: Quantity, rows: int, *, around: float, wraps: bool) -> Curve:
    """Return a curve of ``rows`` rows that keeps to the track but for its excursions.

    Args:
        rng: Where its shape comes from.
        quantity: What it measures.
        rows: Height of the track in pixels.
        around: The fraction of the width it swings around.
        wraps: Whether it runs off the right edge somewhere, and in again at the left.
    """
    noise = np.random.default_rng(rng.getrandbits(64))
    beds = np.repeat(noise.normal(0.0, 1.0, rows // 20 + 2), noise.integers(10, 90, rows // 20 + 2))
    beds = np.resize(beds, rows)
    shape = 0.10 * _smooth(beds, rng.uniform(5, 12))
    shape += 0.30 * _smooth(noise.normal(0.0, 1.0, rows), rng.uniform(5, 9))
    shape += 0.05 * np.sin(np.linspace(0, rng.uniform(4, 14), rows) + rng.uniform(0, 6))
    across = np.clip(around + shape, 0.03, 0.97)
    if wraps:
        across = across + _excursion(rng, rows)
    return Curve(quantity, across, _with_gaps(rng, rows))


def _excursion(rng: random.Random, rows: int) -> Trace:
    """Return one bump that carries a curve off the track for a while."""
    middle, half = rng.uniform(0.2, 0.8) * rows, rng.uniform(0.03, 0.07) * rows
    flanks = max(12.0, half * 0.25)
    at = np.arange(rows, dtype=np.float64)
    rise = 1 / (1 + np.exp(-(at - (middle - half)) / flanks * 3))
    fall = 1 / (1 + np.exp((at - (middle + half)) / flanks * 3))
    return np.asarray(rng.uniform(0.55, 0.85) * rise * fall)


def _with_gaps(rng: random.Random, rows: int) -> npt.NDArray[np.bool_]:
    drawn = np.ones(rows, dtype=np.bool_)
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        start = int(rng.uniform(0.05, 0.95) * rows)
        drawn[start : start + int(rng.uniform(0.004, 0.016) * rows)] = False
    return drawn


def _smooth(values: Trace, sigma: float) -> Trace:
    reach = int(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, reach, mode="reflect")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
