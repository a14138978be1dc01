"""``doctrail backfill``: known documents again under the live release, after the living."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import OnlyType, Since, Until, utc
from app.printing import say, say_json

if TYPE_CHECKING:
    from ops.backfill import Tally


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    app.command("backfill", rich_help_panel=panel)(backfill)


def backfill(
    *,
    doc_type: OnlyType = None,
    since: Since = None,
    until: Until = None,
    unchanged: Annotated[
        bool, typer.Option("--unchanged", help="Also documents that the release judges as before.")
    ] = False,
    repay: Annotated[
        bool, typer.Option("--repay", help="Buy replies of models again that are known; implies --unchanged.")
    ] = False,
    rate: Annotated[int, typer.Option("--rate", min=1, help="Unfinished runs at the same time.")] = 16,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    restart: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Go on with the backfill of this id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run known documents again under the live release.

    Live documents go first. Documents that the release judges as their newest run was judged are left
    out: an edited lease prompt runs leases only. Days are those of submission. Interrupted, it says how
    to go on; nothing is done twice.

    Example: doctrail backfill --type lease --dry-run
    """
    from app.actions.backfill import run_backfill
    from app.session import settings
    from ops.backfill_selection import Selection

    wanted = Selection(
        doc_type=doc_type,
        since=utc(since),
        until=utc(until),
        unchanged=unchanged or repay,
        repay=repay,
    )
    done = run_backfill(settings(), wanted, rate=rate, restart=restart, dry_run=dry_run)
    if as_json:
        say_json(done.as_dict())
    else:
        _say(done.cause_id, done.tally, dry_run=dry_run)
    if not done.tally.complete and not dry_run:
        raise typer.Exit(1)


def _say(cause_id: str | None, tally: Tally, *, dry_run: bool) -> None:
    from ops.words import several

    verb = "would run again" if dry_run else "ran again"
    parts = [f"{several(tally.selected, 'document')} selected", f"{tally.sent} {verb}"]
    if tally.unchanged:
        parts.append(f"{tally.unchanged} left out, judged as before")
    if tally.already:
        parts.append(f"{tally.already} done already under this id")
    say("; ".join(parts))
    if tally.ended:
        say(", ".join(f"{count} {end.value}" for end, count in sorted(tally.ended.items())))
    if not dry_run and not tally.complete:
        say(f"not finished: go on with doctrail backfill --id {cause_id}")
