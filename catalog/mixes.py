"""What production is made of: how many documents of each type came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from catalog.database import Catalog
from catalog.tables import documents
from schemas.objects import ObjectRef

_OF_NO_TYPE = ("unknown", "packet")


async def type_mix(catalog: Catalog, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many documents of each type were first submitted from ``since`` to ``until``."""
    came = documents.c.submitted_at
    number = func.count().label("number")
    rows = await catalog.read(
        select(documents.c.doc_type, number)
        .where(documents.c.doc_type.is_not(None), came >= since, came < until)
        .group_by(documents.c.doc_type)
    )
    return {row["doc_type"]: row["number"] for row in rows if row["doc_type"] not in _OF_NO_TYPE}


async def record_refs(catalog: Catalog, since: datetime, until: datetime) -> list[tuple[str, ObjectRef]]:
    """Return the standing records of documents first submitted from ``since`` to ``until``, by document."""
    came = documents.c.submitted_at
    rows = await catalog.read(
        select(
            documents.c.document_id,
            documents.c.record_uri,
            documents.c.record_sha256,
            documents.c.record_size,
        )
        .where(documents.c.record_uri.is_not(None), came >= since, came < until)
        .order_by(documents.c.document_id)
    )
    return [
        (
            row["document_id"],
            ObjectRef(
                uri=row["record_uri"],
                sha256=row["record_sha256"],
                size=row["record_size"],
                media_type="application/json",
            ),
        )
        for row in rows
    ]
