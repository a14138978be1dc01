"""How many calls an endpoint has at once, and how soon its answers leave."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from inference.protocol import ModelReply, ModelRequest
from inference.scripted import tool_reply
from inference.serve.endpoint import Endpoint
from inference.serve.running import listen, serving
from tests.contract.inference.asking import asking
from tests.contract.inference.wires import CALLS, CALM, NOBODY, WIRES, connected

pytestmark = pytest.mark.anyio


class Patient:
    """Answers those who say "now" at once and others when it is told to; counts those it has at once."""

    def __init__(self) -> None:
        self._now = 0
        self.most = 0
        self.full = asyncio.Event()
        self.enough = asyncio.Event()

    def endpoint(self, model: str) -> str:
        return model

    async def complete(self, request: ModelRequest) -> ModelReply:
        if request.system != "now":
            await self._held()
        return tool_reply(request.tool_choice or "", {"total": {"readings": []}}, model=request.model)

    async def _held(self) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now == CALLS:
            self.full.set()
        await self.enough.wait()
        self._now -= 1

    async def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize("wire", WIRES)
async def test_as_many_calls_as_configured_are_under_way_at_once_and_never_more(wire: str) -> None:
    model = Patient()
    endpoint = Endpoint(model, NOBODY, CALM, lambda: datetime.now(UTC))
    async with serving(endpoint) as server:
        url = f"{wire}://{server.address}"
        async with connected(url) as client, connected(url) as later, asyncio.TaskGroup() as group:
            calls = [group.create_task(client.complete(asking("m"))) for _ in range(3 * CALLS)]
            await model.full.wait()
            # Whatever the first client sends besides is there before what another begins to send now.
            await later.complete(asking("m", system="now"))
            model.enough.set()
            await asyncio.wait(calls)

    assert model.most == CALLS


async def test_what_is_accepted_sends_the_parts_of_an_answer_without_waiting_for_the_client() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
