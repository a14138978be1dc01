"""``doctrail promote``, ``rollback`` and ``registry``: what is live, on what evidence, and going back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import Also, By, Challenger, SetOption, Type, Variant, Yes, who
from app.printing import complain, say, say_json, write_text

if TYPE_CHECKING:
    from app.actions.promoting import Promoted
    from app.wiring import Doctrail
    from evals.comparing.pooled import Pooled
    from evals.registry.governance import Facts
    from store.protocol import ObjectStore

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; default: the terminal.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("promote", rich_help_panel=panel)(promote)
    app.command("rollback", rich_help_panel=panel)(rollback)
    registry = group("registry", "What is live, since when, by whom, on what evidence.")
    registry.command("show")(show)
    registry.command("log")(log)
    registry.command("verify")(verify)
    registry.command("lineage")(lineage)
    registry.command("export")(export)
    registry.command("card")(card)
    registry.command("validation-report")(validation_report)
    registry.command("sign-off")(sign_off)
    app.add_typer(registry, rich_help_panel=panel)


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


def show(
    doc_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Only this type.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is live: since when, by whom, on what evidence, what a rollback brings, what is revoked.

    Example: doctrail registry show invoice
    """
    from app.session import with_store
    from evals.registry.history import standings
    from evals.words.history import standing_lines

    found = [one for one in with_store(standings) if doc_type in (None, one.doc_type)]
    if as_json:
        say_json(
            {
                one.doc_type: {
                    "bundle": one.bundle.digest,
                    "since": one.since.model_dump(mode="json"),
                    "back_to": one.back_to,
                    "revoked": one.revoked,
                }
                for one in found
            }
        )
    elif found:
        say(*standing_lines(found))
    else:
        say("nothing is live" + (f" of {doc_type}" if doc_type else ""))


def log(*, as_json: AsJson = False) -> None:
    """List every entry, oldest first, with what it changed.

    Example: doctrail registry log
    """
    from app.session import with_store
    from evals.registry.history import steps
    from evals.words.history import step_lines

    found = with_store(steps)
    if as_json:
        say_json([{**step.entry.model_dump(mode="json"), "changed": step.changed} for step in found])
    else:
        say(*step_lines(found))


def verify(*, as_json: AsJson = False) -> None:
    """Check every entry of every slot against the one before it; a change or a loss is named, exit 1.

    Example: doctrail registry verify
    """
    from app.session import with_store
    from store.registry import Registry

    async def work(store: ObjectStore) -> dict[str, int]:
        return {slot: await Registry(store).verify_chain(slot) async for slot in store.folders("registry")}

    found = with_store(work)
    if as_json:
        say_json(found)
    else:
        say(*(f"{slot}: {count} entries, each follows from the one before" for slot, count in found.items()))


def lineage(
    variant: Variant,
) -> None:
    """Say where a variant comes from: its parent, and every decision it learned from.

    Example: doctrail registry lineage invoice
    """
    from agents.bundles import PinnedParts
    from app.session import with_store
    from evals.variants import Variants
    from evals.words.history import lineage_lines
    from store.lineages import lineage_of

    async def work(store: ObjectStore) -> list[str]:
        found = await Variants(store, PinnedParts()).find(variant)
        model = found.bundle.parts.get("model")
        return lineage_lines(found.name, await lineage_of(store, model.sha256) if model else None, ())

    say(*with_store(work))


def export(
    *, to: Annotated[Path, typer.Option("--git", metavar="DIR", help="Folder to write into.")]
) -> None:
    """Write the registry as files for git: every entry, and what is live.

    Example: doctrail registry export --git ../governance
    """
    from app.session import with_store
    from evals.registry.history import export_registry

    written = with_store(lambda store: export_registry(store, to))
    say(f"{len(written)} files written to {to}")


def card(doc_type: Type, *, out: Out = None) -> None:
    """Write the model card of what is live, from what is on record; what people must fill in is left open.

    Example: doctrail registry card invoice --out card.md
    """
    from evals.registry import governance

    _document(doc_type, out, governance.card)


def validation_report(doc_type: Type, *, out: Out = None) -> None:
    """Write the validation report of what is live, from what is on record.

    Example: doctrail registry validation-report invoice --out validation.md
    """
    from evals.registry import governance

    _document(doc_type, out, governance.validation_report)


def sign_off(doc_type: Type, *, out: Out = None) -> None:
    """Write the sign-off sheet of what is live, for a person to sign.

    Example: doctrail registry sign-off invoice --out sign-off.md
    """
    from evals.registry import governance

    _document(doc_type, out, governance.sign_off)


def _document(doc_type: str, out: Path | None, write: Callable[[Facts], str]) -> None:
    from datetime import UTC, datetime

    from app.session import with_store
    from evals.registry.facts import facts_of

    text = write(with_store(lambda store: facts_of(store, doc_type, datetime.now(UTC))))
    if out is None:
        say(*text.splitlines())
    else:
        write_text(out, text)
