"""What the audit tells of load and of the time that stages take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ops.audit.load import StageTime, load_lines, load_of
from ops.audit.seen import Period

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_the_busiest_hour_of_the_week_is_what_the_machinery_is_known_to_hold() -> None:
    period = Period(NOON - timedelta(days=30), NOON)
    period.arrived[(NOON.date() - timedelta(days=2), 9)] = 80
    period.arrived[(NOON.date() - timedelta(days=20), 9)] = 500
    period.arrived[(NOON.date(), 11)] = 20

    found = load_of(period)

    assert (found.week.documents, found.week.hour, found.today.documents) == (80, 9, 20)
    assert next(load_lines(found)) == (
        "  busiest hour: 80 documents in the week before (2026-03-18, 9:00 UTC), 20 today"
    )


def test_a_stage_is_odd_beyond_two_standard_deviations_of_the_days_before() -> None:
    def today(p50: float) -> StageTime:
        return StageTime(stage="extraction", p50=p50, p99=3.0, usual=1.0, spread=0.2)

    assert not today(1.3).odd
    assert today(1.5).odd
    assert not today(1.5).model_copy(update={"usual": None, "spread": None}).odd
