"""What is decided about a field: a value, several values, or absent; each decision with its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inference.document import Floats
from inference.groups import FEATURES
from inference.ranker import UNLEARNED, Ranked

ABSENT = -1
"""Stands for the decision that a field is absent."""

SIGNALS = 10
"""Numbers that describe a decision to the confidence head."""

_MEMORY = FEATURES.index("memory")
_OCCURRENCES = FEATURES.index("occurrences")
_SUM, _LARGER, _SMALLER = (FEATURES.index(name) for name in ("sum", "larger_part", "smaller_part"))
_MARGIN = FEATURES.index("margin")
_LABEL = FEATURES.index("label")
_LOWEST = 1e-5
_NO_SECOND = -8.0


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: the group chosen (or ABSENT), and the signals its confidence follows from."""

    group: int
    probability: float
    signals: Floats


def logit(probability: float) -> float:
    """Return the log odds, bounded."""
    bounded = min(max(probability, _LOWEST), 1 - _LOWEST)
    return math.log(bounded / (1 - bounded))


def choose(ranked: Ranked, *, many: bool, threshold: float) -> list[int]:
    """Return the groups chosen, best first: one for a plain field, any number for a list.

    A list takes every group from the threshold on, but none that contains or is contained in a better one.
    """
    if not len(ranked.probabilities):
        return []
    order = np.argsort(-ranked.probabilities, kind="stable")
    if not many:
        return [int(order[0])] if ranked.probabilities[order[0]] >= threshold else []
    chosen: list[int] = []
    for index in order:
        if ranked.probabilities[index] < threshold:
            break
        key = ranked.keys[index]
        if not any(key in ranked.keys[other] or ranked.keys[other] in key for other in chosen):
            chosen.append(int(index))
    return chosen


def decide(ranked: Ranked, *, many: bool, threshold: float) -> list[Decision]:
    """Return the decisions about a field: one per chosen value, or one that it is absent."""
    chosen = choose(ranked, many=many, threshold=threshold)
    ordered = np.sort(ranked.probabilities)[::-1]
    if not chosen:
        top = float(ordered[0]) if len(ordered) else UNLEARNED
        return [Decision(ABSENT, 1 - top, _absent_signals(ranked, top))]
    return [_value(ranked, index, ordered, len(chosen) if many else 1) for index in chosen]


def _value(ranked: Ranked, index: int, ordered: Floats, chosen: int) -> Decision:
    probability = float(ranked.probabilities[index])
    rest = float(ordered[chosen]) if len(ordered) > chosen else None
    features = ranked.features[index]
    signals = np.array(
        [
            logit(probability),
            min(0.0, logit(rest)) if rest is not None else _NO_SECOND,
            probability / (float(ordered.sum()) + _LOWEST),
            0.0,
            features[_MEMORY],
            features[_OCCURRENCES],
            features[_SUM] + features[_LARGER] + features[_SMALLER],
            np.clip(features[_MARGIN], -6, 6),
            features[_LABEL],
            len(ordered) / 100,
        ]
    )
    return Decision(index, probability, signals)


def _absent_signals(ranked: Ranked, top: float) -> Floats:
    signals = np.zeros(SIGNALS)
    signals[0], signals[1], signals[3] = logit(1 - top), _NO_SECOND, 1.0
    signals[9] = len(ranked.probabilities) / 100
    return signals
