"""What is decided about a field: a value, several values, or absent; each decision with its signals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inference.extractor.groups import FEATURES
from inference.extractor.ranker import UNLEARNED, Ranked
from inference.reading.document import Floats

SIGNALS = 12
"""Numbers that describe a decision to the confidence head."""

_MEMORY = FEATURES.index("memory")
_OCCURRENCES = FEATURES.index("occurrences")
_SUM, _LARGER, _SMALLER = (FEATURES.index(name) for name in ("sum", "larger_part", "smaller_part"))
_MARGIN = FEATURES.index("margin")
_LABEL = FEATURES.index("label")
_LOWEST = 1e-5
_TELLING = 0.005
_NO_SECOND = -8.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The one decision about a field: its groups, best first (none: absent), and the signals behind it.

    The decision about a list is right when the whole list is.
    """

    groups: tuple[int, ...]
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


def decide(ranked: Ranked, *, many: bool, threshold: float) -> Decision:
    """Return the decision about a field."""
    chosen = choose(ranked, many=many, threshold=threshold)
    ordered = np.sort(ranked.probabilities)[::-1]
    if not chosen:
        return Decision((), _absent_signals(ranked, float(ordered[0]) if len(ordered) else UNLEARNED))
    return Decision(tuple(chosen), _value_signals(ranked, chosen, ordered))


def is_right(decision: Decision, ranked: Ranked, wanted: frozenset[str], *, many: bool) -> bool:
    """Whether the decision agrees with the labels: a plain field may match any, a list must match all."""
    keys = {ranked.keys[group] for group in decision.groups}
    return keys == wanted if many else bool(keys & wanted) or not (keys or wanted)


def _value_signals(ranked: Ranked, chosen: list[int], ordered: Floats) -> Floats:
    """Describe the weakest value chosen and the strongest one left out."""
    weakest = chosen[-1]
    probability = float(ranked.probabilities[weakest])
    rest = np.delete(ranked.probabilities, chosen)
    features = ranked.features[weakest]
    return np.array(
        [
            logit(probability),
            min(0.0, logit(float(rest.max()))) if len(rest) else _NO_SECOND,
            probability / (float(ordered.sum()) + _LOWEST),
            0.0,
            features[_MEMORY],
            features[_OCCURRENCES],
            features[_SUM] + features[_LARGER] + features[_SMALLER],
            np.clip(features[_MARGIN], -6, 6),
            features[_LABEL],
            len(ordered) / 100,
            _all_right(ranked, chosen),
            math.log1p(len(chosen) - 1),
        ]
    )


def _all_right(ranked: Ranked, chosen: list[int]) -> float:
    """Return the log probability that all values chosen are right and all left out are not, bounded.

    What contains a chosen value, or is contained in one, is another reading of it and counts for nothing.
    """
    keys = [ranked.keys[group] for group in chosen]
    total = 0.0
    telling = ranked.probabilities > _TELLING
    telling[chosen] = True
    for group in np.flatnonzero(telling).tolist():
        probability = float(ranked.probabilities[group])
        if group in chosen:
            total += math.log(max(probability, _LOWEST))
        else:
            key = ranked.keys[group]
            if not any(key in other or other in key for other in keys):
                total += math.log(max(1 - probability, _LOWEST))
    return max(total, _NO_SECOND)


def _absent_signals(ranked: Ranked, top: float) -> Floats:
    signals = np.zeros(SIGNALS)
    signals[0], signals[1], signals[3] = logit(1 - top), _NO_SECOND, 1.0
    signals[9] = len(ranked.probabilities) / 100
    signals[10] = _all_right(ranked, [])
    return signals
