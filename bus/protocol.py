"""The seam of the bus: a durable log of keyed messages, read by consumer groups at least once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from bus.topics import TopicSettings
from schemas.errors import PermanentError
from schemas.handling import Outgoing

__all__ = ["Assignments", "Bus", "BusError", "Consumer", "Lag", "Outgoing", "Partition", "Record", "Span"]


class BusError(PermanentError):
    """The bus can't be used as it is asked to be; the sentence names what to change."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="bus")


class Partition(NamedTuple):
    """One ordered part of a topic; equal keys always lie in the same one."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it lies on the bus.

    Attributes:
        offset: Grows within a partition; numbers may be missing.
        key: Empty where a foreign producer gave none; such records have no order among each other.
        timestamp: When the bus took it.
    """

    topic: str
    partition: int
    offset: int
    key: str
    body: bytes
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Where a group stands in a partition at its assignment.

    Attributes:
        start: Next offset to be read, which is the committed one.
        end: Offset that the next record published will have at the least.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lag:
    """What a group has not finished of a topic.

    Attributes:
        unread: Records from the committed offset on.
        oldest: When the oldest of them was published.
        finished: Offsets that it has behind it, over all partitions; grows as it works.
    """

    unread: int
    oldest: datetime | None = None
    finished: int = 0


class Assignments(Protocol):
    """Who is told which partitions a consumer owns; an eager rebalance revokes all, then assigns anew."""

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Take these partitions over; none of their records is delivered before this returns."""
        ...

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Finish what is in flight and commit it, or abandon it without a commit.

        Commits for ``partitions`` still count until this returns; nobody else is assigned them before.
        """
        ...


class Consumer(Protocol):
    """A member of a group. Closing it gives its partitions back without asking ``Assignments``."""

    async def poll(self, max_records: int, wait: float) -> Sequence[Record]:
        """Return up to ``max_records`` records after those returned before, in order per partition.

        Waits up to ``wait`` seconds for the first one; an empty answer is no error. Call it at
        least every few minutes, with everything paused if need be: that is the sign of life. A poll
        that is cancelled has taken nothing.

        Raises:
            TransientError: The bus did not answer (target ``bus``).
        """
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Make durable that the group finished everything before these offsets.

        A partition that is no longer assigned is left out silently; an offset never moves back.

        Raises:
            TransientError: The bus did not answer (target ``bus``).
        """
        ...

    def pause(self, partitions: Collection[Partition]) -> None:
        """Deliver nothing of ``partitions`` until resumed; unknown ones are ignored."""
        ...

    def resume(self, partitions: Collection[Partition]) -> None:
        """Deliver ``partitions`` again; a poll that waits sees them at once."""
        ...


class Bus(Protocol):
    """A durable log; closing is leaving the ``async with``, or ``close``."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append ``messages``; on disk on return, in the order given per key.

        Cancelled or failed, any of them may have been appended all the same.

        Raises:
            TransientError: The bus did not take them (target ``bus``).
            BusError: A topic does not exist, or a message can never be taken.
        """
        ...

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group``, which reads each record of ``topics`` at least once, from the first on."""
        ...

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return what ``group`` has not finished of each topic."""
        ...

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Make sure that the topics exist, creating them where they need no decision of an operator.

        Raises:
            BusError: Some are missing and the operator's to create; they are named.
        """
        ...

    async def create_topics(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Create the topics that do not exist yet; those that do stay as they are.

        Raises:
            BusError: The bus refuses some; each is named with its reason.
        """
        ...

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicSettings]:
        """Return how those of the topics that exist are kept."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of everything; a second call does nothing."""
        ...

    async def __aenter__(self) -> Self:
        """Return the bus."""
        ...

    async def __aexit__(self, *exc: object) -> None:
        """Close it."""
        ...
