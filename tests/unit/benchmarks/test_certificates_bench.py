from __future__ import annotations

import pytest

from benchmarks.certificates import PROMISED, WORLDS, Found, World, held_against, main, of_certified

DRAWS = 60


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return [held_against(world, DRAWS) for world in WORLDS]


def test_of_the_certificates_given_at_most_one_in_twenty_is_violated(found: list[Found]) -> None:
    assert of_certified(found) <= PROMISED
    assert max(one.certified for one in found if one.usual) > 0.5


def test_worlds_made_to_break_the_promise_are_hardly_ever_certified(found: list[Found]) -> None:
    # With so few draws a share of 5 % may come out three standard deviations higher.
    assert all(one.violated <= PROMISED + 0.085 for one in found)
    assert all(one.certified < 0.2 for one in found if not one.usual and "everywhere" in one.world)


def test_a_world_without_errors_is_certified_always_and_one_full_of_them_never() -> None:
    good = held_against(World("no errors", 300, 0.02, lambda c: 0 * c), DRAWS)
    bad = held_against(World("half wrong", 300, 0.02, lambda c: 0 * c + 0.5), DRAWS)

    assert (good.certified, good.violated, bad.certified) == (1.0, 0.0, 0.0)


def test_the_bench_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--draws", "20"]) == 0
    assert "at most 0.05 may be" in capsys.readouterr().out
