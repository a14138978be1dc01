"""Processes that the contract suite starts in order to kill them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from schemas.handling import Delivery, Outgoing
from store.connect import connect as connect_store
from tests.contract.bus.handlers import Scripted, answer
from tests.contract.bus.support import BRISK, event, opened, running, worker


async def publish(url: str, count: str, key: str = "") -> None:
    """Publish ``count`` events one after the other and print each number once it is acknowledged."""
    async with opened(url) as bus:
        for number in range(int(count)):
            await bus.publish([event(number, key or None)])
            print(number, flush=True)  # the parent reads it


async def work(url: str, store_url: str, poison: str = "") -> None:
    """Handle messages until killed: an object per message, then its answer; ``poison`` kills the process."""
    store = connect_store(store_url)

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.envelope.id == poison:
            # Time for the neighbours to be in hand as well.
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        print("begun", flush=True)  # the parent counts
        out = answer(delivery)
        written = await store.create(f"outcomes/{delivery.envelope.id}", out.body)
        print("written", flush=True)  # the parent counts
        await asyncio.sleep(0.01)
        return [Outgoing(out.topic, out.key, out.event_id, written.data)]

    async with opened(url) as bus, running(worker(bus, Scripted(act), store, settings=BRISK)):
        print("working", flush=True)  # the parent reads it
        await asyncio.sleep(3600)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    asyncio.run({"publish": publish, "work": work}[command](*arguments))
