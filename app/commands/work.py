"""``doctrail submit`` and ``doctrail run``: documents in, and the agents that handle them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import typed_path
from app.session import settings


class Agent(StrEnum):
    """What can be run alone."""

    INTAKE = "intake"
    GATEKEEPER = "gatekeeper"
    EXTRACTION = "extraction"
    VALIDATION = "validation"
    REVIEW = "review"
    CATALOG = "catalog"


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("submit", rich_help_panel=panel)(submit)
    app.command("run", rich_help_panel=panel)(run)


def submit(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files and folders, or - for one document by a pipe.", metavar="PATH…", parser=typed_path
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Return when every document rests somewhere.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Run known documents again under the live release.")
    ] = False,
    repay: Annotated[
        bool, typer.Option("--repay", help="With --force: buy replies of models again that are known.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What the document of a pipe is called.")
    ] = None,
) -> None:
    """Put files and folders into the inbox, or what comes by a pipe.

    Example: doctrail submit invoices/ --wait

    Example: curl -s https://example.org/lease | doctrail submit - --name lease.pdf
    """
    from app.actions.submit import submit_all
    from app.looping import run as run_loop

    if repay and not force:
        raise typer.BadParameter("--repay goes with --force: only a document that runs again asks again")
    piped = _piped(paths, name)
    code = submit_all(settings(), paths, wait=wait, force=force, repay=repay, piped=piped)
    raise typer.Exit(run_loop(code))


def _piped(paths: list[Path], name: str | None) -> str | None:
    from ops.pipe import PIPE

    if PIPE not in paths:
        if name is not None:
            raise typer.BadParameter("only the document of a pipe needs a name", param_hint="--name")
        return None
    if len(paths) > 1:
        raise typer.BadParameter("- stands alone: one document by the pipe", param_hint="PATH…")
    if name is None:
        raise typer.BadParameter("name what comes by the pipe, such as lease.pdf", param_hint="--name")
    return name


def run(
    drain: Annotated[bool, typer.Option("--drain", help="Stop when nothing is left to do.")] = False,
    only: Annotated[
        list[Agent] | None,
        typer.Option("--only", help="Only this agent; may be given again. Needs a bus that many can read."),
    ] = None,
) -> None:
    """Run the agents in this process until interrupted.

    On a bus that many processes can read, each agent may be a service of its own, in any number of
    processes.

    Example: doctrail run

    Example: doctrail run --only extraction
    """
    from app.actions.run import run_agents
    from app.looping import run as run_loop

    chosen = tuple(agent.value for agent in only or ())
    raise typer.Exit(run_loop(run_agents(settings(logs="info"), only=chosen, drain=drain)))
