"""Training the reader of a list of rows: every figure from tables it had not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from doctypes.definition import FieldSpec
from inference.extractor.fields import FieldSketch, sketch_of
from inference.labelled.documents import LabelledDocument, split
from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from inference.learned.side_by_side import side_by_side
from inference.learned.trees import Trees, grown, half
from inference.reading.document import Floats
from inference.tables.figures import Outcome
from inference.tables.fitting import fit_table
from inference.tables.lessons import Lesson, lesson_of
from inference.tables.model import Reading, TableModel
from inference.tables.reading import TableReader, rows_in_words
from inference.tables.readings import readings_in
from inference.tables.scores import TableScore, score_table
from inference.tables.trust import (
    CELL_SIGNALS,
    SUMMED,
    TABLE_SIGNALS,
    Trust,
    cell_signals,
    chance,
    is_table,
    likeliest,
    table_signals,
)
from schemas.certificates import GENERATED, Certificate

FEWEST_TABLES = 12
"""Documents with a labelled table below which none is learned."""
MOST_FOLDS = 3

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainedTable:
    """A trained reader with its outcomes out of fold."""

    reader: TableReader
    outcomes: tuple[Outcome, ...]
    certificate: Certificate
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A document as a model that had not seen it reads it: every reading with its signals and its score.

    Attributes:
        fold: Which one it was held out in.
        scores: Of the readings, then of no reading at all.
    """

    lesson: Lesson
    fold: int
    model: TableModel
    readings: list[Reading]
    signals: Floats
    scores: list[TableScore]


def train_table(
    documents: Sequence[LabelledDocument],
    spec: FieldSpec,
    *,
    folds: int,
    seed: int,
    told: Told = lambda _what, _done, _all: None,
) -> TrainedTable | None:
    """Return a reader of the field ``spec`` and its outcomes; None where too few documents label it.

    Documents come in a fixed order; families never part between folds.
    """
    columns = [sketch_of(column) for column in spec.columns]
    labelled = [document for document in documents if spec.name in document.tables]
    lessons = [lesson_of(document, spec.name, columns) for document in labelled]
    # What a page does not print of its label is neither learned nor scored.
    lessons = [one for one in lessons if one.rows or not one.labelled.tables[spec.name].rows]
    families = {lesson.labelled.family or lesson.labelled.key for lesson in lessons}
    if sum(bool(lesson.rows) for lesson in lessons) < FEWEST_TABLES or len(families) < 2:
        return None
    required = [column.name for column in spec.columns if column.required]
    parts = split([lesson.labelled for lesson in lessons], min(folds, MOST_FOLDS, len(families)), seed)
    count = int(parts.max()) + 1

    def fitted(fold: int) -> tuple[TableModel, list[Held]]:
        # No document is of the part after the last: the model of that has seen them all.
        kept = [lesson for lesson, part in zip(lessons, parts, strict=True) if part != fold]
        model = fit_table(spec.name, kept, columns, required)
        out = [lesson for lesson, part in zip(lessons, parts, strict=True) if part == fold]
        return model, [hold(lesson, fold, model, columns) for lesson in out]

    models: list[TableModel] = []
    held: list[Held] = []
    for fold, (model, out) in enumerate(side_by_side(fitted, range(count + 1)), start=1):
        models.append(model)
        held += out
        told("tables", fold, count + 1)
    outcomes = _outcomes(held)
    reader = TableReader(models[-1], fit_trust(held))
    return TrainedTable(reader, outcomes, _certificate(spec, outcomes), spec.column_names)


def hold(lesson: Lesson, fold: int, model: TableModel, columns: Sequence[FieldSketch]) -> Held:
    """Return what ``model``, which has not seen the lesson's document, reads in it."""
    readings = readings_in(model, lesson.grid)
    signals = np.array([table_signals(model, reading) for reading in readings]).reshape(-1, TABLE_SIGNALS)
    scores = [_score(lesson, model, reading, columns) for reading in readings]
    return Held(lesson, fold, model, readings, signals, [*scores, _score(lesson, model, None, columns)])


def _score(
    lesson: Lesson, model: TableModel, reading: Reading | None, columns: Sequence[FieldSketch]
) -> TableScore:
    document = lesson.labelled
    label = document.tables[model.field]
    rows = () if reading is None else rows_in_words(model, document.document, reading, {})
    given: list[Mapping[str, str]] = [{name: cell.value for name, cell in row.items()} for row in rows]
    printed = None if document.generated else lesson.rows
    return score_table(given, label.rows, columns, label.columns, printed)


