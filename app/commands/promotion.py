"""``doctrail promote`` and ``rollback``: making a variant live on evidence, and going back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import Also, By, Challenger, SetOption, Type, Yes, who
from app.printing import complain, say, say_json

if TYPE_CHECKING:
    from app.actions.promoting import Promoted
    from app.wiring import Doctrail
    from evals.comparing.pooled import Pooled

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; default: the terminal.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("promote", rich_help_panel=panel)(promote)
    app.command("rollback", rich_help_panel=panel)(rollback)


def promote(
    variant: Challenger,
    *,
    also: Also = None,
    wanted: SetOption = "main",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for it.")],
    comment: Annotated[str | None, typer.Option("--comment", help="Kept with the entry.")] = None,
    yes: Yes = False,
    guarded: Annotated[
        bool,
        typer.Option("--guard/--no-guard", help="What was live runs on beside it, if it costs nothing."),
    ] = True,
    despite: Annotated[
        str | None,
        typer.Option("--despite-budget", metavar="REASON", help="Although no error budget is left."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a variant live, if the promotion rule lets it through; intake reads it at the next document.

    Compares it with what is live on the whole set, the sealed fifth too, and records approver, evidence and
    code in the registry. What was live runs on in the shadow and takes over again if people find it to be
    better (doctrail shadow run). Types too rare to be judged alone go live together with --also. Exit 0
    promoted, 3 inconclusive, 4 worse or blocked, 1 overtaken or anything else.

    Example: doctrail promote invoice@a90d --by "Ada Lovelace"
    """
    from app.actions.promises import require_budget
    from app.actions.promoting import promote_together, promote_variant
    from app.actions.shadow import guard_promotion
    from app.session import with_doctrail
    from evals.errors import RefusedPromotionError
    from ops.words import visible

    async def work(doctrail: Doctrail) -> tuple[Pooled | None, list[Promoted]]:
        said = [
            await require_budget(doctrail, one.partition("@")[0], despite) for one in (variant, *(also or ()))
        ]
        noted = "; ".join(part for part in (comment, *said) if part) or None
        if also:
            found, done = await promote_together(doctrail, variant, also, wanted, by, yes=yes, comment=noted)
        else:
            found = None
            done = [await promote_variant(doctrail, variant, wanted, by, yes=yes, comment=noted)]
        if guarded:
            for one in done:
                await guard_promotion(doctrail, one, by)
        return found, done

    try:
        found, done = with_doctrail(work, needs_bus=False)
    except RefusedPromotionError as error:
        complain(visible(str(error)))
        raise typer.Exit(error.code) from error
    _say_promoted(found, done, by, as_json=as_json)


def _say_promoted(found: Pooled | None, done: Sequence[Promoted], by: str, *, as_json: bool) -> None:
    from evals.words.comparison import comparison_lines, pooled_lines
    from evals.words.plain import comparison_dict, pooled_dict

    first = done[0]
    if as_json:
        told = pooled_dict(found, first.uses) if found else comparison_dict(first.found, first.uses)
        entries = [one.entry.model_dump(mode="json") for one in done]
        say_json({"entry": entries[0], "entries": entries, **told})
        return
    say(*(pooled_lines(found, first.uses) if found else comparison_lines(first.found, first.uses)))
    for one in done:
        say(f"live now: {one.found.challenger.name}, entry {one.entry.number} of the registry, by {by}")


def rollback(
    doc_type: Type,
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make live again what was live of a type before; no eval is asked for.

    Documents in flight keep their release; the next one gets the other variant.

    Example: doctrail rollback invoice
    """
    from app.session import with_doctrail
    from app.wiring import installed_version
    from evals.registry.promoting import rollback as roll_back
    from store.registry import RegistryEntry

    async def work(doctrail: Doctrail) -> RegistryEntry:
        code = doctrail.settings.commit or installed_version()
        return await roll_back(doctrail.store, doc_type, who(by), doctrail.now(), code)

    entry = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(entry.model_dump(mode="json"))
        return
    found = entry.statement.lineage
    if found is not None:
        before = (found.replaced or "")[:8]
        say(f"live now: {doc_type}@{found.variant[:8]}, not {before} (entry {entry.number})")
