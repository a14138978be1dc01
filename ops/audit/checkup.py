"""The weekly fifteen minutes: three things that must hold, each said yes or no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ops.audit.marks import marks_of
from ops.audit.seen import COMPLETED, REQUESTED, SUBMITTED, Period
from ops.audit.shift import LEAST_BASE, RECENT, Point, share_shift
from schemas.layout import Frozen

WINDOW_HOURS = 24


class Item(Frozen):
    """One thing that was looked at.

    Attributes:
        holds: None where it can't be said yet.
    """

    name: str
    holds: bool | None
    sentence: str


def checkup(
    period: Period, important: dict[str, frozenset[str]], *, hours: float = WINDOW_HOURS
) -> list[Item]:
    """Return whether each day finished in its window, main fields are as empty as ever, and no key is double.

    Args:
        period: The last weeks.
        important: By type, the fields that are looked at.
        hours: Time within which a document must be done, or with a person.
    """
    today = period.until.date()
    return [_finished(period, today, hours), *_nulls(period, important, today), _doubles(period, today)]


def _finished(period: Period, today: date, hours: float) -> Item:
    edge = today - timedelta(days=RECENT - 1)
    due = [
        way
        for way in period.ways.values()
        if way.submitted_at.date() >= edge and period.until - way.submitted_at > timedelta(hours=hours)
    ]
    late = [way for way in due if (_took(way.at) or hours + 1) > hours]
    days = sorted({str(way.submitted_at.date()) for way in late})
    return Item(
        name="finished in time",
        holds=not late if due else None,
        sentence=f"{len(due) - len(late)} of {len(due)} documents of the last week took at most {hours:g} h"
        + (f"; late on {', '.join(days)}" if late else ""),
    )


def _took(at: dict[str, datetime]) -> float | None:
    """Return the hours until a document was done or with a person; None where it is neither."""
    ends = [when for topic, when in at.items() if topic in (COMPLETED, REQUESTED)]
    return (min(ends) - at[SUBMITTED]).total_seconds() / 3600 if ends and SUBMITTED in at else None


def _nulls(period: Period, important: dict[str, frozenset[str]], today: date) -> Iterator[Item]:
    points: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for place, seen in enumerate(period.documents):
        for measure, value in marks_of(seen):
            if measure.name == "field.null" and measure.subject in important.get(measure.scope, ()):
                points[(measure.scope, measure.subject)].append(Point(seen.day, place, value))
    flat, cold = [], []
    for (scope, subject), found in sorted(points.items()):
        name = f"{scope}.{subject}"
        base = [p for p in found if p.day < today - timedelta(days=RECENT - 1)]
        moved = share_shift(found, today, floor=0.1)
        if len(base) < LEAST_BASE:
            cold.append(name)
        elif moved is not None:
            yield Item(
                name=f"{name} filled",
                holds=False,
                sentence=f"empty in {100 * moved.after:.0f} % of records since {moved.since}, "
                f"{100 * moved.before:.0f} % before",
            )
        else:
            flat.append(name)
    if flat or cold:
        said = f"{len(flat)} fields are as empty as ever" + (
            f"; no baseline yet for {len(cold)}" if cold else ""
        )
        yield Item(name="main fields filled", holds=True if flat else None, sentence=said)


def _doubles(period: Period, today: date) -> Item:
    edge = today - timedelta(days=RECENT - 1)
    some = [s for s in period.documents if s.day >= edge and s.record is not None]
    double = [s for s in some if s.record is not None and s.record.duplicates]
    share = len(double) / len(some) if some else 0.0
    return Item(
        name="no duplicate keys",
        holds=not double if some else None,
        sentence=f"{len(double)} of {len(some)} records have another's business key ({100 * share:.0f} %)",
    )
