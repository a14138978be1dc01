"""``doctrail ledger``: what models were asked, and what it cost."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.menu import AsJson
from app.printing import columns, say, say_json


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    app.command("ledger", rich_help_panel=panel)(ledger)


def ledger(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A document, or whatever names one; default: all.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Count calls to models: bought, found again, uncertain, tokens, cost.

    A reply that reached us is never bought again. Uncertain is a call that went out and left no reply: it
    may have been paid for.

    Example: doctrail ledger

    Example: doctrail ledger scan.pdf
    """
    from app.session import with_store
    from ops.identify import identify
    from ops.spending import HEAD, Spending, each_words, spending, spending_rows
    from ops.words import several, visible
    from store.protocol import ObjectStore

    async def work(store: ObjectStore) -> Spending:
        return await spending(store, wanted and (await identify(store, None, wanted)).document_id)

    found = with_store(work)
    if as_json:
        say_json(found.model_dump(mode="json"))
        return
    say(*(f"problem: {visible(problem)}" for problem in found.problems))
    if not found.models:
        say("no model was asked yet")
    else:
        say(*columns(HEAD, [tuple(map(visible, row)) for row in spending_rows(found)]))
    if found.documents:
        say(each_words(found))
    if found.under_way:
        say(f"{several(found.under_way, 'call')} under way, or lost with the process that made them")
