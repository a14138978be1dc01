"""``doctrail slo`` and ``incident``: what is promised and kept, and what it was when it was not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, utc, who
from app.printing import say, say_json, write_text

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from ops.incidents.keeping import Incident
    from ops.incidents.timeline import Account
    from ops.slo import Objective

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the incident.")]
TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("slo", rich_help_panel=panel)(slo)
    incidents = group("incident", "What was broken, from when until when, and what the records say of it.")
    incidents.command("open")(open_incident)
    incidents.command("note")(note)
    incidents.command("close")(close)
    incidents.command("list")(list_incidents)
    incidents.command("report")(report)
    app.add_typer(incidents, rich_help_panel=panel)


def slo(*, as_json: AsJson = False) -> None:
    """Say what is promised, what was reached, and how much of each error budget is left.

    Exits with 1 where a promise is broken.

    Example: doctrail slo
    """
    from app.actions.promises import promises
    from app.session import with_doctrail
    from ops.incidents.words import slo_lines
    from ops.operations import load_operations

    async def work(doctrail: Doctrail) -> tuple[list[Objective], float, datetime]:
        said = load_operations(doctrail.settings.operations)
        return await promises(doctrail), said.slo.days, doctrail.now()

    found, days, until = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json([{**one.model_dump(mode="json"), "exhausted": one.exhausted} for one in found])
    else:
        say(*slo_lines(found, days=days, until=until))
    if any(one.holds is False for one in found):
        raise typer.Exit(1)


def open_incident(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is broken, in one line.")],
    *,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=TIMES, metavar="YYYY-MM-DDTHH:MM", help="Damage since (UTC)."),
    ] = None,
    severity: Annotated[str, typer.Option("--severity", metavar="page|ticket", help="How bad.")] = "page",
    by: By = None,
) -> None:
    """Open an incident.

    Example: doctrail incident open "extraction gives up every lease" --since 2026-06-01T08:30
    """
    from ops.incidents import keeping

    if severity not in ("page", "ticket"):
        raise typer.BadParameter(f"{severity!r} is neither page nor ticket", param_hint="--severity")

    async def work(doctrail: Doctrail) -> Incident:
        now = doctrail.now()
        name = who(by)
        return await keeping.open_incident(
            doctrail.store, title, by=name, severity=severity, began=utc(since) or now, now=now
        )

    _said(_done(work), "opened")


def note(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was seen or done.")],
    *,
    by: By = None,
) -> None:
    """Add to an incident's timeline.

    Example: doctrail incident note 3 "rolled lease back"
    """
    from ops.incidents import keeping

    async def work(doctrail: Doctrail) -> Incident:
        return await keeping.note(doctrail.store, number, text, by=who(by), now=doctrail.now())

    _said(_done(work), "noted")


def close(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="CAUSE", help="What it was, in one line.")],
    *,
    recovered: Annotated[
        datetime | None,
        typer.Option("--recovered", formats=TIMES, metavar="YYYY-MM-DDTHH:MM", help="When (UTC); now."),
    ] = None,
    by: By = None,
) -> None:
    """Close an incident; its time to recovery counts from the beginning of the damage.

    Example: doctrail incident close 3 "a prompt without its date"
    """
    from ops.incidents import keeping

    async def work(doctrail: Doctrail) -> Incident:
        now = doctrail.now()
        return await keeping.close(
            doctrail.store,
            number,
            text,
            by=who(by),
            recovered=utc(recovered) or now,
            now=now,
        )

    _said(_done(work), "closed")


def list_incidents(*, as_json: AsJson = False) -> None:
    """List the incidents, the newest first.

    Example: doctrail incident list
    """
    from app.session import with_doctrail
    from ops.incidents.keeping import incidents
    from ops.incidents.words import incident_lines

    async def work(doctrail: Doctrail) -> list[Incident]:
        return await incidents(doctrail.store)

    found = with_doctrail(work, needs_bus=False, needs_catalog=False)
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
    else:
        say(*incident_lines(found))


def report(
    number: Number,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; default: the terminal.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the retrospective: the timeline on record, and what people are to fill in.

    Example: doctrail incident report 3 --out incident-3.md
    """
    from app.session import with_doctrail
    from ops.incidents.keeping import incident
    from ops.incidents.timeline import account
    from ops.incidents.words import report_lines

    async def work(doctrail: Doctrail) -> Account:
        found = await incident(doctrail.store, number)
        return await account(doctrail.store, doctrail.catalog, found, doctrail.now())

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(found.model_dump(mode="json"))
    elif out is not None:
        write_text(out, "\n".join(report_lines(found)) + "\n")
    else:
        say(*report_lines(found))


def _done(work: Callable[[Doctrail], Awaitable[Incident]]) -> Incident:
    from app.session import with_doctrail

    return with_doctrail(work, needs_bus=False, needs_catalog=False)


def _said(found: Incident, verb: str) -> None:
    from ops.words import duration, shown

    took = found.recovery
    lasted = "" if took is None else f", recovered in {duration(took.total_seconds())}"
    say(f"incident {found.number} {verb}: {shown(found.title, 100)}{lasted}")
