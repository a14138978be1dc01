"""A store in memory that ships: for tests, dry runs, and to show what happens when a write fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from schemas.errors import InvariantError, MissingObjectError, TransientError
from schemas.objects import ObjectRef
from store.plain_keys import ancestors, require_folder, require_key
from store.protocol import Created, HalfKeptError, ref_of, verified

Method = Literal["create", "read", "fetch", "replace", "delete", "list", "head"]
Moment = Literal["before", "after"]


class SimulatedCrash(BaseException):
    """The process died here; nothing may catch it but the test that planned it."""


@dataclass(slots=True)
class Fault:
    """A planned failure of the next ``times`` calls of ``method`` whose key contains ``part``."""

    method: Method
    part: str
    moment: Moment
    error: Callable[[], BaseException]
    times: int


def _unavailable() -> BaseException:
    return TransientError("the store did not answer (planned fault)", target="store")


class MemoryStore:
    """Keeps objects in a dict under the contract of ``ObjectStore``; safe within one event loop.

    Attributes:
        objects: What stands under each key; a test may tamper with it.
        half_kept: The bytes that were being put under a key when its server died. The key is taken and
            empty, until the same bytes are put there, or something is put over them.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.half_kept: dict[str, bytes] = {}
        self._folders: Counter[str] = Counter()
        self._faults: list[Fault] = []

    def fail(
        self,
        method: Method,
        part: str = "",
        *,
        moment: Moment = "before",
        error: Callable[[], BaseException] = _unavailable,
        times: int = 1,
    ) -> None:
        """Plan a failure; ``error=SimulatedCrash`` with ``moment="after"`` dies once the write stands."""
        self._faults.append(Fault(method, part, moment, error, times))

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write ``data`` if nothing stands under ``key``."""
        await self._meet("create", require_key(key), "before")
        begun = self.half_kept.get(key)
        if begun not in (None, data):
            raise HalfKeptError(key, again_after=0.0)
        created = key not in self.objects and begun is None
        if created or begun is not None:
            self._place(key, bytes(data))
        await self._meet("create", key, "after")
        standing = self.objects[key]
        return Created(ref_of(key, standing, media_type), created, standing)

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the bytes ``ref`` names, verified."""
        await self._meet("read", require_key(ref.uri), "before")
        data = self.objects.get(ref.uri)
        if data is None:
            raise MissingObjectError(ref.uri)
        return verified(ref, data)

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        await self._meet("fetch", require_key(key), "before")
        return self.objects.get(key)

    async def replace(self, key: str, data: bytes) -> None:
        """Write ``data`` over whatever stands there."""
        await self._meet("replace", require_key(key), "before")
        self._place(key, bytes(data))
        await self._meet("replace", key, "after")

    async def delete(self, key: str) -> None:
        """Remove ``key`` if it exists."""
        await self._meet("delete", require_key(key), "before")
        if self.objects.pop(key, None) is not None:
            self._folders.subtract(ancestors(key))
        await self._meet("delete", key, "after")

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under the folder ``prefix`` in order."""
        folder = require_folder(prefix)
        await self._meet("list", folder, "before")
        for key in sorted(key for key in self.objects if key.startswith(folder)):
            yield key

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under the folder ``prefix`` that hold objects, in order."""
        folder = require_folder(prefix)
        await self._meet("list", folder, "before")
        rests = (key.removeprefix(folder) for key in self.objects if key.startswith(folder))
        for name in sorted({rest.partition("/")[0] for rest in rests if "/" in rest}):
            yield name

    async def head(self, key: str) -> int | None:
        """Return the size of what stands under ``key``, or None."""
        await self._meet("head", require_key(key), "before")
        data = self.objects.get(key)
        return None if data is None else len(data)

    def _place(self, key: str, data: bytes) -> None:
        blocked = self._folders[key] > 0 or any(folder in self.objects for folder in ancestors(key))
        if blocked:
            raise InvariantError(f"key {key!r} would be an object and a folder at once; choose another key")
        if key not in self.objects:
            self._folders.update(ancestors(key))
        self.objects[key] = data
        self.half_kept.pop(key, None)

    async def _meet(self, method: Method, key: str, moment: Moment) -> None:
        # Every call gives way once, as a real store's does, so that races show in tests too.
        await asyncio.sleep(0)
        for fault in self._faults:
            if fault.times and (fault.method, fault.moment) == (method, moment) and fault.part in key:
                fault.times -= 1
                raise fault.error()
