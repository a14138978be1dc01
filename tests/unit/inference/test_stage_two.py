"""Stage two: groups judged each by itself, and groups of which at most one is right."""

from __future__ import annotations

import numpy as np
import pytest

from inference.extractor.fitting import fit_dense
from inference.extractor.ranker import Dense
from inference.reading.document import Floats


def pages(count: int, seed: int = 0) -> tuple[list[Floats], list[np.ndarray]]:
    """Return groups of documents, of which the one above the others is right, however high they are."""
    heights = np.random.default_rng(seed).uniform(-4, 4, size=count)
    features = [height + np.array([[0.0], [2.0], [0.0], [0.0]]) for height in heights]
    return features, [np.array([False, True, False, False])] * count


def right_first(dense: Dense, features: list[Floats], right: list[np.ndarray]) -> int:
    """Return in how many documents the surest group is the right one."""
    return sum(bool(r[dense.probabilities(rows).argmax()]) for rows, r in zip(features, right, strict=True))


def test_rivals_share_one_probability_with_none_of_them() -> None:
    dense = Dense(np.zeros(1), np.ones(1), np.ones(1), 0.0, rivals=True)

    shared = dense.probabilities(np.array([[0.0], [0.0], [0.0]]))

    assert shared.tolist() == [0.25, 0.25, 0.25]


def test_a_rival_far_better_than_all_leaves_them_nothing_and_no_number_overflows() -> None:
    dense = Dense(np.zeros(1), np.ones(1), np.array([1000.0]), 0.0, rivals=True)

    assert dense.probabilities(np.array([[5.0], [4.0], [-5.0]])).tolist() == [1.0, 0.0, 0.0]


def test_of_rivals_the_better_one_is_learned_though_none_is_good_by_itself() -> None:
    features, right = pages(300)
    weights = np.ones(300)

    rivals, _ = fit_dense(features, right, weights, rivals=True)
    alone, _ = fit_dense(features, right, weights, rivals=False)

    assert rivals is not None
    assert alone is not None
    assert right_first(rivals, *pages(40, seed=1)) == 40
    # Each by itself, a group as far up as the best one elsewhere is taken for as good.
    sure = [
        float(dense.probabilities(rows).max()) for dense in (rivals, alone) for rows in pages(40, seed=1)[0]
    ]
    assert np.median(sure[:40]) > 0.6 > np.median(sure[40:])


def test_documents_without_a_right_group_speak_for_none_of_them() -> None:
    present = [np.array([[1.0], [0.0]])] * 30
    absent = [np.array([[0.0], [0.0]])] * 30
    right = [np.array([True, False])] * 30 + [np.array([False, False])] * 30

    dense, _ = fit_dense([*present, *absent], right, np.ones(60), rivals=True)

    assert dense is not None
    assert dense.probabilities(present[0])[0] > 0.7
    assert dense.probabilities(absent[0]).sum() < 0.3


def test_a_document_of_more_weight_decides_where_documents_disagree() -> None:
    features = [np.array([[1.0], [0.0]])] * 20
    right = [np.array([True, False])] * 10 + [np.array([False, True])] * 10
    heavy = np.repeat([5.0, 1.0], 10)

    dense, _ = fit_dense(features, right, heavy, rivals=True)

    assert dense is not None
    assert dense.probabilities(features[0]).argmax() == 0


@pytest.mark.parametrize("rivals", [True, False])
def test_what_is_always_right_or_never_has_no_stage_two(rivals: bool) -> None:
    one = [np.array([[1.0]])] * 5

    assert fit_dense(one, [np.array([True])] * 5, np.ones(5), rivals=rivals) == (None, 5.5 / 6)
    assert fit_dense(one, [np.array([False])] * 5, np.ones(5), rivals=rivals) == (None, 0.5 / 6)
    assert fit_dense([], [], np.zeros(0), rivals=rivals) == (None, 0.5)
