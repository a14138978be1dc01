"""What passes between a worker loop and the handler it drives; agents satisfy Handler by shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from schemas.message import Envelope, Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready to be published: its bytes are fixed."""

    topic: str
    key: str
    event_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """Where on the bus a message was read."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Try:
    """One try of an outside call, as it goes into the trail and the metrics.

    Attributes:
        call: Name of the call (``model.complete``, ``store.read``).
        number: 1, 2, ….
        seconds: How long it took.
        error: One sentence, where it failed.
        waited: Seconds of backoff before the next try, where there is one.
    """

    call: str
    number: int
    seconds: float
    error: str | None = None
    waited: float | None = None


class Calls(Protocol):
    """The retry owner: every outside call of a handler goes through it, and nothing else retries."""

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        """Return what ``function`` returns, trying again while it raises TransientError.

        Raises:
            TransientError: After the last try, or when the deadline is near.
        """
        ...

    @property
    def tries(self) -> Sequence[Try]:
        """Every try so far, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A decoded message in a handler's hands.

    Attributes:
        envelope: The event.
        position: Where it was read.
        calls: The retry owner for this message.
        told: Its tries that a trail tells of: a message that waited is handled again, by the same owner.
    """

    envelope: Envelope[Message]
    position: Position
    calls: Calls = field(compare=False)
    told: list[Try] = field(default_factory=list, compare=False)


class Handler(Protocol):
    """An agent: turns a delivery into messages; it knows no broker and no cloud."""

    @property
    def name(self) -> str:
        """The agent's name, which is its consumer group."""
        ...

    @property
    def consumes(self) -> Sequence[type[Message]]:
        """The messages it handles."""
        ...

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Return what to publish; the offset moves only after all of it is on disk.

        Raises:
            PermanentError: The message can never be handled.
            TransientError: An outside part failed beyond the retries.
        """
        ...
