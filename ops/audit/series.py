"""The marks of a period by what they measure, and how a moved measure becomes a finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ops.audit.costs import REVIEW, Costs
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.marks import Measure, marks_of
from ops.audit.seen import Period
from ops.audit.shift import Point, Shift, kind_shift, number_shift, one_value, share_shift
from schemas.certificates import Certificate

Form = Literal["share", "number", "kind", "one value"]
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Series:
    """Everything measured in a period.

    Attributes:
        promises: What was certified of the live types' fields, by ``type.field``.
    """

    period: Period
    today: date
    costs: Costs
    points: Mapping[Measure, Sequence[Point]]
    promises: Mapping[str, Certificate] = field(default_factory=dict)

    def of(self, name: str) -> Iterator[tuple[Measure, Sequence[Point]]]:
        """Yield the series of one measure, by scope and subject."""
        for measure in sorted(self.points, key=lambda m: (m.scope, m.subject)):
            if measure.name == name:
                yield measure, self.points[measure]

    def records(self, shift: Shift) -> int:
        """Return how many of all documents a shift has affected beyond what is usual."""
        expected = shift.before * shift.of if 0 <= shift.before <= 1 else 0.0
        shares = [self.period.share[self.period.documents[place].day] for place in shift.places]
        all_of_them = sum(1 / share for share in shares)
        return max(round(all_of_them - expected), 1)

    def escaped(self, shift: Shift) -> float:
        """Return which part of the affected went out without a person; a reviewed one counts little."""
        out = [self.period.documents[place].escaped for place in shift.places]
        return (sum(out) + REVIEW * (len(out) - sum(out))) / len(out) if out else 1.0

    def documents(self, shift: Shift) -> tuple[str, ...]:
        """Return some documents that show it, the newest first."""
        newest = sorted(shift.places, reverse=True)[:MOST_NAMED]
        return tuple(self.period.documents[place].way.document_id for place in newest)


def series_of(
    period: Period, today: date, costs: Costs, promises: Mapping[str, Certificate] | None = None
) -> Series:
    """Return the series of a period."""
    points: dict[Measure, list[Point]] = defaultdict(list)
    for place, seen in enumerate(period.documents):
        for measure, value in marks_of(seen):
            points[measure].append(Point(seen.day, place, value))
    return Series(period, today, costs, points, promises or {})


@dataclass(frozen=True, slots=True)
class Check:
    """One measure that is watched, and what is said when it moves.

    Attributes:
        floor: Least change that is worth a word: of a share, of a median.
        sign: For numbers: 1 upwards only, -1 downwards only, 0 both.
        words: Says what moved; ``{subject}``, ``{scope}``, ``{before}``, ``{after}``, ``{what}`` are filled.
        fix: What to do first, filled in alike.
        cost: Of one affected record; None for the field's own.
        show: How the two levels are put into words.
    """

    name: str
    family: Family
    form: Form
    floor: float
    words: str
    fix: str
    sign: int = 0
    cost: float | None = None
    urgency: Urgency = Urgency.BROKEN
    show: Callable[[float], str] = lambda level: f"{100 * level:.0f} %"

    def run(self, series: Series) -> Iterator[Finding]:
        """Yield a finding per series that moved."""
        for measure, points in series.of(self.name):
            shift = self._shift(points, series.today)
            if shift is not None:
                yield self._finding(series, measure, shift)

    def _shift(self, points: Sequence[Point], today: date) -> Shift | None:
        match self.form:
            case "share":
                return share_shift(points, today, floor=self.floor)
            case "number":
                return number_shift(points, today, floor=self.floor, sign=self.sign)
            case "kind":
                return kind_shift(points, today, floor=self.floor)
            case "one value":
                return one_value(points, today, floor=self.floor)

    def _finding(self, series: Series, measure: Measure, shift: Shift) -> Finding:
        filled = {
            "scope": measure.scope,
            "subject": measure.subject,
            "before": self.show(shift.before),
            "after": self.show(shift.after),
            "what": shift.what,
        }
        own = series.costs.of(measure.scope, measure.subject)
        return Finding(
            check=self.name,
            family=self.family,
            scope=measure.scope,
            subject=measure.subject,
            sentence=self.words.format(**filled),
            evidence=(f"{len(shift.places)} of {shift.of} documents looked at since {shift.since}",),
            since=shift.since,
            records=series.records(shift),
            field_cost=own if self.cost is None else self.cost,
            probability=series.escaped(shift),
            urgency=self.urgency,
            fix=self.fix.format(**filled),
            documents=series.documents(shift),
        )
