"""Commands."""

from __future__ import annotations

import typer


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
