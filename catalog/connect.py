"""From a database URL to the catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from catalog.database import Catalog
from catalog.engine import explained, migrate, open_engine


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Catalog]:
    """Open the catalog at ``url`` (``sqlite:///path``), its tables up to date; closed on exit.

    Raises:
        CatalogUrlError: Unknown scheme, or no file named.
        CatalogDeniedError: Its folder can't be made.
        CatalogDamagedError: Its file is no database.
        TransientError: Its file can't be written now: not by this user, held by another process, disk full.
    """
    engine = open_engine(url)
    with explained("open"):
        await asyncio.to_thread(migrate, engine)
    catalog = Catalog(engine)
    try:
        yield catalog
    finally:
        await asyncio.to_thread(catalog.close)
