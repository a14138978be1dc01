"""Where everything stands: documents by state, what waits for people, what died, who lags behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from bus.protocol import Bus
from catalog import queries
from catalog.database import Catalog
from ops.backfill import Unfinished, unfinished_backfills
from schemas.layout import Frozen
from schemas.topics import READ
from store.protocol import ObjectStore


class StateCount(Frozen):
    """Documents of one type in one state."""

    state: str
    doc_type: str | None
    documents: int


class AgentLag(Frozen):
    """What an agent has not finished of a topic."""

    agent: str
    topic: str
    unread: int
    oldest: datetime | None


class Status(Frozen):
    """The whole installation at a glance.

    Attributes:
        lag: Only where something is unread.
    """

    documents: tuple[StateCount, ...]
    reviews_waiting: int
    dead_letters: int
    lag: tuple[AgentLag, ...]
    backfills: tuple[Unfinished, ...]

    @property
    def total(self) -> int:
        """How many documents are known."""
        return sum(count.documents for count in self.documents)


async def status(store: ObjectStore, bus: Bus, catalog: Catalog) -> Status:
    """Return where everything stands now."""
    counts = await queries.counts(catalog)
    return Status(
        documents=tuple(
            StateCount(state=count.state, doc_type=count.doc_type, documents=count.number) for count in counts
        ),
        reviews_waiting=sum(count.number for count in counts if count.state == "in_review"),
        dead_letters=await _count(queries.dead_letters(catalog)),
        lag=await lag(bus),
        backfills=await unfinished_backfills(store, catalog),
    )


async def lag(bus: Bus) -> tuple[AgentLag, ...]:
    """Return what every agent has not finished, topic by topic."""
    topics: dict[str, list[str]] = {}
    for topic in READ.values():
        for agent in topic.consumers:
            topics.setdefault(agent, []).append(topic.name)
    found: list[AgentLag] = []
    for agent, names in topics.items():
        behind = await bus.lag(agent, names)
        found += [
            AgentLag(agent=agent, topic=name, unread=behind[name].unread, oldest=behind[name].oldest)
            for name in names
        ]
    return tuple(one for one in found if one.unread)


async def _count(rows: AsyncIterator[object]) -> int:
    count = 0
    async for _ in rows:
        count += 1
    return count
