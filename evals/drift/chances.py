"""The tests behind nightly findings; pure. Each says how surprising tonight is, given the days before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

PRIOR = 0.5
WATCH = 2.0
"""Standard deviations from which on a figure is watched: about one in 22 is, with nothing wrong."""
FALSE_SHARE = 0.05
"""Share of alerts that may be false: all figures are looked at together (Benjamini and Hochberg)."""
PSI_LEVEL = 0.99
_LEAST_EXPECTED = 5.0
_FLOOR = 0.005
"""The error rate that a baseline is taken to have at least."""


def worse_by_chance(
    errors: Sequence[int], counts: Sequence[int], base_errors: Sequence[int], base_counts: Sequence[int]
) -> list[float]:
    """Return how probably at least as many errors come up, if nothing changed since the baseline.

    The baseline's rate is itself only estimated, so the prediction is a beta-binomial one. One answer per
    figure; all are asked at once, which takes the time of one.
    """
    from scipy.stats import betabinom

    wrong, count = np.asarray(errors), np.asarray(counts)
    base, whole = np.asarray(base_errors), np.asarray(base_counts)
    if not len(wrong):
        return []
    found = betabinom.sf(wrong - 1, np.maximum(count, 1), base + PRIOR, whole - base + PRIOR)
    return [float(one) for one in np.where((wrong > 0) & (count > 0), np.minimum(found, 1.0), 1.0)]


def deviations(errors: int, count: int, base_errors: int, base_count: int) -> float:
    """Return by how many standard deviations the share of right ones lies above its baseline.

    The deviation has a floor: a baseline without an error would make any single one infinitely surprising.
    """
    if not count or not base_count:
        return 0.0
    rate = max(base_errors / base_count, _FLOOR)
    spread = sqrt(rate * (1 - min(rate, 0.5)) / count)
    return -(errors / count - base_errors / base_count) / spread


def surprising(
    probabilities: Mapping[str, float],
    share: float = FALSE_SHARE,
    *,
    group: Callable[[str], str] = lambda _name: "",
) -> set[str]:
    """Return the names that stand out among all that are looked at; at most ``share`` of them falsely.

    What stands out makes it easier for others to do so, but only for those of its group: where one group
    fell, the others alert falsely no more often than where nothing did.
    """
    ordered = sorted(probabilities, key=lambda name: (probabilities[name], name))
    out: set[str] = set()
    for one in {group(name) for name in ordered}:
        mine = [name for name in ordered if group(name) == one]
        below = [
            place
            for place, name in enumerate(mine, start=1)
            if probabilities[name] <= share * place / len(ordered)
        ]
        out.update(mine[: max(below, default=0)])
    return out


@dataclass(frozen=True, slots=True)
class Stability:
    """How far a distribution moved (PSI), and from where on that is more than chance at these numbers.

    Attributes:
        band: What the figure is commonly called; a label, no verdict: the bands ignore how many there are.
    """

    psi: float
    limit: float

    @property
    def moved(self) -> bool:
        """Whether it moved by more than chance."""
        return self.psi > self.limit

    @property
    def band(self) -> str:
        """The customary word."""
        return "small" if self.psi < 0.1 else "moderate" if self.psi < 0.25 else "large"


def stability(before: Sequence[float], now: Sequence[float]) -> Stability:
    """Return how far counts by class moved; classes are those of both, in the same order."""
    one, other = np.asarray(before, dtype=float), np.asarray(now, dtype=float)
    n, m = one.sum(), other.sum()
    kept = (one + other) > 0
    one, other = one[kept], other[kept]
    if not n or not m or len(one) < 2:
        return Stability(0.0, 0.0)
    p = (one + PRIOR) / (n + PRIOR * len(one))
    q = (other + PRIOR) / (m + PRIOR * len(other))
    from scipy.stats import chi2

    limit = float((1 / n + 1 / m) * chi2.ppf(PSI_LEVEL, len(one) - 1))
    return Stability(float(((q - p) * np.log(q / p)).sum()), limit)


def classes_differ(before: Sequence[int], now: Sequence[int]) -> float:
    """Return how probably two counts by class come from one distribution; rare classes are put together."""
    from scipy.stats import chi2_contingency

    table = np.array([before, now], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 1.0
    smaller = min(table.sum(axis=1)) / table.sum()
    rare = table.sum(axis=0) * smaller < _LEAST_EXPECTED
    if rare.any():
        table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    if table.shape[1] < 2:
        return 1.0
    return float(chi2_contingency(table, correction=False).pvalue)


def numbers_differ(before: Sequence[float], now: Sequence[float]) -> float:
    """Return how probably two samples of numbers come from one distribution (Kolmogorov and Smirnov)."""
    if len(before) < 5 or len(now) < 5:
        return 1.0
    from scipy.stats import ks_2samp

    # The exact one gives up with a warning at odd sizes, and knows no ties.
    return float(ks_2samp(before, now, method="asymp").pvalue)
