"""``doctrail init`` and ``doctrail health``: before services of their own run, and while they do."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("init", rich_help_panel=panel)(init)
    app.command("health", rich_help_panel=panel)(health)


def init(
    wait: Annotated[
        float, typer.Option("--wait", min=0.0, help="Seconds to wait for a service that does not answer yet.")
    ] = 0.0,
) -> None:
    """Make what is missing: the store's bucket, the bus's topics, the catalog's tables, a live release.

    Doing it again changes nothing. The document types become the live release unless a person has
    published one.

    Example: doctrail init --wait 60
    """
    from app.actions.init import initialise
    from app.printing import remark, say
    from app.session import settings

    asyncio.run(initialise(settings(), patience=wait, tell=say, remark=remark))


def health() -> None:
    """Say whether the process that runs here makes progress; exits with 1 where it does not.

    Example: doctrail health
    """
    from app.clock import utc_now
    from app.printing import complain
    from app.settings import load_settings
    from ops.health import complaint

    said = complaint(load_settings().heartbeat_file, utc_now())
    if said is not None:
        complain(said)
        raise typer.Exit(1)
