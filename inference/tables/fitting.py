"""Fitting a table reader: headings, then lines, then columns and their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from inference.extractor.fields import FieldSketch
from inference.learned.trees import half
from inference.tables.arithmetic import products_among
from inference.tables.fitting_columns import fit_matcher, fit_texts, tables_of
from inference.tables.fitting_lines import INNER_FOLDS, fit_lines, regions_of
from inference.tables.heads import ANOTHER, BUCKETS, NO_HEADING, Headings, find_heads, runs
from inference.tables.lessons import Lesson
from inference.tables.model import NUMERIC, TableColumn, TableModel
from inference.tables.truth import number_of

_FEWEST_PRODUCTS = 20
_OTHER_TEXTS = 0.2
"""What a text that heads nothing counts beside a heading: words never seen head something or not."""


def fit_table(
    field: str, lessons: Sequence[Lesson], columns: Sequence[FieldSketch], required: Sequence[str]
) -> TableModel:
    """Return a table reader fitted on lessons, but for how sure it is."""
    lessons = [lesson for lesson in lessons if lesson.teaches]
    meanings = (*(column.name for column in columns), ANOTHER, NO_HEADING)
    headings = _fit_headings(lessons, meanings)
    # What stage two sees of stage one must come from documents that stage one was not fitted on.
    folds = np.arange(len(lessons)) % INNER_FOLDS
    inner = [
        _fit_headings([lessons[i] for i in np.flatnonzero(folds != fold)], meanings)
        for fold in range(INNER_FOLDS)
    ]
    heads = [find_heads(lesson.grid, inner[fold]) for lesson, fold in zip(lessons, folds, strict=True)]
    seen = [regions_of(lesson, below) for lesson, below in zip(lessons, heads, strict=True)]
    words, intercept, lines, refining = fit_lines(lessons, seen, folds)
    above = [one.found for one in heads]
    tables = [tables_of(lesson, found, len(meanings)) for lesson, found in zip(lessons, above, strict=True)]
    made = tuple(
        TableColumn(
            column.name,
            column.kind,
            column.name in required,
            fit_matcher(lessons, tables, column, meanings),
            None if column.kind in NUMERIC else fit_texts(lessons, tables, column),
        )
        for column in columns
    )
    return TableModel(
        field, made, headings, words, intercept, lines, refining, _products(field, lessons, columns)
    )


def _products(
    field: str, lessons: Sequence[Lesson], columns: Sequence[FieldSketch]
) -> tuple[tuple[str, str, str], ...]:
    numeric = [column for column in columns if column.kind in NUMERIC]
    rows = [
        {c.name: value for c in numeric if (value := number_of(row.get(c.name, ""), c.kind)) is not None}
        for lesson in lessons
        for row in lesson.labelled.tables[field].rows
    ]
    return products_among(rows, [column.name for column in numeric], least=_FEWEST_PRODUCTS)


def _fit_headings(lessons: Sequence[Lesson], meanings: tuple[str, ...]) -> Headings:
    seen: dict[tuple[tuple[int, ...], int], float] = {}
    for lesson in lessons:
        for text, meaning in lesson.heading_examples:
            # Headings recur: equal ones weigh together, which fits the same in far fewer rows.
            key = runs(text), meanings.index(meaning)
            worth = lesson.labelled.weight * (_OTHER_TEXTS if meaning == NO_HEADING else 1.0)
            seen[key] = seen.get(key, 0.0) + worth
    classes = [meaning for _, meaning in seen]
    if len(set(classes)) < 2:
        return Headings(meanings, np.zeros((BUCKETS, len(meanings))), np.zeros(len(meanings)))
    from sklearn.linear_model import LogisticRegression

    buckets = [hashed for hashed, _ in seen]
    rows = np.repeat(np.arange(len(buckets)), [len(b) for b in buckets])
    data = np.concatenate([np.full(len(b), 1 / np.sqrt(len(b))) for b in buckets])
    matrix = csr_matrix((data, (rows, np.concatenate(buckets))), shape=(len(buckets), BUCKETS))
    model = LogisticRegression(C=20.0, max_iter=300).fit(matrix, classes, sample_weight=list(seen.values()))
    whole = np.zeros((BUCKETS, len(meanings)))
    intercepts = np.full(len(meanings), -8.0)
    if len(model.classes_) == 2:
        whole[:, model.classes_[1]], intercepts[model.classes_] = model.coef_[0], [0.0, model.intercept_[0]]
    else:
        whole[:, model.classes_], intercepts[model.classes_] = model.coef_.T, model.intercept_
    return Headings(meanings, half(whole), half(intercepts))
