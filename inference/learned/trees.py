"""Boosted trees as plain arrays: grown by a library, asked without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.reading.document import Floats, Ints

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier

_LEAF = -1


@dataclass(frozen=True)
class Trees:
    """Trees over rows of features; the score of a row is the offset and the values of its leaves.

    Attributes:
        roots: Node that each tree begins at.
        feature: Column that a node asks about; that of a leaf does not matter.
        threshold: A row goes left where the column's value is at most this.
        left: Node to go to; a leaf leads to itself. ``right`` likewise.
        value: Log odds that a leaf adds.
        depth: Steps after which every row is at a leaf.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    offset: float
    depth: int

    def score(self, rows: Floats) -> Floats:
        """Return the log odds of each row."""
        at = np.repeat(self.roots[None, :], len(rows), axis=0)
        order = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[order, self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return np.asarray(self.value[at].sum(axis=1) + self.offset, dtype=float)


def grown(values: Floats, right: Ints, weights: Floats, *, count: int = 60, depth: int = 3) -> Trees:
    """Return boosted trees for log odds; where all are right, or all wrong, they say so and no more."""
    right = np.asarray(right, dtype=np.int64)
    # Trees look at one column after the other.
    values = np.asarray(values, dtype=np.float32, order="F")
    if len(right) == 0 or right.min() == right.max():
        odds = 4.0 if len(right) and right[0] else -4.0
        nothing, zero = np.zeros(1, dtype=np.int64), np.zeros(1)
        return Trees(nothing, nothing, zero, nothing, nothing, zero, odds, 1)
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=count, max_depth=depth, learning_rate=0.12, min_samples_leaf=8, max_features=12,
        random_state=0,
    ).fit(values, right, sample_weight=weights)  # fmt: skip
    return from_sklearn(model)


def from_sklearn(model: GradientBoostingClassifier) -> Trees:
    """Return the trees of a fitted model of two classes, rounded as the file keeps them."""
    roots: list[int] = []
    parts: list[tuple[NDArray[np.int64], Floats, NDArray[np.int64], NDArray[np.int64], Floats]] = []
    at, depth = 0, 0
    for estimator in model.estimators_[:, 0]:
        tree = estimator.tree_
        leaf = tree.children_left == _LEAF
        own = np.arange(tree.node_count) + at
        roots.append(at)
        parts.append(
            (
                np.where(leaf, 0, tree.feature),
                np.where(leaf, 0.0, tree.threshold),
                np.where(leaf, own, tree.children_left + at),
                np.where(leaf, own, tree.children_right + at),
                np.where(leaf, tree.value[:, 0, 0] * model.learning_rate, 0.0),
            )
        )
        at += tree.node_count
        depth = max(depth, int(tree.max_depth))
    share = float(model.init_.class_prior_[1])
    feature, threshold, left, right, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Trees(
        np.array(roots, dtype=np.int64),
        feature.astype(np.int64),
        _single(threshold),
        left.astype(np.int64),
        right.astype(np.int64),
        _single(value),
        float(np.float32(np.log(share / (1 - share)))),
        depth,
    )


def half(values: Floats) -> Floats:
    """Return values rounded as the model file keeps them."""
    return np.asarray(values).astype(np.float16).astype(np.float64)


def _single(values: Floats) -> Floats:
    return values.astype(np.float32).astype(np.float64)
