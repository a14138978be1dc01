"""Numbered create-once slots: the first writer of a number holds it, the loser takes the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

S = TypeVar("S", bound=Sealed)


@dataclass(frozen=True, slots=True)
class Slots(Generic[S]):
    """The slots of one series, numbered from 1 without a gap.

    Attributes:
        key: Where the slot of a number lies.
        kind: What a slot holds.
    """

    store: ObjectStore
    key: Callable[[int], str]
    kind: type[S]

    async def all(self) -> list[S]:
        """Return every slot that was taken, in order."""
        found: list[S] = []
        while (slot := await self._at(len(found) + 1)) is not None:
            found.append(slot)
        return found

    async def take(
        self,
        make: Callable[[int], S],
        ours: Callable[[S], bool],
        *,
        gives_way: Callable[[S], Awaitable[bool]] | None = None,
    ) -> S:
        """Return the slot that is ours, writing what ``make`` returns into the first free one.

        With ``gives_way`` each slot of somebody else is looked at, whenever it was taken; the first that we
        give way to is returned, and none is ours.
        """
        number = 1
        while True:
            # Most series have one slot: written at once, and what stands there instead comes back.
            written = await self.store.create(self.key(number), seal(make(number)))
            standing = parse(written.data, self.kind, self.key(number))
            if ours(standing) or (gives_way is not None and await gives_way(standing)):
                return standing
            number += 1

    async def _at(self, number: int) -> S | None:
        data = await self.store.fetch(self.key(number))
        return None if data is None else parse(data, self.kind, self.key(number))
