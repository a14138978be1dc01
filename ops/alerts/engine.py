"""From what is measured to who is told: breaches that last, ladders, silences, storms as one notice; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from ops.alerts.notices import LAST_WORD, all_clear, firing
from ops.alerts.plan import SIGNALS, Plan, Rule, Rung, Severity
from ops.alerts.state import Alert, AlertState, Ended, Sample

GAP = timedelta(minutes=30)
"""A look that comes so late after the one before saw nothing of what was between: a breach begins anew."""
USUAL_DAYS = 7
LEAST_USUAL = 24
"""Hourly values without which nothing is called unusual."""
MOST_ENDED = 500
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Observed:
    """One signal's value about one subject, now."""

    signal: str
    subject: str
    value: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look led to.

    Attributes:
        state: To be remembered before anything is sent; its outbox holds what is to be told.
        missed: Alerts whose last rung has just passed without an answer.
    """

    state: AlertState
    missed: tuple[Alert, ...] = ()


def look(plan: Plan, state: AlertState, observed: Sequence[Observed], now: datetime) -> Looked:
    """Return the state after a look; pure, so that a restart goes on where it was.

    Args:
        plan: Rules, channels, ladders.
        state: What is remembered.
        observed: What was measured now; what a signal does not name any more does not breach, unless the
            part that is asked for it does not answer: what fired then goes on, for nobody knows better.
        now: The present.
    """
    fresh = {alert.key: alert for alert in _breaches(plan, state, observed, now)}
    lost = state.looked_at is not None and now - state.looked_at > GAP
    down = [one.subject for one in observed if one.signal == "part_down"]
    blind = frozenset[str]().union(*(SIGNALS.get(part, ()) for part in down))
    alerts, over = {}, []
    for key in {**state.alerts, **fresh}:
        known, seen = state.alerts.get(key), fresh.get(key)
        rule = plan.of(key.partition("/")[0])
        if rule is None:
            continue
        if seen is not None:
            alert: Alert | None = _seen(rule, known, seen, now, lost=lost)
        elif known is not None and known.phase == "firing" and rule.signal in blind:
            alert = known
        else:
            alert = _unseen(rule, known, now)
        if alert is not None:
            alerts[key] = alert
        elif known is not None and known.phase == "firing":
            over.append(known)
    state = state.model_copy(
        update={
            "alerts": alerts,
            "silences": tuple(one for one in state.silences if one.until > now),
            "usual": _usual(plan, state, observed, now),
            "pages": tuple(at for at in state.pages if now - at < KEPT),
            "ended": _ended(plan, state, over, now),
            "looked_at": now,
        }
    )
    return _told(plan, state, over, now)


def _breaches(plan: Plan, state: AlertState, observed: Sequence[Observed], now: datetime) -> Iterable[Alert]:
    """Yield what breaches a rule at this moment."""
    by_signal: dict[str, list[Observed]] = defaultdict(list)
    for one in observed:
        by_signal[one.signal].append(one)
    for rule in plan.rule:
        for one in by_signal[rule.signal]:
            if one.value > _limit(rule, state, one):
                yield Alert(rule=rule.name, subject=one.subject, value=one.value, since=now, seen_at=now)


def _limit(rule: Rule, state: AlertState, one: Observed) -> float:
    if rule.above is not None:
        return rule.above
    if rule.burn is not None:
        return rule.burn
    known = [sample.value for sample in state.usual.get(_place(one), ())]
    if len(known) < LEAST_USUAL or rule.times_usual is None:
        return float("inf")
    return max(rule.times_usual * median(known), rule.times_usual)


def _seen(rule: Rule, known: Alert | None, seen: Alert, now: datetime, *, lost: bool) -> Alert:
    """Return an alert that breaches: it fires once the breach has lasted, in every look since."""
    if known is None or (lost and known.phase == "pending"):
        known = seen
    alert = known.model_copy(update={"value": seen.value, "seen_at": now, "clear_since": None})
    if alert.phase == "pending" and now - alert.since >= timedelta(minutes=rule.lasting):
        alert = alert.model_copy(update={"phase": "firing", "fired_at": now})
    return alert


def _unseen(rule: Rule, known: Alert | None, now: datetime) -> Alert | None:
    """Return an alert that does not breach now: over once that lasted; a mere suspicion is over at once."""
    if known is None or known.phase == "pending":
        return None
    since = known.clear_since or now
    if now - since >= timedelta(minutes=rule.clear):
        return None
    return known.model_copy(update={"clear_since": since})


def _usual(
    plan: Plan, state: AlertState, observed: Sequence[Observed], now: datetime
) -> dict[str, tuple[Sample, ...]]:
    """Return one value an hour of the last week for each signal that a rule compares with what is usual."""
    wanted = {rule.signal for rule in plan.rule if rule.times_usual is not None}
    kept = {
        place: tuple(sample for sample in samples if now - sample.at < timedelta(days=USUAL_DAYS))
        for place, samples in state.usual.items()
    }
    for one in observed:
        known = kept.get(_place(one), ())
        if one.signal in wanted and (not known or now - known[-1].at >= timedelta(hours=1)):
            kept[_place(one)] = (*known, Sample(at=now, value=one.value))
    return {place: samples for place, samples in kept.items() if samples}


def _place(one: Observed) -> str:
    return f"{one.signal}/{one.subject}"


def _ended(plan: Plan, state: AlertState, over: Sequence[Alert], now: datetime) -> tuple[Ended, ...]:
    new = [
        Ended(
            rule=alert.rule,
            subject=alert.subject,
            severity=rule.severity.value,
            fired_at=alert.fired_at or now,
            over_at=now,
            ack_by=alert.ack_by,
        )
        for alert in over
        if (rule := plan.of(alert.rule)) is not None
    ]
    return (*(one for one in state.ended if now - one.over_at < KEPT), *new)[-MOST_ENDED:]


def _told(plan: Plan, state: AlertState, over: Sequence[Alert], now: datetime) -> Looked:
    """Climb the ladders, and put into the outbox what is to be told: one notice per channel and rule."""
    due: dict[tuple[str, str], list[Alert]] = defaultdict(list)
    alerts, missed = dict(state.alerts), []
    pages: set[str] = set()
    for key, alert in state.alerts.items():
        rule = plan.of(alert.rule)
        if rule is None or alert.phase != "firing" or alert.clear_since is not None:
            continue
        if any(one.covers(alert) for one in state.silences):
            alerts[key] = alert.model_copy(update={"rung_at": None})
            continue
        channels, after = _climbed(plan, rule, alert, now)
        for name in channels:
            due[(name, rule.name)].append(after)
        begins = alert.rung == 0 or alert.rung_at is None
        if channels and rule.severity is Severity.PAGE and begins:
            pages.add(rule.name)
        if after.missed and not alert.missed:
            missed.append(after)
        alerts[key] = after
    notices = [
        *(firing(plan, name, rule, some, now) for (name, rule), some in due.items()),
        *all_clear(plan, over, now),
    ]
    state = state.model_copy(
        update={
            "alerts": alerts,
            "outbox": (*state.outbox, *notices),
            "pages": (*state.pages, *(now for _ in pages)),
        }
    )
    return Looked(state, tuple(missed))


def _climbed(plan: Plan, rule: Rule, alert: Alert, now: datetime) -> tuple[list[str], Alert]:
    """Return the channels to tell now, and the alert on its new rung.

    The time to answer runs from when a rung was told, not from when the alert fired: after a silence, or
    a night without looks, nobody is passed over and nothing is rolled back that nobody heard of.
    """
    rungs = plan.ladder.get(rule.severity, ())
    if alert.ack_by is not None:
        return [], alert
    if alert.rung_at is None:
        alert = alert.model_copy(update={"rung": 0, "rung_at": now})
    waited = (now - (alert.rung_at or now)).total_seconds() / 60
    told, reached = _due(rungs, alert.rung, waited)
    if told:
        return told, alert.model_copy(update={"rung": reached, "rung_at": now, "told_at": now})
    if len(rungs) > 1 and alert.rung == len(rungs) and waited >= LAST_WORD and not alert.missed:
        alert = alert.model_copy(update={"missed": True})
    since = (now - alert.told_at).total_seconds() / 60 if alert.told_at else 0.0
    if alert.rung and since >= plan.repeat:
        names = list(rungs[min(alert.rung, len(rungs)) - 1].channels)
        return names, alert.model_copy(update={"told_at": now})
    return [], alert


def _due(rungs: Sequence[Rung], rung: int, waited: float) -> tuple[list[str], int]:
    """Return who is told after so many minutes on a rung, and the rung that is reached by that."""
    names: list[str] = []
    while rung < len(rungs) and waited >= (gap := rungs[rung].after - (rungs[rung - 1].after if rung else 0)):
        names += rungs[rung].channels
        waited, rung = min(waited - gap, 0.0), rung + 1
    return list(dict.fromkeys(names)), rung
