"""What type a document is: a linear model over its profile, and a gate for what was never seen.

The probability of a type is the softmax of (weights of the type · TF-IDF) / temperature. A softmax says
nothing about unseen types, so a second number decides whether it may be believed:

    best    = the known type of the highest probability
    novelty = share of the best type's own documents, held out, that are less strange for it
              (``familiarity``)
    unknown if novelty is above GATE, or if the class of other documents ("unknown") is more probable
            than best; above DOUBT the probability counts for no more than even
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inference.classifier.familiarity import Familiar, Kind, explained, views_of
from inference.classifier.profile import profile_of, weighted
from inference.reading.document import Document, Floats
from schemas.classification import UNKNOWN_TYPE

GATE = 0.998
"""A document stranger for its type than this share of the type's own is of no known type."""
DOUBT = 0.995
"""A document stranger for its type than this share is left to a person, whatever the probability says."""
EVEN = 0.5
"""Confidence at most where a document is strange for its type: strangeness is no probability."""


@dataclass(frozen=True)
class Classifier:
    """A trained classifier.

    Attributes:
        types: Class names; ``unknown`` stands for the background documents.
        idf: Inverse document frequency per bucket.
        weights: A row per class, a column per bucket.
        intercepts: Per class.
        temperature: Logits are divided by it.
        kinds: Per class, what its documents look like in each view.
        familiar: Per class, how familiar its own documents were when they were held out.
    """

    types: tuple[str, ...]
    idf: Floats
    weights: Floats
    intercepts: Floats
    temperature: float
    kinds: tuple[tuple[Kind, ...], ...]
    familiar: tuple[Familiar, ...]


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
    views = views_of(document)
    return judge(classifier, logits, lambda number: explained(classifier.kinds[number], views))


def judge(classifier: Classifier, logits: Floats, explain: Callable[[int], Floats]) -> Verdict:
    """Return the verdict that follows from the logits and from how well a class explains the document."""
    types = classifier.types
    probabilities = softmax(logits / classifier.temperature)
    order = np.argsort(-probabilities, kind="stable")
    scores = tuple((types[i], float(probabilities[i])) for i in order)
    best = next((int(i) for i in order if types[i] != UNKNOWN_TYPE), int(order[0]))
    novelty = classifier.familiar[best].novelty(explain(best))
    name, probability = scores[0]
    if name == UNKNOWN_TYPE or novelty <= DOUBT:
        return Verdict(name, probability, scores, novelty)
    if novelty <= GATE:
        return Verdict(name, min(probability, EVEN), scores, novelty)
    unknown = next((p for other, p in scores if other == UNKNOWN_TYPE), 0.0)
    return Verdict(UNKNOWN_TYPE, max(unknown, EVEN), scores, novelty)


def softmax(logits: Floats) -> Floats:
    """Return probabilities that sum to one."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True), dtype=float)
