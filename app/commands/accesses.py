"""``doctrail accesses``: who read which documents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import Since, Until
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from store.accesses import Access

MOST_NAMED = 3


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    app.command("accesses", rich_help_panel=panel)(accesses)


def accesses(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only of this document, an erased one too.")
    ] = None,
    *,
    who: Annotated[str | None, typer.Option("--who", metavar="NAME", help="Only by this person.")] = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Say who was shown which documents: on the review page, and by trace, show, records and export.

    Who reads the store itself, past doctrail, stands in the store's own log. Without --since: the last 30
    days.

    Example: doctrail accesses scan.pdf

    Example: doctrail accesses --who ann --since 2026-11-01
    """
    from app.session import with_doctrail
    from store.accesses import accesses as noted

    async def work(doctrail: Doctrail) -> list[Access]:
        today = doctrail.now().astimezone(UTC).date()
        first, last = _days(since, until, today)
        document_id = None if wanted is None else await _meant(doctrail, wanted)
        found = noted(doctrail.store, since=first, until=last, document_id=document_id, who=who)
        return [one async for one in found]

    found = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
    else:
        say(*_lines(found))


async def _meant(doctrail: Doctrail, wanted: str) -> str:
    from ops.identify import UnknownIdError, identify, identify_erased

    try:
        return (await identify(doctrail.store, doctrail.catalog, wanted)).document_id
    except UnknownIdError:
        if (erased := await identify_erased(doctrail.store, wanted)) is not None:
            return erased.document_id
        raise


def _days(since: datetime | None, until: datetime | None, today: date) -> tuple[date, date]:
    last = until.date() - timedelta(days=1) if until else today
    return since.date() if since else last - timedelta(days=30), last


def _lines(found: list[Access]) -> list[str]:
    from ops.words import minute, several, short

    if not found:
        return ["nobody was shown anything in this time"]
    rows = []
    for one in found:
        named = ", ".join(short(each) for each in one.documents[:MOST_NAMED])
        more = len(one.documents) - MOST_NAMED
        rows.append((minute(one.at), one.who, one.way, named + (f" and {more} more" if more > 0 else "")))
    return [*columns(("AT", "WHO", "BY", "DOCUMENTS"), rows), "", several(len(found), "reading")]
