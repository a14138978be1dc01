"""What every command does around its work: settings, logs, opening the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import Doctrail
    from store.protocol import ObjectStore

T = TypeVar("T")


def settings(*, logs: str = "warning") -> Settings:
    """Return the settings with the logs configured, at ``logs`` where no level is set."""
    from app.logs import configure_logs
    from app.settings import load_settings

    found = load_settings()
    configure_logs(found.log_level or logs)
    return found


def with_doctrail(work: Callable[[Doctrail], Awaitable[T]]) -> T:
    """Open the installation, do ``work`` with it, close it, and return the work's result."""
    chosen = settings()

    async def opened() -> T:
        from app.wiring import open_doctrail

        async with open_doctrail(chosen) as doctrail:
            return await work(doctrail)

    return asyncio.run(opened())


def with_store(work: Callable[[ObjectStore], Awaitable[T]]) -> T:
    """Do ``work`` with the store alone and return its result."""
    chosen = settings()

    async def opened() -> T:
        from store.connect import connect

        return await work(connect(chosen.store))

    return asyncio.run(opened())
