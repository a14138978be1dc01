"""Of the documents that came in within a stretch of time: how many are done, and how many should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, select

from catalog.database import Catalog
from catalog.queries import PAGE, UNFINISHED
from catalog.tables import documents, facts
from schemas.records import RecordCompleted, ReviewRequested

NOT_DONE = (*UNFINISHED, "dead_lettered")
_ended = exists().where(
    facts.c.document_id == documents.c.document_id,
    facts.c.topic.in_((RecordCompleted.event, ReviewRequested.event)),
    facts.c.run_id != documents.c.run_id,
)
"""An earlier run came to its end: what runs again was done before, however far its newest run is."""
_UNDONE = and_(documents.c.state.in_(NOT_DONE), ~_ended)


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
    undone = func.sum(case((_UNDONE, 1), else_=0)).label("undone")
    query = select(func.count().label("due"), undone).where(came >= since, came < now - within)
    if doc_type is not None:
        query = query.where(documents.c.doc_type == doc_type)
    (row,) = await catalog.read(query)
    return Due(int(row["due"]), int(row["undone"] or 0))


async def came_in(catalog: Catalog, document_ids: Iterable[str]) -> dict[str, datetime]:
    """Return when each of these documents first came in, of those that are done or with a person."""
    ids, found = sorted(document_ids), dict[str, datetime]()
    for start in range(0, len(ids), PAGE):
        query = select(documents.c.document_id, documents.c.submitted_at).where(
            documents.c.document_id.in_(ids[start : start + PAGE]), ~_UNDONE
        )
        found |= {row["document_id"]: row["submitted_at"] for row in await catalog.read(query)}
    return found


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
