"""The extractor: what was learned about one document type, and how it reads a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from itertools import islice

import numpy as np

from inference.extractor.bonds import NO_BONDS, Bonds, bound
from inference.extractor.calibration import Head
from inference.extractor.decisions import Decision, decide
from inference.extractor.fields import FieldSketch
from inference.extractor.precedents import Precedents, with_precedents
from inference.extractor.ranker import (
    Candidates,
    FieldModel,
    Ranked,
    candidates_by_kind,
    context_logits,
    group_features,
    rank,
    untrained_field,
)
from inference.reading.document import Document
from inference.reading.lexicon import NO_LABELS, Lexicon
from inference.reading.pieces import text_of
from inference.reading.spans import order_in
from inference.reading.values import DayOrder, value_of
from inference.tables.answers import TableAnswer
from inference.tables.reading import TableReader, read_table
from schemas.fields import FieldKind

MOST_ALTERNATIVES = 3


@dataclass(frozen=True)
class Extractor:
    """A trained model of one type.

    Attributes:
        doc_type: The type it was trained for; "" where nothing was trained.
        fields: By field name.
        head: Confidence of decisions.
        day_first: How 03/04 was meant in the labels; None where they did not tell.
        tables: Readers of lists of rows by field name.
        lexicon: The labels that the type stated when it was trained.
        bonds: How its fields hang together.
        precedents: What became of decisions in training; None unless its layouts come back.
    """

    doc_type: str
    fields: dict[str, FieldModel]
    head: Head
    day_first: bool | None
    tables: dict[str, TableReader] = attribute(default_factory=dict)
    lexicon: Lexicon = NO_LABELS
    bonds: Bonds = NO_BONDS
    precedents: Precedents | None = None


def untrained() -> Extractor:
    """Return an extractor that learned nothing."""
    return Extractor("", {}, Head((), np.zeros(0), 0.0), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """One value as read: normal form, the characters printed, the lines they stand on."""

    value: str
    quote: str
    lines: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What was decided about a field: its values (none: absent), the confidence, what else it could be."""

    name: str
    values: tuple[Answer, ...]
    confidence: float
    alternatives: tuple[Answer, ...]


def extract(
    extractor: Extractor, document: Document, wanted: Sequence[FieldSketch]
) -> tuple[FieldAnswer, ...]:
    """Return an answer for every field wanted, in their order; every value stands in the document.

    A field the extractor was not trained for is read by its kind and its label alone, with a confidence
    that no threshold accepts.
    """
    kinds = dict.fromkeys(field.kind for field in wanted)
    order = order_in(document, extractor.day_first)
    candidates = candidates_by_kind(document, kinds, order, extractor.lexicon)
    return _answers(extractor, document, candidates, wanted, order)


def answers(
    extractor: Extractor,
    document: Document,
    candidates: Mapping[FieldKind, Candidates],
    wanted: Sequence[FieldSketch],
) -> tuple[FieldAnswer, ...]:
    """Return what ``extract`` does, from candidates described before, in the day order of the extractor."""
    return _answers(extractor, document, candidates, wanted, order_in(document, extractor.day_first))


def _answers(
    extractor: Extractor,
    document: Document,
    candidates: Mapping[FieldKind, Candidates],
    wanted: Sequence[FieldSketch],
    order: DayOrder,
) -> tuple[FieldAnswer, ...]:
    precedents = extractor.precedents
    likeness = precedents.likeness(document) if precedents else None
    found: dict[str, FieldAnswer] = {}
    for kind in dict.fromkeys(field.kind for field in wanted):
        fields = [field for field in wanted if field.kind is kind]
        for field, ranked, model in _ranked(extractor, candidates[kind], fields):
            decision = decide(ranked, many=field.many, threshold=model.threshold)
            if precedents is not None and likeness is not None:
                spans = candidates[kind].spans
                decision = with_precedents(
                    decision, precedents, field.name, likeness, document, spans, ranked
                )
            found[field.name] = _answer(extractor, document, candidates[kind], field, ranked, decision, order)
    return tuple(found[field.name] for field in wanted)


def extract_tables(
    extractor: Extractor, document: Document, wanted: Sequence[str]
) -> tuple[TableAnswer, ...]:
    """Return an answer for every list of rows wanted, in their order; one never trained is not read."""
    return tuple(
        read_table(extractor.tables[name], document)
        if name in extractor.tables
        else TableAnswer(name, None, 0.0)
        for name in wanted
    )


def _ranked(
    extractor: Extractor, candidates: Candidates, fields: list[FieldSketch]
) -> list[tuple[FieldSketch, Ranked, FieldModel]]:
    kind = fields[0].kind
    # Rivals are all fields of the kind that were trained together, asked for or not.
    trained = [model for model in extractor.fields.values() if model.kind is kind]
    logits = context_logits(candidates, [model.context for model in trained])
    columns = {model.field: column for column, model in enumerate(trained)}
    out: list[tuple[FieldSketch, Ranked, FieldModel]] = []
    for field in fields:
        model = extractor.fields.get(field.name)
        if model is None or model.kind is not kind:
            model = untrained_field(field)
            zeros = np.zeros((len(candidates.spans), 1))
            features, best = group_features(candidates, zeros, 0, field, model.memory)
        else:
            column = columns[field.name]
            features, best = group_features(candidates, logits, column, field, model.memory)
        out.append((field, rank(model.dense, model.constant, candidates, features, best), model))
    agreed = bound([field for field, _, _ in out], [ranked for _, ranked, _ in out], extractor.bonds)
    return [(field, ranked, model) for (field, _, model), ranked in zip(out, agreed, strict=True)]


def _answer(
    extractor: Extractor,
    document: Document,
    candidates: Candidates,
    field: FieldSketch,
    ranked: Ranked,
    decision: Decision,
    order: DayOrder,
) -> FieldAnswer:
    trained = field.name in extractor.fields
    confidence = extractor.head.confidence(field.name, decision.signals) if trained else 0.0

    def reading(group: int, sure: float) -> Answer:
        return _reading(document, candidates, field.kind, int(ranked.best[group]), sure, order)

    if field.many:
        values = tuple(reading(group, float(ranked.probabilities[group])) for group in decision.groups)
    else:
        values = tuple(reading(group, confidence) for group in decision.groups)
    by_rank = np.argsort(-ranked.probabilities, kind="stable").tolist()
    others = islice((group for group in by_rank if group not in decision.groups), MOST_ALTERNATIVES)
    alternatives = tuple(reading(group, float(ranked.probabilities[group])) for group in others)
    return FieldAnswer(field.name, values, confidence, alternatives)


def _reading(
    document: Document, candidates: Candidates, kind: FieldKind, span_index: int, sure: float, order: DayOrder
) -> Answer:
    span = candidates.spans[span_index]
    printed = text_of(document, span.pieces)
    lines = tuple(document.segments[piece.segment].line for piece in span.pieces)
    return Answer(value_of(kind, printed, order), printed, lines, sure)
