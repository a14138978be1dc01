"""Fitting the parts of a table reader: headings, lines, columns, texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from inference.extractor.fields import FieldSketch
from inference.learned.trees import Trees, from_sklearn
from inference.reading.document import Floats, Ints
from inference.tables.arithmetic import products_among
from inference.tables.columns import ARITHMETIC, Part, part_features, parts_of
from inference.tables.heads import (
    ANOTHER,
    BUCKETS,
    NO_HEADING,
    Head,
    Headings,
    find_heads,
    runs,
)
from inference.tables.lessons import HEAD_LINES, Lesson, heading_examples
from inference.tables.lines import WORD_BUCKETS, WORDS_AT, Region, region_of, word_odds
from inference.tables.model import (
    CANDIDATE,
    MATCHER_HEADS,
    NUMERIC,
    TableColumn,
    TableModel,
    first_odds,
    matcher_inputs,
    right_of,
)
from inference.tables.refining import core_of, refining_features
from inference.tables.text import pieces_near, text_features
from inference.tables.truth import number_of

INNER_FOLDS = 2
_SHORT = 2
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
    seen = [_regions(lesson, inner[fold]) for lesson, fold in zip(lessons, folds, strict=True)]
    words, intercept, lines, refining = _fit_lines(lessons, seen, folds)
    tables = [_tables_of(lesson, inner[fold]) for lesson, fold in zip(lessons, folds, strict=True)]
    made = tuple(
        TableColumn(
            column.name,
            column.kind,
            column.name in required,
            _fit_matcher(lessons, tables, column, meanings),
            None if column.kind in NUMERIC else _fit_texts(lessons, tables, column),
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
    texts: list[str] = []
    classes: list[int] = []
    weights: list[float] = []
    for lesson in lessons:
        for text, meaning in heading_examples(lesson):
            texts.append(text)
            classes.append(meanings.index(meaning))
            weights.append(lesson.labelled.weight * (_OTHER_TEXTS if meaning == NO_HEADING else 1.0))
    if len(set(classes)) < 2:
        return Headings(meanings, np.zeros((BUCKETS, len(meanings))), np.zeros(len(meanings)))
    from sklearn.linear_model import LogisticRegression

    buckets = [runs(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(b) for b in buckets])
    data = np.concatenate([np.full(len(b), 1 / np.sqrt(len(b))) for b in buckets])
    matrix = csr_matrix((data, (rows, np.concatenate(buckets))), shape=(len(texts), BUCKETS))
    model = LogisticRegression(C=20.0, max_iter=300).fit(matrix, classes, sample_weight=weights)
    whole = np.zeros((BUCKETS, len(meanings)))
    intercepts = np.full(len(meanings), -8.0)
    if len(model.classes_) == 2:
        whole[:, model.classes_[1]], intercepts[model.classes_] = model.coef_[0], [0.0, model.intercept_[0]]
    else:
        whole[:, model.classes_], intercepts[model.classes_] = model.coef_.T, model.intercept_
    return Headings(meanings, half(whole), half(intercepts))


def half(values: Floats) -> Floats:
    """Return values rounded as the model file keeps them."""
    return np.asarray(values).astype(np.float16).astype(np.float64)


def _regions(lesson: Lesson, headings: Headings) -> list[tuple[Region, Ints]]:
    """Return the regions below a document's heads, and which of their lines begin rows."""
    anchors = set(lesson.anchors)
    out = []
    heads = find_heads(lesson.grid, headings)
    for head in (*heads.found, None):
        region = region_of(lesson.grid, head, heads.strength)
        if len(region.lines):
            truth = np.array([line in anchors for line in region.lines.tolist()], dtype=np.int64)
            if head is None or truth.any() or not anchors:
                out.append((region, truth))
    return out


