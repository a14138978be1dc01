"""What a set says of production, where production is known."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from evals.comparing.rule import Contest, Outcome, compare
from evals.scoring.figures import figures
from evals.scoring.intervals import Rate
from evals.scoring.table import score
from tests.unit.evals.drawn import MIX, TYPES, World, world

SEEDS = range(4)


def holds(rate: Rate, truth: float) -> bool:
    return rate.low <= truth <= rate.high


@pytest.fixture(scope="module", params=["total", "seller"])
def worlds(request: pytest.FixtureRequest) -> list[World]:
    return [world(8000, seed, doubtful=request.param) for seed in SEEDS]


def test_the_figures_of_a_set_are_those_of_production_within_their_intervals(worlds: list[World]) -> None:
    held = []
    for one in worlds:
        found = figures(one.sides[0])
        rates = (found.exact, found.fields["invoice.seller"])
        held += [holds(rate, one.exact[0]) for rate in rates]
        held += [holds(found.routing.coverage, one.coverage), holds(found.valid, 1.0)]
        held.append(holds(found.routing.accepted_fields, one.coverage))

    assert sum(held) / len(held) >= 0.9


def test_over_several_sets_the_figures_come_to_those_of_production(worlds: list[World]) -> None:
    found = [figures(one.sides[0]) for one in worlds]

    assert mean(one.exact.value or 0.0 for one in found) == pytest.approx(
        mean(one.exact[0] for one in worlds), abs=0.015
    )
    assert mean(one.routing.coverage.value or 0.0 for one in found) == pytest.approx(
        mean(one.coverage for one in worlds), abs=0.015
    )


def test_a_set_from_before_is_weighed_like_a_new_one(worlds: list[World]) -> None:
    side = worlds[0].sides[0]
    before = [one.model_copy(update={"w": "10"}) for one in side.records]
    answers = dict(zip((one.doc.id for one in before), side.answers, strict=True))

    assert figures(score(before, answers, TYPES, MIX)) == figures(side)


def worse(drawn: random.Random, routed: bool, right: bool) -> bool:
    """Most of what is doubted is mended, and more than that is broken of what nobody looks at."""
    return (right or drawn.random() < 0.9) if routed else (right and drawn.random() > 0.035)


def test_a_challenger_that_is_worse_in_production_is_not_called_superior() -> None:
    made = [world(8000, seed, doubtful="due", other=worse) for seed in SEEDS]
    truth = [one.exact[1] - one.exact[0] for one in made]
    assert max(truth) < -0.005

    found = [compare(Contest(("a", "b"), ("a", "b"), *one.sides, set_id="set")) for one in made]

    assert Outcome.SUPERIOR not in {one.outcome for one in found}
    assert mean(one.exact.difference for one in found) == pytest.approx(mean(truth), abs=0.015)
