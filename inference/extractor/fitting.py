"""Fitting the parts of a field's model: memory, stage one, stage two, threshold. Safe on degenerate data."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.extractor.decisions import choose
from inference.extractor.ranker import Context, Dense, Memory, Ranked, memory_hash, quantised
from inference.learned.measures import Counts
from inference.reading.codes import CODES, EMPTY
from inference.reading.document import Floats, Ints

MOST_NEGATIVES = 80
"""Wrong candidates per document and field that stage one learns from."""
THRESHOLDS = (0.01, 0.03, *(round(0.05 * step, 2) for step in range(1, 19)))
DEFAULT_THRESHOLD = 0.5
_CONTEXT_C = 1.0
# Tighter fits take longer and rank no better.
_TOLERANCE = 0.01
_DENSE_C = 0.3


@dataclass(frozen=True, slots=True)
class Examples:
    """Candidates of one document with their truth, as stage one learns from them."""

    codes: NDArray[np.int32]
    right: NDArray[np.bool_]
    weight: float
    key: str


def remember(field: str, keys: Iterable[str]) -> Memory:
    """Return the memory of label keys, by hash alone."""
    counts = Counter(memory_hash(field, key) for key in keys)
    hashes = np.array(sorted(counts), dtype=np.uint64)
    return Memory(hashes, np.array([min(counts[int(h)], 65535) for h in hashes], dtype=np.uint16))


def fit_context(examples: Sequence[Examples]) -> Context | None:
    """Return stage one, or None where all candidates are right or all are wrong."""
    rows: list[NDArray[np.int32]] = []
    right: list[NDArray[np.bool_]] = []
    weights: list[Floats] = []
    for example in examples:
        kept = _kept(example)
        if len(kept):
            rows.append(example.codes[kept])
            right.append(example.right[kept])
            weights.append(np.full(len(kept), example.weight))
    if not rows:
        return None
    y = np.concatenate(right)
    if y.all() or not y.any():
        return None
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    codes = np.concatenate(rows)
    present = codes != EMPTY
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    x = csr_matrix((np.ones(int(indptr[-1])), codes[present], indptr), shape=(len(codes), CODES))
    x.sum_duplicates()
    model = LogisticRegression(C=_CONTEXT_C, solver="liblinear", max_iter=100, tol=_TOLERANCE, random_state=0)
    model.fit(x, y, sample_weight=np.concatenate(weights))
    return quantised(model.coef_[0], float(model.intercept_[0]))


def _kept(example: Examples) -> NDArray[np.int64]:
    """Return all right candidates and a sample of the wrong ones that depends on the document alone."""
    wrong = np.flatnonzero(~example.right)
    if len(wrong) > MOST_NEGATIVES:
        generator = np.random.default_rng(zlib.crc32(example.key.encode("utf-8", "surrogatepass")))
        wrong = np.sort(generator.choice(wrong, MOST_NEGATIVES, replace=False))
    return np.concatenate([np.flatnonzero(example.right), wrong]).astype(np.int64)


def fit_dense(
    features: Sequence[Floats], right: Sequence[NDArray[np.bool_]], weights: Floats, *, rivals: bool
) -> tuple[Dense | None, float]:
    """Return stage two and the smoothed share of right groups.

    Stage two is None where all groups are right or all are wrong (one candidate per document, say):
    then every candidate has that share as its probability, so that a value is still chosen.

    Args:
        features: Of the groups of each document, none of which is without.
        right: Which of them are.
        weights: How much each document counts.
        rivals: At most one group of a document is right, and groups may contain one another.
    """
    whole = np.concatenate(right) if right else np.zeros(0, dtype=np.bool_)
    constant = (float(whole.sum()) + 0.5) / (len(whole) + 1)
    if not len(whole) or whole.all() or not whole.any():
        return None, constant
    rows = np.concatenate(features)
    mean = rows.mean(axis=0)
    scale = rows.std(axis=0) + 1e-6
    standard = np.clip((rows - mean) / scale, -5, 5)
    sizes = np.array([len(one) for one in right])
    fit = _as_rivals if rivals else _each_by_itself
    coefficients, intercept = fit(standard, whole, weights, sizes)
    rounded = [np.asarray(part, dtype=np.float32).astype(np.float64) for part in (mean, scale, coefficients)]
    dense = Dense(rounded[0], rounded[1], rounded[2], float(np.float32(intercept)), rivals)
    return dense, constant


def _each_by_itself(
    standard: Floats, right: NDArray[np.bool_], weights: Floats, sizes: NDArray[np.int64]
) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_DENSE_C, max_iter=1000)
    model.fit(standard, right, sample_weight=np.repeat(weights, sizes))
    return model.coef_[0], float(model.intercept_[0])


def _as_rivals(
    standard: Floats, right: NDArray[np.bool_], weights: Floats, sizes: NDArray[np.int64]
) -> tuple[Floats, float]:
    """Return weights by which the groups of a document and *none of them* share one probability.

    A document none of whose groups is right speaks for *none of them*.
    """
    from scipy.optimize import minimize

    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    found = np.logical_or.reduceat(right, starts)
    # Few groups are right: what they alone need is not computed for all.
    hits, own = np.flatnonzero(right), owner[right]
    first = np.flatnonzero(np.diff(own, prepend=-1))
    worth = weights[owner]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = standard @ parameters[:-1] + parameters[-1]
        top = np.maximum(np.maximum.reduceat(logits, starts), 0.0)
        best = np.zeros(len(sizes))
        best[found] = np.maximum.reduceat(logits[hits], first)
        odds = np.exp(logits - top[owner])
        total = np.add.reduceat(odds, starts) + np.exp(-top)
        taught = np.zeros(len(logits))
        taught[hits] = np.exp(np.minimum(logits[hits] - best[own], 0.0))
        hit = np.where(found, np.add.reduceat(taught, starts), 1.0)
        pull = odds / total[owner]
        pull[hits] -= taught[hits] / hit[own]
        pull *= worth
        gradient = _DENSE_C * np.append(standard.T @ pull, pull.sum())
        gradient[:-1] += parameters[:-1]
        fit = _DENSE_C * float(weights @ (top + np.log(total) - best - np.log(hit)))
        return fit + 0.5 * float(parameters[:-1] @ parameters[:-1]), gradient

    found_at = minimize(
        loss, np.zeros(standard.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 1000}
    )
    return np.asarray(found_at.x[:-1]), float(found_at.x[-1])


def tally(ranked: Ranked, wanted: frozenset[str], *, many: bool) -> Ints:
    """Return, for each of THRESHOLDS, the values right, given and wanted, and whether all of it is right."""
    # What a higher threshold chooses is the beginning of what the lowest does.
    chosen = choose(ranked, many=many, threshold=THRESHOLDS[0])
    # Several labels of a plain field are ways to write one value.
    total = len(wanted) if many else min(1, len(wanted))
    out = np.zeros((len(THRESHOLDS), 4), dtype=np.int64)
    for row, threshold in zip(out, THRESHOLDS, strict=True):
        keys = {ranked.keys[group] for group in chosen if ranked.probabilities[group] >= threshold}
        right = len(keys & wanted)
        row[:] = right, len(keys), total, right == len(keys) == total
    return out


def best_threshold(tallies: Sequence[Ints], *, slack: float = 0.0) -> float:
    """Return the best threshold over out-of-fold rankings; the default where nothing tells.

    The best has the highest sum of F1 and the share of right decisions: F1 alone would rather say absent
    than guess, though a field that is never absent is always better guessed.

    Args:
        tallies: What each threshold finds of each ranking.
        slack: A lower threshold is taken that scores as much less: layouts never seen rank less surely.
    """
    scores: dict[float, float] = {}
    totals = sum(tallies, np.zeros((len(THRESHOLDS), 4), dtype=np.int64)).tolist()
    for threshold, (right, given, wanted, whole) in zip(THRESHOLDS, totals, strict=True):
        if right:
            scores[threshold] = Counts(right, given, wanted).f1 + whole / len(tallies)
    least = max(scores.values(), default=0.0) - slack - 1e-9
    return next((threshold for threshold, score in scores.items() if score >= least), DEFAULT_THRESHOLD)
