"""Labelled documents made ready for fitting: candidates described once, labels as keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from doctypes.forms.characters import letters_and_digits
from doctypes.normalise import infer_day_first, similar_key
from inference.extractor.fields import FieldSketch
from inference.extractor.ranker import Candidates, candidates_by_kind
from inference.labelled.documents import LabelledDocument
from inference.reading.lexicon import NO_LABELS, Lexicon
from inference.reading.patterns import DATES
from inference.reading.pieces import text_of
from inference.reading.spans import order_in
from inference.reading.values import NAMED_KINDS, label_keys
from schemas.fields import FieldKind

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_FEWEST_VOTES = 3
_CLEAR = 0.9
_FEWEST_LETTERS = 6
_LONG_ENOUGH = 8

ALIKE = 0.95
"""Similarity from which two values of a field that is compared fuzzily are the same."""
MISREAD = 0.85
"""Similarity from which a candidate is taken for a misread label in training."""


@dataclass(frozen=True)
class Prepared:
    """A labelled document with its candidates by kind and the keys of its labels by field.

    Attributes:
        wanted: Keys that count as right, by field: the labels' own, and where the field is compared
            fuzzily those of candidates alike enough.
        taught: Keys that training takes for right: where none of the wanted ones is on the page, the
            most similar candidate, so that a misread letter does not teach that the right place is wrong.
    """

    labelled: LabelledDocument
    candidates: dict[FieldKind, Candidates]
    wanted: dict[str, frozenset[str]]
    taught: dict[str, frozenset[str]]

    def truth(self, field: FieldSketch) -> NDArray[np.bool_]:
        """Return, per candidate span, whether it means what the label says."""
        taught = self.taught[field.name]
        spans = self.candidates[field.kind].spans
        if field.kind is FieldKind.PRESENCE and taught:
            return self._evident(field)
        return np.array([span.key in taught for span in spans], dtype=np.bool_)

    def teaches_place(self, field: FieldSketch) -> bool:
        """Whether the labels tell which candidates are right: a bare yes does not tell where."""
        tells = field.kind is not FieldKind.PRESENCE or not self.wanted[field.name]
        return tells or bool(self.labelled.spans.get(field.name))

    def _evident(self, field: FieldSketch) -> NDArray[np.bool_]:
        evidence = [letters_and_digits(text) for text in self.labelled.spans.get(field.name, ())]
        return np.array(
            [
                any(text and (text in e or e in text) and len(text) >= _FEWEST_LETTERS for e in evidence)
                for text in self._sentences
            ],
            dtype=np.bool_,
        )

    @cached_property
    def _sentences(self) -> list[str]:
        """What the candidates of every yes/no field say, as it is compared."""
        spans = self.candidates[FieldKind.PRESENCE].spans
        return [letters_and_digits(text_of(self.labelled.document, span.pieces)) for span in spans]


def prepare(
    labelled: LabelledDocument,
    fields: Sequence[FieldSketch],
    day_first: bool | None,
    lexicon: Lexicon = NO_LABELS,
) -> Prepared:
    """Return the document with candidates and labels of the fields that are labelled in it."""
    order = order_in(labelled.document, day_first)
    kinds = dict.fromkeys(field.kind for field in fields)
    candidates = candidates_by_kind(labelled.document, kinds, order, lexicon)
    wanted: dict[str, frozenset[str]] = {}
    taught: dict[str, frozenset[str]] = {}
    for field in fields:
        if field.name in labelled.fields:
            labels = label_keys(field.kind, labelled.fields[field.name], order)
            keys = [group.key for group in candidates[field.kind].view.groups]
            wanted[field.name] = labels | alike(labels, keys, ALIKE) if field.fuzzy else labels
            taught[field.name] = _taught(field, wanted[field.name], keys)
    return Prepared(labelled, candidates, wanted, taught)


def alike(labels: frozenset[str], keys: Sequence[str], least: float) -> frozenset[str]:
    """Return the keys whose similarity with a label (share of equal characters) is at least ``least``."""
    long = [label for label in labels if len(label) >= _LONG_ENOUGH]
    return frozenset(
        key for key in keys for label in long if fuzz.ratio(key, label, score_cutoff=100 * least) > 0
    )


def _taught(field: FieldSketch, wanted: frozenset[str], keys: Sequence[str]) -> frozenset[str]:
    if field.kind not in NAMED_KINDS or wanted & set(keys):
        return wanted
    out = set(wanted)
    for label in sorted(label for label in wanted if len(label) >= _LONG_ENOUGH):
        nearest = process.extractOne(label, keys, scorer=fuzz.ratio, score_cutoff=100 * MISREAD)
        if nearest is not None:
            out.add(nearest[0])
    return frozenset(out)


def learned_day_order(documents: Sequence[LabelledDocument], fields: Sequence[FieldSketch]) -> bool | None:
    """Return how 03/04 is meant, where the labels clearly tell.

    A label as printed votes where it proves an order; an ISO label votes for the reading under which a
    date in its document equals it.
    """
    votes = {True: 0, False: 0}
    dates = [field.name for field in fields if field.kind is FieldKind.DATE]
    for document in documents:
        printed = [match.group() for match in DATES[0].finditer(document.document.text)]
        for label in (label for name in dates for label in document.fields.get(name, ())):
            if not _ISO.fullmatch(label):
                proof = infer_day_first([label])
                if proof is not None:
                    votes[proof] += 1
                continue
            for raw in printed:
                readings = {
                    order: similar_key(FieldKind.DATE, raw, day_first=order) for order in (True, False)
                }
                if readings[True] != readings[False]:
                    for order, reading in readings.items():
                        votes[order] += reading == label
    total = votes[True] + votes[False]
    if total < _FEWEST_VOTES or max(votes.values()) < _CLEAR * total:
        return None
    return votes[True] > votes[False]