def _fit_lines(
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
        return fit_trees(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    weights = np.concatenate([np.full(len(e.right), e.weight) for e in examples])
    values = np.concatenate([e.values for e in examples])
    return fit_trees(values, _joined([e.right for e in examples]), weights, count=count, depth=4)


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


def fit_trees(values: Floats, right: Ints, weights: Floats, *, count: int = 60, depth: int = 3) -> Trees:
    """Return boosted trees for log odds; where all are right, or all wrong, they say so and no more."""
    right = np.asarray(right, dtype=np.int64)
    values = np.asarray(values, dtype=np.float32)
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


@dataclass(frozen=True)
class _Table:
    """The true table of a lesson: parts of its columns, their facts, and which part each column is."""

    parts: list[Part]
    values: Floats
    chances: Floats
    truth: dict[str, int]


def _tables_of(lesson: Lesson, headings: Headings) -> list[_Table]:
    """Return a lesson's true table, and the shorter one that its first rows alone would make."""
    anchors = lesson.anchors
    if not anchors:
        return []
    heads = [head for head in find_heads(lesson.grid, headings).found if head.stop <= anchors[0]]
    near = [head for head in heads if anchors[0] - head.stop <= HEAD_LINES]
    head: Head | None = max(near, key=lambda head: head.score, default=None)
    meanings = len(headings.meanings)
    out = [_table(lesson, anchors, head, meanings)]
    if len(anchors) > _SHORT:
        out.append(_table(lesson, anchors[: 1 + len(anchors) % _SHORT], head, meanings))
    return out


def _table(lesson: Lesson, anchors: Sequence[int], head: Head | None, meanings: int) -> _Table:
    parts = parts_of(lesson.grid, anchors, head)
    values, chances = part_features(lesson.grid, parts, anchors[-1], meanings)
    return _Table(parts, values, chances, _true_parts(lesson, parts, len(anchors)))


def _true_parts(lesson: Lesson, parts: Sequence[Part], rows: int) -> dict[str, int]:
    """Return the part that most of a column's labelled cells stand in."""
    votes: dict[str, dict[int, float]] = {}
    for row, true in enumerate(lesson.rows[:rows]):
        for name, cells in true.cells.items():
            for line, cell in cells:
                for number, part in enumerate(parts):
                    if part.cells[row] is cell or (
                        line != true.line and part.what == "text" and _under(cell.x0, part)
                    ):
                        votes.setdefault(name, {}).setdefault(number, 0.0)
                        votes[name][number] += 1.0 if part.cells[row] is cell else 0.5
    kinds = {name: _numeric(lesson, name) for name in votes}
    out: dict[str, int] = {}
    for name, found in votes.items():
        fits = {
            n: v
            for n, v in found.items()
            if (parts[n].what == "number") == kinds[name] or parts[n].what == "text"
        }
        if fits:
            out[name] = max(fits, key=lambda n: (fits[n], -n))
    return out


def _under(x0: float, part: Part) -> bool:
    return abs(x0 - part.x0) < 0.02


def _numeric(lesson: Lesson, name: str) -> bool:
    """Whether a column's cells are numbers by themselves, and not what stands behind one."""
    rows = [row for row in lesson.rows if name in row.cells]
    label = lesson.labelled.tables
    texts = [table.rows[row.label].get(name, "") for table in label.values() for row in rows]
    return all(any(c.isdigit() for c in text) and not any(c.isalpha() for c in text) for text in texts)


def _fit_matcher(
    lessons: Sequence[Lesson],
    tables: Sequence[Sequence[_Table]],
    column: FieldSketch,
    meanings: Sequence[str],
) -> Trees:
    own = meanings.index(column.name)
    values: list[Floats] = []
    right: list[Ints] = []
    weights: list[Floats] = []
    for lesson, made in zip(lessons, tables, strict=True):
        labelled = next(iter(lesson.labelled.tables.values())).columns
        named = any(column.name in row for t in lesson.labelled.tables.values() for row in t.rows)
        for table in made:
            # One that the labels know and the page does not show is no part; one not found is not known.
            if not table.parts or column.name not in labelled or (named and column.name not in table.truth):
                continue
            truth = np.zeros(len(table.parts), dtype=np.int64)
            if column.name in table.truth:
                truth[table.truth[column.name]] = 1
            for worth, facts in _worlds(matcher_inputs(table.values, table.chances, own)):
                values.append(facts)
                right.append(truth)
                weights.append(np.full(len(truth), worth * lesson.labelled.weight / len(made)))
    if not values:
        return fit_trees(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return fit_trees(np.concatenate(values), np.concatenate(right), np.concatenate(weights))


def _worlds(facts: Floats) -> list[tuple[float, Floats]]:
    """Return parts as they are, and as they would be without arithmetic, and without headings.

    Generated tables always add up and have heads; real ones often do not, and must be read all the same.
    """
    plain, bare = facts.copy(), facts.copy()
    plain[:, [MATCHER_HEADS + fact for fact in ARITHMETIC]] = 0
    bare[:, :MATCHER_HEADS] = 0
    bare[:, MATCHER_HEADS : MATCHER_HEADS + 2] = 0
    return [(1.0, facts), (0.4, plain), (0.25, bare)]


def _fit_texts(lessons: Sequence[Lesson], tables: Sequence[Sequence[_Table]], column: FieldSketch) -> Trees:
    values: list[Floats] = []
    right: list[Ints] = []
    weights: list[Floats] = []
    for lesson, made in zip(lessons, tables, strict=True):
        table = made[0] if made else None
        if table is None or column.name not in table.truth:
            continue
        part = table.parts[table.truth[column.name]]
        if part.what == "rest":
            continue
        anchors = lesson.anchors
        edge = right_of(table.parts, part)
        pieces = pieces_near(lesson.grid, anchors, part, edge)
        if not pieces:
            continue
        true = [{(line, cell.x0) for line, cell in row.cells.get(column.name, ())} for row in lesson.rows]
        # A row whose text was not found teaches nothing.
        keep = [n for n, piece in enumerate(pieces) if true[piece.row]]
        facts = text_features(lesson.grid, anchors, part, edge, pieces)
        values.append(facts[keep])
        right.append(
            np.array(
                [(pieces[n].line, pieces[n].cell.x0) in true[pieces[n].row] for n in keep], dtype=np.int64
            )
        )
        weights.append(np.full(len(keep), lesson.labelled.weight * min(1.0, 40 / max(1, len(keep)))))
    if not values:
        return fit_trees(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return fit_trees(np.concatenate(values), np.concatenate(right), np.concatenate(weights))
