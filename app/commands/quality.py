"""``doctrail accuracy`` and ``drift``: how right production is, and whether it got worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import AcceptBiased, BaseData, Days, Learned, OnlyType, who
from app.printing import say, say_json

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from evals.words.accuracy import Live
    from evals.words.drift import Report


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("accuracy", rich_help_panel=panel)(accuracy)
    app.command("loop", rich_help_panel=panel)(loop)
    drift = group("drift", "Whether production got worse, since when, and why.")
    drift.command("nightly")(nightly)
    drift.callback()(_drift)
    app.add_typer(drift, rich_help_panel=panel)


def _drift() -> None:
    """Whether production got worse, since when, and why."""


def accuracy(
    *,
    days: Days = 30,
    doc_type: OnlyType = None,
    as_json: AsJson = False,
) -> None:
    """Estimate how often production is right, of all documents, not just of those people looked at.

    Each reviewed field counts by the inverse of its probability to be asked about; intervals are 95 %, over
    documents. Says beside it what a plain tally of reviewed documents would have claimed.

    Example: doctrail accuracy --days 30
    """
    from dataclasses import asdict

    from app.actions.accuracy import live_accuracy
    from app.session import with_doctrail
    from evals.words.accuracy import accuracy_lines
    from ops.words import visible

    async def work(doctrail: Doctrail) -> Live:
        return await live_accuracy(doctrail, days, doc_type)

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(asdict(found))
    else:
        say(*(visible(line) for line in accuracy_lines(found)))


def loop(
    *,
    doc_type: Annotated[str, typer.Option("--type", metavar="TYPE", help="Which type's model.")],
    out: Learned,
    data: BaseData = None,
    accept_biased: AcceptBiased = False,
    as_json: AsJson = False,
) -> None:
    """Run the weekly round: build the set, train a challenger, compare it, propose; it stops at the approver.

    Exit 0 where the challenger may be promoted, 3 inconclusive, 4 worse or blocked.

    Example: doctrail loop --type invoice --data labelled/invoices --out new
    """
    from app.actions.loop import run_round
    from app.session import settings
    from evals.words.comparison import comparison_lines
    from evals.words.plain import comparison_dict
    from evals.words.sets import built_lines

    done = run_round(settings(), doc_type, data or [], out, who(None), accept_biased=accept_biased)
    if as_json:
        say_json({"challenger": done.challenger, **comparison_dict(done.found, done.uses)})
    else:
        say(*built_lines(done.manifest, moved=done.moved), *(f"  {line}" for line in done.told))
        say(*comparison_lines(done.found, done.uses))
        if done.found.outcome.promotes:
            say(f"PROPOSED: doctrail promote {done.challenger} --by NAME")
        else:
            say("nothing is proposed")
    raise typer.Exit(done.found.outcome.code)


def nightly(
    *,
    n: Annotated[int, typer.Option("--n", min=1, help="Documents to look at.")] = 50,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Revoke nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold tonight's audits against thirty days before; exit 0 nothing, 1 watch, 2 alert, 3 could not look.

    Also compares what came in (types, quality, confidence, empty fields, lengths), names since when a figure
    is worse and what became live around that day, and revokes certificates that audits do not bear out: from
    the next document on their fields go to people. Run it once a day: cron, or a Kubernetes CronJob.

    Example: doctrail drift nightly --n 50
    """
    from app.actions.drift import nightly as look_at_night
    from app.failures import leaving_with
    from app.session import with_doctrail
    from evals.words.drift import report_dict, report_lines
    from ops.words import visible

    async def work(doctrail: Doctrail) -> Report:
        return await look_at_night(doctrail, n, revoking=not dry_run)

    with leaving_with(3, "drift", Exception):
        found = with_doctrail(work, needs_bus=False, role=None if dry_run else "nightly")
    if as_json:
        say_json(report_dict(found))
    else:
        say(*(visible(line) for line in report_lines(found)))
    raise typer.Exit(found.code)
