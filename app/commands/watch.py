"""``doctrail watch``: a folder whose files become documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import typed_path
from app.session import settings


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    app.command("watch", rich_help_panel=panel)(watch)


def watch(
    folder: Annotated[
        Path,
        typer.Argument(help="The folder, with everything below it.", metavar="DIR", parser=typed_path),
    ],
    done: Annotated[
        Path | None,
        typer.Option("--done", metavar="DIR", parser=typed_path, help="Move files there once they rest."),
    ] = None,
    failed: Annotated[
        Path | None,
        typer.Option(
            "--failed",
            metavar="DIR",
            parser=typed_path,
            help="Move rejected and dead-lettered ones there.",
        ),
    ] = None,
    settle: Annotated[
        float, typer.Option("--settle", min=0.0, help="Seconds that a file must have been left alone.")
    ] = 2.0,
    work: Annotated[
        bool, typer.Option("--work/--no-work", help="Do the work here while no other process does.")
    ] = True,
) -> None:
    """Submit files that are dropped into a folder.

    Each file is submitted once it is completely written, and again if its bytes change. Hidden files and
    the passing names of programs and browsers (.part, .tmp, .crdownload, ~$x.docx) are left alone. What was
    submitted before is known by content and path, after a restart too.

    Example: doctrail watch scans/ --done scans-done/ --failed scans-failed/
    """
    from app.actions.watch import watch_folder
    from app.looping import run as run_loop

    watching = watch_folder(settings(), folder, done=done, failed=failed, settle=settle, work=work)
    raise typer.Exit(run_loop(watching))
