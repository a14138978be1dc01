"""Has a measure moved? What is told, since when, and what stays silent."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from ops.audit.marks import shape
from ops.audit.shift import Point, kind_shift, number_shift, one_value, share_shift

TODAY = date(2026, 6, 30)
Value = bool | float | str


def points(of_day: Callable[[int, random.Random], Value], *, days: int = 35, each: int = 10) -> list[Point]:
    """Return some documents a day, ``of_day`` told how many days ago."""
    draw = random.Random(3)
    ages = [age for age in range(days - 1, -1, -1) for _ in range(each)]
    return [Point(TODAY - timedelta(days=a), place, of_day(a, draw)) for place, a in enumerate(ages)]


def test_a_share_that_rises_is_told_with_the_day_it_began() -> None:
    found = share_shift(
        points(lambda age, draw: draw.random() < (0.6 if age < 3 else 0.05)), TODAY, floor=0.1
    )

    assert found is not None
    assert found.since == TODAY - timedelta(days=2)
    assert found.before < 0.1 < 0.4 < found.after
    assert found.of == 30


def test_a_share_that_stays_or_falls_or_rises_too_little_is_not_told() -> None:
    same = points(lambda _age, draw: draw.random() < 0.3)
    fallen = points(lambda age, draw: draw.random() < (0.05 if age < 3 else 0.6))
    little = points(lambda age, draw: draw.random() < (0.38 if age < 7 else 0.3), each=80)

    assert share_shift(same, TODAY, floor=0.1) is None
    assert share_shift(fallen, TODAY, floor=0.1) is None
    assert share_shift(little, TODAY, floor=0.1) is None


def test_without_a_baseline_nothing_is_told() -> None:
    assert share_shift(points(lambda _age, _draw: True, days=9, each=5), TODAY, floor=0.1) is None


def test_a_few_documents_of_one_day_prove_nothing() -> None:
    found = share_shift(points(lambda age, draw: age == 0 and draw.random() < 0.5, each=4), TODAY, floor=0.1)

    assert found is None


def test_a_median_that_moves_is_told_in_the_direction_that_matters() -> None:
    raised = points(lambda age, draw: draw.gauss(5 if age < 4 else 1, 0.5))

    found = number_shift(raised, TODAY, floor=1.0)

    assert found is not None
    assert (round(found.before), round(found.after)) == (1, 5)
    assert found.since == TODAY - timedelta(days=3)
    assert number_shift(raised, TODAY, floor=1.0, sign=-1) is None
    assert number_shift(raised, TODAY, floor=9.0) is None


def test_a_new_way_of_writing_is_named() -> None:
    written = points(lambda age, _draw: "9/9/9" if age < 2 else "9.9.9")

    found = kind_shift(written, TODAY, floor=0.3)

    assert found is not None
    assert (found.what, found.since) == ("9/9/9", TODAY - timedelta(days=1))
    assert kind_shift(points(lambda _age, draw: draw.choice("abc")), TODAY, floor=0.3) is None


def test_a_single_value_that_fills_a_field_is_told() -> None:
    filled = points(lambda age, draw: "x" if age < 5 and draw.random() < 0.8 else str(draw.randrange(50)))

    found = one_value(filled, TODAY, floor=0.3)

    assert found is not None
    assert found.what == "x"


def test_the_shape_of_a_text_says_nothing_of_what_stands_in_it() -> None:
    assert shape("09.03.2026") == "9.9.9"
    assert shape("Corner Bakery Ltd") == shape("Old Town Tools & Co".replace("&", "and")) == "a"
    assert shape("INV-2026-17") == shape("ab-1-2")
