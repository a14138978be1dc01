"""Learning from corrections: receipts from 50 documents on, with rounds of 40 that people corrected.

How the 40 of a round are chosen is compared: at random, by doubt alone, and by doubt with a few drawn from
all others, as the audit lane draws them, with and without importance weights. What is drawn at random comes
from one order of the pool, so that two ways meet the same documents: whether a chain of shops is among them
decides more than how they are weighed. *The sure half* are the test documents that the first model doubted
least: what is learned from doubtful documents must not harm them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.scoring import Outcome, f1_of
from inference.extractor.training import Trained
from inference.labelled.corrections import REVIEWED_WEIGHT, importance_of
from inference.labelled.documents import LabelledDocument

if TYPE_CHECKING:
    from benchmarks.extraction import Bench

AUDITED = 0.2
"""Of a round, the share drawn from all that is left over, so that what nobody doubted is seen too."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a round is chosen and weighed.

    Attributes:
        doubtful: Share of the most doubtful ones; the others of a round are drawn at random.
        weighted: Whether a document counts for those that were not drawn.
    """

    name: str
    doubtful: float
    weighted: bool = False


WAYS = (
    Way("at random", 0),
    Way("doubtful alone", 1),
    Way("doubtful and audited", 1 - AUDITED),
    Way("doubtful and audited, weighted", 1 - AUDITED, weighted=True),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many documents there are to begin with, how many more a round brings, and how many rounds."""

    start: int = 50
    round: int = 40
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Point:
    """F1 after a round, on all test documents and on the sure half."""

    way: str
    seed: int
    documents: int
    f1: float
    sure_half: float


def corrections(
    bench: Bench,
    kept: Sequence[int],
    held: Sequence[int],
    seeds: Sequence[int],
    *,
    sizes: Sizes = Sizes(),
    ways: Sequence[Way] = WAYS,
) -> Iterator[Point]:
    """Yield what each way reaches after each round."""
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(list(kept)).tolist()
        base, pool = order[: sizes.start], order[sizes.start :]
        tested = [bench.documents[i] for i in held]
        first = bench.learn([bench.documents[i] for i in sorted(base)])
        begun = list(bench.score(first, tested))
        sure = _sure_half(begun)
        yield Point("start", seed, len(base), f1_of(begun), _of(begun, sure))
        for way in ways:
            yield from _rounds(bench, way, seed, sizes, (base, pool), (first, tested, sure))


def _rounds(
    bench: Bench,
    way: Way,
    seed: int,
    sizes: Sizes,
    drawn: tuple[list[int], list[int]],
    begun: tuple[Trained, list[LabelledDocument], frozenset[str]],
) -> Iterator[Point]:
    base, pool = drawn
    trained, tested, sure = begun
    inclusion: dict[int, float] = {}
    for _ in range(sizes.rounds):
        left = [i for i in pool if i not in inclusion]
        inclusion |= _draw(bench, way, trained, left, sizes.round)
        trained = bench.learn(_material(bench, base, inclusion, weighted=way.weighted))
        outcomes = list(bench.score(trained, tested))
        count = len(base) + len(inclusion)
        yield Point(way.name, seed, count, f1_of(outcomes), _of(outcomes, sure))


def _draw(bench: Bench, way: Way, trained: Trained, left: Sequence[int], size: int) -> dict[int, float]:
    """Return the documents of a round with the probability that each had of being looked at.

    Args:
        bench: Holds the documents.
        way: How many of them are the most doubtful ones; the others are drawn at random.
        trained: The model that doubts.
        left: What is left of the pool, in an order that was drawn.
        size: How many are drawn.
    """
    doubtful: list[int] = []
    if way.doubtful:
        doubts = _doubts(list(bench.score(trained, [bench.documents[i] for i in left])))
        doubtful = sorted(sorted(left), key=lambda i: doubts.get(bench.documents[i].key, 1.0))[
            : round(size * way.doubtful)
        ]
    others = [i for i in left if i not in doubtful]
    count = size - len(doubtful)
    return dict.fromkeys(doubtful, 1.0) | dict.fromkeys(others[:count], count / max(1, len(others)))


def _material(
    bench: Bench, base: Sequence[int], inclusion: Mapping[int, float], *, weighted: bool
) -> list[LabelledDocument]:
    share = importance_of({str(i): p for i, p in inclusion.items()}) if weighted else {}
    corrected = [
        replace(bench.documents[i], weight=REVIEWED_WEIGHT * share.get(str(i), 1.0)) for i in inclusion
    ]
    return sorted([*(bench.documents[i] for i in base), *corrected], key=lambda document: document.key)


def _doubts(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the least confidence in each document."""
    least: dict[str, float] = {}
    for one in outcomes:
        least[one.document] = min(one.confidence, least.get(one.document, 1.0))
    return least


def _sure_half(outcomes: Sequence[Outcome]) -> frozenset[str]:
    doubts = _doubts(outcomes)
    return frozenset(sorted(doubts, key=lambda key: (-doubts[key], key))[: len(doubts) // 2])


def _of(outcomes: Sequence[Outcome], documents: frozenset[str]) -> float:
    return f1_of([one for one in outcomes if one.document in documents])
