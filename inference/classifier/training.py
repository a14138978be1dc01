"""Training the classifier from (document, type) pairs; ``unknown`` is the type of background documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from inference.classifier.familiarity import (
    DEPTHS,
    NOT_FAMILIAR,
    VIEWS,
    Familiar,
    View,
    explained,
    familiar,
    fit_kind,
    views_of,
)
from inference.classifier.model import Classifier, Verdict, judge, softmax
from inference.classifier.profile import WIDTH, Profile, document_frequencies, profile_of, weighted
from inference.extractor.training import UntrainableError
from inference.labelled.documents import TypedDocument, split
from inference.learned.certify import CRITICAL_TARGET, Decisions, certify
from inference.learned.measures import auroc, expected_calibration_error
from inference.learned.single_thread import single_thread
from inference.reading.document import Floats, Ints
from schemas.certificates import GENERATED, Certificate
from schemas.classification import UNKNOWN_TYPE

MOST_FAMILIAR = 600
"""Held-out documents of a type that new ones are compared with."""
_TEMPERATURES = np.geomspace(0.05, 5.0, 60)
_C = 20.0
_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """A trained classifier with what was measured out of fold.

    Attributes:
        accuracy: Share of documents whose type, or being of none, was told right.
        per_type: By type: documents, share told right.
        gated: Documents of known types that the novelty gate turned away.
        contradicted: Documents left out because equal pages are labelled with different types, by key.
        novelty_auroc: How well novelty tells background documents from known types; None without them.
    """

    classifier: Classifier
    accuracy: float
    ece: float
    auroc: float | None
    novelty_auroc: float | None
    gated: int
    per_type: dict[str, tuple[int, float]]
    certificates: tuple[Certificate, ...]
    documents: int
    families: int
    folds: int
    contradicted: tuple[str, ...] = ()


def train_classifier(
    documents: Sequence[TypedDocument],
    *,
    folds: int = 5,
    seed: int = 0,
) -> TrainedClassifier:
    """Return a classifier of the documents' types and its out-of-fold figures.

    The same documents and seed give the same classifier in whatever order they come. Documents whose labels
    contradict those of an equal page teach nothing.

    Raises:
        UntrainableError: Fewer than two types, or fewer than two families.
    """
    given = sorted(documents, key=lambda document: document.key)
    documents = [document for document in given if not document.contradicted]
    types = tuple(sorted({document.doc_type for document in documents}))
    families = len({document.family or document.key for document in documents})
    if len(types) < 2 or families < 2:
        raise UntrainableError(
            f"the documents are of the types {list(types)} and {families} families; two of each are needed",
            reason="one_type",
        )
    with single_thread():
        profiles = [_Described(profile_of(d.document), views_of(d.document)) for d in documents]
        truth = np.array([types.index(document.doc_type) for document in documents])
        parts = split(documents, min(folds, families), seed)
        held_out = _held_out(profiles, truth, types, parts)
        whole = _fit(profiles, truth, types)
    classifier = replace(whole, temperature=held_out.temperature, familiar=held_out.familiar)
    measured = _measured(classifier, held_out, truth, documents, folds=int(parts.max()) + 1)
    return replace(measured, contradicted=tuple(one.key for one in given if one.contradicted))


@dataclass(frozen=True, slots=True)
class _Described:
    profile: Profile
    views: tuple[View, ...]


@dataclass(frozen=True)
class _HeldOut:
    temperature: float
    familiar: tuple[Familiar, ...]
    verdicts: list[Verdict]


def _fit(documents: Sequence[_Described], truth: Ints, types: tuple[str, ...]) -> Classifier:
    from sklearn.linear_model import LogisticRegression

    profiles = [document.profile for document in documents]
    idf = document_frequencies(profiles).astype(np.float16).astype(np.float64)
    rows = [weighted(profile, idf) for profile in profiles]
    indptr = np.concatenate([[0], np.cumsum([len(buckets) for buckets, _ in rows])])
    x = csr_matrix(
        (np.concatenate([w for _, w in rows]), np.concatenate([b for b, _ in rows]), indptr),
        shape=(len(rows), WIDTH),
    )
    weights, intercepts = np.zeros((len(types), WIDTH)), np.zeros(len(types))
    for number in range(len(types)):
        if 0 < (truth == number).sum() < len(truth):
            model = LogisticRegression(
                C=_C, solver="liblinear", tol=_TOLERANCE, random_state=0, class_weight="balanced"
            )
            model.fit(x, truth == number)
            weights[number], intercepts[number] = rounded(model.coef_[0]), np.float32(model.intercept_[0])
        else:
            # A type that this part of the documents does not have is never the answer.
            intercepts[number] = -30.0
    kinds = tuple(
        tuple(
            fit_kind([d.views[view] for d, of in zip(documents, truth, strict=True) if of == number])
            for view in range(VIEWS)
        )
        for number in range(len(types))
    )
    return Classifier(types, idf, weights, intercepts, 1.0, kinds, (NOT_FAMILIAR,) * len(types))


def rounded(weights: Floats) -> Floats:
    """Return the weights as eight bits can hold them."""
    scale = float(np.float32(np.abs(weights).max() / 127)) or 1.0
    return np.asarray(np.round(weights / scale) * scale, dtype=float)


def _held_out(documents: list[_Described], truth: Ints, types: tuple[str, ...], parts: Ints) -> _HeldOut:
    logits = np.zeros((len(documents), len(types)))
    rows = np.zeros((len(documents), len(types), VIEWS * len(DEPTHS)))
    for fold in range(int(parts.max()) + 1):
        kept = np.flatnonzero(parts != fold)
        model = _fit([documents[i] for i in kept], truth[kept], types)
        for i in np.flatnonzero(parts == fold).tolist():
            buckets, weights = weighted(documents[i].profile, model.idf)
            logits[i] = model.weights[:, buckets] @ weights + model.intercepts
            rows[i] = [explained(kinds, documents[i].views) for kinds in model.kinds]
    temperature = _temperature(logits, truth)
    own = tuple(familiar(rows[truth == number, number], MOST_FAMILIAR) for number in range(len(types)))
    # The gate knows each document itself, one among all of its type; weights and directions do not.
    gated = replace(model, temperature=temperature, familiar=own)
    verdicts = [judge(gated, logits[i], rows[i].__getitem__) for i in range(len(documents))]
    return _HeldOut(temperature, own, verdicts)


def _temperature(logits: Floats, truth: Ints) -> float:
    """Return the temperature under which the true types were least surprising."""
    rows = np.arange(len(truth))
    losses = [-np.log(softmax(logits / t)[rows, truth] + 1e-12).mean() for t in _TEMPERATURES]
    return float(np.float32(_TEMPERATURES[int(np.argmin(losses))]))


def _measured(
    classifier: Classifier,
    held_out: _HeldOut,
    truth: Ints,
    documents: Sequence[TypedDocument],
    *,
    folds: int,
) -> TrainedClassifier:
    names = np.array(classifier.types)[truth]
    right = np.array(
        [v.doc_type == name for v, name in zip(held_out.verdicts, names, strict=True)], dtype=np.int64
    )
    sure = np.array([verdict.confidence for verdict in held_out.verdicts])
    known = (names != UNKNOWN_TYPE).astype(np.int64)
    familiar = 1 - np.array([verdict.novelty for verdict in held_out.verdicts])
    gated = [
        v.doc_type == UNKNOWN_TYPE and v.scores[0][0] != UNKNOWN_TYPE and is_known
        for v, is_known in zip(held_out.verdicts, known, strict=True)
    ]
    return TrainedClassifier(
        classifier=classifier,
        accuracy=float(right.mean()),
        ece=expected_calibration_error(sure, right),
        auroc=auroc(sure, right),
        novelty_auroc=auroc(familiar, known),
        gated=int(np.sum(gated)),
        per_type={
            name: (int((names == name).sum()), float(right[names == name].mean()))
            for name in classifier.types
        },
        certificates=(_certificate(documents, sure, right),),
        documents=len(documents),
        families=len({document.family or document.key for document in documents}),
        folds=folds,
    )


def _certificate(documents: Sequence[TypedDocument], sure: Floats, right: Ints) -> Certificate:
    """Return the certificate of the type, shown on real documents where there are any."""
    made = np.array([document.generated for document in documents], dtype=np.bool_)
    chosen = made if made.all() else ~made
    names = sorted({document.set_name for document in documents if not document.generated})
    return certify(
        "doc_type",
        Decisions(sure[chosen], right[chosen]),
        target=CRITICAL_TARGET,
        population=GENERATED if made.all() else ", ".join(names),
    )
