"""What the machinery carried: the busiest hour, and how long each stage takes, against the week before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import ceil
from statistics import median, pstdev

from ops.audit.seen import Period
from ops.words import about
from schemas.layout import Frozen

WEEK = 7
LEAST_DAYS = 3
"""Days with work before today without which nothing is usual."""
ODD = 2.0
"""Standard deviations of the days' medians beyond which today's is marked."""


class Hour(Frozen):
    """The hour of a stretch of time in which most documents came in."""

    documents: int
    day: date | None = None
    hour: int = 0


class StageTime(Frozen):
    """How long a stage computes, in seconds.

    Attributes:
        p50: Today's median; None where it computed nothing today.
        p99: Today's 99th percentile.
        usual: The median of the medians of the seven days before; None with fewer than three such days.
        spread: Standard deviation of those medians.
    """

    stage: str
    p50: float | None
    p99: float | None
    usual: float | None
    spread: float | None

    @property
    def odd(self) -> bool:
        """Whether today's median lies more than two standard deviations from what is usual."""
        if self.p50 is None or self.usual is None or self.spread is None:
            return False
        # Where all days were equal to a millisecond, another millisecond is no news.
        return abs(self.p50 - self.usual) > max(ODD * self.spread, 0.1 * self.usual)


class Load(Frozen):
    """What the machinery carried.

    Attributes:
        week: The busiest hour of the seven days before today: what it is known to hold.
        today: Today's busiest.
        stages: By name.
    """

    week: Hour
    today: Hour
    stages: tuple[StageTime, ...] = ()


def load_of(period: Period) -> Load:
    """Return what the last week carried, and today."""
    today = period.until.date()
    first = today - timedelta(days=WEEK)
    times: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for seen in period.documents:
        for attempt in seen.attempts:
            if attempt.ended == "computed" and first <= seen.day <= today:
                times[attempt.stage][seen.day].append(attempt.seconds)
    return Load(
        week=_busiest(period, [first + timedelta(days=n) for n in range(WEEK)]),
        today=_busiest(period, [today]),
        stages=tuple(_stage(name, times[name], today) for name in sorted(times)),
    )


def load_lines(load: Load) -> Iterator[str]:
    """Yield it in words: a line for the hours, one per stage that worked."""
    if load.week.day is not None or load.today.documents:
        at = f" ({load.week.day}, {load.week.hour}:00 UTC)" if load.week.day else ""
        before = f"{load.week.documents} documents in the week before{at}"
        yield f"  busiest hour: {before}, {load.today.documents} today"
    for one in load.stages:
        if one.p50 is None or one.p99 is None:
            continue
        usual = "" if one.usual is None else f", usually {about(one.usual)} ± {about(one.spread or 0.0)}"
        odd = "  ODD" if one.odd else ""
        yield f"  {one.stage}: p50 {about(one.p50)}, p99 {about(one.p99)} today{usual}{odd}"


def _busiest(period: Period, days: Sequence[date]) -> Hour:
    counted = [(period.arrived[(day, hour)], day, hour) for day in days for hour in range(24)]
    most = max(counted, key=lambda one: (one[0], one[1], one[2]))
    return Hour(documents=most[0], day=most[1], hour=most[2]) if most[0] else Hour(documents=0)


def _stage(name: str, times: Mapping[date, Sequence[float]], today: date) -> StageTime:
    now = sorted(times.get(today, ()))
    medians = [median(taken) for day, taken in times.items() if day != today]
    known = len(medians) >= LEAST_DAYS
    return StageTime(
        stage=name,
        p50=median(now) if now else None,
        p99=now[ceil(0.99 * len(now)) - 1] if now else None,
        usual=median(medians) if known else None,
        spread=pstdev(medians) if known else None,
    )
