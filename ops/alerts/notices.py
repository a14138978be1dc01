"""What people are told of alerts: that one fires, that it is over, that something was done about it; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from ops.alerts.plan import Plan, Rule, Rung
from ops.alerts.state import Acted, Alert, Notice
from schemas.canonical import derive_id

MOST_NAMED = 5
LAST_WORD = 15.0
"""Minutes that the last rung has to answer."""


def firing(plan: Plan, channel: str, rule_name: str, alerts: Sequence[Alert], now: datetime) -> Notice:
    """Return that alerts of one rule fire, however many there are, and what comes of them unanswered."""
    rule = plan.of(rule_name)
    if rule is None:
        raise KeyError(rule_name)
    worst = max(alerts, key=lambda one: one.value)
    said = sentence(rule, worst)
    title = said if len(alerts) == 1 else f"{said}, and {len(alerts) - 1} more"
    rungs, rung = plan.ladder.get(rule.severity, ()), max(one.rung for one in alerts)
    lines = [
        title,
        f"{rule.severity.value}, for {rule.owner}; step {rung} of {len(rungs)}",
        f"since {min(one.since for one in alerts):%Y-%m-%d %H:%M} UTC",
        *(f"- {sentence(rule, one)}" for one in alerts[:MOST_NAMED] if len(alerts) > 1),
        *([f"- and {len(alerts) - MOST_NAMED} more"] if len(alerts) > MOST_NAMED else []),
        f"runbook: docs/runbooks/{rule.runbook}",
        f"answer: doctrail alerts ack {alerts[0].key if len(alerts) == 1 else rule.name}",
        *_unanswered(rule, rungs, rung),
    ]
    return Notice(
        notice_id=derive_id("notice", channel, rule_name, now.isoformat()),
        channel=channel,
        severity=rule.severity.value,
        title=f"[{rule.severity.value}] {title}",
        text="\n".join(lines),
        runbook=f"docs/runbooks/{rule.runbook}",
        at=now,
    )


def all_clear(plan: Plan, over: Sequence[Alert], now: datetime) -> Iterable[Notice]:
    """Yield that alerts are over, to everybody who was told of them."""
    by_rule: dict[str, list[Alert]] = defaultdict(list)
    for alert in over:
        if alert.rung:
            by_rule[alert.rule].append(alert)
    for name, alerts in by_rule.items():
        rule = plan.of(name)
        if rule is None:
            continue
        rungs = plan.ladder.get(rule.severity, ())[: max(one.rung for one in alerts)]
        count = f" ({len(alerts)} alerts)" if len(alerts) > 1 else ""
        for channel in dict.fromkeys(name for rung in rungs for name in rung.channels):
            title = f"over: {sentence(rule, alerts[0])}{count}"
            yield Notice(
                notice_id=derive_id("over", channel, name, now.isoformat()),
                channel=channel,
                severity=rule.severity.value,
                title=title,
                text=title,
                at=now,
            )


def done(plan: Plan, acted: Acted, alert: Alert, now: datetime) -> Iterable[Notice]:
    """Yield what was done because nobody answered an alert, to every channel of its ladder."""
    rule = plan.of(alert.rule)
    if rule is None:
        return
    lines = [
        acted.what,
        f"because nobody answered: {sentence(rule, alert)}, since {alert.since:%Y-%m-%d %H:%M} UTC",
        f"runbook: docs/runbooks/{rule.runbook}",
        "see: doctrail registry log",
    ]
    for channel in dict.fromkeys(
        name for rung in plan.ladder.get(rule.severity, ()) for name in rung.channels
    ):
        yield Notice(
            notice_id=derive_id("acted", channel, alert.key, now.isoformat()),
            channel=channel,
            severity=rule.severity.value,
            title=f"[{rule.severity.value}] {acted.what}",
            text="\n".join(lines),
            runbook=f"docs/runbooks/{rule.runbook}",
            at=now,
        )


def _unanswered(rule: Rule, rungs: Sequence[Rung], rung: int) -> Iterable[str]:
    """Yield what happens by itself where nobody answers."""
    if 0 < rung < len(rungs):
        gap = rungs[rung].after - rungs[rung - 1].after
        yield f"unanswered: {', '.join(rungs[rung].channels)} told in {gap:g} min"
    if rule.rollback and len(rungs) > 1:
        yield f"unanswered {LAST_WORD:g} min after the last step: what was promoted last is rolled back"


def sentence(rule: Rule, alert: Alert) -> str:
    """Return what an alert says."""
    return rule.says.format(subject=alert.subject, value=alert.value)
