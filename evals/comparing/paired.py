"""Paired statistics: the same documents answered by two variants; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from evals.scoring.intervals import RESAMPLES, Floats, resampled

ALPHA = 0.05
_FLIPS = 10_000
_Z_ALPHA, _Z_POWER = 1.6448536269514722, 0.8416212335729143


@dataclass(frozen=True, slots=True)
class Paired:
    """How often a challenger is right where the champion is wrong, and the other way round.

    Attributes:
        champion: Weighted share that is right; None where nothing was compared.
        challenger: Likewise.
        lower: One-sided 95 % lower bound of the difference, by resampled documents.
        upper: One-sided 95 % upper bound.
        fixes: Documents that only the challenger has right.
        breaks: Documents that only the champion has right.
        mcnemar: Exact one-sided probability of as many fixes by chance; unweighted.
        mcnemar_worse: Likewise of as many breaks.
        flipped: The same as ``mcnemar`` with weights: signs of the differences drawn anew.
        documents: Compared.
        effective: What they are worth after weighting.
    """

    champion: float | None
    challenger: float | None
    lower: float
    upper: float
    fixes: int
    breaks: int
    mcnemar: float
    mcnemar_worse: float
    flipped: float
    documents: int
    effective: float

    @property
    def difference(self) -> float:
        """Challenger minus champion; 0 where nothing was compared."""
        return 0.0 if self.champion is None or self.challenger is None else self.challenger - self.champion


def paired(
    champion: Floats, challenger: Floats, weights: Floats, *, seed: int = 0, resamples: int = RESAMPLES
) -> Paired:
    """Compare two variants document by document; documents that either has no figure of are left out.

    Args:
        champion: By document, 1 right, 0 wrong, NaN not known.
        challenger: Likewise.
        weights: Of the documents; those of weight 0 are left out.
        seed: Of the resampling; equal seeds give equal bounds.
        resamples: How many draws of the documents.
    """
    known = ~np.isnan(champion) & ~np.isnan(challenger) & (weights > 0)
    one, other, w = champion[known], challenger[known], weights[known]
    fixes, breaks = int((other > one).sum()), int((other < one).sum())
    if not len(w):
        return Paired(None, None, 0.0, 0.0, 0, 0, 1.0, 1.0, 1.0, 0, 0.0)
    lower, upper = 0.0, 0.0
    if fixes or breaks:
        drawn = resampled(w, (other - one)[:, None], seed=seed, resamples=resamples)[:, 0]
        lower, upper = (float(x) for x in np.quantile(drawn, [ALPHA, 1 - ALPHA]))
    return Paired(
        champion=float(np.average(one, weights=w)),
        challenger=float(np.average(other, weights=w)),
        lower=lower,
        upper=upper,
        fixes=fixes,
        breaks=breaks,
        mcnemar=exact_tail(fixes, breaks),
        mcnemar_worse=exact_tail(breaks, fixes),
        flipped=_flipped(w * (other - one), seed),
        documents=len(w),
        effective=float(w.sum() ** 2 / (w * w).sum()),
    )


def exact_tail(more: int, fewer: int) -> float:
    """Return the probability of at least ``more`` of all by a fair coin: McNemar's exact one-sided test."""
    if not more + fewer:
        return 1.0
    from scipy.stats import binom

    return float(binom.sf(more - 1, more + fewer, 0.5))


def _flipped(differences: Floats, seed: int) -> float:
    """Return how often signs drawn by chance give as large a sum: exact for variants of equal quality."""
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    rng = np.random.default_rng(seed)
    sums = np.zeros(_FLIPS)
    for size in np.unique(np.abs(moved)):
        count = int((np.abs(moved) == size).sum())
        sums += size * (2 * rng.binomial(count, 0.5, _FLIPS) - count)
    slack = 1e-9 * float(np.abs(moved).sum())
    return float((1 + (sums >= moved.sum() - slack).sum()) / (_FLIPS + 1))


def holm(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Return the probabilities as they count when all are looked at together (Holm)."""
    ordered = sorted(probabilities, key=lambda name: (probabilities[name], name))
    out: dict[str, float] = {}
    most = 0.0
    for place, name in enumerate(ordered):
        most = max(most, min(1.0, probabilities[name] * (len(ordered) - place)))
        out[name] = most
    return out


def needed(fixes: int, breaks: int, documents: int) -> int | None:
    """Return how many documents would show this difference four times in five; None where there is none."""
    if not documents or fixes <= breaks:
        return None
    gain, moved = (fixes - breaks) / documents, (fixes + breaks) / documents
    spread = sqrt(max(0.0, moved - gain * gain))
    return max(documents + 1, ceil(((_Z_ALPHA * sqrt(moved) + _Z_POWER * spread) / gain) ** 2))
