"""How far every agent lags behind, how fast it works, and when it will be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bus.protocol import Bus, Lag
from schemas.layout import Frozen
from schemas.topics import READ


class AgentLag(Frozen):
    """What an agent has not finished of a topic.

    Attributes:
        oldest: When the oldest of it was published.
        rate: Messages a second that the agent finished while it was looked at.
        seconds_left: Seconds that the rest takes at that rate; None where nothing moved.
    """

    agent: str
    topic: str
    unread: int
    oldest: datetime | None
    rate: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How to look twice, so that a rate is seen.

    Attributes:
        pause: Lets some time pass between the looks.
        clock: Seconds, from whenever.
    """

    pause: Callable[[], Awaitable[None]]
    clock: Callable[[], float]


async def lag(bus: Bus, look: Look | None = None) -> tuple[AgentLag, ...]:
    """Return what every agent has not finished, topic by topic, where there is something.

    Args:
        bus: The bus.
        look: How to see rates too; only done where something waits.

    Raises:
        TransientError: The bus did not answer.
    """
    before = await positions(bus)
    if look is None or not any(one.unread for one in before.values()):
        return tuple(_told(place, now, None) for place, now in before.items() if now.unread)
    began = look.clock()
    await look.pause()
    after = await positions(bus)
    seconds = max(look.clock() - began, 1e-9)
    rates = {place: (after[place].finished - before[place].finished) / seconds for place in after}
    return tuple(_told(place, now, rates[place]) for place, now in after.items() if now.unread)


async def positions(bus: Bus) -> Mapping[tuple[str, str], Lag]:
    """Return where every agent stands, by (agent, topic).

    Raises:
        TransientError: The bus did not answer.
    """
    topics: dict[str, list[str]] = {}
    for topic in READ.values():
        for agent in topic.consumers:
            topics.setdefault(agent, []).append(topic.name)
    found: dict[tuple[str, str], Lag] = {}
    for agent, names in topics.items():
        behind = await bus.lag(agent, names)
        found |= {(agent, name): behind[name] for name in names}
    return found


def _told(place: tuple[str, str], now: Lag, rate: float | None) -> AgentLag:
    return AgentLag(
        agent=place[0],
        topic=place[1],
        unread=now.unread,
        oldest=now.oldest,
        rate=rate,
        seconds_left=now.unread / rate if rate else None,
    )
