"""``doctrail review serve``, and what ``doctrail reviews`` says of the queue and of those who work on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.commands.menu import AsJson, group
from app.printing import columns, say, say_json, write_text
from app.session import settings

if TYPE_CHECKING:
    from review.queue import ReviewQueue

T = TypeVar("T")
Name = Annotated[str, typer.Argument(metavar="NAME", help="As the reviewer logs in.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="reviewer, adjudicator, admin or service; may be repeated.")
]


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
    people = group("reviewers", "Who works on the queue.")
    people.command("list")(list_reviewers)
    people.command("add")(add_reviewer)
    people.command("change")(change_reviewer)
    people.command("token")(issue_token)
    reviews.add_typer(people)


def _review() -> None:
    """The review queue's API."""


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to serve on.")] = 8765,
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
    from review.serving import Address

    address = Address(host, port, tuple(name or ()), secure=https)
    asyncio.run(serve_reviews(settings(logs="info"), address, auth=auth))


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
    from review.accounts import LOCAL, Accounts

    async def work(queue: ReviewQueue) -> tuple[dict[str, Any], dict[str, str]]:
        people = await Accounts(queue.database).all()
        return await queue.stats(), {LOCAL.reviewer_id: LOCAL.name} | {
            one["reviewer_id"]: one["name"] for one in people
        }

    found, names = _with_queue(work)
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

    lines = [json.dumps(one) for one in _with_queue(work)]
    if out is None:
        say(*lines)
    else:
        write_text(out, "".join(f"{line}\n" for line in lines))
        say(f"wrote {len(lines)} decisions to {out}")


def list_reviewers(*, as_json: AsJson = False) -> None:
    """List who works on the queue.

    Example: doctrail reviews reviewers list
    """
    from review.accounts import Accounts

    found = _with_queue(lambda queue: Accounts(queue.database).all())
    if as_json:
        say_json(found)
    elif not found:
        say("nobody yet: doctrail reviews reviewers add NAME")
    else:
        rows = [
            (
                one["name"],
                ", ".join(one["roles"]),
                ", ".join(one["skills"]) or "everything",
                "active" if one["active"] else "out",
            )
            for one in found
        ]
        say(*columns(("NAME", "ROLES", "WORKS ON", "STATE"), rows))


def add_reviewer(
    name: Name,
    *,
    role: Roles = None,
    skill: Annotated[
        list[str] | None, typer.Option("--skill", help="Only this type; may be repeated.")
    ] = None,
    password: Annotated[
        str,
        typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."),
    ],
) -> None:
    """Add a reviewer; the password is asked for.

    Example: doctrail reviews reviewers add anna --role reviewer --skill invoice
    """
    from review.accounts import Accounts

    roles = _roles(role or ["reviewer"])
    _with_queue(lambda queue: Accounts(queue.database).add(name, roles, skill or (), password))
    say(f"added {name}")


def change_reviewer(
    name: Name,
    *,
    role: Roles = None,
    skill: Annotated[
        list[str] | None, typer.Option("--skill", help="Only this type; may be repeated.")
    ] = None,
    active: Annotated[bool | None, typer.Option("--active/--out", help="Let in, or put out.")] = None,
) -> None:
    """Change what a reviewer may do; whoever is put out loses his sessions and tokens.

    Example: doctrail reviews reviewers change anna --out
    """
    from review.accounts import Accounts

    changes: dict[str, Any] = {}
    if role:
        changes["roles"] = sorted(one.value for one in _roles(role))
    if skill:
        changes["skills"] = skill
    if active is not None:
        changes["active"] = active

    async def work(queue: ReviewQueue) -> None:
        accounts = Accounts(queue.database)
        await accounts.change(await _id_of(accounts, name), **changes)

    _with_queue(work)
    say(f"changed {name}")


def issue_token(
    name: Name,
    *,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    role: Roles = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How long it lasts.")] = 90,
) -> None:
    """Issue a token for a program; it is shown this once.

    Example: doctrail reviews reviewers token exporter --label nightly --role service
    """
    from review.accounts import Accounts

    scopes = _roles(role or ["service"])

    async def work(queue: ReviewQueue) -> str:
        accounts = Accounts(queue.database)
        _, secret = await accounts.issue(await _id_of(accounts, name), label, scopes, timedelta(days=days))
        return secret

    say(_with_queue(work))


async def _id_of(accounts: Any, name: str) -> str:
    from review.accounts import UnknownReviewerError

    for one in await accounts.all():
        if one["name"] == name:
            return str(one["reviewer_id"])
    raise UnknownReviewerError(f"there is no reviewer {name!r}; see doctrail reviews reviewers list")


def _roles(given: list[str]) -> frozenset[Any]:
    from review.accounts import Role

    for one in given:
        if one not in set(Role):
            raise typer.BadParameter(f"{one!r} is none of {', '.join(Role)}", param_hint="--role")
    return frozenset(Role(one) for one in given)


def _with_queue(work: Callable[[ReviewQueue], Awaitable[T]]) -> T:
    chosen = settings()

    async def opened() -> T:
        from app.reviewing import open_queue

        async with open_queue(chosen) as queue:
            return await work(queue)

    return asyncio.run(opened())
