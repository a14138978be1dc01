"""Figures of merit: F1, discrimination (AUROC, populated bins) and calibration (ECE), together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats, Ints

BINS = 10
_POPULATED = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """Values found and right, values given, values wanted."""

    right: int = 0
    given: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float:
        """Share of given values that are right; 1 where none was given."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Share of wanted values that were found; 1 where none was wanted."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find or give."""
        total = self.given + self.wanted
        return 2 * self.right / total if total else 1.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.given + other.given, self.wanted + other.wanted)


def auroc(confidence: Floats, right: Ints) -> float | None:
    """Return the probability that a right decision is more confident than a wrong one; None without both."""
    good, bad = confidence[right == 1], confidence[right == 0]
    if not len(good) or not len(bad):
        return None
    ordered = np.sort(bad)
    below = np.searchsorted(ordered, good, side="left")
    ties = np.searchsorted(ordered, good, side="right") - below
    return float((below + 0.5 * ties).sum() / (len(good) * len(bad)))


def expected_calibration_error(confidence: Floats, right: Ints) -> float:
    """Return the mean gap of confidence and accuracy over ten bins of equal width, weighted by size."""
    if not len(confidence):
        return 0.0
    bins = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    gap = 0.0
    for number in np.unique(bins):
        here = bins == number
        gap += here.mean() * abs(float(confidence[here].mean()) - float(right[here].mean()))
    return float(gap)


def populated_bins(confidence: Floats) -> int:
    """Return how many of ten bins hold at least five decisions: one full bin cannot rank anything."""
    counts = np.bincount(np.clip((confidence * BINS).astype(int), 0, BINS - 1), minlength=BINS)
    return int((counts >= _POPULATED).sum())
