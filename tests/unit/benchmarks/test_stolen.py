"""What the host took is known of every moment that is asked about."""

from __future__ import annotations

import pytest

from benchmarks.stolen import UNDISTURBED, Stolen


@pytest.fixture
def stolen() -> Stolen:
    """Ten seconds, the host busy in the one before the sixth."""
    watched = Stolen()
    for second in range(1, 11):
        watched.note(float(second), 0.5 if second == 6 else UNDISTURBED)
    return watched


@pytest.mark.parametrize(("begin", "end"), [(5.2, 5.3), (4.4, 4.5), (6.4, 6.5), (1.0, 10.0)])
def test_what_ran_beside_a_busy_host_or_a_second_from_it_is_disturbed(
    stolen: Stolen, begin: float, end: float
) -> None:
    assert stolen.disturbed(begin, end)


@pytest.mark.parametrize(("begin", "end"), [(1.0, 3.5), (7.2, 7.3), (9.0, 20.0)])
def test_what_ran_apart_from_it_is_not(stolen: Stolen, begin: float, end: float) -> None:
    assert not stolen.disturbed(begin, end)


def test_the_share_is_of_the_whole_time(stolen: Stolen) -> None:
    assert stolen.share == pytest.approx(0.05 + 0.9 * UNDISTURBED)


def test_nothing_was_taken_of_no_time() -> None:
    with Stolen() as watched:
        pass

    assert watched.share == 0.0
    assert not watched.disturbed(0.0, 1.0)
