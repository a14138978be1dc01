"""Alerts in words: what fires, who answered, what is silenced, which channel has proved itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from ops.alerts.notices import sentence
from ops.alerts.plan import Plan, Severity
from ops.alerts.state import Alert, AlertState, Drill
from ops.alerts.work import Round
from ops.words import duration, minute, several, shown

MOST = 20


def list_lines(plan: Plan, state: AlertState, now: datetime) -> list[str]:
    """Return what fires and who is told, on one page."""
    looked = "nobody has looked yet: doctrail alerts run" if state.looked_at is None else (
        f"last looked {duration((now - state.looked_at).total_seconds())} ago"
    )  # fmt: skip
    firing = sorted(_firing(state), key=lambda one: (one.fired_at or now, one.key))
    lines = [f"{several(len(firing), 'alert')} firing; {looked}"]
    lines += [_line(plan, state, alert, now) for alert in firing[:MOST]]
    lines += [f"  and {len(firing) - MOST} more: --json"] if len(firing) > MOST else []
    for one in state.silences:
        lines.append(
            f"silenced until {minute(one.until)} by {shown(one.by)}: {one.key} ({shown(one.reason, 60)})"
        )
    lines += ["", budget(plan, state, now), ""]
    lines += [_channel(plan, state, name, now) for name in (channel.name for channel in plan.channel)]
    lines += plan.weaknesses()
    for notice in state.outbox[:3]:
        lines.append(
            f"undelivered on {notice.channel}: {shown(notice.title, 80)} "
            f"({shown(notice.problem or 'waits for those before it', 80)})"
        )
    for acted in state.acted[-3:]:
        lines.append(f"{minute(acted.at)}  {acted.alert}: {shown(acted.what, 120)}")
    return lines


def rule_lines(plan: Plan) -> list[str]:
    """Return every rule with its owner, its runbook and what it would have caught."""
    lines = []
    for rule in plan.rule:
        lines.append(f"{rule.name}  {rule.severity.value}, {rule.owner}, docs/runbooks/{rule.runbook}")
        lines.append(f"    {_measure(plan, rule.name)}; would have caught: {rule.caught}")
    return lines


def round_lines(done: Round) -> list[str]:
    """Return what a look did."""
    told = f"{several(len(done.arrived), 'notice')} delivered, {len(done.left)} waiting"
    lines = [f"{several(len(done.firing), 'alert')} firing, {told}"]
    lines += [f"  told on {notice.channel}: {shown(notice.title, 120)}" for notice in done.arrived[:MOST]]
    for notice in done.left[:5]:
        lines.append(
            f"  NOT told on {notice.channel}: {shown(notice.problem or 'waits for those before it', 120)}"
        )
    return [*lines, *(f"  {acted.alert}: {shown(acted.what, 160)}" for acted in done.acted)]


def drill_lines(drills: list[Drill]) -> list[str]:
    """Return which channels took a drill, and which proved that it arrives."""
    lines = []
    for drill in drills:
        if drill.problem is not None:
            why = drill.problem.removeprefix(f"channel {drill.channel}: ")
            lines.append(f"FAIL  {drill.channel}: {shown(why, 120)}")
            lines.append(
                f"      → mend it (docs/runbooks/alert-undelivered.md), then doctrail alerts fire-drill "
                f"--channel {drill.channel}"
            )
        elif drill.proved_at is None:
            lines.append(
                f"sent  {drill.channel}: taken; whoever receives it confirms by "
                f"doctrail alerts fire-drill --confirm {drill.code}"
            )
        else:
            lines.append(f"ok    {drill.channel}: delivered")
    return lines


def budget(plan: Plan, state: AlertState, now: datetime) -> str:
    """Return how many pages there were against the budget of one per two shifts."""
    week = sum(now - at <= timedelta(days=7) for at in state.pages)
    allowed = 7 * 24 / (2 * plan.shift_hours)
    recent = [one for one in state.ended if now - one.over_at <= timedelta(days=7)]
    paged = [one for one in recent if one.severity == Severity.PAGE]
    answered = f"; {sum(one.ack_by is not None for one in paged)} of {len(paged)} ended ones answered"
    over = ", OVER BUDGET: raise thresholds or mend what pages" if week > allowed else ""
    return f"{several(week, 'page')} in 7 days, budget {allowed:.0f}{over}{answered if paged else ''}"


def _firing(state: AlertState) -> list[Alert]:
    return [alert for alert in state.alerts.values() if alert.phase == "firing"]


def _line(plan: Plan, state: AlertState, alert: Alert, now: datetime) -> str:
    rule = plan.of(alert.rule)
    if rule is None:
        return f"  {alert.key}"
    since = duration((now - (alert.fired_at or now)).total_seconds())
    rungs = len(plan.ladder.get(rule.severity, ()))
    who = (
        f"answered by {shown(alert.ack_by)}" if alert.ack_by else f"step {min(alert.rung, rungs)} of {rungs}"
    )
    if any(one.covers(alert) for one in state.silences):
        who = "silenced"
    said = f"{alert.key}: {shown(sentence(rule, alert), 100)}"
    return f"  {rule.severity.value:<6}  {said}; for {since}, {who}; docs/runbooks/{rule.runbook}"


def _channel(plan: Plan, state: AlertState, name: str, now: datetime) -> str:
    channel, proved = plan.named(name), state.proved.get(name)
    if channel.kind == "log":
        return f"channel {name}: log"
    if proved is None:
        return f"channel {name}: {channel.kind}, NEVER proved that it delivers: doctrail alerts fire-drill"
    ago = now - proved
    late = ", OVERDUE: doctrail alerts fire-drill" if ago.days > plan.drill_days else ""
    return f"channel {name}: {channel.kind}, proved {duration(ago.total_seconds())} ago{late}"


def _measure(plan: Plan, name: str) -> str:
    rule = plan.of(name)
    if rule is None:
        return ""
    if rule.above is not None:
        return f"{rule.signal} above {rule.above:g} for {rule.lasting:g} min"
    if rule.burn is not None:
        return f"{rule.signal}: budget burns {rule.burn:g} times too fast, in a long and a short window"
    return f"{rule.signal} above {rule.times_usual:g} times its usual median, for {rule.lasting:g} min"
