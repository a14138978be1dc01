"""What a reviewed document stands for: its inverse probability, capped, types as in production; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

MOST_OVER_MEDIAN = 10.0
"""A weight is at most this many times the median one, so that no record decides alone."""


def document_weights(documents: Sequence[tuple[str, float, bool]], mix: Mapping[str, float]) -> list[float]:
    """Return the weight of each document: its inverse probability, capped, types as in the mix, mean 1.

    Args:
        documents: Type, probability, whether it is hard: such weigh 1, in a slice of their own.
        mix: Share of each type.
    """
    plain = [number for number, (_, _, hard) in enumerate(documents) if not hard]
    out = [1.0] * len(documents)
    for number, weight in zip(plain, weigh([documents[n][:2] for n in plain], mix), strict=True):
        out[number] = weight
    return out


def weigh(asked: Sequence[tuple[str, float]], mix: Mapping[str, float]) -> list[float]:
    """Return the weights of (type, probability) pairs: capped by type, types as in ``mix``, mean 1."""
    by_type: dict[str, list[int]] = {}
    for number, (name, _) in enumerate(asked):
        by_type.setdefault(name, []).append(number)
    whole = sum(mix.get(name, 0.0) for name in by_type)
    out = [0.0] * len(asked)
    for name, numbers in by_type.items():
        inverse = [1 / asked[number][1] for number in numbers]
        most = MOST_OVER_MEDIAN * median(inverse)
        capped = [min(one, most) for one in inverse]
        total = sum(capped)
        share = mix.get(name, 0.0) / whole if whole else 1 / len(by_type)
        for number, one in zip(numbers, capped, strict=True):
            out[number] = one / total * share * len(asked)
    return out


def effective(weights: Sequence[float]) -> float:
    """Return how many equally weighted documents these are worth."""
    squares = sum(one * one for one in weights)
    return sum(weights) ** 2 / squares if squares else 0.0
