"""``doctrail shadow``: a variant that reads live documents beside the live one, and touches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import MOST_DAYS, By, Challenger, Type, Yes, who
from app.printing import say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.wiring import Doctrail
    from evals.words.shadow import Seen


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    found = group("shadow", "A variant beside the live one; the next version of the program beside this one.")
    found.command("start")(start)
    found.command("run")(run)
    found.command("status")(status)
    found.command("stop")(stop)
    found.command("follow")(follow)
    found.command("diff")(diff)
    app.add_typer(found, rich_help_panel=panel)


def start(
    variant: Challenger,
    *,
    by: By = None,
    share: Annotated[
        float, typer.Option("--share", min=0.0, max=1.0, help="Share of live documents it reads.")
    ] = 1.0,
    budget: Annotated[
        int, typer.Option("--budget", min=1, help="Documents a day that people are asked about.")
    ] = 20,
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Then it ends undecided.")] = 14,
    yes: Yes = False,
) -> None:
    """Let a variant read live documents beside what is live of its type; records are never touched.

    Where it reads a field otherwise, people are asked what stands there, shown neither reading. Their
    answers settle who is right, and stay out of sets and of the accuracy estimate: they are no random draw.
    doctrail shadow run does the reading.

    Example: doctrail shadow start invoice@a90d --budget 20
    """
    from app.actions.shadow import Terms
    from app.actions.shadow import start as begin
    from app.session import with_doctrail

    terms = Terms(share, budget, days)
    begun = with_doctrail(lambda doctrail: begin(doctrail, variant, who(by), terms, yes=yes), needs_bus=False)
    say(
        f"{begun.name} runs beside {begun.doc_type}@{begun.against[:8]} for at most {begun.days} days; "
        "doctrail shadow run lets it read"
    )


def run(
    *,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="SECONDS", min=1.0, help="Look again and again; default: once."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let shadows read what came in, ask people where they differ, and end what is decided.

    A bet on the documents that only one of both reads right decides, at 5 %, however often it is looked at.
    A challenger that is better is proposed; what was promoted and is worse is rolled back at once, exit 2.

    Example: doctrail shadow run --every 300
    """
    from app.actions.shadow import watch
    from app.session import with_doctrail

    async def work(doctrail: Doctrail) -> Sequence[Seen]:
        return await watch(doctrail, every=every, on_look=lambda found: _say(found, as_json=as_json))

    if any(_rolled_back(one) for one in with_doctrail(work, needs_bus=False, role="shadow")):
        raise typer.Exit(2)


def _rolled_back(one: Seen) -> bool:
    from evals.shadow.keeping import Role, Verdict

    return one.ended is not None and (one.shadow.role, one.ended.verdict) == (Role.GUARD, Verdict.BETTER)


def _say(found: Sequence[Seen], *, as_json: bool) -> None:
    from evals.words.shadow import shadow_dict, shadow_lines

    if as_json:
        say_json([shadow_dict(one) for one in found])
    elif found:
        say(*(line for one in found for line in shadow_lines(one)))
    else:
        say("nothing runs beside what is live; doctrail shadow start VARIANT lets something")


def status(
    doc_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Only this type.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say how the newest shadow of each type stands: what it read, who was right, what is said.

    Example: doctrail shadow status invoice
    """
    from app.actions.shadow import stand
    from app.session import with_doctrail

    _say(with_doctrail(lambda doctrail: stand(doctrail, doc_type), needs_bus=False), as_json=as_json)


def stop(
    doc_type: Type,
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """End the shadow of a type; what it found is kept.

    Example: doctrail shadow stop invoice
    """
    from app.actions.shadow import stop as end
    from app.session import with_doctrail

    _say([with_doctrail(lambda doctrail: end(doctrail, doc_type, who(by)), needs_bus=False)], as_json=as_json)


Other = Annotated[str, typer.Option("--store", metavar="URL", help="The store of the one that works.")]


def follow(
    store: Other,
    theirs: Annotated[str, typer.Option("--bus", metavar="URL", help="Its bus, prefix included.")],
    *,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="SECONDS", min=1.0, help="Look again and again; default: once."),
    ] = None,
) -> None:
    """Take in here, in the next version's own installation, what the working one takes in.

    Nothing is written there: its topic of submissions is read under a group of its own (beside), its store
    for the bytes. This installation has its own store, topics and databases; its agents do the rest, and
    nobody works its queue. doctrail shadow diff compares.

    Example: doctrail shadow follow --bus kafka://broker:9092/live --store s3://live --every 60
    """
    from app.actions.beside import follow as take_in
    from app.session import with_doctrail
    from ops.words import several

    fed = with_doctrail(lambda doctrail: take_in(doctrail, theirs, store, every), makes_home=True)
    say(
        f"{several(fed.taken, 'document')} taken in, {fed.known} already here"
        + (f", {fed.gone} whose bytes are gone or damaged there" if fed.gone else "")
    )


def diff(
    store: Other,
    *,
    sample: Annotated[int, typer.Option("--sample", min=1, metavar="N", help="At most N documents.")] = 1000,
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Of the last N days.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Compare what this installation made of documents with what the one it follows made of them.

    Outcomes, fields and rules before any person decided, as rates with 95 % intervals; before is there, after
    is here. Exit 1 where anything differs or nothing was compared: deploy once that is understood.

    Example: doctrail shadow diff --store s3://live
    """
    from app.actions.beside import difference
    from app.session import with_doctrail
    from ops.replay.words import beside_lines, sample_json

    found = with_doctrail(lambda doctrail: difference(doctrail, store, sample, days), needs_bus=False)
    if as_json:
        say_json(sample_json(found))
    else:
        say(*beside_lines(found))
    if found.differs or not found.tells:
        raise typer.Exit(1)
