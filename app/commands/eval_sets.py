"""``doctrail eval build`` and what tells of sets: list, verify, diff, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import AcceptBiased, By, Days, Set, seed_option, who
from app.printing import columns, say, say_json


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("build")(build)
    group.command("list")(list_)
    group.command("verify")(verify)
    group.command("diff")(diff)
    group.command("export")(export)


def build(
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Which set is built anew.")] = "main",
    days: Days = 30,
    per_type: Annotated[int, typer.Option("--per-type", min=1, help="Places per type, on average.")] = 500,
    seed: Annotated[int, seed_option("Equal seeds and decisions give equal bytes.")] = 7,
    accept_biased: AcceptBiased = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Build a set from what people decided, and point its name at it; the set before stays.

    Takes documents of the eval pool alone, weighs them to today's production mix by how probably each was
    looked at, keeps hard cases apart, leaves duplicates and examples out, and seals a fifth for promotions.
    Exit 2 where it refuses: nobody reviewed anything, or there are no audits.

    Example: doctrail eval build --days 30 --per-type 500 --seed 7
    """
    from app.actions.evals import Asked, build_set
    from app.failures import leaving_with
    from app.session import with_doctrail
    from evals.errors import BiasedError, NothingReviewedError
    from evals.words.sets import built_lines

    asked = Asked(name, days, per_type, seed, accept_biased)
    with leaving_with(2, "eval", BiasedError, NothingReviewedError):
        built, moved = with_doctrail(lambda doctrail: build_set(doctrail, asked, who(by)), needs_bus=False)
    if as_json:
        say_json(built.manifest.model_dump(mode="json") | {"pointer_moved": moved})
    else:
        say(*built_lines(built.manifest, moved=moved))


def list_(*, as_json: AsJson = False) -> None:
    """List the sets, newest first.

    Example: doctrail eval list
    """
    from app.session import with_store
    from evals.sets.form import SHOWN
    from evals.sets.keeping import list_sets
    from evals.words.sets import use_words

    found = with_store(list_sets)
    if as_json:
        plain = [{**k.manifest.model_dump(mode="json"), "current": k.current, "uses": k.uses} for k in found]
        say_json(plain)
        return
    if not found:
        say("no set yet; doctrail eval build makes one from what people decided")
        return
    rows = [
        (
            k.manifest.name,
            k.manifest.set_id[:SHOWN],
            "current" if k.current else "",
            str(sum(share.records for share in k.manifest.types.values())),
            f"{k.manifest.sampling.first} to {k.manifest.sampling.last}",
            ", ".join(f"{name} {float(share):.0%}" for name, share in k.manifest.mix.items()),
            use_words(k.uses) + ("; biased" if k.manifest.stamp else ""),
        )
        for k in found
    ]
    say(*columns(("NAME", "SET", "", "RECORDS", "DECIDED", "MIX", "COMPARISONS"), rows))


def verify(wanted: Set = "main", *, as_json: AsJson = False) -> None:
    """Recompute every digest of a set, in the store or in a folder; exit 1 where something was changed.

    Example: doctrail eval verify main
    """
    from app.session import with_store
    from evals.sets.keeping import load_folder, verify_set
    from evals.words.sets import problem_lines

    if (Path(wanted) / "manifest.json").is_file():
        manifest, _, problems = load_folder(Path(wanted))
    else:
        manifest, problems = with_store(lambda store: verify_set(store, wanted))
    if as_json:
        say_json({"name": manifest.name, "set": manifest.set_id, "problems": problems})
    else:
        say(*problem_lines(manifest, problems))
    if problems:
        raise typer.Exit(1)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A set.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what entered, left and changed from one set to another, and how the mix moved.

    Example: doctrail eval diff 4be1 main
    """
    from dataclasses import asdict

    from app.session import with_store
    from evals.sets.diff import SetDiff, diff_sets
    from evals.sets.keeping import find_set, load_records
    from evals.words.sets import diff_lines
    from store.protocol import ObjectStore

    async def work(store: ObjectStore) -> SetDiff:
        one, other = await find_set(store, before), await find_set(store, after)
        return diff_sets((one, await load_records(store, one)), (other, await load_records(store, other)))

    found = with_store(work)
    if as_json:
        plain = asdict(found)
        plain["before"], plain["after"] = found.before.set_id, found.after.set_id
        say_json(plain)
    else:
        say(*diff_lines(found))


def export(
    wanted: Set = "main",
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write into.")],
) -> None:
    """Write a set as files for git: DIR/NAME/ID/manifest.json and records.jsonl.

    They hold what people found in documents: keep them in a private repository.

    Example: doctrail eval export main --to ../private-evals
    """
    from app.session import with_store
    from evals.sets.keeping import export_set

    folder = with_store(lambda store: export_set(store, wanted, to))
    say(f"written to {folder}; doctrail eval verify {folder} checks it anywhere")
