"""``doctrail replay``: what would have become of documents under another prompt, model, rule or threshold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import MOST_DAYS
from app.printing import say, say_json

if TYPE_CHECKING:
    from app.actions.replay import Wanted
    from app.wiring import Doctrail
    from ops.replay.again import Replay
    from ops.replay.sample import Sampled

_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)([hdw])")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    app.command("replay", rich_help_panel=panel)(replay)


def replay(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A document or run, or whatever names one.")
    ] = None,
    *,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=VALUE",
            help="prompt=F, rules=F, schema=F, model=V, threshold.FIELD=X; may be given several times.",
        ),
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="gatekeeper, extraction or validation."),
    ] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="This run of the document.")] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="Replay N documents instead of one.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="7d", help="For a sample: hours, days or weeks back.")
    ] = "7d",
    doc_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="For a sample: only this type.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run recorded documents again with something changed, and compare; nothing is changed by it.

    Begins at the first stage the change can show in (or at --from), with the inputs on record. Prints the
    first step that differs and every field that would; a sample prints rates with 95 % intervals and the
    documents that would end otherwise. Only model replies nobody has asked for before are paid for, and
    those are kept in the ledger. Exits with 1 where a stage would have refused, or nothing can be said.

    Example: doctrail replay lease.pdf --with prompt=new-prompt.md

    Example: doctrail replay --sample 200 --since 7d --with threshold.total=0.95
    """
    from app.actions.replay import Wanted
    from ops.replay.changes import first_stage, parse_changes

    if (wanted is None) == (sample is None):
        raise typer.BadParameter("give either a document or --sample N", param_hint="ID")
    if sample is not None and run is not None:
        raise typer.BadParameter("a sample replays the newest run of each document", param_hint="--run")
    if wanted is not None and doc_type is not None:
        raise typer.BadParameter("a document is of the type that it is", param_hint="--type")
    asked = parse_changes(changes or ())
    what = Wanted(asked, first_stage(asked, stage))
    if wanted is not None:
        _one(wanted, run, what, as_json=as_json)
    elif sample is not None:
        _many(sample, _days(since), doc_type, what, as_json=as_json)


def _one(wanted: str, run: str | None, what: Wanted, *, as_json: bool) -> None:
    from app.actions.replay import replay_one
    from app.session import with_doctrail
    from ops.replay.words import replay_json, replay_lines

    async def work(doctrail: Doctrail) -> Replay:
        return await replay_one(doctrail, wanted, run, what)

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(replay_json(found))
    else:
        say(*replay_lines(found))
    if found.failure is not None:
        raise typer.Exit(1)


def _many(size: int, days: float, doc_type: str | None, what: Wanted, *, as_json: bool) -> None:
    from app.actions.replay import replay_many
    from app.session import with_doctrail
    from ops.replay.changes import type_of
    from ops.replay.words import sample_json, sample_lines
    from ops.types import require_known

    about = doc_type or type_of(what.changes)

    async def work(doctrail: Doctrail) -> Sampled:
        if about is not None:
            await require_known(doctrail.store, doctrail.catalog, about)
        return await replay_many(doctrail, size, days, about, what)

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(sample_json(found))
    else:
        changed = ", ".join(change.words() for change in what.changes) or "the program as it is today"
        say(*sample_lines(found, f"{changed}, from {what.stage} on"))
    if not found.tells:
        raise typer.Exit(1)


def _days(since: str) -> float:
    found = _SPAN.fullmatch(since)
    if found is None:
        raise typer.BadParameter(f"{since!r} is no span of time; write 12h, 7d or 4w", param_hint="--since")
    days = float(found[1]) * _DAYS[found[2]]
    if days > MOST_DAYS:
        raise typer.BadParameter(f"{since!r} is longer than {MOST_DAYS} days", param_hint="--since")
    return days
