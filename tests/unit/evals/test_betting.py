"""The bet on who reads better: never won by looking often, won where one of two is better."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks.drift import shadow_says
from evals.shadow.betting import decided_after, richest, wealth
from evals.shadow.keeping import Verdict
from evals.shadow.settling import Pair, tally


def won(*pairs_: str) -> list[Pair]:
    """Pairs by who was right: s the shadow, l the live one, n neither."""
    return [Pair(str(n), live=one == "l", shadow=one == "s") for n, one in enumerate(pairs_)]


def test_the_bet_is_expected_to_gain_nothing_where_neither_is_better() -> None:
    every = np.array(list(itertools.product([False, True], repeat=10)))

    assert wealth(every)[:, -1].mean() == pytest.approx(1.0)
    assert wealth(every).min() > 0


def test_the_bet_is_said_once_it_is_won_and_never_taken_back() -> None:
    first = np.ones(12, dtype=bool)
    after = decided_after(first)
    later = np.concatenate([first, np.zeros(50, dtype=bool)])

    assert after is not None
    assert after < 12
    assert decided_after(first[: after - 1]) is None
    assert decided_after(later) == after
    assert richest([]) == 1.0


def test_equal_variants_are_rarely_told_apart_however_often_it_is_looked_at() -> None:
    assert shadow_says(0.5, 300, 2000, 3).value <= 0.05
    assert shadow_says(0.7, 120, 500, 3).value >= 0.75


@pytest.mark.parametrize(
    ("pairs_", "verdict"),
    [("s" * 12, Verdict.BETTER), ("l" * 12, Verdict.WORSE), ("sl" * 30, None), ("n" * 40, None)],
)
def test_pairs_decide_either_way_or_not_yet(pairs_: str, verdict: Verdict | None) -> None:
    counted, said = tally(won(*pairs_))

    assert said is verdict
    assert counted.fixes + counted.breaks + counted.ties == len(pairs_)
