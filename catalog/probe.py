"""Trying whether the catalog takes writes, without leaving one."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from catalog.database import Catalog
from catalog.tables import submissions

PROBE = "probe"


async def probe(catalog: Catalog) -> int:
    """Write a row, take it back, and return how many submissions the catalog knows.

    Raises:
        PipelineError: It does not take writes.
    """
    return await catalog.change("write", _write_and_take_back)


def _write_and_take_back(connection: Connection) -> int:
    count = int(connection.execute(select(func.count()).select_from(submissions)).scalar_one())
    attempt = connection.begin_nested()
    row = {"submission_id": PROBE, "document_id": PROBE, "size": 0, "at": datetime(2026, 1, 1, tzinfo=UTC)}
    connection.execute(insert(submissions).values(row))
    attempt.rollback()
    return count
