"""``doctrail dlq``: what could not be handled, and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import who
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from ops.dlq import DeadLetter, Redriven


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    dlq = group("dlq", "Dead letters: messages that could not be handled.")
    dlq.command("list")(list_letters)
    dlq.command("show")(show)
    dlq.command("redrive")(redrive)
    app.add_typer(dlq, rich_help_panel=panel)


LetterId = Annotated[
    str, typer.Argument(metavar="ID", help="The message's event id, a unique prefix, or its document's id.")
]


def list_letters(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also those sent again, handled since, or of erased documents.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the messages that could not be handled, and why.

    Example: doctrail dlq list
    """
    from app.session import with_store
    from ops.dlq import DEAD_LETTER_HEAD, dead_letter_rows, dead_letters
    from store.protocol import ObjectStore

    async def work(store: ObjectStore) -> list[DeadLetter]:
        return [letter async for letter in dead_letters(store, closed=every)]

    found = with_store(work)
    if as_json:
        say_json([letter.model_dump(mode="json") for letter in found])
    elif not found:
        say("no dead letters")
    else:
        say(*columns([word.upper() for word in DEAD_LETTER_HEAD], dead_letter_rows(found)))


def show(wanted: LetterId, *, as_json: AsJson = False) -> None:
    """Show a dead letter in full, with the message itself.

    Example: doctrail dlq show 7f3c
    """
    from app.session import with_store
    from ops.dlq import dead_letter_text, find_deaths
    from store.protocol import ObjectStore

    async def work(store: ObjectStore) -> tuple[DeadLetter, ...]:
        return await find_deaths(store, wanted)

    found = with_store(work)
    if as_json:
        say_json([letter.model_dump(mode="json") for letter in found])
    else:
        say(dead_letter_text(found).rstrip("\n"))


def redrive(
    wanted: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="The message's event id, a unique prefix, or document."),
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every open dead letter.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send a dead letter's message again, byte for byte, once what killed it is mended.

    Example: doctrail dlq redrive 7f3c
    """
    from app.session import with_doctrail
    from ops.dlq import redrive_deaths
    from ops.words import several

    if (wanted is None) != every:
        raise typer.BadParameter("give either an id or --all", param_hint="ID")

    async def work(doctrail: Doctrail) -> Redriven:
        return await redrive_deaths(doctrail.store, doctrail.bus, wanted, now=doctrail.now(), by=who(None))

    done = with_doctrail(work)
    if as_json:
        say_json(done.model_dump(mode="json"))
        return
    say(f"{several(done.messages, 'message')} of {several(len(done.event_ids), 'dead letter')} sent again")
    if done.messages:
        say("a running `doctrail run` handles them now; without one, the next `doctrail run` does")
