"""What the documentation names is there: files, headings, commands with their options, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from app.cli import app
from app.settings import Settings

ROOT = Path(__file__).parents[3]
PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md"))
TOUR = (ROOT / "CONTRIBUTING.md", ROOT / "docs/architecture/one-document.md")
"""Pages that lead through the source."""
HEEDING = ("app", "benchmarks", "tests")
"""Where variables are read that are no settings."""
_LINK = re.compile(r"\]\(([^)\s:]+)\)")
_COMMAND = re.compile(r"(?<!-n )(?<![\w/-])doctrail ((?:[^`#|;&<>\n]|\|(?=[a-z]))+)")
_VARIABLE = re.compile(r"DOCTRAIL_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])")
_SOURCE = re.compile(r"`([a-z_]+(?:/[a-z_0-9.]+)+/?)`")


def spans(text: str) -> Iterator[str]:
    """Yield what a page sets as code: within a line, and the lines of its blocks."""
    for block in re.findall(r"(?s)```[^\n]*\n(.*?)```", text):
        yield from re.sub(r"\s*\\\n\s*", " ", block).splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", text))


def headings(page: Path) -> set[str]:
    """Return what links may name of a page, as GitHub spells it."""
    found = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@cache
def program() -> Any:
    """Return the command with all that are below it; putting it together takes a while."""
    return typer.main.get_command(app)


def unknown(words: list[str]) -> list[str]:
    """Return what of ``words`` no command knows: one command of theirs, or an option of it."""
    command = program()
    for place, word in enumerate(words):
        below = getattr(command, "commands", None)
        if below is None:
            known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
            options = re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", " ".join(words[place:]))
            return [option for option in options if option not in known | {"--help"}]
        named = re.findall(r"[a-z][a-z0-9-]*", word) if re.fullmatch(r"[a-z0-9|-]+", word) else []
        if word.startswith("-") or not named:
            continue
        if lost := [name for name in named if name not in below]:
            return lost
        if len(named) > 1:
            return []
        command = below[named[0]]
    return []


def test_every_link_leads_to_a_page_and_to_a_heading_of_it() -> None:
    broken = []
    for page in PAGES:
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            path, _, heading = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (heading and there.suffix == ".md" and heading not in headings(there)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")

    assert broken == []


def test_every_command_that_is_named_can_be_typed_with_its_options() -> None:
    lost = []
    for page in PAGES:
        for span in spans(page.read_text(encoding="utf-8")):
            for typed in _COMMAND.findall(span):
                words = [word.strip(".,;:()[]…") for word in typed.split()]
                lost += [f"{page.relative_to(ROOT)}: {one} in {span}" for one in unknown(words)]

    assert lost == []


def test_every_variable_that_is_named_is_heeded_by_something() -> None:
    heeded = {f"DOCTRAIL_{name.upper()}" for name in Settings.model_fields}
    written = [path for room in HEEDING for path in (ROOT / room).glob("**/*.py")]
    for path in (*written, ROOT / "Makefile", ROOT / "docker-compose.yml", ROOT / ".ci/run"):
        heeded |= set(_VARIABLE.findall(path.read_text(encoding="utf-8")))
    named = {
        (page.name, variable)
        for page in PAGES
        for variable in _VARIABLE.findall(page.read_text(encoding="utf-8"))
    }

    assert sorted(f"{page}: {variable}" for page, variable in named if variable not in heeded) == []


def test_every_file_that_the_tour_passes_is_there() -> None:
    rooms = {entry.name for entry in ROOT.iterdir()}
    passed = [
        (page.name, path) for page in TOUR for path in _SOURCE.findall(page.read_text(encoding="utf-8"))
    ]

    assert [one for one in passed if one[1].split("/")[0] in rooms and not (ROOT / one[1]).exists()] == []
