"""The API over a workshop of agents: documents in, requests as a client sends them, time moved by hand."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from sqlalchemy import Connection
from starlette.applications import Starlette

from agents.bundles import PinnedParts
from bus.protocol import Outgoing
from review.api.app import Served, build_app
from review.api.guard import Access
from review.people.accounts import Accounts
from review.people.oidc import Provider
from review.pipeline.consumer import QueueConsumer
from review.pipeline.publisher import Publisher
from review.queue.database import connect
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue
from review.sheet.content import Contents
from tests.unit.agents.workshop import Workshop

HOST = "127.0.0.1:8765"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PNG = b"\x89PNG\r\n\x1a\n"
NOTHING_DRAWN = LanePolicy(audit_rate=0.0, all_fields_share=0.0, double_share=0.0, blind_share=0.0, quotas={})
EVERYTHING = LanePolicy(audit_rate=1.0, all_fields_share=0.0, double_share=1.0, blind_share=1.0, quotas={})
FIELDS = ("shop", "total", "note")
"""Of a slip, what documents of the workshop are."""


@dataclass
class ToWorkshop:
    """A bus that hands what is published to the agents at once."""

    workshop: Workshop
    sent: list[Outgoing] = field(default_factory=list)

    async def publish(self, messages: list[Outgoing]) -> None:
        """Drive the agents."""
        self.sent += messages
        await self.workshop.drive(messages)


@dataclass
class Desk:
    """An API with its queue, and the agents behind it."""

    workshop: Workshop
    queue: ReviewQueue
    accounts: Accounts
    client: httpx2.AsyncClient
    publisher: Publisher
    bus: ToWorkshop
    clock: Clock
    app: Starlette
    keys: Any = field(default_factory=lambda: (f"key-{number}" for number in itertools.count()))

    async def claim(self, **body: Any) -> dict[str, Any]:
        """Claim one task."""
        answer = await self.client.post("/v1/review/claim", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["tasks"][0]
        return found

    async def decide(
        self, task: dict[str, Any], fields: list[dict[str, Any]], **more: Any
    ) -> httpx2.Response:
        """Decide a task under its lease."""
        return await self.client.put(
            f"/v1/review/{task['task_id']}/decision",
            json={"fields": fields, **more},
            headers=self.headers(task),
        )

    def headers(self, task: dict[str, Any]) -> dict[str, str]:
        """What a decision must carry."""
        return {
            "If-Match": task["etag"],
            "Idempotency-Key": next(self.keys),
            "Lease-Token": task["lease"]["token"],
        }


@dataclass
class Clock:
    """The database's time and the limits' seconds, moved by hand."""

    now: datetime

    def __call__(self, connection: Connection) -> datetime:
        """Return the time."""
        return self.now

    def seconds(self) -> float:
        """Return it as monotonic seconds."""
        return self.now.timestamp()

    def on(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@asynccontextmanager
async def open_desk(
    folder: Path,
    *,
    auth: bool = False,
    policy: LanePolicy = NOTHING_DRAWN,
    provider: Provider | None = None,
    workshop: Workshop | None = None,
) -> AsyncIterator[Desk]:
    """Open an API over a workshop, one of its own unless it is given, with its queue in ``folder``."""
    workshop = workshop or Workshop()
    clock = Clock(workshop.now())
    async with connect(f"sqlite:///{folder}/reviews.db", clock) as database:
        queue, accounts = ReviewQueue(database, policy), Accounts(database, QUICK)
        workshop.handlers = (*workshop.handlers, QueueConsumer(queue, workshop.store, PinnedParts()))

        async def render(data: bytes, page: int, dpi: int, rotation: int) -> bytes:
            return PNG + f"{len(data)} {page} {dpi} {rotation}".encode()

        contents = Contents(workshop.store, PinnedParts())
        served = Served(queue, accounts, workshop.store, contents, b"secret", render, "0", provider)
        app = build_app(served, Access({HOST}, accounts if auth else None), clock.seconds)
        bus = ToWorkshop(workshop)
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=f"http://{HOST}"
        ) as client:
            publisher = Publisher(queue, workshop.store, bus, contents)  # type: ignore[arg-type]
            yield Desk(workshop, queue, accounts, client, publisher, bus, clock, app)


def corrected(total: str = "8.50", **more: Any) -> dict[str, Any]:
    """Return what a person says who types another total."""
    return {"path": "total", "action": "correct", "value": total, "source": "typed", "ms": 900, **more}
