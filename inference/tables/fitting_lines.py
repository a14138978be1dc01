"""Fitting what tells which lines begin rows: their words, trees for a line by itself, the second look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from inference.learned.trees import Trees, grown, half
from inference.reading.document import Floats, Ints
from inference.tables.heads import Heads
from inference.tables.lessons import Lesson
from inference.tables.lines import WORD_BUCKETS, WORDS_AT, Region, region_of, word_odds
from inference.tables.readings import CANDIDATE, first_odds
from inference.tables.refining import core_of, refining_features

INNER_FOLDS = 2
"""What one step sees of the step before comes from lessons that step was not fitted on."""


def regions_of(lesson: Lesson, heads: Heads) -> list[tuple[Region, Ints]]:
    """Return the regions below a document's heads, and which of their lines begin rows."""
    anchors = set(lesson.anchors)
    out = []
    for head in (*heads.found, None):
        region = region_of(lesson.grid, head, heads.strength)
        if len(region.lines):
            truth = np.array([line in anchors for line in region.lines.tolist()], dtype=np.int64)
            if head is None or truth.any() or not anchors:
                out.append((region, truth))
    return out


def fit_lines(
    lessons: Sequence[Lesson], seen: Sequence[Sequence[tuple[Region, Ints]]], folds: Ints
) -> tuple[Floats, float, Trees, Trees]:
    """Return the words' odds, the trees for lines by themselves, and those for the second look."""

    def fit_words(rows: Sequence[int]) -> tuple[Floats, float]:
        buckets = [b for i in rows for region, _ in seen[i] for b in region.words]
        return _fit_words(buckets, _joined([t for i in rows for _, t in seen[i]]))

    learned: dict[int, tuple[Floats, float]] = {}
    examples: list[_Examples] = []
    for fold in range(INNER_FOLDS):
        learned[fold] = fit_words([i for i in range(len(lessons)) if folds[i] != fold])
        for i in np.flatnonzero(folds == fold).tolist():
            examples += [
                _line_examples(lessons[i], region, truth, i, *learned[fold]) for region, truth in seen[i]
            ]
    refined: list[_Examples] = []
    for fold in range(INNER_FOLDS):
        trees = _grown([e for e in examples if folds[e.lesson] != fold], count=50)
        for i in np.flatnonzero(folds == fold).tolist():
            for region, truth in seen[i]:
                odds = first_odds(trees, *learned[fold], region)
                refined += _refining_examples(lessons[i], region, truth, i, odds)
    words, intercept = fit_words(range(len(lessons)))
    return words, intercept, _grown(examples, count=70), _grown(refined, count=50)


@dataclass(frozen=True)
class _Examples:
    lesson: int
    values: Floats
    right: Ints
    weight: float


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([*parts, np.zeros(0, dtype=np.int64)])


def _grown(examples: Sequence[_Examples], *, count: int) -> Trees:
    if not examples:
        return grown(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    weights = np.concatenate([np.full(len(e.right), e.weight) for e in examples])
    values = np.concatenate([e.values for e in examples])
    return grown(values, _joined([e.right for e in examples]), weights, count=count, depth=4)


def _line_examples(
    lesson: Lesson, region: Region, truth: Ints, number: int, words: Floats, intercept: float
) -> _Examples:
    numeric = region.values[:, 1] > 0
    values = region.values[numeric]
    values[:, WORDS_AT] = word_odds(
        words, intercept, [w for w, n in zip(region.words, numeric, strict=True) if n]
    )
    return _Examples(number, values, truth[numeric], _line_weight(lesson, int(numeric.sum())))


def _refining_examples(
    lesson: Lesson, region: Region, truth: Ints, number: int, odds: Floats
) -> list[_Examples]:
    core, chosen = core_of(odds), np.flatnonzero(odds > CANDIDATE)
    if not core or not len(chosen):
        return []
    values = refining_features(lesson.grid, region, odds, core, chosen)
    return [_Examples(number, values, truth[chosen], _line_weight(lesson, len(chosen)))]


def _line_weight(lesson: Lesson, lines: int) -> float:
    # A document of two hundred rows must not outweigh ten others.
    return lesson.labelled.weight * min(1.0, 60 / max(1, lines))


def _fit_words(buckets: Sequence[tuple[int, ...]], truth: Ints) -> tuple[Floats, float]:
    if len(truth) == 0 or truth.min() == truth.max():
        return np.zeros(WORD_BUCKETS), 0.0
    from sklearn.linear_model import LogisticRegression

    rows = np.repeat(np.arange(len(buckets)), [len(b) for b in buckets])
    data = np.concatenate([np.full(len(b), 1 / np.sqrt(max(1, len(b)))) for b in buckets])
    matrix = csr_matrix((data, (rows, np.concatenate(buckets))), shape=(len(buckets), WORD_BUCKETS))
    model = LogisticRegression(C=1.0, max_iter=200).fit(matrix, truth)
    return half(model.coef_[0]), float(np.float16(model.intercept_[0]))
