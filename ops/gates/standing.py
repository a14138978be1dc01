"""Which gates are closed, since when and why; one object that checking and releasing write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from pydantic import AwareDatetime, Base64Bytes, Field

from ops.operations import Action
from schemas.layout import Frozen
from store import ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal


class Closed(Frozen):
    """A gate that its check found breached, for one document type.

    Attributes:
        at: When it was closed.
    """

    gate: str
    doc_type: str
    action: Action
    reason: str
    at: AwareDatetime

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.gate}/{self.doc_type}"


class Released(Frozen):
    """What a person let go on; what was known then closes the gate no more."""

    at: AwareDatetime
    by: str
    reason: str
    messages: int


class Standing(Sealed):
    """Every gate that is not simply open.

    Attributes:
        closed: By gate and type; ``hold`` and ``stop`` stay until a person releases them.
        warned: Breaches of gates that only warn; they go by themselves.
        released: The last release by gate and type.
        checked_at: When the checks last ran.
    """

    closed: dict[str, Closed] = Field(default_factory=dict)
    warned: tuple[Closed, ...] = ()
    released: dict[str, Released] = Field(default_factory=dict)
    checked_at: AwareDatetime | None = None

    def of(self, doc_type: str) -> Closed | None:
        """Return what bars documents of a type; a stop before a hold."""
        meant = [one for one in self.closed.values() if one.doc_type == doc_type]
        return min(meant, key=lambda one: (one.action is not Action.STOP, one.key), default=None)


class Held(Sealed):
    """A message that a gate holds, whole.

    Attributes:
        body: Its original bytes.
    """

    gate: str
    doc_type: str
    event_id: str
    document_id: str
    run_id: str
    topic: str
    body: Base64Bytes
    at: AwareDatetime
    reason: str


async def load_standing(store: ObjectStore) -> Standing:
    """Return which gates are closed; none where nothing was ever checked."""
    data = await store.fetch(ops_keys.GATES)
    return Standing() if data is None else parse(data, Standing, ops_keys.GATES)


async def keep_standing(store: ObjectStore, standing: Standing) -> None:
    """Write which gates are closed; on disk on return."""
    await store.replace(ops_keys.GATES, seal(standing))


async def held_messages(store: ObjectStore, gate: str | None = None) -> AsyncIterator[tuple[str, Held]]:
    """Yield what is held, with its key; only one gate's where it is named."""
    async for key in store.list(f"{ops_keys.HELD}/{gate}" if gate else ops_keys.HELD):
        data = await store.fetch(key)
        if data is not None:
            yield key, parse(data, Held, key)


async def held_counts(store: ObjectStore) -> dict[str, int]:
    """Return how many messages each gate holds."""
    counts: dict[str, int] = {}
    async for key in store.list(ops_keys.HELD):
        gate = key.split("/")[1]
        counts[gate] = counts.get(gate, 0) + 1
    return counts


async def held_among(store: ObjectStore, event_ids: Iterable[str]) -> Held | None:
    """Return which of these messages a gate holds, if any."""
    gates = [gate async for gate in store.folders(ops_keys.HELD)]
    for event_id in event_ids if gates else ():
        for gate in gates:
            data = await store.fetch(ops_keys.held(gate, event_id))
            if data is not None:
                return parse(data, Held, ops_keys.held(gate, event_id))
    return None
