"""``doctrail eval``: variants run on sets of what people found, and two of them compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.commands import eval_sets
from app.commands.menu import AsJson, group
from app.commands.options import Also, Set, SetOption, Variant, Variants, Yes
from app.printing import remark, say, say_json, write_text

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from evals.comparing.rule import Comparison
    from evals.scoring.figures import Figures
    from evals.sets.form import Manifest


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    found = group("eval", "Sets of what people found, variants scored on them, two of them compared.")
    eval_sets.add_to(found)
    found.command("run")(run)
    found.command("explain")(explain)
    found.command("report")(report)
    found.command("compare")(compare)
    app.add_typer(found, rich_help_panel=panel)


def run(
    wanted: Set = "main",
    *,
    variant: Variants = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Score variants on a set; what was answered before is not asked again.

    Runs the agents that production runs, in a layer that leaves nothing behind but the answers. A run that
    was cut off goes on where it was. The sealed fifth is left out.

    Example: doctrail eval run main --variant invoice@7c1e
    """
    from app.session import with_doctrail
    from evals.words.figures import figure_lines

    async def work(doctrail: Doctrail) -> tuple[Manifest, list[tuple[str, str, Figures]]]:
        return await _run(doctrail, wanted, variant or [], yes=yes)

    manifest, found = with_doctrail(work, needs_bus=False)
    if as_json:
        runs = [{"variant": name, "run": run_id, "figures": f.as_dict()} for name, run_id, f in found]
        say_json({"set": manifest.set_id, "stamp": manifest.stamp, "runs": runs})
        return
    for name, run_id, one in found:
        say(*figure_lines(name, one, stamp=manifest.stamp), f"  kept as run {run_id[:12]}", "")


async def _run(
    doctrail: Doctrail, wanted: str, names: list[str], *, yes: bool
) -> tuple[Manifest, list[tuple[str, str, Figures]]]:
    from app.actions.evals import open_runner, progressing, require_paid
    from app.wiring import installed_version
    from evals.judging import by_type, keep_run, open_set, run_variant
    from evals.scoring.figures import figures
    from evals.sets.keeping import find_set

    manifest = await find_set(doctrail.store, wanted)
    chosen = await open_set(doctrail.store, manifest, sealed=False)
    found = []
    async with open_runner(doctrail) as (runner, variants):
        asked = [await variants.find(name) for name in names or sorted(by_type(chosen.records))]
        await require_paid(runner, chosen, asked, doctrail, yes=yes)
        for one in asked:
            with progressing(one.name) as progress:
                scored = await run_variant(runner, chosen, one, progress)
            code = doctrail.settings.commit or installed_version()
            run_id = await keep_run(doctrail.store, chosen, one, scored, code)
            found.append((one.name, run_id, figures(scored)))
    return manifest, found


def compare(
    champion: Variant,
    challenger: Variant,
    *,
    also: Also = None,
    wanted: SetOption = "main",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Compare two variants of a type on a set, document by document; exit 0 better, 3 inconclusive, 4 worse.

    Types too rare to be judged alone are judged together with --also, each against what is live of it; then
    the set's mix of types is held against today's, and named where it decides who is better.

    Example: doctrail eval compare lease lease@a90d --also nda@77c1
    """
    from app.actions.promoting import compare_variants
    from app.session import with_doctrail
    from evals.words.comparison import comparison_lines

    if also:
        _compare_together(champion, challenger, also, wanted, yes=yes, as_json=as_json)

    async def work(doctrail: Doctrail) -> tuple[Comparison, int]:
        return await compare_variants(doctrail, champion, challenger, wanted, sealed=False, yes=yes)

    found, uses = with_doctrail(work, needs_bus=False)
    if as_json:
        from evals.words.plain import comparison_dict

        say_json(comparison_dict(found, uses))
    else:
        say(*comparison_lines(found, uses))
    raise typer.Exit(found.outcome.code)


def _compare_together(
    champion: str, challenger: str, also: list[str], wanted: str, *, yes: bool, as_json: bool
) -> NoReturn:
    from app.actions.promoting import compare_together
    from app.session import with_doctrail
    from evals.words.comparison import pooled_lines
    from evals.words.plain import pooled_dict

    found, _, uses = with_doctrail(
        lambda doctrail: compare_together(
            doctrail, champion, challenger, also, wanted, sealed=False, yes=yes
        ),
        needs_bus=False,
    )
    if as_json:
        say_json(pooled_dict(found, uses))
    else:
        say(*pooled_lines(found, uses))
    raise typer.Exit(found.whole.outcome.code)


def explain(
    rid: Annotated[list[str], typer.Argument(metavar="RID...", help="Ids of records, or their beginnings.")],
    *,
    wanted: SetOption = "main",
    variant: Variants = None,
    yes: Yes = False,
) -> None:
    """Show a record's truth beside what variants answered, with evidence, and how to trace it.

    Example: doctrail eval explain 77aa --variant invoice --variant invoice@a90d
    """
    from app.actions.promoting import explain_records
    from app.session import with_doctrail
    from ops.words import visible

    async def work(doctrail: Doctrail) -> list[list[str]]:
        return await explain_records(doctrail, rid, wanted, variant or [], yes=yes)

    for lines in with_doctrail(work, needs_bus=False):
        say(*(visible(line) for line in lines), "")


def report(
    wanted: Set = "main",
    *,
    variant: Variants = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the page.")] = Path(
        "eval-report.html"
    ),
    yes: Yes = False,
) -> None:
    """Write one HTML page of a set's figures with plots; it needs nothing from anywhere.

    Example: doctrail eval report main --out eval.html
    """
    from app.actions.promoting import report_page
    from app.session import with_doctrail

    async def work(doctrail: Doctrail) -> str:
        return await report_page(doctrail, wanted, variant or [], yes=yes)

    write_text(out, with_doctrail(work, needs_bus=False))
    remark(f"written to {out}")
