"""The router's bench: a strong model as right as is stated, and what the same money buys at random."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from benchmarks.router import MOST_WRONG, Read, alone, at_random, routed, spread
from inference.endpoints.prices import Price
from inference.router.table import RoutedModel

STRONG = RoutedModel(model="strong", error=0.02, price=Price(input=Decimal(3), output=Decimal(15)))


def read(key: str, *fields: tuple[bool, float]) -> Read:
    names = [f"field{number}" for number in range(len(fields))]
    return Read(
        key,
        1000,
        dict(zip(names, (right for right, _ in fields), strict=True)),
        dict(zip(names, (sure for _, sure in fields), strict=True)),
        dict.fromkeys(names, 0.98),
    )


READS = [
    read("easy", (True, 0.99), (True, 0.995)),
    read("mixed", (True, 0.99), (False, 0.4)),
    read("hard", (False, 0.5), (False, 0.3)),
]


def test_errors_that_follow_doubts_are_as_many_as_stated_and_none_too_certain() -> None:
    doubts = {("a", str(number)): number / 100 for number in range(100)} | {("b", "sure"): 0.0}

    found = spread(doubts, 0.03)

    assert sum(found.values()) / len(found) == pytest.approx(0.03)
    assert found["b", "sure"] == 0.0
    assert max(spread(doubts, 0.4).values()) == MOST_WRONG


def test_what_is_routed_goes_to_the_strong_model_and_the_rest_stays() -> None:
    found = routed(READS, STRONG, 0.05)

    assert found.right.tolist() == pytest.approx([2, 1.98, 1.96])
    assert found.cost[0] == 0
    assert 0 < found.cost[1] < found.cost[2]


def test_the_same_money_at_random_is_a_mixture_of_both_models() -> None:
    small, strong = alone(READS, None), alone(READS, STRONG)

    half = at_random(small, strong, float(strong.cost.sum()) / 2)

    assert np.allclose(half, (small.right + strong.right) / 2)
    assert np.array_equal(at_random(small, strong, 0.0), small.right)
    assert np.array_equal(at_random(small, strong, 1e9), strong.right)
