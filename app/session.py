"""What every command does around its work: settings, logs, opening the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from schemas.errors import PermanentError

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import Doctrail
    from review.queue.queue import ReviewQueue
    from store.protocol import ObjectStore

T = TypeVar("T")


def settings(*, logs: str = "warning") -> Settings:
    """Return the settings with the logs configured, at ``logs`` where no level is set."""
    from app.logs import configure_logs
    from app.misspelt import require_spelt
    from app.settings import load_settings

    require_spelt()
    found = load_settings()
    configure_logs(found.log_level or logs)
    return found


class NothingHereError(PermanentError):
    """The command asks about a home that does not exist; it is never made just to find nothing in it."""

    def __init__(self, home: str) -> None:
        super().__init__(
            f"nothing is here yet: home {home!r} does not exist; doctrail submit makes it, "
            "DOCTRAIL_HOME names another",
            reason="no_home",
        )


def with_doctrail(
    work: Callable[[Doctrail], Awaitable[T]],
    *,
    makes_home: bool = False,
    needs_bus: bool = True,
    needs_catalog: bool = True,
    catalog_at_once: bool = True,
    role: str | None = None,
) -> T:
    """Open the installation, do ``work`` with it, close it, and return the work's result.

    Args:
        work: What to do.
        makes_home: A home that does not exist yet is made.
        needs_bus: A bus that does not answer, or lacks topics, is said at once.
        needs_catalog: The catalog is opened; what is done in its outage must not need it.
        catalog_at_once: A catalog that does not answer is said at once, and not when it is asked.
        role: Nothing begins while something that this role needs is denied.

    Raises:
        NothingHereError: There is no home yet, and the command is none that makes one.
        DeniedError: Something that the role needs is denied.
    """
    chosen = settings()
    if not makes_home:
        _require_home(chosen)

    async def opened() -> T:
        from app.wiring import open_doctrail

        if role is not None:
            from app.permissions import require_permissions

            await require_permissions(chosen, [role])
        async with open_doctrail(
            chosen, needs_bus=needs_bus, needs_catalog=needs_catalog, catalog_at_once=catalog_at_once
        ) as doctrail:
            return await work(doctrail)

    return asyncio.run(opened())


def with_store(work: Callable[[ObjectStore], Awaitable[T]]) -> T:
    """Do ``work`` with the store alone and return its result.

    Raises:
        NothingHereError: There is no home yet.
    """
    chosen = settings()
    _require_home(chosen)

    async def opened() -> T:
        from store.connect import connect

        return await work(connect(chosen.store))

    return asyncio.run(opened())


def with_queue(work: Callable[[ReviewQueue], Awaitable[T]]) -> T:
    """Do ``work`` with the review queue alone and return its result."""
    chosen = settings()

    async def opened() -> T:
        from app.reviewing import open_queue

        async with open_queue(chosen) as queue:
            return await work(queue)

    return asyncio.run(opened())


def _require_home(chosen: Settings) -> None:
    if not chosen.store_url and not chosen.home.exists():
        raise NothingHereError(str(chosen.home))
