"""``doctrail gates``: what looks wrong as a whole is held before it flows on, and released by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from app.wiring import Doctrail
    from ops.gates.standing import Held, Released, Standing

    Found = tuple[Standing, dict[str, int], datetime]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    gates = group("gates", "What looks wrong as a whole, and is held before it flows on.")
    gates.command("list")(list_gates)
    gates.command("check")(check)
    gates.command("held")(held)
    gates.command("release")(release)
    app.add_typer(gates, rich_help_panel=panel)


def list_gates(*, as_json: AsJson = False) -> None:
    """List the gates, the closed ones first, and what was released.

    Example: doctrail gates list
    """
    from app.session import with_doctrail
    from ops.gates.standing import held_counts, load_standing

    async def work(doctrail: Doctrail) -> Found:
        return await load_standing(doctrail.store), await held_counts(doctrail.store), doctrail.now()

    _say(with_doctrail(work, needs_bus=False, needs_catalog=False), as_json=as_json)


def check(*, as_json: AsJson = False) -> None:
    """Check every gate now, and close those that are breached; exits with 1 where one is closed.

    doctrail alerts run does it every ten minutes.

    Example: doctrail gates check
    """
    from app.actions.gates import check_gates
    from app.session import with_doctrail
    from ops.gates.standing import held_counts

    async def work(doctrail: Doctrail) -> Found:
        return await check_gates(doctrail), await held_counts(doctrail.store), doctrail.now()

    found = with_doctrail(work, needs_bus=False)
    _say(found, as_json=as_json)
    if found[0].closed:
        raise typer.Exit(1)


def held(*, as_json: AsJson = False) -> None:
    """List the documents that gates hold.

    Example: doctrail gates held
    """
    from app.session import with_store
    from ops.gates.standing import held_messages
    from ops.gates.words import held_lines
    from store.protocol import ObjectStore

    async def work(store: ObjectStore) -> list[Held]:
        return [one async for _, one in held_messages(store)]

    found = sorted(with_store(work), key=lambda one: one.at)
    if as_json:
        say_json([one.model_dump(mode="json", exclude={"body"}) for one in found])
    else:
        say(*held_lines(found))


def release(
    gate: Annotated[str, typer.Argument(metavar="GATE", help="A gate, or GATE/TYPE for one type.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why.")] = "looked at",
    by: By = None,
) -> None:
    """Open a gate for all that is known so far, and send on what it holds.

    Example: doctrail gates release values-as-usual/invoice --reason "the source changed its currency"
    """
    from app.session import with_doctrail
    from ops.gates import holding
    from ops.words import several

    async def work(doctrail: Doctrail) -> Released:
        name = who(by)
        return await holding.release(
            doctrail.store, doctrail.bus, gate, by=name, reason=reason, now=doctrail.now()
        )

    done = with_doctrail(work, needs_catalog=False)
    say(f"{gate} released, {several(done.messages, 'document')} sent on")


def _say(found: Found, *, as_json: bool) -> None:
    from app.session import settings
    from ops.gates.words import gate_lines
    from ops.operations import load_operations

    standing, counts, now = found
    if as_json:
        say_json({**standing.model_dump(mode="json"), "held": counts})
        return
    gates = load_operations(settings().operations).gate
    say(*gate_lines(gates, standing, counts, now))
