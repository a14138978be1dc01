"""From a database URL to the catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from catalog.database import Catalog
from catalog.engine import explained, migrate, open_engine
from schemas.errors import TransientError


@asynccontextmanager
async def connect(url: str, *, at_once: bool = True) -> AsyncIterator[Catalog]:
    """Open the catalog at ``url`` (``sqlite:///path``), its tables up to date; closed on exit.

    Args:
        url: Where it is.
        at_once: It must answer now; otherwise whoever asks it later is told that it does not.

    Raises:
        CatalogUrlError: Unknown scheme, or no file named.
        CatalogDeniedError: Its folder can't be made.
        CatalogDamagedError: Its file is no database.
        TransientError: Its file can't be written now: not by this user, held by another process, disk full.
    """
    engine = open_engine(url)
    try:
        with explained("open"):
            await asyncio.to_thread(migrate, engine)
    except TransientError:
        if at_once:
            raise
    catalog = Catalog(engine)
    try:
        yield catalog
    finally:
        await asyncio.to_thread(catalog.close)
