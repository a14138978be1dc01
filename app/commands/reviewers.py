"""``doctrail reviews reviewers``: who works on the queue, with what roles and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.menu import AsJson, group
from app.printing import columns, say, say_json
from app.session import with_queue

if TYPE_CHECKING:
    from review.queue.queue import ReviewQueue

Name = Annotated[str, typer.Argument(metavar="NAME", help="As the reviewer logs in.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="reviewer, adjudicator, admin or service; may be repeated.")
]


def add_to(reviews: typer.Typer) -> None:
    """Add the group ``reviewers`` to the group ``reviews``."""
    people = group("reviewers", "Who works on the queue.")
    people.command("list")(list_all)
    people.command("add")(add)
    people.command("change")(change)
    people.command("token")(issue_token)
    reviews.add_typer(people)


def list_all(*, as_json: AsJson = False) -> None:
    """List who works on the queue.

    Example: doctrail reviews reviewers list
    """
    from review.people.accounts import Accounts

    found = with_queue(lambda queue: Accounts(queue.database).all())
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


def add(
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
    from review.people.accounts import Accounts

    roles = _roles(role or ["reviewer"])
    with_queue(lambda queue: Accounts(queue.database).add(name, roles, skill or (), password))
    say(f"added {name}")


def change(
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
    from review.people.accounts import Accounts

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

    with_queue(work)
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
    from review.people.accounts import Accounts

    scopes = _roles(role or ["service"])

    async def work(queue: ReviewQueue) -> str:
        accounts = Accounts(queue.database)
        _, secret = await accounts.issue(await _id_of(accounts, name), label, scopes, timedelta(days=days))
        return secret

    say(with_queue(work))


async def _id_of(accounts: Any, name: str) -> str:
    from review.people.accounts import UnknownReviewerError

    for one in await accounts.all():
        if one["name"] == name:
            return str(one["reviewer_id"])
    raise UnknownReviewerError(f"there is no reviewer {name!r}; see doctrail reviews reviewers list")


def _roles(given: list[str]) -> frozenset[Any]:
    from review.people.accounts import Role

    for one in given:
        if one not in set(Role):
            raise typer.BadParameter(f"{one!r} is none of {', '.join(Role)}", param_hint="--role")
    return frozenset(Role(one) for one in given)
