"""Certified thresholds: from which confidence on a field's error rate is shown to be small enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.learned.measures import auroc, populated_bins
from inference.reading.document import Floats, Ints
from schemas.certificates import Certificate

LEVEL = 0.95
CANDIDATES: tuple[float, ...] = (0.95, 0.9, 0.8, 0.7, 0.5, 0.0)
"""Thresholds, fixed beforehand and tested in this order, from strict to loose, until the first failure.

The first test decides whether there will be others: stricter ones than these would hang all on so few
decisions that two errors among them end it, though the bound holds with room to spare for all.
"""
CRITICAL_TARGET = 0.02
OTHER_TARGET = 0.05
LEAST_AUROC = 0.60
LEAST_BINS = 3
NEARLY = 0.95
"""Share of the loosest threshold's coverage that a stricter one must keep to be preferred."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Decisions:
    """Out-of-fold decisions about one field, one per document."""

    confidence: Floats
    right: Ints


def upper_bound(errors: int, decisions: int, level: float = LEVEL) -> float:
    """Return the one-sided Clopper-Pearson upper bound of an error rate; 1 without decisions."""
    if errors >= decisions:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(level, errors + 1, decisions - errors))


def needed_without_error(target: float, level: float = LEVEL) -> int:
    """Return how many decisions without an error show that the rate is at most ``target``."""
    return int(np.ceil(np.log(1 - level) / np.log(1 - target)))


def certify(
    field: str,
    decisions: Decisions,
    *,
    target: float,
    population: str,
    candidates: Sequence[float] = CANDIDATES,
) -> Certificate:
    """Return a threshold from which on the error rate is shown to be at most ``target``, or none.

    Testing strict to loose and stopping at the first failure lets any success be taken at no cost in
    validity. A strict threshold that too few decisions reach to ever show the target is not a test that
    failed: it could not have succeeded, so it is left out of the sequence by its count alone.

    Where the bound holds for all decisions no ranking is needed; otherwise the confidence must
    discriminate (AUROC, populated bins) or nothing is certified. Of the thresholds that hold, the
    strictest one is taken that covers nearly as much as the loosest: documents unlike those it was
    shown on come with less confidence.
    """
    needed = needed_without_error(target)
    ranking = auroc(decisions.confidence, decisions.right)
    ranks = (
        ranking is not None and ranking >= LEAST_AUROC and populated_bins(decisions.confidence) >= LEAST_BINS
    )
    held: list[tuple[float, int]] = []
    for threshold in candidates:
        accepted = decisions.confidence >= threshold
        count = int(accepted.sum())
        if count < needed:
            continue
        if upper_bound(count - int(decisions.right[accepted].sum()), count) > target:
            break
        held.append((threshold, count))
    if held and held[-1][1] < len(decisions.right) and not ranks:
        held = []
    found = next((t for t, count in held if count >= NEARLY * held[-1][1]), None)
    accepted = decisions.confidence >= (found if found is not None else 0.0)
    count = int(accepted.sum())
    errors = count - int(decisions.right[accepted].sum())
    return Certificate(
        field=field,
        target_error=target,
        threshold=found,
        decisions=count,
        errors=errors,
        bound=round(upper_bound(errors, count), _DIGITS),
        needed=needed,
        auroc=None if ranking is None else round(ranking, _DIGITS),
        population=population,
    )
