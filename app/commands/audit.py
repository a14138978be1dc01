"""``doctrail audit`` and ``checkup``: what is wrong with what comes out, and what to mend first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import say, say_json

if TYPE_CHECKING:
    from app.actions.audit import Audited
    from app.wiring import Doctrail
    from ops.audit.backlog import AuditNote
    from ops.audit.checkup import Item
    from ops.audit.walk import Answer


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    audits = group("audit", "What is wrong with what comes out, and the one thing to mend first.")
    audits.info.no_args_is_help = False
    audits.callback(invoke_without_command=True)(audit)
    audits.command("log")(log)
    app.add_typer(audits, rich_help_panel=panel)
    app.command("checkup", rich_help_panel=panel)(checkup)


def audit(
    context: typer.Context,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Ask whether the walked records are right, and keep the answers.")
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with data, models, infrastructure and hand-offs, the costliest first.

    The last week is held against the four before, by type and field. Three records are walked back from
    value to page to submission. What is found is kept: doctrail audit log.

    Example: doctrail audit
    """
    if context.invoked_subcommand is not None:
        return
    from app.actions.audit import run_audit
    from app.session import with_doctrail
    from ops.audit.words import audit_json, audit_lines, walk_lines

    async def work(doctrail: Doctrail) -> Audited:
        return await run_audit(doctrail)

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        walked = [walk.model_dump(mode="json") for walk in found.walks]
        say_json({**audit_json(found.audit), "number": found.note.number, "walks": walked})
        return
    say(*audit_lines(found.audit), *walk_lines(found.walks))
    if verify and found.walks:
        _confirm(found, who(by))


def _confirm(found: Audited, by: str) -> None:
    from app.session import with_doctrail
    from ops.audit.walk import Confirmed, confirm
    from ops.words import several, short

    answers: dict[str, Answer] = {}
    wrong = []
    for walk in found.walks:
        asked = f"{short(walk.document_id)} {walk.doc_type}.{walk.field}: right? [y/n/?]"
        said = typer.prompt(asked, default="?", show_default=False, value_proc=answer_of)
        answers[f"{walk.document_id}/{walk.field}"] = said
        wrong += [short(walk.document_id)] if said == "wrong" else []

    async def work(doctrail: Doctrail) -> None:
        await confirm(doctrail.store, Confirmed(at=found.audit.at, by=by, answers=answers))

    with_doctrail(work, needs_bus=False)
    say(
        f"{several(len(answers), 'answer')} kept, {len(wrong)} wrong"
        + "".join(f"\ndoctrail trace {one} tells how it came" for one in wrong)
    )


def answer_of(said: str) -> Answer:
    """Return what a person answered; whatever is none of y, n and ? is asked again.

    Raises:
        typer.BadParameter: It is no answer.
    """
    words: dict[str, Answer] = {"y": "right", "n": "wrong", "?": "not sure"}
    if (letter := said.strip().lower()[:1]) not in words:
        raise typer.BadParameter("y, n, or ? where you are not sure")
    return words[letter]


def log(
    *,
    most: Annotated[int, typer.Option("--last", min=1, help="How many audits.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List what audits found and what went since.

    Example: doctrail audit log
    """
    from app.session import with_doctrail
    from ops.audit.backlog import log as kept
    from ops.audit.words import log_lines

    async def work(doctrail: Doctrail) -> list[AuditNote]:
        return await kept(doctrail.store, most)

    notes = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json([note.model_dump(mode="json") for note in notes])
    else:
        say(*log_lines(notes))


def checkup(*, as_json: AsJson = False) -> None:
    """Look at three things once a week, and scream when one fails.

    Every day finished in its window, the main fields as full as ever, no business key twice. Exits with 1
    where one does not hold.

    Example: doctrail checkup
    """
    from app.actions.audit import run_checkup
    from app.session import with_doctrail
    from ops.audit.words import checkup_lines

    async def work(doctrail: Doctrail) -> list[Item]:
        return await run_checkup(doctrail)

    items = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json([item.model_dump(mode="json") for item in items])
    else:
        say(*checkup_lines(items))
    if any(item.holds is False for item in items):
        raise typer.Exit(1)
