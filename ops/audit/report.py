"""The audit of a moment: the findings by their damage, the one to mend first, and what can't be said yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from catalog.database import Catalog
from ops.audit.breakers import Waited, breaker_findings, waits_of
from ops.audit.causes import explained
from ops.audit.costs import Costs
from ops.audit.data import data_findings
from ops.audit.figures import Figures, Promises, figures
from ops.audit.finding import Family, Finding
from ops.audit.hand_offs import Monitoring, hand_off_findings
from ops.audit.infrastructure import cause, infrastructure_findings
from ops.audit.load import Load, load_of
from ops.audit.model import model_findings
from ops.audit.seen import PER_DAY, Period, Seen, look
from ops.audit.series import series_of
from ops.audit.shift import LEAST_BASE, RECENT
from ops.words import several
from schemas.layout import Frozen
from schemas.results import FieldDecision
from store.protocol import ObjectStore

BASELINE_DAYS = 28
COLD_DAYS = 7
"""Days of baseline without which failures are counted instead of compared."""
MOST_FIELDS = 3
"""Fields with the same doubt that are named; more are counted."""


class Cold(Frozen):
    """What is counted while there is no baseline.

    Attributes:
        days: Days with documents before the last week.
        documents: Documents of those days that were read.
        failures: Ways of failing in the whole period, the commonest first.
    """

    days: int
    documents: int
    failures: tuple[tuple[str, int], ...]


class Audit(Frozen):
    """What an audit found.

    Attributes:
        read: Documents read in full, of ``documents`` that came in.
        cold: Set while there is no baseline: nothing that needs one was judged.
        findings: What nothing else explains, the costliest first; the first is the one to mend first.
        figures: What the models are worth, by type.
        load: What the machinery carried; None in audits of before.
        waits: Outside parts that did not answer in the last week.
        unreadable: Objects that could not be read; doctrail verify says more.
    """

    at: datetime
    since: datetime
    documents: int
    read: int
    cold: Cold | None = None
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figures, ...] = ()
    load: Load | None = None
    waits: tuple[Waited, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def first(self) -> Finding | None:
        """The one thing to mend first."""
        return self.findings[0] if self.findings else None


async def audit(
    store: ObjectStore,
    catalog: Catalog,
    costs: Costs,
    monitoring: Monitoring,
    *,
    now: datetime,
    per_day: int = PER_DAY,
) -> Audit:
    """Return what is wrong, judged by a rolling baseline of the four weeks before the last one.

    Args:
        store: Where records and trails lie.
        catalog: What happened when.
        costs: What errors cost.
        monitoring: What is known of alerts and reference data.
        now: The present.
        per_day: Documents of a day read in full.
    """
    since = now - timedelta(days=BASELINE_DAYS + RECENT)
    period = await look(store, catalog, since=since, until=now, per_day=per_day)
    return judge(period, costs, monitoring)


def judge(
    period: Period,
    costs: Costs,
    monitoring: Monitoring,
    *,
    promises: Promises | None = None,
    also: Sequence[Finding] = (),
) -> Audit:
    """Return what a period shows; pure.

    Args:
        promises: What was certified of the live types' fields.
        also: What was found by doing something again.
    """
    today = period.until.date()
    series = series_of(period, today, costs, promises)
    cold = _cold(period)
    waits = waits_of(period)
    findings = [*also, *breaker_findings(waits), *hand_off_findings(series, monitoring)]
    if cold is None:
        findings += [*data_findings(series), *model_findings(series), *infrastructure_findings(series)]
    return Audit(
        at=period.until,
        since=period.since,
        documents=len(period.ways),
        read=len(period.documents),
        cold=cold,
        findings=explained(_once(findings)),
        figures=figures(period, promises or {}),
        load=load_of(period),
        waits=waits,
        unreadable=tuple(period.unreadable),
    )


def of_family(found: Audit, family: Family) -> tuple[Finding, ...]:
    """Return the findings of one of the four points, the costliest first."""
    return tuple(one for one in found.findings if one.family is family)


def _once(findings: list[Finding]) -> list[Finding]:
    """Return one finding per key: the costlier of two that say the same."""
    best: dict[str, Finding] = {}
    for one in findings:
        known = best.get(one.key)
        if known is None or one.damage > known.damage:
            best[one.key] = one
    return list(best.values())


def _cold(period: Period) -> Cold | None:
    """Return what is counted instead, where the baseline is too short to compare with."""
    edge = period.until.date() - timedelta(days=RECENT - 1)
    base = [seen for seen in period.documents if seen.day < edge]
    days = len({seen.day for seen in base})
    if days >= COLD_DAYS and len(base) >= LEAST_BASE:
        return None
    failures: Counter[str] = Counter()
    doubted: Counter[tuple[str, str]] = Counter()
    fields: dict[tuple[str, str], set[str]] = defaultdict(set)
    for seen in period.documents:
        failures.update(_ends_badly(seen))
        doubts = _doubts(seen)
        doubted.update(doubts.keys())
        for kind, names in doubts.items():
            fields[kind] |= names
    for (doc_type, why), count in doubted.items():
        failures[f"{doc_type}, {_named(fields[(doc_type, why)])}: {why}"] = count
    for (_, agent, cls, reason), count in period.deaths.items():
        failures[f"{agent} gave up: {cause(cls, reason)}"] += count
    told = tuple(sorted(failures.items(), key=lambda item: (-item[1], item[0])))
    return Cold(days=days, documents=len(base), failures=told)


def _ends_badly(seen: Seen) -> list[str]:
    if seen.way.ending is None:
        return ["still under way"]
    reason = seen.classification.reason if seen.classification else None
    return [f"rejected: {reason}"] if seen.way.ending == "rejected" else []


def _doubts(seen: Seen) -> dict[tuple[str, str], set[str]]:
    """Return the fields that a person is asked about, by type and kind of doubt."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in seen.record.fields if seen.record else ():
        if one.decision is FieldDecision.REVIEW and one.reasons:
            # Only the kind of doubt: what follows the colon may say what stands in the document.
            found[seen.way.doc_type or "unknown", one.reasons[0].partition(": ")[0]].add(one.field.name)
    return found


def _named(fields: set[str]) -> str:
    return ", ".join(sorted(fields)) if len(fields) <= MOST_FIELDS else several(len(fields), "field")