def fit_trust(held: Sequence[Held]) -> Trust:
    """Return how far readings can be trusted, as those of documents held out show it."""
    quality = _fit_quality(held)
    whole: list[tuple[Floats, bool]] = []
    cells: list[tuple[Floats, bool]] = []
    empty: list[bool] = []
    for one in held:
        place, odds = _chosen(quality, one)
        if place is None:
            empty.append(one.scores[-1].right)
            continue
        whole.append((one.signals[place], one.scores[place].right))
        found = cell_signals(one.readings[place], odds)
        cells += [(found[at], right) for at, right in one.scores[place].cells.items() if at in found]
    absent = (sum(empty) + 1) / (len(empty) + 2)
    return Trust(
        quality, _logistic(whole, TABLE_SIGNALS), _logistic(cells, CELL_SIGNALS), float(np.float32(absent))
    )


def _fit_quality(held: Sequence[Held]) -> Trees:
    """Return trees for the log odds that a cell of a reading is right: each reading teaches by its F1."""
    values: list[Floats] = []
    right: list[int] = []
    weights: list[float] = []
    for one in held:
        for signals, score in zip(one.signals, one.scores, strict=False):
            share = score.counts.f1
            values += [signals, signals]
            right += [1, 0]
            weights += [
                share * one.lesson.labelled.weight + 1e-6,
                (1 - share) * one.lesson.labelled.weight + 1e-6,
            ]
    if not values:
        return grown(np.zeros((0, TABLE_SIGNALS)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return grown(np.array(values), np.array(right), np.array(weights))


def _chosen(quality: Trees, one: Held) -> tuple[int | None, float]:
    if not one.readings:
        return None, 0.0
    odds = quality.score(one.signals)
    best = likeliest(odds, one.signals)
    return (best, float(odds[best])) if is_table(float(odds[best]), one.signals[best]) else (None, 0.0)


def _logistic(examples: Sequence[tuple[Floats, bool]], width: int) -> Floats:
    """Return logistic weights and an offset; the smoothed share of right ones where nothing can be told."""
    right = np.array([r for _, r in examples], dtype=np.int64)
    if len(right) < 10 or right.min() == right.max():
        share = (right.sum() + 1) / (len(right) + 2)
        out = np.zeros(width + 1)
        out[-1] = np.log(share / (1 - share))
        return half(out)
    from sklearn.linear_model import LogisticRegression

    values = np.array([v for v, _ in examples])
    model = LogisticRegression(C=0.3, max_iter=2000).fit(values, right)
    return np.concatenate([model.coef_[0], model.intercept_]).astype(np.float32).astype(np.float64)


def _outcomes(held: Sequence[Held]) -> tuple[Outcome, ...]:
    """Return every document's outcome, chosen and judged by a trust that never saw its fold."""
    out: list[Outcome] = []
    for fold in sorted({one.fold for one in held}):
        trust = fit_trust([one for one in held if one.fold != fold])
        out += [outcome_of(one, trust) for one in held if one.fold == fold]
    return tuple(sorted(out, key=lambda outcome: outcome.document.key))


def outcome_of(one: Held, trust: Trust) -> Outcome:
    """Return what is answered for a document held out: the reading that ``trust`` chooses, judged."""
    place, odds = _chosen(trust.quality, one)
    document = one.lesson.labelled
    if place is None:
        return Outcome(document, one.scores[-1], trust.absent, (), summed=False)
    score = one.scores[place]
    found = cell_signals(one.readings[place], odds)
    cells = tuple((chance(trust.cells, found[at]), right) for at, right in score.cells.items() if at in found)
    sure = chance(trust.whole, one.signals[place])
    return Outcome(document, score, sure, cells, bool(one.signals[place][SUMMED] == 1))


def _certificate(spec: FieldSpec, outcomes: Sequence[Outcome]) -> Certificate:
    """Return what is certified of the whole table, one decision per document; real and generated apart."""
    target = CRITICAL_TARGET if spec.critical else OTHER_TARGET
    sure = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.score.right for outcome in outcomes], dtype=np.int64)
    made = np.array([outcome.document.generated for outcome in outcomes], dtype=np.bool_)
    names = sorted({o.document.set_name for o in outcomes if not o.document.generated})
    real = certify(
        spec.name,
        Decisions(sure[~made], right[~made]),
        target=target,
        population=", ".join(names) or "no documents",
    )
    generated = certify(spec.name, Decisions(sure[made], right[made]), target=target, population=GENERATED)
    return generated if real.threshold is None and made.any() else real
