"""Forgetting documents that are erased; the store forgets them first, so that no rebuild brings them back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from catalog.database import Catalog
from catalog.tables import documents, facts, submissions

_TABLES = (facts, submissions, documents)


async def forget(catalog: Catalog, document_ids: Sequence[str]) -> int:
    """Remove every row about these documents; returns how many."""

    def work(connection: Connection) -> int:
        return sum(
            connection.execute(delete(table).where(table.c.document_id.in_(document_ids))).rowcount
            for table in _TABLES
        )

    return await catalog.change("forget a document", work)


async def rows_about(catalog: Catalog, document_ids: Sequence[str]) -> int:
    """Return how many rows are about these documents."""
    counted = [
        await catalog.read(select(func.count().label("rows")).where(table.c.document_id.in_(document_ids)))
        for table in _TABLES
    ]
    return sum(int(rows[0]["rows"]) for rows in counted)
