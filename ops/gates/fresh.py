"""Reference data have a highest age: beyond it a tool gives no answer, and rules that ask it can't tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inference.tools.toolbox import SNAPSHOT, Definition, Said, StaleDataError, ToolServer
from store import keys
from store.knowledge import SLOT, Knowledge
from store.parsing import parse
from store.protocol import ObjectStore
from store.registry import Registry

LOOK_AGAIN = timedelta(minutes=10)
"""How long it is believed when a snapshot was loaded."""


class FreshServer:
    """A server of tools that answers only from a snapshot that is not too old.

    A snapshot is as old as its newest loading: loading the same data again says that they still hold, and
    loading another server's says nothing of them.
    """

    def __init__(
        self,
        name: str,
        server: ToolServer,
        store: ObjectStore,
        days: float,
        now: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._server = server
        self._store = store
        self._allowed = timedelta(days=days)
        self._now = now
        self._known: dict[str, tuple[datetime, datetime | None]] = {}

    async def definitions(self) -> tuple[Definition, ...]:
        """Return its tools."""
        return await self._server.definitions()

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        """Return what a tool answers.

        Raises:
            StaleDataError: Its data are too old to answer from.
        """
        loaded = await self._loaded(str(arguments.get(SNAPSHOT)))
        if loaded is not None and self._is_old(loaded):
            raise StaleDataError(self._name, (self._now() - loaded).days, self._allowed.days)
        return await self._server.call(tool, arguments)

    async def _loaded(self, snapshot: str) -> datetime | None:
        now = self._now()
        looked, loaded = self._known.get(snapshot, (None, None))
        # That it is old is looked at each time: it may have been loaded again just now.
        if looked is None or now - looked > LOOK_AGAIN or (loaded is not None and self._is_old(loaded)):
            loaded = await loaded_at(self._store, self._name, snapshot)
            self._known = {snapshot: (now, loaded)}
        return loaded

    def _is_old(self, loaded: datetime) -> bool:
        return self._now() - loaded > self._allowed

    async def close(self) -> None:
        """Let go of the connection."""
        await self._server.close()


async def loaded_at(store: ObjectStore, server: str, snapshot: str) -> datetime | None:
    """Return when a snapshot was loaded last; None where it never was."""
    found: datetime | None = None
    async for entry in Registry(store).entries(SLOT):
        said = entry.statement
        if snapshot in said.evidence or (
            not said.evidence and await _is_in(store, server, snapshot, said.what)
        ):
            found = said.at
    return found


async def _is_in(store: ObjectStore, server: str, snapshot: str, known: str) -> bool:
    """Whether a set has a snapshot: sets of earlier versions do not tell what of them was loaded."""
    key = keys.knowledge(known)
    data = await store.fetch(key)
    part = parse(data, Knowledge, key).parts.get(server) if data is not None else None
    return part is not None and part.sha256 == snapshot
