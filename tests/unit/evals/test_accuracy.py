"""Live accuracy: what people were asked stands for what they were not, and how sure that is."""

from __future__ import annotations

import pytest

from app.actions.accuracy import answered_by
from benchmarks.drift import World, coverage
from evals.accuracy import agreement, estimate
from evals.words.accuracy import Waiting
from tests.unit.evals.cells import cell
from tests.unit.evals.made import record


def test_an_estimate_weighs_what_was_unlikely_to_be_looked_at() -> None:
    audited = [cell(n, right=True, pi=0.02) for n in range(60)]
    routed = [cell(1000 + n, right=n >= 66, pi=1.0, audited=False) for n in range(330)]
    found = estimate([*audited, *routed, cell(5000, right=False, pi=None)])

    assert found.value == pytest.approx((3000 + 264) / 3330)
    assert found.naive == pytest.approx((60 + 264) / 390)
    assert found.low < (found.value or 0) < found.high
    assert estimate([]).value is None


def test_an_estimate_of_what_was_looked_at_whole_leaves_nothing_open() -> None:
    everything = [cell(n, right=n >= 20, pi=1.0, audited=False) for n in range(100)]
    found = estimate(everything)

    assert (found.low, found.value, found.high) == (0.8, 0.8, 0.8)


def test_what_waits_for_an_answer_is_neither_right_nor_passed_by_without_a_doubt() -> None:
    audits = [cell(n, pi=0.1) for n in range(100)]
    routed = [cell(1000 + n, right=n >= 50, pi=1.0, audited=False) for n in range(100)]
    waiting = answered_by([record(n, lane="routed") for n in range(100)], Waiting(100, 0, 0))
    found = estimate([*audits, *routed], answered=waiting)

    assert (waiting.routed, waiting.audits) == (0.5, 1.0)
    assert found.value == pytest.approx((1000 + 100) / 1200)
    assert estimate(routed, answered=waiting).low < 0.5 < estimate(routed, answered=waiting).high


def test_where_much_is_looked_at_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """It was too wide there (99 of 100), and without its share of luck in the draw too narrow (86)."""
    held, _, _ = coverage(World(300, 0.3, 4, 0.93, 0.7, 0.6), 150, 6)

    assert 0.90 <= held.value <= 0.985


def test_agreement_is_beyond_chance() -> None:
    perfect = agreement([("a", "a"), ("b", "b")] * 10)
    chance = agreement([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] * 10)

    assert (perfect.share, perfect.kappa) == (1.0, 1.0)
    assert chance.kappa == pytest.approx(0.0)
    assert agreement([]).share is None
    assert agreement([("a", "a")]).kappa is None


def test_the_interval_of_live_accuracy_holds_the_truth_where_the_naive_share_does_not() -> None:
    held, off, naive = coverage(World(3000, 0.05, 4), 40, 6)

    assert held.value >= 0.85
    assert abs(off) < 0.01
    assert naive < -0.05
