"""Noting in the access log what a command shows of documents."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

from app.printing import remark
from app.wiring import Doctrail
from schemas.errors import PipelineError
from store.accesses import Way, note_access

T = TypeVar("T")


async def note_read(doctrail: Doctrail, way: Way, documents: Iterable[str]) -> None:
    """Note that whoever typed the command reads ``documents``.

    Who may read the store and not write to it is let read all the same, and told that no note was kept.
    """
    try:
        await note_access(doctrail.store, doctrail.now(), getpass.getuser(), way, documents)
    except PipelineError as error:
        remark(f"the access log does not know of this reading: {error}")


async def noting(
    doctrail: Doctrail, way: Way, rows: AsyncIterator[T], document_of: Callable[[T], str]
) -> AsyncIterator[T]:
    """Yield ``rows``; once they end, or their reader stops, the documents they are of are noted as read."""
    shown: set[str] = set()
    try:
        async for row in rows:
            shown.add(document_of(row))
            yield row
    finally:
        await note_read(doctrail, way, shown)
