"""``doctrail ingest``: documents that lie in a bucket of somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.printing import columns, complain, say, say_json

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from ops.ingest import OverwrittenRow, Synced

MOMENT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    ingest = group("ingest", "Documents in buckets: what no event announced, and what came too late.")
    ingest.command("sync")(sync)
    ingest.command("overwritten")(overwritten)
    app.add_typer(ingest, rich_help_panel=panel)


def sync(
    uri: Annotated[str, typer.Argument(metavar="s3://BUCKET/PREFIX", help="A bucket, folder or object.")],
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=MOMENT, metavar="YYYY-MM-DD", help="Only what changed then or later (UTC)."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit the objects of a bucket that no event announced.

    Notifications may be lost; a listing finds what they missed. What was submitted before is known by its
    uri and etag, so that it may be run again and again. Only DOCTRAIL_INGEST_PREFIXES may be listed. Exits
    with 1 where an object can't be taken, each named in a sentence.

    Example: doctrail ingest sync s3://incoming/invoices --since 2026-11-01
    """
    from dataclasses import asdict

    from app.actions.ingest import sync_bucket
    from app.session import with_doctrail
    from ops.words import several, visible

    async def work(doctrail: Doctrail) -> Synced:
        return await sync_bucket(doctrail, uri, None if since is None else since.replace(tzinfo=UTC))

    done = with_doctrail(work, makes_home=True)
    if as_json:
        say_json(asdict(done))
    else:
        for sentence in done.refused:
            complain(visible(sentence))
        older = f"; {done.older} older" if since is not None else ""
        refused = f"; {len(done.refused)} refused" if done.refused else ""
        say(f"{several(done.sent, 'object')} submitted; {done.known} already known{older}{refused}")
    if done.refused:
        raise typer.Exit(1)


def overwritten(*, as_json: AsJson = False) -> None:
    """List announced objects that were overwritten or removed before they were read.

    Nothing is to be done about them: what lies there now has an announcement of its own.

    Example: doctrail ingest overwritten
    """
    from app.session import with_doctrail
    from ops.ingest import overwritten_objects
    from ops.words import minute, shown

    async def work(doctrail: Doctrail) -> list[OverwrittenRow]:
        return await overwritten_objects(doctrail.store, doctrail.catalog)

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    rows = [(one.submission_id[:8], minute(one.at), shown(one.uri)) for one in found]
    say(*columns(("SUBMISSION", "FOUND GONE", "OBJECT"), rows) if rows else ["nothing came too late"])
