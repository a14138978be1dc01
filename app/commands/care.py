"""``doctrail verify``, ``catalog`` and ``doctor``: is everything whole, and does every part work?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.printing import coloured_word, say, say_json

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from catalog.rebuild import Rebuilt
    from ops.doctor import Finding

_TONES = {"ok": "green", "warn": "yellow", "unknown": "yellow", "fail": "red"}


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("verify", rich_help_panel=panel)(verify)
    app.command("doctor", rich_help_panel=panel)(doctor)
    catalog = group("catalog", "The catalog: what status, records and queues read.")
    catalog.command("rebuild")(rebuild)
    app.add_typer(catalog, rich_help_panel=panel)


def verify(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A document, or whatever names one.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every document, and what documents share.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Move corrupt objects aside and have them computed again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every object by digest and contract, repair what is broken.

    Prints the ledger; exits with 1 where something is not as it should be. With --all only what is
    wrong is listed.

    Example: doctrail verify --all
    """
    if (wanted is None) != every:
        raise typer.BadParameter("give either a document or --all", param_hint="ID")
    from app.actions.verify import verify as check

    if not check(wanted, mend=repair, as_json=as_json):
        raise typer.Exit(1)


def doctor(
    *,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="NAME", help="Only what this role must be allowed to do."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Exercise every configured part and name what is missing.

    Writes, reads and deletes in the store; publishes and consumes on a scratch topic; writes into the
    catalog; reads a tiny page and a tiny scan; asks every live model; looks at disk, memory and clock.
    With --role (an agent, catalog, watch, mcp, model, nightly, alerts, shadow) it asks for every permission
    of that role with the credentials at hand, and names the statement that grants what is denied.

    Example: doctrail doctor

    Example: doctrail doctor --role intake
    """
    import asyncio

    if role is not None:
        _doctor_of(role, as_json=as_json)
        return

    from app.actions.doctor import check_up
    from app.session import settings

    findings = asyncio.run(check_up(settings(logs="error")))
    ok = all(finding.state != "fail" for finding in findings)
    if as_json:
        say_json({"ok": ok, "findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        _say_findings(findings)
    if not ok:
        raise typer.Exit(1)


def rebuild(*, as_json: AsJson = False) -> None:
    """Make the catalog anew from the store.

    Nothing is lost when its file is gone or damaged: it holds nothing of its own.

    Example: doctrail catalog rebuild
    """
    from dataclasses import asdict

    from app.session import with_doctrail
    from catalog.rebuild import rebuild as rebuild_from
    from ops.words import several, visible

    async def work(doctrail: Doctrail) -> Rebuilt:
        return await rebuild_from(doctrail.catalog, doctrail.store)

    done = with_doctrail(work)
    if as_json:
        say_json(asdict(done))
    else:
        say(*(f"problem: {visible(problem)}" for problem in done.problems))
        removed = (
            f"; {several(done.removed, 'row')} the store knows nothing of removed" if done.removed else ""
        )
        say(f"{several(done.documents, 'document')} from {several(done.facts, 'fact')}{removed}")
    if done.problems:
        raise typer.Exit(1)


def _doctor_of(role: str, *, as_json: bool) -> None:
    import asyncio

    from app.permissions import role_permissions
    from app.session import settings
    from ops.granting import sentence
    from ops.permissions import ROLES
    from ops.words import several

    if role not in ROLES:
        raise typer.BadParameter(f"{role!r} is no role; known: {', '.join(ROLES)}", param_hint="--role")
    found = asyncio.run(role_permissions(settings(logs="error"), role))
    denied = [one for one in found if one.state != "ok"]
    if as_json:
        say_json(
            {"role": role, "ok": not denied, "permissions": [one.model_dump(mode="json") for one in found]}
        )
    else:
        for one in denied:
            word = coloured_word(one.state.ljust(7), _TONES[one.state])
            say(f"{word}  {sentence(one)}", *([f"         {one.detail}"] if one.detail else []))
            say(f"         → {one.statement}")
        short = f"{len(denied)} of {several(len(found), 'permission')} of {role} not granted"
        say(short if denied else f"{role} has all of its {several(len(found), 'permission')}")
    if denied:
        raise typer.Exit(1)


def _say_findings(findings: list[Finding]) -> None:
    from ops.words import visible

    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        word = coloured_word(finding.state.ljust(4), _TONES[finding.state])
        say(f"{word}  {finding.part.ljust(width)}  {visible(finding.detail)}")
        if finding.remedy:
            say(f"{' ' * (width + 8)}→ {finding.remedy}")
    bad = [finding.part for finding in findings if finding.state == "fail"]
    say(f"\n{len(bad)} of {len(findings)} checks failed: {', '.join(bad)}" if bad else "\nevery part works")
