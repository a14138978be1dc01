"""Which documents were kept as long as their type says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.database import Catalog
from catalog.queries import UNFINISHED, DocumentRow, list_documents

ANY_OTHER = "*"
"""Stands for the types that have no entry of their own, and for documents without a type."""
_AT_WORK = frozenset({*UNFINISHED, "in_review"})


@dataclass(frozen=True, slots=True)
class Due:
    """A document, with everything within it, that is past its days.

    Attributes:
        document_id: The outermost document: a part is erased with its packet.
        doc_type: Of the part that had to be kept longest; None where it has none.
        days: How many days it had to be kept.
        until: When they were over.
        waits: It is being worked on, or waits for a person: erasing it now would take that work away.
    """

    document_id: str
    name: str | None
    doc_type: str | None
    days: int
    until: datetime
    waits: bool


async def due(catalog: Catalog, retention: Mapping[str, int], now: datetime) -> AsyncIterator[Due]:
    """Yield what is past its days at ``now``, in the order it was first submitted.

    A packet is kept as long as the part that is kept longest; one with a part that no entry names is kept.
    """
    if not retention:
        return
    newest = now - timedelta(days=min(retention.values()))
    async for row in list_documents(catalog, until=newest):
        if row.parent_id is None and (found := await _due(catalog, retention, row)) and found.until <= now:
            yield found


async def _due(catalog: Catalog, retention: Mapping[str, int], top: DocumentRow) -> Due | None:
    parts = [top, *[row async for row in _within(catalog, top)]]
    # A packet that was split is no document of a type itself.
    judged = [row for row in parts if row.state != "split"] or parts
    kept = []
    for row in judged:
        days = retention.get(row.doc_type or ANY_OTHER, retention.get(ANY_OTHER))
        if days is None:
            return None
        kept.append((row.submitted_at + timedelta(days=days), days, row.doc_type))
    until, days, doc_type = max(kept, key=lambda one: (one[0], one[1], one[2] or ""))
    waits = any(row.state in _AT_WORK for row in parts)
    return Due(top.document_id, top.name, doc_type, days, until, waits)


async def _within(catalog: Catalog, top: DocumentRow) -> AsyncIterator[DocumentRow]:
    async for child in list_documents(catalog, parent_id=top.document_id):
        yield child
        async for row in _within(catalog, child):
            yield row
