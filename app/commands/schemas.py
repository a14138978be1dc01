"""``doctrail schemas``: the published message schemas and what holds the models to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.menu import AsJson, group
from app.printing import say, say_json


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    schemas = group("schemas", "The published message schemas.")
    schemas.command("check")(check)
    schemas.command("show")(show)
    schemas.command("publish")(publish)
    app.add_typer(schemas, rich_help_panel=panel)


def check(*, as_json: AsJson = False) -> None:
    """Hold the models to the published schemas and to the golden messages.

    Exits with 1 and names the field and its consumers where a message changed without a new version,
    changed incompatibly, or can no longer be read.

    Example: doctrail schemas check
    """
    from dataclasses import asdict

    from ops.words import visible
    from schemas.check import check as problems_of
    from schemas.topics import TOPICS

    problems = problems_of()
    if as_json:
        say_json({"ok": not problems, "problems": [asdict(problem) for problem in problems]})
    else:
        say(*(visible(str(problem)) for problem in problems))
        if not problems:
            say(f"{len(TOPICS)} messages hold what is published, and every golden message can be read")
    if problems:
        raise typer.Exit(1)


def show(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Name of a message: documents.submitted.")],
    version: Annotated[
        str | None, typer.Option("--version", metavar="M.N", help="A published version; default: the newest.")
    ] = None,
) -> None:
    """Print a published schema.

    Example: doctrail schemas show records.completed
    """
    from schemas.publish import parse_version
    from schemas.publish import show as schema_of

    wanted = parse_version(version) if version else None
    if version and wanted is None:
        raise typer.BadParameter(f"{version!r} is no version; write it as 1.0", param_hint="--version")
    say(schema_of(event, wanted).rstrip("\n"))


def publish() -> None:
    """Write the schema of every message version that is not published yet into the sources.

    Refused where a published version would change.

    Example: doctrail schemas publish
    """
    from schemas.publish import PUBLISHED, write

    written = write()
    say(*(f"published {_short(path, PUBLISHED)}" for path in written))
    if not written:
        say("nothing to publish: every version is there already")


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root.parent))
