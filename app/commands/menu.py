"""How commands are declared: in panels, listed as plain text, so that help is there at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for a program.")]

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A document, run or submission id, a unique prefix, or the path of a submitted file.",
    ),
]


PANELS = ("Documents", "People", "Quality", "Care", "Setting up")
"""The panels of the first page, in the order they are read."""


class Menu(TyperGroup):
    """A group of commands that lists them by panel, within one in the order they were added."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section per panel."""
        panels: dict[str, list[tuple[str, Any]]] = {panel: [] for panel in PANELS}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = getattr(command, "rich_help_panel", None)
                panels.setdefault(panel if isinstance(panel, str) else "Commands", []).append((name, command))
        width = max((len(name) for listed in panels.values() for name, _ in listed), default=0)
        for panel, listed in panels.items():
            if not listed:
                continue
            with formatter.section(panel):
                room = formatter.width - 6 - width
                formatter.write_dl([(name.ljust(width), c.get_short_help_str(room)) for name, c in listed])


def group(name: str, sentence: str) -> typer.Typer:
    """Return a group of subcommands that says what it offers when called alone."""
    return typer.Typer(
        name=name,
        help=sentence,
        cls=Menu,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
