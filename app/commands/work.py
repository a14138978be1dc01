"""``doctrail submit`` and ``doctrail run``: documents in, and the agents that handle them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.session import settings


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("submit", rich_help_panel=panel)(submit)
    app.command("run", rich_help_panel=panel)(run)


def submit(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH…")],
    wait: Annotated[bool, typer.Option("--wait", help="Return when every document rests somewhere.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Run known documents again under the live release.")
    ] = False,
) -> None:
    """Put files and folders into the inbox.

    Example: doctrail submit invoices/ --wait
    """
    from app.actions.submit import submit_all

    raise typer.Exit(asyncio.run(submit_all(settings(), paths, wait=wait, force=force)))


def run(
    drain: Annotated[bool, typer.Option("--drain", help="Stop when nothing is left to do.")] = False,
) -> None:
    """Run every agent in this process until interrupted.

    Example: doctrail run
    """
    from app.actions.run import run_all

    raise typer.Exit(asyncio.run(run_all(settings(logs="info"), drain=drain)))
