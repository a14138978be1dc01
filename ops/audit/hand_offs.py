"""Hand-offs: does every message still have the shape the next part expects, and do alerts arrive?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.audit.costs import LOST
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.series import Check, Series
from ops.words import several

HAND_OFFS = Family.HAND_OFFS
DRILL_DAYS = 30
LEAST_FIRED = 60
SILENT = 0.98

CHECKS = (
    Check(
        "stage.schema", HAND_OFFS, "kind", 0.1,
        "{after} of messages on {scope} are of a version that was not there before ({what})",
        "find who still sends it, or sends it already: two versions at once mean a half-done deployment",
        cost=0.5,
        urgency=Urgency.WILL_BREAK,
    ),
    Check(
        "field.failed", HAND_OFFS, "share", 0.1,
        "{scope}.{subject} is delivered as *cannot tell* in {after} of records, {before} before",
        "a part that reads {subject} fails: doctrail trace names it; backfill afterwards",
    ),
    Check(
        "tool.empty", HAND_OFFS, "share", 0.15,
        "tool {scope} finds nothing for {after} of what it is asked, {before} before",
        "its reference data are old or broken: load a new snapshot (doctrail mcp load)",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What the audit is told about whoever watches.

    Attributes:
        drilled: When each channel last proved that it delivers; None for one that never did.
        undelivered: Alerts that reached no channel, by channel.
        references: When each set of reference data was loaded, with the days it may be old.
    """

    drilled: tuple[tuple[str, datetime | None], ...] = ()
    undelivered: tuple[tuple[str, int], ...] = ()
    references: tuple[tuple[str, datetime, float], ...] = ()


def hand_off_findings(series: Series, monitoring: Monitoring) -> Iterator[Finding]:
    """Yield what is wrong between the parts, and with those who watch."""
    for check in CHECKS:
        yield from check.run(series)
    yield from _dead_rules(series)
    now = series.period.until
    yield from _alerts(monitoring, now)
    for name, loaded, days in monitoring.references:
        age = now - loaded
        if age > timedelta(days=days):
            yield Finding(
                check="reference.stale",
                family=HAND_OFFS,
                scope=name,
                sentence=f"reference data {name} are {age.days} days old, at most {days:g} are allowed",
                since=(loaded + timedelta(days=days)).date(),
                records=sum(1 for w in series.period.ways.values() if w.submitted_at > loaded),
                probability=0.05,
                fix=f"load a new snapshot of {name} (doctrail mcp load)",
            )


def _alerts(monitoring: Monitoring, now: datetime) -> Iterator[Finding]:
    for channel, count in monitoring.undelivered:
        yield Finding(
            check="alerts.undelivered",
            family=HAND_OFFS,
            scope=channel,
            sentence=f"{several(count, 'alert')} did not reach channel {channel}",
            records=count,
            field_cost=LOST,
            fix="doctrail alerts list says why; mend the channel, then doctrail alerts fire-drill",
        )
    for channel, at in monitoring.drilled:
        if at is not None and now - at <= timedelta(days=DRILL_DAYS):
            continue
        ago = "never" if at is None else f"{(now - at).days} days ago"
        yield Finding(
            check="alerts.drill",
            family=HAND_OFFS,
            scope=channel,
            sentence=f"channel {channel} last proved that an alert arrives: {ago}",
            records=1,
            urgency=Urgency.WILL_BREAK,
            fix="doctrail alerts fire-drill",
        )


def _dead_rules(series: Series) -> Iterator[Finding]:
    """Yield rules that have never decided anything: nobody knows whether they work."""
    for measure, points in series.of("rule.silent"):
        if len(points) < LEAST_FIRED:
            continue
        silent = sum(bool(p.value) for p in points) / len(points)
        if silent < SILENT:
            continue
        yield Finding(
            check="rule.dead",
            family=HAND_OFFS,
            scope=measure.scope,
            subject=measure.subject,
            sentence=f"rule {measure.subject} of {measure.scope} could not tell in {100 * silent:.0f} % of "
            f"{len(points)} records: it guards nothing",
            records=1,
            urgency=Urgency.ANNOYING,
            fix="give the rule what it reads, or remove it",
        )
