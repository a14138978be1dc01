"""What somebody's turn picks of a line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from review.queue.lanes import Lane
from review.queue.turns import LAPSED, Line, Place, Turn

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BOTH = (Lane.ROUTED, Lane.AUDIT)


def place(name: str, lane: Lane = Lane.ROUTED, *, rank: float = 1.0, late: int | None = None) -> Place:
    """Return a task of a run of its own, the run being the name's first letter."""
    due = NOW - timedelta(hours=late or -24)
    return Place(name, f"run-{name[0]}", lane, rank, due, overdue=late is not None)


def line(*places: Place) -> Line:
    return Line(places, whole=True)


def turn(quotas: dict[Lane, float] | None = None, gold: Place | None = None, **claimed: int) -> Turn:
    return Turn(quotas or {}, BOTH, claimed, lambda: gold)


def names(turn: Turn, line: Line, count: int) -> list[str]:
    return [one.task_id for one in turn.picks(line, count)]


def test_what_is_overdue_comes_first_then_what_is_worth_most() -> None:
    waits = line(place("a"), place("b", rank=5.0), place("c", late=1), place("d", Lane.AUDIT, late=3))

    assert names(turn(), waits, 9) == ["d", "c", "b", "a"]


def test_nobody_gets_two_tasks_of_one_run_nor_one_task_twice() -> None:
    waits = line(place("a1", late=1), place("a1"), place("a2", Lane.AUDIT), place("b"))

    assert names(turn(), waits, 9) == ["a1", "b"]


def test_a_lane_that_is_owed_comes_before_everything_else_and_what_lapsed_is_counted() -> None:
    owing = turn({Lane.AUDIT: 0.25, Lane.DOUBLE: 0.25}, routed=8)

    picks = owing.picks(line(place("a", late=9), place("b", Lane.AUDIT), place("c", Lane.AUDIT)), 2)

    assert [one.task_id for one in picks] == ["b", "c"]
    assert picks[0].counts == ("audit",)
    assert picks[1].counts == (f"{LAPSED}double", "audit")


def test_what_somebody_else_got_is_not_counted() -> None:
    owing = turn({Lane.AUDIT: 0.5}, routed=2)
    (first,) = owing.picks(line(place("a", Lane.AUDIT)), 1)

    owing.missed(first)

    assert names(owing, line(place("b", Lane.AUDIT), place("c", rank=9.0)), 1) == ["b"]


def test_gold_is_asked_for_once_and_only_where_its_run_is_not_picked_already() -> None:
    waits = line(place("a"), place("b"), place("c"))
    gold = place("g", Lane.GOLD)

    assert names(turn({Lane.GOLD: 1.0}, gold), waits, 3) == ["g", "a", "b"]

    owing = turn({Lane.AUDIT: 0.9, Lane.GOLD: 0.6}, place("c-gold", Lane.GOLD), routed=1)
    assert names(owing, line(place("c", Lane.AUDIT), place("a")), 3) == ["c", "a"]
