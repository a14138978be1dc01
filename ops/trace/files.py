"""Reading a document's objects with a bound and without stumbling: what is missing or corrupt is noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from ops.trace.story import Problem
from schemas.errors import DigestMismatchError, MissingObjectError, PermanentError, TransientError
from schemas.objects import ObjectRef
from store import keys
from store.protocol import ObjectStore
from store.sealed import Sealed, broken_seal

T = TypeVar("T")
Wanted = str | ObjectRef

AT_ONCE = 16
"""Reads under way together: enough to hide a distant store's latency, few enough for any of them."""


@dataclass(slots=True)
class DocumentFiles:
    """The objects of one document.

    Attributes:
        listed: Every key in the document's folder, in order.
        problems: What could not be read, by key; one entry an object however often it is asked for.
    """

    store: ObjectStore
    document_id: str
    listed: tuple[str, ...]
    problems: dict[str, Problem] = field(default_factory=dict)

    @classmethod
    async def open(cls, store: ObjectStore, document_id: str) -> DocumentFiles:
        """List the document's folder, once."""
        listed = tuple([key async for key in store.list(keys.document(document_id))])
        return cls(store, document_id, listed)

    def under(self, *parts: str) -> list[str]:
        """Return the listed keys in a folder of the document, in order."""
        prefix = "/".join((keys.document(self.document_id), *parts)) + "/"
        return [key for key in self.listed if key.startswith(prefix)]

    async def each(self, wanted: Iterable[Wanted], parse: Callable[[bytes], T]) -> dict[str, T]:
        """Return what stands under each key or reference, parsed, by key.

        What can't be read is left out and noted among the problems.

        Raises:
            TransientError: The store does not answer.
        """
        gate = asyncio.Semaphore(AT_ONCE)
        found: dict[str, T] = {}
        silent: list[TransientError] = []

        async def take(one: Wanted) -> None:
            async with gate:
                try:
                    await self._take(one, parse, found)
                except TransientError as error:
                    silent.append(error)

        asked = tuple(wanted)
        async with asyncio.TaskGroup() as group:
            for one in asked:
                group.create_task(take(one))
        if silent:
            raise silent[0]
        # In the order asked for, whatever order the answers came in.
        return {key: found[key] for key in map(_key, asked) if key in found}

    async def one(self, wanted: Wanted | None, parse: Callable[[bytes], T]) -> T | None:
        """Return one object parsed, or None with the problem noted."""
        return None if wanted is None else (await self.each([wanted], parse)).get(_key(wanted))

    def note(self, key: str, sentence: str) -> None:
        """Remember what is wrong with an object; the first finding stands."""
        self.problems.setdefault(key, Problem(key=key, sentence=sentence))

    async def _take(self, wanted: Wanted, parse: Callable[[bytes], T], found: dict[str, T]) -> None:
        key = _key(wanted)
        try:
            if isinstance(wanted, ObjectRef):
                data: bytes | None = await self.store.read(wanted)
            else:
                data = await self.store.fetch(wanted)
            if data is None:
                self.note(key, "is missing")
            else:
                self._keep(key, data, parse(data), found)
        except MissingObjectError:
            self.note(key, "is missing")
        except DigestMismatchError as error:
            self.note(key, f"is corrupt: {error}")
        except ValidationError as error:
            self.note(key, f"is not what it should be: {_first(error)}")
        except (ValueError, PermanentError) as error:
            self.note(key, f"is not what it should be: {type(error).__name__}")

    def _keep(self, key: str, data: bytes, value: T, found: dict[str, T]) -> None:
        # Nothing refers to a sealed object by digest: it says itself whether it is whole.
        broken = broken_seal(data) if isinstance(value, Sealed) else None
        if broken is None:
            found[key] = value
        else:
            self.note(key, f"is corrupt: {broken}")


def _key(wanted: Wanted) -> str:
    return wanted.uri if isinstance(wanted, ObjectRef) else wanted


def _first(error: ValidationError) -> str:
    # Never the input: it may be document text.
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['type']}"
