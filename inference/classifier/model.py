"""What type a document is: a linear model over its profile, and a gate for what was never seen.

The probability of a type is the softmax of (weights of the type · TF-IDF) / temperature. A softmax says
nothing about unseen types, so a second number decides whether it may be believed:

    best     = the known type of the highest probability
    nearest  = largest cosine of the document's sketch with the prototypes of the best type
    novelty  = share of all held-out training documents whose nearest was larger
    unknown  if nearest or the best type's logit is below GATE of the type's own held-out documents,
             or if the class of other documents ("unknown") is more probable than best
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.classifier.profile import profile_of, sketch, weighted
from inference.reading.document import Document, Floats
from schemas.results import UNKNOWN_TYPE

GATE = 0.998
"""A document less like its type than this share of the type's own is of no known type."""
EVEN = 0.5
"""Confidence where the gate overrules: a gate is no probability."""


@dataclass(frozen=True)
class Classifier:
    """A trained classifier.

    Attributes:
        types: Class names; ``unknown`` stands for the background documents.
        idf: Inverse document frequency per bucket.
        weights: A row per class, a column per bucket.
        intercepts: Per class.
        temperature: Logits are divided by it.
        prototypes: Per class, sketches of training documents that lie far apart.
        nearest: Per class, the sorted cosines of held-out training documents to the prototypes of the others.
        own: Per class, the sorted logits that its held-out training documents had for it.
    """

    types: tuple[str, ...]
    idf: Floats
    weights: Floats
    intercepts: Floats
    temperature: float
    prototypes: tuple[Floats, ...]
    nearest: tuple[Floats, ...]
    own: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document is taken for; ``scores`` holds every class, best first."""

    doc_type: str
    confidence: float
    scores: tuple[tuple[str, float], ...]
    novelty: float


def classify(classifier: Classifier, document: Document) -> Verdict:
    """Return the type of ``document``; one without a word is unknown."""
    if not document.words:
        return Verdict(UNKNOWN_TYPE, 1.0, (), 1.0)
    buckets, weights = weighted(profile_of(document), classifier.idf)
    logits = classifier.weights[:, buckets] @ weights + classifier.intercepts
    sketched = sketch(buckets, weights)
    cosines = np.array([nearest_cosine(prototypes, sketched) for prototypes in classifier.prototypes])
    return judge(classifier, logits, cosines)


def judge(classifier: Classifier, logits: Floats, cosines: Floats) -> Verdict:
    """Return the verdict that follows from the logits and the nearest cosine per class."""
    types, nearest = classifier.types, classifier.nearest
    probabilities = softmax(logits / classifier.temperature)
    order = np.argsort(-probabilities, kind="stable")
    scores = tuple((types[i], float(probabilities[i])) for i in order)
    best = next((int(i) for i in order if types[i] != UNKNOWN_TYPE), int(order[0]))
    novelty = share_above(float(cosines[best]), np.sort(np.concatenate(nearest)))
    strange = max(
        share_above(float(cosines[best]), nearest[best]),
        share_above(float(logits[best]), classifier.own[best]),
    )
    name, probability = scores[0]
    if name != UNKNOWN_TYPE and strange > GATE:
        novelty = max(novelty, strange)
        unknown = next((p for other, p in scores if other == UNKNOWN_TYPE), 0.0)
        return Verdict(UNKNOWN_TYPE, max(unknown, EVEN), scores, novelty)
    return Verdict(name, probability, scores, novelty)


def softmax(logits: Floats) -> Floats:
    """Return probabilities that sum to one."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True), dtype=float)


def nearest_cosine(prototypes: Floats, sketched: Floats) -> float:
    """Return the largest cosine with any prototype; -1 without prototypes."""
    return float((prototypes @ sketched).max()) if len(prototypes) else -1.0


def share_above(value: float, ordered: Floats) -> float:
    """Return the share of ordered values that are larger; 1 where there are none."""
    if not len(ordered):
        return 1.0
    return float((len(ordered) - np.searchsorted(ordered, value, side="right")) / len(ordered))
