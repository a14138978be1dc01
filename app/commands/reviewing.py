"""``doctrail review serve``, and what ``doctrail reviews`` says of the queue."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import reviewers
from app.commands.menu import AsJson, group
from app.printing import columns, say, say_json, write_text
from app.session import settings, with_queue

if TYPE_CHECKING:
    from review.queue.queue import ReviewQueue


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group ``review`` to the command line."""
    review = group("review", "The review queue's API.")
    review.command("serve")(serve)
    review.command("a2i")(a2i)
    # With one command alone, typer would make the group itself that command.
    review.callback()(_review)
    app.add_typer(review, rich_help_panel=panel)


def add_questions(reviews: typer.Typer) -> None:
    """Add what is asked of the queue to the group ``reviews``."""
    reviews.command("stats")(stats)
    reviews.command("decisions")(decisions)
    reviews.command("redrive")(redrive)
    reviewers.add_to(reviews)


def _review() -> None:
    """The review queue's API."""


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8765,
    auth: Annotated[
        bool, typer.Option("--auth", help="Everybody says who he is; required where others can reach it.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST[:PORT]", help="Another host name it is reached by."),
    ] = None,
    https: Annotated[bool, typer.Option("--https", help="A proxy in front speaks https.")] = False,
) -> None:
    """Serve the review API, and let decisions out once they can't be undone any more.

    Example: doctrail review serve

    Example: doctrail review serve --host 0.0.0.0 --auth --name reviews.example.org --https
    """
    from app.actions.review import serve_reviews
    from app.looping import run as run_loop
    from review.api.serving import Address

    address = Address(host, port, tuple(name or ()), secure=https)
    run_loop(serve_reviews(settings(logs="info"), address, auth=auth))


def a2i(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only use every permission that is needed, once.")
    ] = False,
) -> None:
    """Have Amazon A2I's people work on the queue too: DOCTRAIL_A2I_FLOW names the flow definition.

    Tasks are claimed as by a person, staged under DOCTRAIL_A2I_STAGING, and handed in once answered.

    Example: doctrail review a2i --check

    Example: doctrail review a2i
    """
    from app.actions.a2i import serve_a2i

    asyncio.run(serve_a2i(settings(logs="info"), check=check))


def stats(*, as_json: AsJson = False) -> None:
    """Say what waits, how fast it goes, and how well.

    Example: doctrail reviews stats
    """
    from review.people.accounts import LOCAL, Accounts

    async def work(queue: ReviewQueue) -> tuple[dict[str, Any], dict[str, str]]:
        people = await Accounts(queue.database).all()
        return await queue.stats(), {LOCAL.reviewer_id: LOCAL.name} | {
            one["reviewer_id"]: one["name"] for one in people
        }

    found, names = with_queue(work)
    if as_json:
        say_json(found)
        return
    rows = [
        (one["queue"], one["lane"], str(one["waiting"]), str(one["overdue"]), one["oldest"][:16])
        for one in found["waiting"]
    ]
    say(*columns(("QUEUE", "LANE", "WAITING", "OVERDUE", "OLDEST"), rows)) if rows else say("nothing waits")
    figures = found["decided"]
    say("", f"{figures['records']} decided in 30 days, {found['last_hour']} in the last hour")
    if figures["records"]:
        say(*_figures(figures, found), "", *_people(found["by_reviewer"], names))
    if found["refused"]:
        say("", _refused(found["refused"]))


def _figures(figures: dict[str, Any], found: dict[str, Any]) -> list[str]:
    lines = [f"median {figures['median_active_seconds']} s of active work"]
    if figures["correction_rate"] is not None:
        lines.append(f"{figures['correction_rate']:.1%} of fields corrected")
    if figures["gold_judged"]:
        lines.append(f"gold: {figures['gold_right']} of {figures['gold_judged']} fields right")
    if figures["second_judged"]:
        alike, judged = figures["second_right"], figures["second_judged"]
        lines.append(f"two people said the same of {alike} of {judged} fields")
    lines.append(f"{found['disagreements']} disagreements between two people")
    lines += [
        f"{one['lane']}: {one['unanswered']} of {one['asked']} not answered in time ({one['share']:.1%}); "
        "no estimate covers them"
        for one in found["non_response"]
        if one["unanswered"]
    ]
    lines += [
        f"{one['queue']} {one['field']}: {one['corrected']} corrected" for one in found["most_corrected"]
    ]
    return lines


def _refused(ids: list[str]) -> str:
    from ops.words import several, short

    names = ", ".join(map(short, ids))
    remedy = "once what stands in the way is mended: doctrail reviews redrive"
    return f"{several(len(ids), 'decision')} could not be let out ({names}); {remedy}"


def _people(by_reviewer: dict[str, dict[str, Any]], names: dict[str, str]) -> list[str]:
    rows = [
        (
            names.get(who, who),
            str(one["records"]),
            f"{one['median_active_seconds']} s",
            "–" if one["correction_rate"] is None else f"{one['correction_rate']:.1%}",
            f"{one['gold_right']} of {one['gold_judged']}" if one["gold_judged"] else "–",
            "decides faster than one reads" if one["hurried"] else "",
        )
        for who, one in by_reviewer.items()
    ]
    return columns(("REVIEWER", "RECORDS", "MEDIAN", "CORRECTED", "GOLD", ""), rows)


def decisions(
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write, one JSON object a line; default: standard output."),
    ] = None,
) -> None:
    """Write every decision with its lane, inclusion probabilities, before and after, one a line.

    Example: doctrail reviews decisions --out decisions.jsonl
    """

    async def work(queue: ReviewQueue) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := await queue.decisions(after=found[-1]["decision_id"] if found else None, limit=500):
            found += page
        return found

    lines = [json.dumps(one) for one in with_queue(work)]
    if out is None:
        say(*lines)
    else:
        write_text(out, "".join(f"{line}\n" for line in lines))
        say(f"wrote {len(lines)} decisions to {out}")


def redrive(
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DECISION]", help="Ids or their beginnings; without one, all that were refused."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let decisions out once more that could not be, after what stood in the way is mended.

    Example: doctrail reviews redrive 9c1f04ab
    """
    again = with_queue(lambda queue: queue.redrive(wanted or ()))
    if as_json:
        say_json(again)
    elif not again:
        say("no decision was refused")
    else:
        from ops.words import short

        say(*(f"{short(one)} was refused: {why}" for one, why in again.items()))
        say("whatever serves reviews lets them out now: `doctrail run` or `doctrail review serve`")
