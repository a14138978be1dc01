from __future__ import annotations

import numpy as np
import pytest

from inference.extractor.calibration import cross_fitted, fit_head
from inference.extractor.decisions import SIGNALS
from inference.reading.document import Floats, Ints

FIELD = ("total",)


def decisions(count: int, seed: int) -> tuple[Floats, Ints]:
    """Return signals that say how likely each decision is right, and whether it is."""
    rng = np.random.default_rng(seed)
    signals = np.zeros((count, SIGNALS))
    signals[:, 0] = rng.normal(2.0, 1.5, count)
    right = (rng.uniform(size=count) < 1 / (1 + np.exp(-signals[:, 0]))).astype(np.int64)
    return signals, right


def test_decisions_that_stand_for_others_count_for_them_in_the_confidence() -> None:
    """Of the right decisions one in five was looked at, of the wrong ones all: weights undo that."""
    signals, right = decisions(4000, 1)
    looked_at = (right == 0) | (np.arange(len(right)) % 5 == 0)
    names = ["total"] * int(looked_at.sum())
    stands_for = np.where(right[looked_at] == 1, 5.0, 1.0)

    weighted = fit_head(FIELD, names, signals[looked_at], right[looked_at], stands_for)
    unweighted = fit_head(FIELD, names, signals[looked_at], right[looked_at], np.ones(len(names)))
    everything = fit_head(FIELD, ["total"] * len(right), signals, right, np.ones(len(right)))

    for strength in (0.0, 2.0, 4.0):
        signal = np.zeros(SIGNALS)
        signal[0] = strength
        true = everything.confidence("total", signal)
        assert weighted.confidence("total", signal) == pytest.approx(true, abs=0.05)
        assert unweighted.confidence("total", signal) < true


def test_only_the_ratio_of_weights_matters() -> None:
    signals, right = decisions(300, 2)
    names = ["total"] * 300
    one, three = (fit_head(FIELD, names, signals, right, np.full(300, weight)) for weight in (1.0, 3.0))

    assert one.weights.tolist() == three.weights.tolist()
    assert one.intercept == three.intercept


def test_a_decision_gets_its_confidence_from_a_head_that_never_saw_its_fold() -> None:
    signals, right = decisions(200, 3)
    folds = np.arange(200) % 4
    weights = np.ones(200)
    sure = cross_fitted(FIELD, ["total"] * 200, signals, right, weights, folds)
    changed = np.where(folds == 0, 1 - right, right)
    again = cross_fitted(FIELD, ["total"] * 200, signals, changed, weights, folds)

    assert sure[folds == 0].tolist() == again[folds == 0].tolist()
    assert sure[folds == 1].tolist() != again[folds == 1].tolist()


@pytest.mark.parametrize("truth", [0, 1])
def test_decisions_that_are_all_alike_give_a_cautious_constant(truth: int) -> None:
    signals, _ = decisions(40, 4)
    head = fit_head(FIELD, ["total"] * 40, signals, np.full(40, truth), np.ones(40))

    assert len(head.weights) == 0
    assert abs(head.confidence("total", signals[0]) - truth) == pytest.approx(1 / 42)
