"""Every way to reach a model: in process, and over each wire through our own endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from inference.connect import Limits, connect
from inference.protocol import ModelClient
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Plan
from inference.serve.running import serving
from inference.serve.signature import Keys

WIRES = ("bedrock+http", "anthropic+http", "anthropic+bedrock+http", "anthropic+mantle+http")
KEY_ID, SECRET = "doctrail-key", "doctrail-secret"
NOBODY = Keys()
CALM = Plan({})
CALLS = 4
"""As many at once as the clients here make."""


async def nothing(digest: str) -> bytes:
    raise AssertionError(f"variant {digest} was asked for here")


@asynccontextmanager
async def over(
    wire: str,
    model: ModelClient,
    *,
    keys: Keys = NOBODY,
    plan: Plan = CALM,
    seconds: float = 5.0,
    now: datetime | None = None,
) -> AsyncIterator[ModelClient]:
    """The client of one wire, asking an endpoint that ``model`` answers for; ``direct``: the model itself."""
    if wire == "direct":
        yield model
        return
    endpoint = Endpoint(model, keys, plan, lambda: now or datetime.now(UTC))
    async with serving(endpoint) as server, connected(f"{wire}://{server.address}", seconds) as client:
        yield client


@asynccontextmanager
async def connected(url: str, seconds: float = 60.0) -> AsyncIterator[ModelClient]:
    """A client of its own for ``url``."""
    client = connect(url, nothing, Limits(seconds=seconds, concurrency=CALLS))
    try:
        yield client
    finally:
        await client.close()
