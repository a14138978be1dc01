"""What the command line says of itself: every command with an example, every option, all of it documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli import app, run

ROOT = Path(__file__).parents[3]


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, by its path."""
    command = command or typer.main.get_command(app)
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, sub in below.items():
        yield from commands(sub, (*path, name))


def test_help_lists_every_command_in_its_panel(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0

    said = capsys.readouterr().out
    panels = [line for line in said.splitlines() if line and not line.startswith(" ") and line.endswith(":")]
    assert panels == ["Options:", "Documents:", "People:", "Quality:", "Care:", "Setting up:"]
    assert all(f"\n  {path[0]} " in said for path, _ in commands())


def test_every_command_has_help_with_an_example() -> None:
    lacking = [
        " ".join(path) for path, command in commands() if "Example: doctrail" not in (command.help or "")
    ]

    assert lacking == []


def test_every_example_of_a_help_begins_a_line_of_its_own() -> None:
    """Lines without an empty one between them are made one paragraph."""
    run_together = [
        " ".join(path)
        for path, command in commands()
        if any(paragraph.count("Example: ") > 1 for paragraph in (command.help or "").split("\n\n"))
    ]

    assert run_together == []


def test_every_option_says_what_it_does() -> None:
    lacking = [
        f"{' '.join(path)} {parameter.name}"
        for path, command in commands()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]

    assert lacking == []


def test_every_command_is_on_the_commands_page() -> None:
    page = (ROOT / "docs" / "operations" / "commands.md").read_text(encoding="utf-8")

    assert [p for p, _ in commands() if f"doctrail {' '.join(p)}" not in page] == []


def lacking_in(heading: str) -> Iterator[str]:
    """Yield what the commands that a heading shows require and it does not give."""
    known = dict(commands())
    for shown in re.split(r" · | \| (?=`doctrail)", heading):
        words = shown.replace("`", "").split()[1:]
        path = next((p for n in range(len(words), 0, -1) if (p := tuple(words[:n])) in known), None)
        if path is None:
            continue
        rest = words[len(path) :]
        # What follows an option is its own.
        given = [word for before, word in pairwise(["", *rest]) if not before.lstrip("[").startswith("--")]
        for parameter in known[path].params:
            if parameter.required and not getattr(parameter, "prompt", None):
                named = set(parameter.opts) & set(rest)
                if parameter.param_type_name == "argument":
                    named = {word for word in given if not word.startswith("[") and not word.startswith("--")}
                if not named:
                    yield f"{shown}: {parameter.opts[0]}"


def test_every_heading_of_the_commands_page_gives_what_its_commands_require() -> None:
    page = (ROOT / "docs" / "operations" / "commands.md").read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^### (.*)$", page)

    assert [lack for heading in headings for lack in lacking_in(heading)] == []
    assert list(lacking_in("`doctrail promote` [--set SET]")) == [
        "`doctrail promote` [--set SET]: variant",
        "`doctrail promote` [--set SET]: --by",
    ]
