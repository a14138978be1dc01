"""Outside parts that did not answer: how often and for how long messages waited behind a breaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from ops.audit.costs import DELAY
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.seen import Period
from ops.audit.shift import RECENT
from ops.words import duration, minute, several, shown
from schemas.layout import Frozen
from store.outages import Outage

LEAST = timedelta(minutes=5)
"""Waiting in a week below which an outage that is over is no finding: retries and a pause are the cure."""
LEAST_OPENINGS = 10
"""Openings in a week that are worth a word however short they were."""
USUAL_TIMES = 4
_SHORT = 160


class Waited(Frozen):
    """How one outside part answered in the last week.

    Attributes:
        times: How often it did not.
        seconds: For how long, all in all.
        longest: The longest of them.
        longest_at: When that began.
        open_since: Since when it does not answer; None where it does.
        waited: The most messages that waited, summed over the times.
        came_in: Documents that came in meanwhile.
        usual_times: How often in a week before.
        usual_seconds: For how long in a week before.
        agents: Who waited.
        reason: How the last call failed.
    """

    target: str
    first: AwareDatetime
    times: int
    seconds: float
    longest: float
    longest_at: AwareDatetime
    open_since: AwareDatetime | None
    waited: int
    came_in: int
    usual_times: float
    usual_seconds: float
    agents: tuple[str, ...]
    reason: str

    @property
    def unusual(self) -> bool:
        """Whether it waits now, or waited for longer or more often than it does anyway."""
        if self.open_since is not None and self.longest >= LEAST.total_seconds():
            return True
        long = self.seconds >= max(LEAST.total_seconds(), USUAL_TIMES * self.usual_seconds)
        return long or self.times >= max(LEAST_OPENINGS, USUAL_TIMES * self.usual_times)


def waits_of(period: Period) -> tuple[Waited, ...]:
    """Return how each outside part that failed to answer in the last week did, by name."""
    edge = period.until - timedelta(days=RECENT)
    weeks = max((edge - period.since).days / 7, 1.0)
    known = [_ended(period, one) for one in period.outages]
    found = []
    for target in sorted({one.target for one in known}):
        some = [one for one in known if one.target == target]
        recent = [one for one in some if one.began > edge]
        if recent:
            found.append(_waited(period, recent, [one for one in some if one.began <= edge], weeks))
    return tuple(found)


def _ended(period: Period, outage: Outage) -> Outage:
    """Return an outage with its end: where its process was killed, the first work that succeeded after it."""
    if outage.ended is not None:
        return outage
    model = outage.target.startswith("model:")
    after = [
        attempt.started
        for seen in period.documents
        for attempt in seen.attempts
        if attempt.ended == "computed"
        and attempt.started > outage.began
        and (not model or any(step.kind == "reply" for step in attempt.steps))
    ]
    return replace(outage, ended=min(after, default=None))


def _waited(period: Period, recent: Sequence[Outage], before: Sequence[Outage], weeks: float) -> Waited:
    seconds = [one.lasted(period.until).total_seconds() for one in recent]
    longest = max(range(len(recent)), key=lambda place: seconds[place])
    last = recent[-1]
    spans = [(one.began, one.ended or period.until) for one in recent]
    return Waited(
        target=last.target,
        first=recent[0].began,
        times=len(recent),
        seconds=sum(seconds),
        longest=seconds[longest],
        longest_at=recent[longest].began,
        open_since=last.began if last.ended is None else None,
        waited=sum(one.waited for one in recent),
        came_in=sum(_within(way.submitted_at, spans) for way in period.ways.values()),
        usual_times=len(before) / weeks,
        usual_seconds=sum(one.lasted(period.until).total_seconds() for one in before) / weeks,
        agents=tuple(sorted({agent for one in recent for agent in one.agents})),
        reason=last.reason,
    )


def breaker_findings(waits: Sequence[Waited]) -> Iterator[Finding]:
    """Yield outside parts that do not answer, or did not for longer or more often than usual."""
    for one in waits:
        if not one.unusual:
            continue
        yield Finding(
            check="breaker.open",
            family=Family.INFRASTRUCTURE,
            scope=one.target,
            sentence=_sentence(one),
            evidence=(
                f"{several(one.waited, 'message')} waited in {', '.join(one.agents)}; none is lost",
                *((f"last said: {shown(one.reason, _SHORT)}",) if one.reason else ()),
            ),
            since=one.first.date(),
            records=max(one.waited, one.came_in),
            field_cost=DELAY,
            urgency=Urgency.WILL_BREAK if one.open_since is None else Urgency.BROKEN,
            fix=_fix(one),
        )


def _fix(one: Waited) -> str:
    if one.open_since is not None:
        return f"doctrail doctor says what {one.target} lacks: mend it; messages go on by themselves"
    at = minute(one.longest_at)
    return f"ask whoever runs {one.target} what happened at {at}: it will again; nothing is to be sent again"


def _sentence(one: Waited) -> str:
    usual = "never in the weeks before"
    if one.usual_times:
        usual = f"usually {one.usual_times:.1f} times and {duration(one.usual_seconds)} a week"
    if one.open_since is not None:
        said = f"{one.target} has not answered since {minute(one.open_since)}"
        return f"{said}; {several(one.times, 'time')} and {duration(one.seconds)} this week, {usual}"
    longest = f"longest {duration(one.longest)} from " if one.times > 1 else "from "
    return (
        f"{one.target} did not answer {several(one.times, 'time')} in the last week, {duration(one.seconds)} "
        f"in all ({longest}{minute(one.longest_at)}), {usual}"
    )


def wait_lines(found: Sequence[Waited]) -> Iterator[str]:
    """Yield a line for each outside part for which messages waited."""
    for one in found:
        yield f"  {_sentence(one)}; {several(one.waited, 'message')} waited"


def _within(at: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(began <= at <= ended for began, ended in spans)
