"""Of the documents that came in within a stretch of time: how many are done, and how many should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from catalog.database import Catalog
from catalog.queries import UNFINISHED
from catalog.tables import documents, facts

NOT_DONE = (*UNFINISHED, "dead_lettered")


@dataclass(frozen=True, slots=True)
class Due:
    """Documents that should be done, and those of them that are not."""

    due: int
    undone: int

    @property
    def share(self) -> float:
        """The share that is not done; 0 where nothing is due."""
        return self.undone / self.due if self.due else 0.0


async def due(
    catalog: Catalog, since: datetime, now: datetime, within: timedelta, doc_type: str | None = None
) -> Due:
    """Return how many documents that came in from ``since`` on are due, and are not done nor with a person.

    Args:
        catalog: Where to look.
        since: From when on they came in.
        now: The present; what came in later than ``within`` before it is not due yet.
        within: How long a document may take.
        doc_type: Only this type.
    """
    came = documents.c.submitted_at
    undone = func.sum(case((documents.c.state.in_(NOT_DONE), 1), else_=0)).label("undone")
    query = select(func.count().label("due"), undone).where(came >= since, came < now - within)
    if doc_type is not None:
        query = query.where(documents.c.doc_type == doc_type)
    (row,) = await catalog.read(query)
    return Due(int(row["due"]), int(row["undone"] or 0))


async def newest_submission(catalog: Catalog) -> datetime | None:
    """Return when a document last came in; None where none ever did."""
    (row,) = await catalog.read(select(func.max(documents.c.submitted_at).label("at")))
    found: datetime | None = row["at"]
    return found


async def oldest_request(catalog: Catalog) -> datetime | None:
    """Return since when the document that waits longest for a person does; None where none waits."""
    waiting = select(documents.c.review_id).where(documents.c.state == "in_review")
    query = select(func.min(facts.c.at).label("at")).where(
        facts.c.topic == "reviews.requested", facts.c.review_id.in_(waiting)
    )
    (row,) = await catalog.read(query)
    found: datetime | None = row["at"]
    return found
