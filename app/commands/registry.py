"""``doctrail registry``: what is live, since when, by whom, on what evidence, and the papers about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import Type, Variant
from app.printing import say, say_json, write_text

if TYPE_CHECKING:
    from evals.registry.governance import Facts
    from evals.registry.history import TypeStanding
    from store.protocol import ObjectStore

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; default: the terminal.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
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


def show(
    doc_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Only this type.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is live: since when, by whom, on what evidence, what a rollback brings, what is revoked.

    A model that learned from documents which were erased since is due to be trained again; that is said too.

    Example: doctrail registry show invoice
    """
    from app.session import with_store
    from evals.words.history import standing_lines
    from ops.words import several

    found, erased = with_store(lambda store: _standing(store, doc_type))
    if as_json:
        say_json(
            {
                one.doc_type: {
                    "bundle": one.bundle.digest,
                    "since": one.since.model_dump(mode="json"),
                    "back_to": one.back_to,
                    "revoked": one.revoked,
                    "learned_from_erased": erased[one.doc_type],
                }
                for one in found
            }
        )
        return
    for one in found:
        say(*standing_lines([one]))
        if erased[one.doc_type]:
            gone = several(len(erased[one.doc_type]), "document")
            say(f"  retrain    due: it learned from {gone} erased since")
    if not found:
        say("nothing is live")


async def _standing(
    store: ObjectStore, doc_type: str | None
) -> tuple[list[TypeStanding], dict[str, tuple[str, ...]]]:
    """Return what is live, and by type the documents that its model learned from and that were erased.

    Raises:
        UnknownVariantError: Nothing is live of that type.
    """
    from evals.errors import UnknownVariantError
    from evals.registry.history import standings
    from store.erasures import retrain_due

    live = await standings(store)
    found = [one for one in live if doc_type in (None, one.doc_type)]
    if doc_type is not None and not found:
        known = ", ".join(one.doc_type for one in live) or "none yet"
        raise UnknownVariantError(f"no type {doc_type!r} is live; live are {known}")
    due = await retrain_due(store)
    models = {one.doc_type: one.bundle.parts.get("model") for one in found}
    return found, {name: due.get(model.sha256, ()) if model else () for name, model in models.items()}


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
    from app.clock import utc_now
    from app.session import with_store
    from evals.registry.facts import facts_of

    text = write(with_store(lambda store: facts_of(store, doc_type, utc_now())))
    if out is None:
        say(*text.splitlines())
    else:
        write_text(out, text)
