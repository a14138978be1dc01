"""A message is in hand once, however its calls wait and go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bus.in_hand import InHand
from bus.poison import Alone, Beside, PoisonGuard, Presence
from bus.solitude import Solitude
from store.memory import MemoryStore
from tests.contract.bus.support import CEILING

pytestmark = pytest.mark.anyio


def _alone(solitude: Solitude) -> Presence:
    guard = PoisonGuard(MemoryStore(), group="reader", owner="us", window=8)
    return Alone(solitude, guard, "event", limit=3, calm=0.0)


@pytest.mark.parametrize("presence", [Beside, _alone])
async def test_a_call_that_waits_while_another_goes_on_does_not_take_the_message_up_twice(
    presence: Callable[[Solitude], Presence],
) -> None:
    solitude = Solitude()
    hand = InHand(presence(solitude))
    async with asyncio.timeout(CEILING):
        await hand.enter()
        await hand.leave()
        await solitude.isolate()
        async with asyncio.TaskGroup() as calls:
            calls.create_task(hand.enter())
            await asyncio.sleep(0)
            calls.create_task(hand.leave())
            calls.create_task(hand.enter())
            await asyncio.sleep(0)
            solitude.rejoin()
        await hand.enter()
        await hand.end()

        await solitude.isolate()


@pytest.mark.parametrize("presence", [Beside, _alone])
async def test_a_call_that_outlives_its_message_does_not_keep_it_in_hand(
    presence: Callable[[Solitude], Presence],
) -> None:
    solitude = Solitude()
    hand = InHand(presence(solitude))
    async with asyncio.timeout(CEILING):
        await hand.enter()
        await hand.leave()
        await solitude.isolate()
        left_over = asyncio.create_task(hand.enter())
        await asyncio.sleep(0)
        await hand.end()
        solitude.rejoin()
        await left_over

        await solitude.isolate()
