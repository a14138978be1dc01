"""Infrastructure: is every stage as quick, as sure and as unhindered as it was?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from ops.audit.costs import DELAY, LOST
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.marks import UNNOTICED
from ops.audit.series import Check, Series
from ops.words import about

INFRASTRUCTURE = Family.INFRASTRUCTURE
MANY_DEATHS = 5
"""Dead letters of one kind in the last days that are worth a word where there were none before."""
USUAL_TIMES = 4


def _seconds(level: float) -> str:
    return about(max(10**level - UNNOTICED, 0.001))


CHECKS = (
    Check(
        "stage.skew", INFRASTRUCTURE, "share", 0.1,
        "{scope} begins {after} of its work before the message was sent, by its own clock ({before} before)",
        "set the clock of the machine that runs {scope}: what it dates is not to be trusted",
        cost=DELAY,
    ),
    Check(
        "stage.waited", INFRASTRUCTURE, "number", 0.5,
        "documents wait {after} for a free reading process in {scope}, {before} before",
        "the pool of page readers is used up: raise DOCTRAIL_PAGE_WORKERS, or find the file that holds one",
        sign=1,
        cost=DELAY,
        urgency=Urgency.WILL_BREAK,
        show=lambda level: about(max(10**level - 0.1, 0.0)),
    ),
    Check(
        "stage.seconds", INFRASTRUCTURE, "number", 0.5,
        "{scope} takes {after} a document, {before} before",
        "doctrail trace one of them: which step takes the time?",
        sign=1,
        cost=DELAY,
        urgency=Urgency.WILL_BREAK,
        show=_seconds,
    ),
    Check(
        "stage.queue", INFRASTRUCTURE, "number", 0.6,
        "a message waits {after} for {scope}, {before} before",
        "{scope} does not keep up: doctrail status; more processes, or the part that slows it down",
        sign=1,
        cost=DELAY,
        urgency=Urgency.WILL_BREAK,
        show=lambda level: f"{10**level - 1:.0f} s",
    ),
    Check(
        "stage.retried", INFRASTRUCTURE, "share", 0.15,
        "{after} of the work of {scope} succeeds only after a retry, {before} before",
        "an outside part fails and is retried: doctrail trace --full names the call; mend it now",
        cost=DELAY,
        urgency=Urgency.WILL_BREAK,
    ),
    Check(
        "stage.failed", INFRASTRUCTURE, "share", 0.1,
        "{after} of the attempts of {scope} fail, {before} before",
        "doctrail dlq list groups what failed; doctrail trace shows an attempt",
        cost=LOST,
    ),
)  # fmt: skip


def infrastructure_findings(series: Series) -> Iterator[Finding]:
    """Yield what is wrong with the machinery."""
    for check in CHECKS:
        yield from check.run(series)
    yield from _deaths(series)


def cause(error_class: str, reason: str) -> str:
    """Return why messages were given up: the class, and the reason where it says more."""
    return error_class if reason == error_class else f"{error_class}: {reason}"


def _deaths(series: Series) -> Iterator[Finding]:
    """Yield kinds of dead letters that are many where there were few."""
    recent: Counter[tuple[str, str, str]] = Counter()
    before: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], date] = {}
    edge = series.today - timedelta(days=6)
    for (day, *why), count in sorted(series.period.deaths.items()):
        kind = (why[0], why[1], why[2])
        (recent if day >= edge else before)[kind] += count
        if day >= edge:
            first.setdefault(kind, day)
    weeks = max((edge - series.period.since.date()).days / 7, 1)
    for (agent, cls, reason), count in recent.items():
        usual = before[(agent, cls, reason)] / weeks
        if count < MANY_DEATHS or count < USUAL_TIMES * usual:
            continue
        shape = cls == "shape"
        yield Finding(
            check="dead_letters",
            family=Family.HAND_OFFS if shape else INFRASTRUCTURE,
            scope=agent,
            subject=reason,
            sentence=f"{agent} gave up {count} messages in a week ({cause(cls, reason)}), {usual:.0f} before",
            since=first[(agent, cls, reason)],
            records=count,
            field_cost=LOST,
            fix="doctrail dlq list, doctrail dlq show ID: mend the cause, then doctrail dlq redrive --all",
        )
