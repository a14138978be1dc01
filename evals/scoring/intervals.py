"""Intervals for rates over documents: cells of one document hang together, so documents are what counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

Z = 1.959963984540054
RESAMPLES = 10_000
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval.

    Attributes:
        value: None where nothing could be counted.
        documents: That took part.
        cells: That were counted.
        effective: How many equally weighted, independent cells they are worth.
    """

    value: float | None
    low: float
    high: float
    documents: int
    cells: int
    effective: float

    def as_dict(self) -> dict[str, float | int | None]:
        """Return it as plain JSON."""
        return {
            "value": None if self.value is None else round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "documents": self.documents,
            "cells": self.cells,
            "effective": round(self.effective, 1),
        }


NOTHING = Rate(None, 0.0, 1.0, 0, 0, 0.0)


def wilson(share: float, count: float, z: float = Z) -> tuple[float, float]:
    """Return Wilson's interval of a share seen among ``count`` independent cases."""
    if count <= 0:
        return 0.0, 1.0
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def clustered_rate(hits: ArrayLike, counted: ArrayLike, weights: ArrayLike, documents: ArrayLike) -> Rate:
    """Return a weighted share of cells, its interval by how much documents differ from each other.

    The variance is that of a ratio of sums over documents; it becomes the number of independent cells that
    would vary as much, and the interval is Wilson's for that number, so that it never leaves 0..1.

    Args:
        hits: By cell, how much of it counts as a hit.
        counted: By cell, how much of it was counted.
        weights: By cell.
        documents: By cell, the number of its document.
    """
    a, b, w = (np.asarray(x, dtype=np.float64) for x in (hits, counted, weights))
    numbers = np.asarray(documents, dtype=np.int64)
    kept = (b > 0) & (w > 0)
    if not kept.any():
        return NOTHING
    a, b, w, numbers = a[kept], b[kept], w[kept], numbers[kept]
    _, place = np.unique(numbers, return_inverse=True)
    count = int(place.max()) + 1
    hit: Floats = np.bincount(place, w * a, count).astype(np.float64)
    whole: Floats = np.bincount(place, w * b, count).astype(np.float64)
    share = float(hit.sum() / whole.sum())
    worth = _worth(share, hit, whole, float(b.sum()))
    low, high = wilson(share, worth)
    return Rate(share, low, high, count, int(b.sum()), worth)


def _worth(share: float, hit: Floats, whole: Floats, cells: float) -> float:
    """Return how many independent cells of equal weight would vary as much."""
    count = len(hit)
    kish = float(whole.sum() ** 2 / (whole**2).sum())
    if count < 2:
        return kish
    spread = hit - share * whole
    variance = float((spread**2).sum() / whole.sum() ** 2 * count / (count - 1))
    if variance < _LEAST_VARIANCE or not 0 < share < 1:
        return kish
    # Few documents may by chance look alike; more than the cells there are they are never worth.
    return min(share * (1 - share) / variance, cells)


def resampled(weights: Floats, values: Floats, *, seed: int = 0, resamples: int = RESAMPLES) -> Floats:
    """Return weighted means of ``values`` (documents x measures) over ``resamples`` draws of documents.

    Documents that are alike in weight and values are drawn together, which changes nothing but the time.

    Returns:
        One row per resample, one column per measure; NaN values do not take part in their column.
    """
    rows = np.column_stack([weights, values])
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    weight, measured = kinds[:, 0], kinds[:, 1:]
    known = ~np.isnan(measured)
    top = np.where(known, measured, 0.0) * weight[:, None]
    bottom = known * weight[:, None]
    total = int(counts.sum())
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, measured.shape[1]))
    step = max(1, 20_000_000 // len(counts))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = rng.multinomial(total, counts / total, size=size).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[start : start + size] = (drawn @ top) / (drawn @ bottom)
    return out


def weighted_auroc(confidence: Floats, right: Floats, weights: Floats) -> float | None:
    """Return the probability that a right cell is surer than a wrong one, by weight; None without both."""
    _, place = np.unique(confidence, return_inverse=True)
    return _auroc(place, right, weights)


def _auroc(place: NDArray[np.intp], right: Floats, weights: Floats) -> float | None:
    """Return the same for cells whose confidence has the given rank."""
    good, bad = weights * right, weights * (1 - right)
    if good.sum() <= 0 or bad.sum() <= 0:
        return None
    goods, bads = np.bincount(place, good), np.bincount(place, bad)
    below = np.concatenate([[0.0], np.cumsum(bads)[:-1]])
    return float((goods * (below + bads / 2)).sum() / (good.sum() * bad.sum()))


def auroc_interval(
    confidence: Floats, right: Floats, weights: Floats, documents: NDArray[np.int64], *, resamples: int = 200
) -> tuple[float, float]:
    """Return a 95 % interval of the AUROC over draws of documents."""
    _, place = np.unique(documents, return_inverse=True)
    # Ranked once: a draw of documents changes weights, not the order of confidences.
    _, rank = np.unique(confidence, return_inverse=True)
    count = int(place.max()) + 1
    rng = np.random.default_rng(0)
    found = []
    for _ in range(resamples):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        value = _auroc(rank, right, weights * times[place])
        if value is not None:
            found.append(value)
    if not found:
        return 0.0, 1.0
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
