"""Confidence: one small logistic head over the signals of out-of-fold decisions, of all fields together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats, Ints

PER_FIELD = 4
"""Each field adds an offset and a slope for its values, and both for its absence."""
_FEWEST = 10


@dataclass(frozen=True)
class Head:
    """The confidence of a decision is the logistic of weights times signals; pessimistic without weights.

    Attributes:
        fields: Fields in the order of their own weights.
        weights: One for each signal (SIGNALS, and those of precedents where there are any), then PER_FIELD
            for each field; empty where nothing could be fitted.
        intercept: Log odds of a right decision with all signals zero.
    """

    fields: tuple[str, ...]
    weights: Floats
    intercept: float

    def confidence(self, field: str, signals: Floats) -> float:
        """Return the probability that a decision with these signals about ``field`` is right."""
        x = self.intercept
        if len(self.weights):
            x += float(inputs(self.fields, [field], signals[None, :])[0] @ self.weights)
        return float(1 / (1 + np.exp(-np.clip(x, -12, 12))))


def inputs(fields: tuple[str, ...], names: list[str], signals: Floats) -> Floats:
    """Return the head's inputs: the signals, and offset and slope of the decision's own field."""
    width = signals.shape[1]
    rows = np.zeros((len(names), width + PER_FIELD * len(fields)))
    rows[:, :width] = signals
    place = {name: width + PER_FIELD * number for number, name in enumerate(fields)}
    for row, name in enumerate(names):
        if name in place:
            absent = signals[row, 3]
            own, slope = 1 - absent, signals[row, 0] / 3
            rows[row, place[name] : place[name] + PER_FIELD] = own, own * slope, absent, absent * slope
    return rows


def fit_head(
    fields: tuple[str, ...], names: list[str], signals: Floats, right: Ints, weights: Floats
) -> Head:
    """Return the head fitted on decisions; their smoothed share of right ones where they are too few.

    A decision about a document that stands for others counts for them too; only the ratio of the weights
    matters, so that three of everything are not taken for more evidence.
    """
    if len(right) < _FEWEST or right.min() == right.max():
        share = (float(right.sum()) + 1) / (len(right) + 2) if len(right) else 0.5
        return Head(fields, np.zeros(0), float(np.log(share / (1 - share))))
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.5, max_iter=1000).fit(
        inputs(fields, names, signals), right, sample_weight=weights / weights.mean()
    )
    return Head(
        fields,
        model.coef_[0].astype(np.float32).astype(np.float64),
        float(np.float32(model.intercept_[0])),
    )


def cross_fitted(
    fields: tuple[str, ...], names: list[str], signals: Floats, right: Ints, weights: Floats, folds: Ints
) -> Floats:
    """Return the confidence of every decision by a head that never saw its fold."""
    out = np.zeros(len(right))
    for fold in np.unique(folds):
        held = folds == fold
        kept = [name for name, here in zip(names, held, strict=True) if not here]
        head = fit_head(fields, kept, signals[~held], right[~held], weights[~held])
        for index in np.flatnonzero(held):
            out[index] = head.confidence(names[index], signals[index])
    return out
