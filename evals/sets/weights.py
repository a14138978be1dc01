"""What a reviewed document stands for: its inverse probability, types as in production; pure.

A rate of whole documents, one of all documents and one of a field's cells each speak of another draw, so each
has weights of its own (ADR 17). None is capped: a cap is a bias, and the effective number tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from doctypes.definition import DocType

LEAST = 1e-6
"""The least probability that a set tells."""


def decisive(doc_type: DocType) -> frozenset[str]:
    """Return the fields that make a document right or wrong: the required ones, else all."""
    required = frozenset(spec.name for spec in doc_type.fields if spec.required)
    return required or frozenset(spec.name for spec in doc_type.fields)


def any_pi(pi: Mapping[str, float]) -> float:
    """Return the probability that a document was looked at at all: that of its surest question."""
    return max(pi.values())


def whole_pi(pi: Mapping[str, float], needed: frozenset[str]) -> float | None:
    """Return the probability that all of a document's decisive fields were asked; None where one was not.

    Draws are nested: whoever is asked the less likely field is asked the more likely one too.
    """
    return min(pi[name] for name in needed) if needed <= pi.keys() else None


def shares_of(names: Iterable[str], mix: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each of these types among them; without figures, equal ones."""
    known = sorted(set(names))
    whole = sum(mix.get(name, 0.0) for name in known)
    return {name: mix.get(name, 0.0) / whole if whole else 1 / len(known) for name in known}


def weigh(
    asked: Sequence[tuple[str, float | None]], shares: Mapping[str, float], total: float
) -> list[float]:
    """Return the weights of (type, probability) pairs; 0 where nobody was asked.

    Args:
        asked: Of one population: documents, whole documents, or one field's cells.
        shares: Of each type.
        total: What the weights of all types add up to; each type's to its share of that.
    """
    sums = dict.fromkeys((name for name, _ in asked), 0.0)
    inverse = [0.0 if pi is None else 1 / max(LEAST, pi) for _, pi in asked]
    for (name, _), one in zip(asked, inverse, strict=True):
        sums[name] += one
    return [
        one / sums[name] * shares.get(name, 0.0) * total if one else 0.0
        for (name, _), one in zip(asked, inverse, strict=True)
    ]


def effective(weights: Sequence[float]) -> float:
    """Return how many equally weighted documents these are worth."""
    squares = sum(one * one for one in weights)
    return sum(weights) ** 2 / squares if squares else 0.0
