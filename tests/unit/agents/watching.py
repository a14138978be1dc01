"""A workshop whose every touch of the store is held against the table of permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch

from ops.permissions import ROLES
from schemas.handling import Handler, Outgoing
from store.actions import DELETE, GET, PUT
from store.erasures import ErasedError, Erasure, begin_erasure
from store.memory import MemoryStore, Method, Moment
from tests.unit.agents.workshop import Workshop


class Watched(MemoryStore):
    """A store that notes which action meets which key."""

    def __init__(self) -> None:
        super().__init__()
        self.met: set[tuple[str, str]] = set()

    async def _meet(self, method: Method, key: str, moment: Moment) -> None:
        actions = {"create": (PUT, GET), "replace": (PUT,), "delete": (DELETE,), "list": ()}
        self.met |= {(action, key) for action in actions.get(method, (GET,))}
        await super()._meet(method, key, moment)

    def assert_granted(self, role: str) -> None:
        """Everything that was met since the last time is granted to ``role``."""
        granted = [(need.action, f"{need.name}/*") for need in ROLES[role] if need.part == "store"]
        for action, key in self.met:
            assert any(action == may and fnmatch(key, keys) for may, keys in granted), (role, action, key)
        self.met.clear()


@dataclass
class Watching(Workshop):
    """Agents whose every touch of a folder is held against the table."""

    watched: Watched = field(default_factory=Watched)
    release: str = ""

    def __post_init__(self) -> None:
        self.store = self.watched
        super().__post_init__()

    async def digest(self, now: datetime) -> str:
        # Where agents are services of their own, init publishes.
        self.release = self.release or await super().digest(now)
        return self.release

    async def deliver(self, handler: Handler, sent: Outgoing) -> Sequence[Outgoing]:
        others, self.watched.met = self.watched.met, set()
        answer = await super().deliver(handler, sent)
        self.watched.assert_granted(handler.name)
        self.watched.met = others
        return answer


async def watching() -> Watching:
    """Return a workshop with a live release."""
    workshop = Watching()
    await workshop.digest(workshop.now())
    workshop.watched.met.clear()
    return workshop


async def refusals(workshop: Watching, document_id: str) -> set[str]:
    """Erase a document, deliver all about it once more, and return which agents say that it was erased."""
    for key in [key async for key in workshop.watched.list("")]:
        if document_id in key or key.startswith("runs/"):
            await workshop.watched.delete(key)
    erasure = Erasure(
        document_id=document_id,
        number=1,
        documents=(document_id,),
        runs=(),
        objects=(),
        reason="asked for",
        by="ann",
        at=workshop.now(),
    )
    await begin_erasure(workshop.watched, erasure)
    told = set()
    for sent in tuple(workshop.published):
        for handler in workshop.handlers:
            if not any(kind.event == sent.topic for kind in handler.consumes):
                continue
            workshop.watched.met.clear()
            try:
                await workshop.deliver(handler, sent)
            except ErasedError:
                workshop.watched.assert_granted(handler.name)
                told.add(handler.name)
    assert [key async for key in workshop.watched.list(f"documents/{document_id}")] == []
    return told
