"""``doctrail alerts``: what fires, who is told, and whether telling works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from app.actions.alerts import Alerts
    from app.wiring import Doctrail
    from ops.alerts.state import Drill, Silence
    from ops.alerts.work import Round

_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)([mhd])")
_MINUTES = {"m": 1.0, "h": 60.0, "d": 1440.0}


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    alerts = group("alerts", "What fires, who is told, and whether telling works.")
    alerts.command("run")(run)
    alerts.command("list")(list_alerts)
    alerts.command("ack")(ack)
    alerts.command("silence")(silence)
    alerts.command("fire-drill")(fire_drill)
    app.add_typer(alerts, rich_help_panel=panel)


def run(
    *,
    every: Annotated[
        float, typer.Option("--every", min=1, metavar="SECONDS", help="How often to look.")
    ] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch, and tell whoever is to be told, until interrupted.

    One such process per installation; a restart goes on in the middle of a ladder.

    Example: doctrail alerts run --every 60
    """
    from app.actions.alerts import watch
    from app.session import with_doctrail
    from ops.alerts.words import round_lines

    def shown(done: Round) -> None:
        if not as_json and (once or done.arrived or done.left or done.acted):
            say(*round_lines(done))

    async def work(doctrail: Doctrail) -> Round | None:
        return await watch(doctrail, every=None if once else every, on_round=shown)

    done = with_doctrail(work, needs_bus=False, catalog_at_once=False, role="alerts")
    if as_json and done is not None:
        say_json(
            {
                "firing": [alert.model_dump(mode="json") for alert in done.firing],
                "delivered": [notice.model_dump(mode="json") for notice in done.arrived],
                "waiting": [notice.model_dump(mode="json") for notice in done.left],
                "acted": [acted.model_dump(mode="json") for acted in done.acted],
            }
        )


def list_alerts(
    *,
    rules: Annotated[
        bool, typer.Option("--rules", help="Every rule, with what it would have caught.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what fires, what is silenced, the page budget and the channels.

    Example: doctrail alerts list
    """
    from ops.alerts.words import list_lines, rule_lines

    found, now = _opened()
    if as_json:
        state = found.state.model_dump(mode="json", exclude={"usual"})
        say_json({**state, "rules": [rule.model_dump(mode="json") for rule in found.plan.rule]})
    else:
        say(*(rule_lines(found.plan) if rules else list_lines(found.plan, found.state, now)))


def ack(
    key: Annotated[str, typer.Argument(metavar="ALERT", help="An alert, or a rule for all of its alerts.")],
    *,
    by: By = None,
) -> None:
    """Answer an alert: nobody further is told of it.

    Example: doctrail alerts ack dead-letters
    """
    from app.session import with_store
    from ops.alerts.work import acknowledge
    from ops.words import several

    name = who(by)
    count = with_store(lambda store: acknowledge(store, key, name))
    say(f"{several(count, 'alert')} answered by {name}")


def silence(
    key: Annotated[str, typer.Argument(metavar="ALERT", help="An alert, or a rule.")],
    *,
    lasting: Annotated[str, typer.Option("--for", metavar="4h", help="Minutes, hours or days; at most 7d.")],
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why.")],
    by: By = None,
) -> None:
    """Tell nobody of an alert for some time; it always ends by itself.

    Example: doctrail alerts silence reviews-pile-up --for 2d --reason "month end"
    """
    from datetime import timedelta

    from app.session import with_doctrail
    from ops.alerts import work as alerts
    from ops.alerts.plan import load_plan
    from ops.words import minute

    # A silence that is too long is refused by name, however long.
    span = timedelta(minutes=min(_minutes(lasting), 10 * _MINUTES["d"]))

    async def work(doctrail: Doctrail) -> Silence:
        now = doctrail.now()
        return await alerts.silence(
            doctrail.store,
            load_plan(doctrail.settings.alerts),
            key,
            until=now + span,
            by=who(by),
            reason=reason,
            now=now,
        )

    made = with_doctrail(work, needs_bus=False, needs_catalog=False)
    say(f"{made.key} silenced until {minute(made.until)}")


def fire_drill(
    *,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="Only this channel.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="CODE", help="Say that a drill with this code arrived.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a drill over every channel, and keep when each last proved that it delivers.

    Mail counts once whoever received it confirms its code. Exits with 1 where a channel does not take it.

    Example: doctrail alerts fire-drill
    """
    from app.session import with_doctrail
    from ops.alerts import work as alerts
    from ops.alerts.plan import load_plan
    from ops.alerts.words import drill_lines

    async def work(doctrail: Doctrail) -> list[Drill]:
        if confirm is not None:
            return [await alerts.confirm_drill(doctrail.store, confirm, doctrail.now())]
        plan = load_plan(doctrail.settings.alerts)
        return await alerts.fire_drill(doctrail.store, plan, doctrail.now(), channel)

    drills = with_doctrail(work, needs_bus=False, needs_catalog=False)
    if as_json:
        say_json([drill.model_dump(mode="json") for drill in drills])
    else:
        say(*drill_lines(drills))
    if any(drill.problem is not None for drill in drills):
        raise typer.Exit(1)


def _opened() -> tuple[Alerts, datetime]:
    from app.actions.alerts import alerts_now
    from app.session import with_doctrail

    async def work(doctrail: Doctrail) -> tuple[Alerts, datetime]:
        return await alerts_now(doctrail), doctrail.now()

    return with_doctrail(work, needs_bus=False, needs_catalog=False)


def _minutes(text: str) -> float:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no span of time; write 30m, 4h or 2d", param_hint="--for")
    return float(found[1]) * _MINUTES[found[2]]
