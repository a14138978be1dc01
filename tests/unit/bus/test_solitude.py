from __future__ import annotations

import asyncio

import pytest

from bus.solitude import Solitude
from tests.contract.bus.support import CEILING

pytestmark = pytest.mark.anyio


async def test_many_share_and_one_who_wants_to_be_alone_waits_for_all_to_leave() -> None:
    solitude = Solitude()
    await solitude.share()
    await solitude.share()
    alone = asyncio.ensure_future(solitude.isolate())
    await asyncio.sleep(0)
    waiting = not alone.done()
    solitude.unshare()
    await asyncio.sleep(0)
    still_waiting = not alone.done()
    solitude.unshare()
    async with asyncio.timeout(CEILING):
        await alone

    assert waiting
    assert still_waiting


async def test_newcomers_wait_while_one_is_alone_or_wants_to_be() -> None:
    solitude = Solitude()
    await solitude.share()
    first, second = (asyncio.ensure_future(solitude.isolate()) for _ in range(2))
    await asyncio.sleep(0)
    newcomer = asyncio.ensure_future(solitude.share())
    solitude.unshare()
    async with asyncio.timeout(CEILING):
        await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
        only_one = first.done() != second.done()
        outside = not newcomer.done()
        solitude.rejoin()
        await asyncio.gather(first, second)
        still_outside = not newcomer.done()
        solitude.rejoin()
        await newcomer

    assert only_one
    assert outside
    assert still_outside


async def test_giving_up_on_being_alone_lets_newcomers_in() -> None:
    solitude = Solitude()
    await solitude.share()
    alone = asyncio.ensure_future(solitude.isolate())
    await asyncio.sleep(0)
    newcomer = asyncio.ensure_future(solitude.share())
    await asyncio.sleep(0)
    alone.cancel()
    async with asyncio.timeout(CEILING):
        await newcomer

    assert alone.cancelled()
