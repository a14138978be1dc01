"""Which gates are breached: each check over the last days, by type; what closes, and what only warns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ops.audit.causes import explained
from ops.audit.data import data_findings
from ops.audit.finding import Finding
from ops.audit.hand_offs import Monitoring
from ops.audit.marks import Measure
from ops.audit.seen import Period
from ops.audit.series import Series
from ops.audit.shift import Point
from ops.gates.standing import Closed, Standing
from ops.operations import Action, Gate
from ops.words import duration, several
from schemas.classification import UNKNOWN_TYPE
from schemas.packets import PACKET_TYPE

LAST = 50
"""The newest records that completeness and duplicates are counted over."""
LEAST = 12
"""Records without which a share is not judged."""
DISTRIBUTION = frozenset(
    {
        "columns",
        "field.shape",
        "field.magnitude",
        "field.factor",
        "field.zero",
        "field.value",
        "field.days",
        "field.cut",
        "field.rows",
        "field.unread",
        "field.ungrounded",
    }
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A gate that is breached for a type.

    Attributes:
        since: First day of what breaches it.
    """

    gate: Gate
    doc_type: str
    reason: str
    since: date


def breaches(gates: Sequence[Gate], series: Series, monitoring: Monitoring) -> list[Breach]:
    """Return every breach of this moment."""
    checks: dict[str, Callable[[Gate, str], Iterator[tuple[str, date]]]] = {
        "completeness": lambda gate, kind: _completeness(gate, kind, series),
        "freshness": lambda gate, kind: _freshness(gate, kind, series.period),
        "volume": lambda gate, kind: _volume(gate, kind, series.period),
        "distribution": lambda gate, kind: _distribution(gate, kind, findings),
        "referential": lambda gate, kind: _referential(gate, kind, series, monitoring),
    }
    kinds = sorted({way.doc_type for way in series.period.ways.values() if way.doc_type})
    findings = explained(list(data_findings(series)))
    return [
        Breach(gate, kind, reason, since)
        for gate in gates
        for kind in kinds
        if kind not in (UNKNOWN_TYPE, PACKET_TYPE) and gate.doc_type in ("*", kind)
        for reason, since in checks[gate.check](gate, kind)
    ]


def judged(standing: Standing, found: Sequence[Breach], now: datetime) -> Standing:
    """Return which gates are closed after a check: those that hold stay closed until a person opens them."""
    closed = dict(standing.closed)
    warned: list[Closed] = []
    for breach in found:
        one = Closed(
            gate=breach.gate.name,
            doc_type=breach.doc_type,
            action=breach.gate.action,
            reason=breach.reason,
            at=now,
        )
        released = standing.released.get(one.key)
        if one.action is Action.WARN:
            warned.append(one)
        elif released is None or breach.since > released.at.date():
            closed.setdefault(one.key, one)
    return standing.model_copy(update={"closed": closed, "warned": tuple(warned), "checked_at": now})


def _completeness(gate: Gate, kind: str, series: Series) -> Iterator[tuple[str, date]]:
    for measure, points in series.of("field.null"):
        wanted = gate.field is None and series.costs.of(kind, measure.subject) > 1
        if measure.scope != kind or not (wanted or measure.subject == gate.field):
            continue
        found = _share(points, gate)
        if found is not None:
            share, since = found
            yield f"{measure.subject} is empty in {100 * share:.0f} % of the last records", since


def _freshness(gate: Gate, kind: str, period: Period) -> Iterator[tuple[str, date]]:
    came = [way.submitted_at for way in period.ways.values() if way.doc_type == kind]
    age = period.until - max(came)
    if age > timedelta(hours=gate.hours):
        yield f"none has come in for {duration(age.total_seconds())}", max(came).date()


def _volume(gate: Gate, kind: str, period: Period) -> Iterator[tuple[str, date]]:
    came = [way.submitted_at for way in period.ways.values() if way.doc_type == kind]
    today = sum(period.until - at <= timedelta(days=1) for at in came)
    days = max((period.until - min(came)).days, 1)
    usual = (len(came) - today) / days
    if days >= 7 and today >= LEAST and today > gate.times * max(usual, 1):
        yield f"{several(today, 'document')} in a day, {usual:.0f} is usual", period.until.date()


def _distribution(gate: Gate, kind: str, findings: Sequence[Finding]) -> Iterator[tuple[str, date]]:
    for one in findings:
        about = one.check in DISTRIBUTION and one.scope == kind and gate.field in (None, one.subject)
        if about and one.since is not None:
            yield one.sentence, one.since


def _referential(gate: Gate, kind: str, series: Series, monitoring: Monitoring) -> Iterator[tuple[str, date]]:
    points = series.points.get(Measure("doc.duplicate", kind), ())
    found = _share(points, gate)
    if found is not None:
        yield f"{100 * found[0]:.0f} % of the last records have another's business key", found[1]
    for name, loaded, days in monitoring.references:
        limit = loaded + timedelta(days=days)
        if series.period.until > limit:
            yield f"reference data {name} are {(series.period.until - loaded).days} days old", limit.date()


def _share(points: Sequence[Point], gate: Gate) -> tuple[float, date] | None:
    """Return the share among the newest records and the day it is counted from, where it is too large."""
    newest = sorted(points, key=lambda p: (p.day, p.place))[-LAST:]
    bad = [point for point in newest if point.value]
    if len(newest) < LEAST or len(bad) / len(newest) <= gate.above:
        return None
    return len(bad) / len(newest), newest[0].day
