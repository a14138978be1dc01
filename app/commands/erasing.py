"""``doctrail erase`` and ``doctrail retention``: documents and everything derived from them, for good."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.menu import AsJson
from app.session import with_doctrail


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("erase", rich_help_panel=panel)(erase)
    app.command("retention", rich_help_panel=panel)(retention)


def erase(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="A document, or whatever names one.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="Why, for the receipt; no personal data belongs in it.")
    ] = "",
    packet: Annotated[
        bool, typer.Option("--packet", help="Of a part: erase its packet with everything in it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    search: Annotated[
        bool,
        typer.Option("--search", help="Erase nothing: search for what is left of an erased document."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a document and everything derived from it, from the store, the databases and the eval sets.

    A receipt of digests stays. Killed half-way, the same command finishes it. What the bus retains of it
    are ids and digests, which --search counts.

    Example: doctrail erase scan.pdf --reason "request 4711"

    Example: doctrail erase 3f9c1a… --search
    """
    from app.actions.erase import erase_document, search_erased

    if search:
        raise typer.Exit(with_doctrail(lambda doctrail: search_erased(doctrail, wanted)))
    if not reason.strip():
        raise typer.BadParameter("say why, for the receipt", param_hint="--reason")
    raise typer.Exit(
        with_doctrail(
            lambda doctrail: erase_document(
                doctrail, wanted, reason=reason, packet=packet, yes=yes, as_json=as_json
            )
        )
    )


def retention(
    *,
    erasing: Annotated[bool, typer.Option("--erase", help="Erase what is due.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the documents that were kept as long as their type says, and erase them when told to.

    How many days a type is kept stands under [retention] in the file that DOCTRAIL_OPERATIONS names.

    Example: doctrail retention

    Example: doctrail retention --erase --yes
    """
    from app.actions.erase import erase_due

    if erasing and as_json and not yes:
        raise typer.BadParameter("a program is asked nothing: give --yes too", param_hint="--json")
    raise typer.Exit(
        with_doctrail(lambda doctrail: erase_due(doctrail, erasing=erasing, yes=yes, as_json=as_json))
    )
