"""What happened between two moments, fact by fact, in the order it became known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from catalog.database import Catalog, Query
from catalog.queries import PAGE
from catalog.tables import facts
from schemas.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact, as far as it tells of a document's way."""

    topic: str
    document_id: str
    run_id: str | None
    at: datetime
    source: str
    run_cause: str | None
    parent_id: str | None
    route: str | None
    reason: str | None
    doc_type: str | None
    confidence: float | None
    decided_by: str | None
    revision: int | None
    status: str | None
    kind: str | None
    agent: str | None
    error_class: str | None
    attempts: int | None
    object_uri: str | None
    object_sha256: str | None
    object_size: int | None

    @property
    def object(self) -> ObjectRef | None:
        """The artifact it names, where it names one."""
        if self.object_uri is None or self.object_sha256 is None or self.object_size is None:
            return None
        return ObjectRef(
            uri=self.object_uri,
            sha256=self.object_sha256,
            size=self.object_size,
            media_type="application/json",
        )


_COLUMNS = [facts.c[name] for name in FactRow.__slots__]


async def history(catalog: Catalog, since: datetime, until: datetime) -> AsyncIterator[FactRow]:
    """Yield the facts of ``since`` or later and before ``until``."""
    wanted = (facts.c.at >= since, facts.c.at < until)

    def page(last: RowMapping | None) -> Query:
        query = select(facts.c.position, *_COLUMNS).where(*wanted).order_by(facts.c.position).limit(PAGE)
        return query if last is None else query.where(facts.c.position > last["position"])

    async for row in catalog.pages(page):
        yield FactRow(**{name: row[name] for name in FactRow.__slots__})
