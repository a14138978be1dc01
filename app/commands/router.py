"""``doctrail router``: whom doubtful fields go to, what is expected of whom, and learning it from reviews."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import OnlyType, out_option
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from inference.router.table import RouterTable
    from ops.router import ExpectedLine


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    router = group("router", "Whom doubtful fields go to, and what is expected of whom.")
    router.command("show")(show)
    router.command("learn")(learn)
    app.add_typer(router, rich_help_panel=panel)


def show(
    *,
    doc_type: OnlyType = None,
    as_json: AsJson = False,
) -> None:
    """Print the router's table: models with price, targets, ceiling, and the errors expected of each.

    The table is the file that DOCTRAIL_ROUTER names; what is expected follows from what is stated there and
    from what people found (history.json in a type's folder, written by doctrail router learn).

    Example: doctrail router show --type receipt
    """
    from app.actions.router import router_now

    found = router_now(doc_type)
    if as_json:
        table = found.table.model_dump(mode="json") if found.table else None
        say_json({"table": table, "expected": [line.model_dump(mode="json") for line in found.lines]})
    elif found.table is None:
        say("nobody else is asked: DOCTRAIL_ROUTER names no router.json (docs/operations/models.md)")
    else:
        _say_table(found.table)
        _say_expected(found.lines)


def learn(
    doc_type: Annotated[str, typer.Argument(metavar="TYPE", help="The type whose reviews are counted.")],
    *,
    records: Annotated[
        Path | None,
        typer.Option("--records", metavar="FILE", help="Reviewed records; default: all in the store."),
    ] = None,
    out: Annotated[Path | None, out_option("Where to write; default: the type's folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count how often large models were right, as people found, and write history.json.

    It calibrates their confidences, certifies fields where audits are enough, and tells the router whom to
    ask. Records of the training pool calibrate, audits of the eval pool certify.

    Example: doctrail router learn receipt
    """
    from app.actions.router import learn_from_reviews

    done = learn_from_reviews(doc_type, records, out)
    if as_json:
        say_json(done.model_dump(mode="json"))
        return
    say(f"{done.readings} readings of large models that people looked at")
    if done.path is None:
        say("nothing was written")
    else:
        say(f"{done.certified} fields certified", f"written: {done.path}")


def _say_table(table: RouterTable) -> None:
    from ops.words import visible

    rows = [
        (
            visible(one.model),
            f"{one.error:.2f}",
            f"${one.price.input}" if one.price else "unknown",
            f"${one.price.output}" if one.price else "unknown",
        )
        for one in table.models
    ]
    say(*columns(("MODEL", "STATED ERROR", "IN, PER MILLION", "OUT"), rows), "")
    say(
        f"a field goes there whose expected error is above {table.target:g}, {table.critical_target:g} if "
        f"critical; a document may cost ${table.ceiling}, an error avoided is worth ${table.worth}",
        f"types: {', '.join(table.types) or 'all'}",
        "",
    )


def _say_expected(lines: list[ExpectedLine]) -> None:
    from ops.words import visible

    rows = [
        (
            visible(line.doc_type),
            visible(line.field),
            visible(line.model),
            f"{line.error:.3f}",
            f"{line.target:.2f}",
            str(line.reviewed),
        )
        for line in lines
    ]
    say(*columns(("TYPE", "FIELD", "MODEL", "EXPECTED ERROR", "TARGET", "REVIEWED"), rows))
