"""What is promised and what is kept: availability, freshness, completeness, accuracy, recovery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from catalog.database import Catalog
from catalog.due import came_in, due
from ops.audit.marks import marks_of
from ops.audit.seen import Period
from ops.incidents.keeping import Incident
from ops.intervals import rate
from ops.operations import Operations, Promise
from ops.words import several
from schemas.classification import UNKNOWN_TYPE
from schemas.layout import Frozen
from schemas.packets import PACKET_TYPE
from schemas.results import RuleVerdict, Verdict

WEEK = timedelta(days=7)
LEAST = 20
"""Cases below which a share is said to be unknown rather than kept or broken."""
ALL = "all"


class Objective(Frozen):
    """One promise and how it stands.

    Attributes:
        value: What was reached, in words; None where too little is known.
        holds: None where it can't be said.
        left: Share of the error budget that is left, 1 to below 0; None where it has none.
        burn: How many times faster than it may the budget was used in the last week.
        cases: What was counted.
        bad: How much of that did not keep the promise.
        first: When the first document came in that did not keep it.
        last: When the last one did.
    """

    name: str
    scope: str
    target: str
    value: str | None
    holds: bool | None
    left: float | None = None
    burn: float | None = None
    cases: int = 0
    bad: int = 0
    first: AwareDatetime | None = None
    last: AwareDatetime | None = None
    owner: str

    @property
    def exhausted(self) -> bool:
        """Whether nothing of its budget is left."""
        return self.left is not None and self.left <= 0


@dataclass(frozen=True, slots=True)
class _Count:
    """Good and bad cases of a window, and of its last week; when the documents of bad ones came in."""

    cases: int = 0
    bad: int = 0
    week: int = 0
    week_bad: int = 0
    broken: Sequence[datetime] = ()


async def objectives(
    catalog: Catalog, period: Period, incidents: Sequence[Incident], said: Operations
) -> list[Objective]:
    """Return every promise of the whole and of each type, with how it stands.

    Args:
        catalog: Which documents are done.
        period: The window's documents; availability counts all of them, the rest is from those read.
        incidents: For the time to recovery.
        said: What is promised.
    """
    now, whole = period.until, said.slo
    kinds = {way.doc_type for way in period.ways.values()} - {None, UNKNOWN_TYPE, PACKET_TYPE}
    scopes = [ALL, *sorted(str(kind) for kind in kinds)]
    found: list[Objective] = []
    for scope in scopes:
        promise = whole if scope == ALL else whole.of(scope)
        found.append(await _available(catalog, period, scope, promise, said))
        found += _freshness(period, scope, promise)
        counts = _counted(period, scope, now)
        found.append(_share("completeness", scope, promise.completeness, counts["fields"], promise))
        found.append(_share("rows", scope, promise.completeness, counts["tables"], promise))
        found.append(_share("accuracy", scope, promise.accuracy, counts["values"], promise))
    found.append(_recovery(incidents, whole, now))
    return found


def exhausted(found: Sequence[Objective], doc_type: str | None = None) -> list[Objective]:
    """Return the promises without any budget left, of the whole and of one type."""
    return [one for one in found if one.exhausted and one.scope in (ALL, doc_type or one.scope)]


async def _available(
    catalog: Catalog, period: Period, scope: str, promise: Promise, said: Operations
) -> Objective:
    now, within = period.until, timedelta(hours=said.finish_hours)
    kind = None if scope == ALL else scope
    window = await due(catalog, now - timedelta(days=promise.days), now, within, kind)
    week = await due(catalog, now - WEEK, now, within, kind)
    late = await _late(catalog, period, scope, within)
    undone = [
        way.submitted_at
        for way in period.ways.values()
        if way.done_at is None and now - way.submitted_at > within and scope in (ALL, way.doc_type)
    ]
    counts = _Count(
        window.due,
        window.undone + sum(now - came <= timedelta(days=promise.days) for came in late),
        week.due,
        week.undone + sum(now - came <= WEEK for came in late),
        [*late, *undone],
    )
    return _share("availability", scope, promise.availability, counts, promise)


async def _late(catalog: Catalog, period: Period, scope: str, within: timedelta) -> list[datetime]:
    """Return when those came in that were done later than promised.

    What runs again within the period and was done before it is not late, however long running again took.
    """
    slow = {
        way.document_id: way.done_at
        for way in period.ways.values()
        if way.done_at is not None
        and way.done_at - way.submitted_at > within
        and scope in (ALL, way.doc_type)
    }
    came = await came_in(catalog, slow)
    return [at for document_id, at in came.items() if at >= period.since]


def _share(name: str, scope: str, target: float, counts: _Count, promise: Promise) -> Objective:
    if counts.cases < LEAST:
        said = None if not counts.cases else f"{counts.cases} cases, too few"
        return Objective(
            name=name, scope=scope, target=_percent(target), value=said, holds=None, owner=promise.owner
        )
    allowed = 1 - target
    bad = counts.bad / counts.cases
    interval = rate(counts.cases - counts.bad, counts.cases)
    week = counts.week_bad / counts.week / allowed if counts.week else None
    return Objective(
        name=name,
        scope=scope,
        target=_percent(target),
        value=f"{_percent(1 - bad)} of {counts.cases} ({_percent(interval.low)}–{_percent(interval.high)})",
        holds=bad <= allowed,
        left=1 - bad / allowed,
        burn=week,
        cases=counts.cases,
        bad=counts.bad,
        first=min(counts.broken, default=None),
        last=max(counts.broken, default=None),
        owner=promise.owner,
    )


def _freshness(period: Period, scope: str, promise: Promise) -> Iterator[Objective]:
    """Yield how old the newest record is; nothing is promised for a type that has none at all."""
    ends = [
        max(way.at.values())
        for way in period.ways.values()
        if way.ending is not None and scope in (ALL, way.doc_type)
    ]
    if not ends:
        return
    age = period.until - max(ends)
    hours = age.total_seconds() / 3600
    yield Objective(
        name="freshness",
        scope=scope,
        target=f"{promise.freshness_hours:g} h",
        value=f"{hours:.1f} h",
        holds=hours <= promise.freshness_hours,
        owner=promise.owner,
    )


def _counted(period: Period, scope: str, now: datetime) -> Mapping[str, _Count]:
    """Return declared fields accounted for, tables held against printed figures, values people looked at."""
    tallies = {"fields": _Tally(), "tables": _Tally(), "values": _Tally()}
    for seen in period.documents:
        if scope not in (ALL, seen.way.doc_type) or seen.record is None:
            continue
        came, recent = seen.way.submitted_at, now - seen.way.submitted_at <= WEEK
        cover = seen.record.coverage
        tallies["fields"].add(
            came, cover.declared, len(cover.missing) + len(cover.cannot_tell), recent=recent
        )
        tables = printed_against(seen.record.rules)
        tallies["tables"].add(came, len(tables), sum(tables.values()), recent=recent)
        wrong = [bool(value) for measure, value in marks_of(seen) if measure.name == "field.wrong"]
        tallies["values"].add(came, len(wrong), sum(wrong), recent=recent)
    return {name: tally.counted() for name, tally in tallies.items()}


def printed_against(rules: Sequence[RuleVerdict]) -> Mapping[str, bool]:
    """Return a record's tables that a printed figure says something of, and whether it contradicts them.

    A rule that reads a column and a field beside the table holds the rows against what is printed of them.
    """
    found: dict[str, bool] = {}
    for rule in rules:
        columns = {name.partition(".")[0] for name in rule.fields if "." in name}
        beside = [name for name in rule.fields if "." not in name]
        if columns and beside and rule.verdict in (Verdict.HOLDS, Verdict.BROKEN):
            for table in columns:
                found[table] = found.get(table, False) or rule.verdict is Verdict.BROKEN
    return found


@dataclass(slots=True)
class _Tally:
    """What a count is made of, document by document."""

    cases: int = 0
    bad: int = 0
    week: int = 0
    week_bad: int = 0
    broken: list[datetime] = field(default_factory=list)

    def add(self, came: datetime, cases: int, bad: int, *, recent: bool) -> None:
        self.cases += cases
        self.bad += bad
        if recent:
            self.week += cases
            self.week_bad += bad
        if bad:
            self.broken.append(came)

    def counted(self) -> _Count:
        return _Count(self.cases, self.bad, self.week, self.week_bad, self.broken)


def _recovery(incidents: Sequence[Incident], promise: Promise, now: datetime) -> Objective:
    """Return the mean time to recovery of the window's closed incidents; open ones count as they stand."""
    some = [one for one in incidents if now - one.began <= timedelta(days=promise.days)]
    hours = [((one.recovery or now - one.began).total_seconds()) / 3600 for one in some]
    mean = sum(hours) / len(hours) if hours else None
    still = sum(one.closed is None for one in some)
    said = (
        None
        if mean is None
        else f"{mean:.1f} h over {several(len(some), 'incident')}" + (f", {still} open" if still else "")
    )
    return Objective(
        name="time to recovery",
        scope=ALL,
        target=f"{promise.recovery_hours:g} h",
        value=said,
        holds=None if mean is None else mean <= promise.recovery_hours,
        owner=promise.owner,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.9995 or share == 1 else f"{100 * share:.2f} %"
