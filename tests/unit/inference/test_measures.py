from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from inference.learned.measures import Counts, auroc, expected_calibration_error, populated_bins


def test_f1_is_the_harmonic_mean_and_one_where_there_is_nothing() -> None:
    assert Counts(8, 10, 16).f1 == pytest.approx(2 * 0.8 * 0.5 / 1.3)
    assert Counts().f1 == Counts().precision == Counts().recall == 1.0


def test_auroc_agrees_with_the_textbook_ties_included() -> None:
    rng = np.random.default_rng(1)
    sure = np.round(rng.uniform(size=300), 1)
    right = (rng.uniform(size=300) < sure).astype(np.int64)

    assert auroc(sure, right) == pytest.approx(roc_auc_score(right, sure))


def test_auroc_is_undefined_where_nothing_is_wrong() -> None:
    assert auroc(np.array([0.5, 0.9]), np.array([1, 1])) is None


def test_a_confidence_that_keeps_its_word_has_no_calibration_error() -> None:
    sure = np.array([0.75] * 4 + [0.25] * 4)
    right = np.array([1, 1, 1, 0, 0, 0, 0, 1])

    assert expected_calibration_error(sure, right) == pytest.approx(0)
    assert expected_calibration_error(np.ones(4), np.zeros(4, dtype=np.int64)) == 1.0
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=np.int64)) == 0.0


def test_bins_count_only_with_five_decisions() -> None:
    assert populated_bins(np.array([0.05] * 5 + [0.95] * 4)) == 1
