"""The two stages of the ranker: a hashed linear model over candidates, a dense one over their groups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.extractor.features import Described, Describer
from inference.extractor.fields import FieldSketch
from inference.extractor.groups import FEATURES, WIDTH, KindView, Said, label_similarity
from inference.reading.codes import CODES
from inference.reading.document import Document, Floats, Ints
from inference.reading.lexicon import NO_LABELS, Lexicon
from inference.reading.spans import Span, find_spans
from inference.reading.values import DayOrder
from schemas.fields import FieldKind

_CLIP = 5.0
_LOGIT_CLIP = 12.0
# Without training, what a label says is all there is; a whole cell beats a part of one.
_UNTRAINED = {"label": 4.0, "label_margin": 3.0, "whole": 0.3, "first_at": -0.3}
_UNTRAINED_INTERCEPT = -1.5
UNLEARNED = 1e-3
"""Probability of a candidate where nothing was learned."""


@dataclass(frozen=True)
class Context:
    """Stage one of a field: eight bit weights of the hashed codes, their scale, an intercept."""

    weights: NDArray[np.int8]
    scale: float
    intercept: float

    def logits(self, codes: NDArray[np.int32]) -> Floats:
        """Return the logit of each row of codes; the empty code counts nothing."""
        weights = np.append(self.weights, np.int8(0))[codes]
        return np.asarray((weights * self.scale).sum(axis=1) + self.intercept, dtype=float)


@dataclass(frozen=True)
class Dense:
    """Stage two of a field: standardisation and weights of the dense features.

    Attributes:
        rivals: At most one group of a document is right, so that they and *none of them* share one
            probability; otherwise each has its own.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    intercept: float
    rivals: bool = False

    def probabilities(self, features: Floats) -> Floats:
        """Return the probability of each group of one document to be right."""
        standard = np.clip((features - self.mean) / self.scale, -_CLIP, _CLIP)
        logit = standard @ self.weights + self.intercept
        if self.rivals:
            top = max(0.0, float(logit.max()))
            odds = np.exp(logit - top)
            return np.asarray(odds / (np.exp(-top) + odds.sum()), dtype=float)
        logit = np.clip(logit, -_LOGIT_CLIP, _LOGIT_CLIP)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=float)


@dataclass(frozen=True)
class Memory:
    """How often a value was a label in training, by a 64 bit hash: no value can be read out of it."""

    hashes: NDArray[np.uint64]
    counts: NDArray[np.uint16]

    def of_field(self, field: str, keys: Sequence[str]) -> Floats:
        """Return how often each key was a label of ``field``; 0 for unknown ones."""
        if not len(self.hashes):
            return np.zeros(len(keys))
        hashes = np.array([memory_hash(field, key) for key in keys], dtype=np.uint64)
        place = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[place] == hashes, self.counts[place], 0).astype(float)


def memory_hash(field: str, key: str) -> int:
    """Return the 64 bit hash under which a field's value is remembered."""
    digest = hashlib.blake2b(f"{field}\x1f{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True)
class FieldModel:
    """All that was learned about one field.

    Attributes:
        context: Stage one; None where the labels gave nothing to learn from.
        dense: Stage two; None likewise.
        constant: Probability of every candidate where ``dense`` is None.
        threshold: A value is chosen from this probability on.
        memory: Labels seen in training.
    """

    field: str
    kind: FieldKind
    many: bool
    context: Context | None
    dense: Dense | None
    constant: float
    threshold: float
    memory: Memory


@dataclass(frozen=True)
class Candidates:
    """Candidates of one kind in one document, described; shared by all fields of the kind."""

    spans: tuple[Span, ...]
    described: Described
    view: KindView


@dataclass(frozen=True)
class Ranked:
    """A field's groups with what the ranker makes of them, in the groups' order.

    Attributes:
        keys: The groups' keys.
        best: The span that stands for each group.
        features: Dense features.
        probabilities: Stage two.
    """

    keys: tuple[str, ...]
    best: Ints
    features: Floats
    probabilities: Floats


EMPTY_RANKING = Ranked((), np.zeros(0, dtype=np.int64), np.zeros((0, WIDTH)), np.zeros(0))


def candidates_by_kind(
    document: Document, kinds: Iterable[FieldKind], order: DayOrder, lexicon: Lexicon = NO_LABELS
) -> dict[FieldKind, Candidates]:
    """Return the described candidates of each kind; they depend on no model but its lexicon."""
    describer = Describer(document, lexicon)
    out: dict[FieldKind, Candidates] = {}
    for kind in kinds:
        spans = describer.named(find_spans(document, kind, order), kind)
        out[kind] = Candidates(spans, describer.describe(spans, kind), KindView(document, spans, kind))
    return out


def context_logits(candidates: Candidates, contexts: list[Context | None]) -> Floats:
    """Return stage one's logits: a row per span, a column per field of the kind."""
    out = np.zeros((len(candidates.spans), len(contexts)))
    for column, context in enumerate(contexts):
        if context is not None and len(candidates.spans):
            out[:, column] = context.logits(candidates.described.codes)
    return out


def group_features(
    candidates: Candidates,
    logits: Floats,
    column: int,
    field: FieldSketch,
    memory: Memory,
) -> tuple[Floats, Ints]:
    """Return the dense features of the field's groups and each group's best span."""
    if not candidates.spans:
        return EMPTY_RANKING.features, EMPTY_RANKING.best
    remembered = memory.of_field(field.name, [group.key for group in candidates.view.groups])
    return candidates.view.features(logits, column, remembered, _said(candidates, field))


def _said(candidates: Candidates, field: FieldSketch) -> Said:
    """Return what the labels of the type say of a field's candidates; its own name's words without any."""
    hearing = candidates.described.hearing
    if hearing.names(field.name):
        return Said(*hearing.strengths(field.name), hearing.sections(field.name), stated=True)
    nothing = np.zeros(len(candidates.spans))
    label = label_similarity(candidates.view, field)
    return Said(label, nothing, nothing, stated=bool(hearing.lexicon))


def rank(
    dense: Dense | None, constant: float, candidates: Candidates, features: Floats, best: Ints
) -> Ranked:
    """Return the groups with their probabilities; ``constant`` is that of all where there is no stage two."""
    if not candidates.spans:
        return EMPTY_RANKING
    probabilities = np.full(len(best), constant) if dense is None else dense.probabilities(features)
    return Ranked(tuple(group.key for group in candidates.view.groups), best, features, probabilities)


def quantised(weights: Floats, intercept: float) -> Context:
    """Return stage one with its weights in eight bits, as it is stored and as it is used."""
    largest = float(np.abs(weights[:CODES]).max())
    scale = float(np.float32(largest / 127)) if largest > 0 else 1.0
    return Context(np.round(weights[:CODES] / scale).astype(np.int8), scale, float(np.float32(intercept)))


NOTHING_REMEMBERED = Memory(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint16))


def untrained_field(field: FieldSketch) -> FieldModel:
    """Return what reads a field by its kind and its label alone, for types nobody trained yet."""
    weights = np.zeros(WIDTH)
    for name, weight in _UNTRAINED.items():
        weights[FEATURES.index(name)] = weight
    dense = Dense(np.zeros(WIDTH), np.ones(WIDTH), weights, _UNTRAINED_INTERCEPT)
    return FieldModel(field.name, field.kind, field.many, None, dense, UNLEARNED, 0.5, NOTHING_REMEMBERED)
