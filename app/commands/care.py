"""``doctrail verify``, ``catalog`` and ``doctor``: is everything whole, and does every part work?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from app.commands.menu import AsJson
from app.printing import coloured_word, say, say_json

if TYPE_CHECKING:
    from ops.doctor import Finding

_TONES = {"ok": "green", "warn": "yellow", "fail": "red"}


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("doctor", rich_help_panel=panel)(doctor)


def doctor(*, as_json: AsJson = False) -> None:
    """Exercise every configured part and name what is missing, with what to do about it.

    Writes, reads and deletes in the store; publishes and consumes on a scratch topic; writes into the
    catalog; reads a tiny page and a tiny scan; asks every live model; looks at disk, memory and clock.

    Example: doctrail doctor
    """
    from app.checkup import check_up
    from app.session import settings

    findings = asyncio.run(check_up(settings(logs="error")))
    ok = all(finding.state != "fail" for finding in findings)
    if as_json:
        say_json({"ok": ok, "findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        _say_findings(findings)
    if not ok:
        raise typer.Exit(1)


def _say_findings(findings: list[Finding]) -> None:
    from ops.visible import visible

    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        word = coloured_word(finding.state.ljust(4), _TONES[finding.state])
        say(f"{word}  {finding.part.ljust(width)}  {visible(finding.detail)}")
        if finding.remedy:
            say(f"{' ' * (width + 8)}→ {finding.remedy}")
    bad = [finding.part for finding in findings if finding.state == "fail"]
    say(f"\n{len(bad)} of {len(findings)} checks failed: {', '.join(bad)}" if bad else "\nevery part works")
