"""Where everything stands: documents by state, what waits for people, what died, who lags behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bus.protocol import Bus, BusError
from catalog import queries, waiting
from catalog.database import Catalog
from ops.backfill_selection import Unfinished, unfinished_backfills
from ops.gates.standing import held_counts
from ops.ingest import overwritten_objects
from ops.lag import AgentLag, Look, lag
from ops.types import live_now
from schemas.errors import TransientError
from schemas.layout import Frozen
from store.protocol import ObjectStore


class StateCount(Frozen):
    """Documents of one type in one state."""

    state: str
    doc_type: str | None
    documents: int


class Status(Frozen):
    """The whole installation at a glance.

    Attributes:
        overwritten: Objects that were announced, and gone before they were read.
        held: Messages that gates hold.
        revoked: Certificates of live types that hold no longer, as ``type.field``.
        lag: Only where something is unread.
        trouble: What does not answer, and so is not told of.
    """

    documents: tuple[StateCount, ...]
    reviews_waiting: int
    dead_letters: int
    overwritten: int = 0
    held: int = 0
    revoked: tuple[str, ...] = ()
    lag: tuple[AgentLag, ...]
    backfills: tuple[Unfinished, ...]
    trouble: str | None = None

    @property
    def total(self) -> int:
        """How many documents are known."""
        return sum(count.documents for count in self.documents)


async def status(store: ObjectStore, bus: Bus, catalog: Catalog, look: Look | None = None) -> Status:
    """Return where everything stands now; a bus that is down is told of, and takes nothing else along.

    Args:
        store: The store.
        bus: The bus.
        catalog: The catalog.
        look: How to see how fast the agents work.
    """
    counts = await queries.counts(catalog)
    behind: tuple[AgentLag, ...] = ()
    trouble = None
    try:
        behind = await lag(bus, look)
    except (TransientError, BusError) as error:
        trouble = str(error)
    return Status(
        documents=tuple(
            StateCount(state=count.state, doc_type=count.doc_type, documents=count.number) for count in counts
        ),
        reviews_waiting=sum(count.number for count in counts if count.state == "in_review"),
        dead_letters=await _count(waiting.dead_letters(catalog)),
        overwritten=len(await overwritten_objects(store, catalog)),
        held=sum((await held_counts(store)).values()),
        revoked=await _revoked(store),
        lag=behind,
        trouble=trouble,
        backfills=await unfinished_backfills(store, catalog),
    )


async def _revoked(store: ObjectStore) -> tuple[str, ...]:
    live = await live_now(store)
    if live is None:
        return ()
    release = live[1]
    return tuple(f"{name}.{field}" for name in sorted(release.bundles) for field in release.revocations(name))


async def _count(rows: AsyncIterator[object]) -> int:
    count = 0
    async for _ in rows:
        count += 1
    return count
