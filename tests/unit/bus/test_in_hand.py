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


async def _put_down(presence: Callable[[Solitude], Presence]) -> tuple[InHand, Solitude]:
    """Return a message that was taken up and put down, in a process where somebody else is alone now."""
    solitude = Solitude()
    hand = InHand(presence(solitude))
    await hand.enter()
    await hand.leave()
    await solitude.isolate()
    return hand, solitude


@pytest.mark.parametrize("presence", [Beside, _alone])
async def test_a_call_that_waits_while_another_goes_on_does_not_take_the_message_up_twice(
    presence: Callable[[Solitude], Presence],
) -> None:
    async with asyncio.timeout(CEILING):
        hand, solitude = await _put_down(presence)
        async with asyncio.TaskGroup() as calls:
            calls.create_task(hand.enter())
            await asyncio.sleep(0)
            calls.create_task(hand.leave())
            calls.create_task(hand.enter())
            await asyncio.sleep(0)
            solitude.rejoin()
        await hand.enter()
        await hand.end()
        # Somebody else can be alone again: nothing of the message is in hand.
        await solitude.isolate()

    assert not solitude.shared


@pytest.mark.parametrize("presence", [Beside, _alone])
async def test_a_call_that_outlives_its_message_does_not_keep_it_in_hand(
    presence: Callable[[Solitude], Presence],
) -> None:
    async with asyncio.timeout(CEILING):
        hand, solitude = await _put_down(presence)
        left_over = asyncio.create_task(hand.enter())
        await asyncio.sleep(0)
        await hand.end()
        solitude.rejoin()
        await left_over
        # Somebody else can be alone again: nothing of the message is in hand.
        await solitude.isolate()

    assert not solitude.shared
