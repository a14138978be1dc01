"""Pay once: a reply that reached us is never bought again."""

from __future__ import annotations

import asyncio

import pytest

from schemas.canonical import digest
from schemas.errors import TransientError
from store import keys
from store.artifacts import ContractError, CorruptArtifactError
from store.ledger import Answer, PayOnce, forget_call, keep_reply, note_call, recall_reply
from store.memory import MemoryStore, SimulatedCrash
from tests.unit.store import made

pytestmark = pytest.mark.anyio
REQUEST = digest(made.REQUEST)


class Shop:
    """Sells one reply a call, and counts."""

    def __init__(self, *, fail: int = 0) -> None:
        self.calls = 0
        self.fail = fail

    async def buy(self) -> bytes:
        self.calls += 1
        number = self.calls
        await asyncio.sleep(0)
        if number <= self.fail:
            raise TransientError("the model did not answer", target="model")
        return made.reply(usage={"input_tokens": number, "output_tokens": 1})


async def test_a_reply_is_bought_once_and_found_again_by_any_process() -> None:
    store, shop = MemoryStore(), Shop()

    first = await PayOnce().complete(store, made.DOCUMENT, REQUEST, shop.buy)
    later = await PayOnce().complete(store, made.DOCUMENT, REQUEST, shop.buy)

    assert (first.hit, later.hit) == (False, True)
    assert (first.body, first.ref) == (later.body, later.ref)
    assert shop.calls == 1
    assert await store.read(first.ref) == first.body


async def test_equal_requests_at_once_share_one_call() -> None:
    store, shop, ledger = MemoryStore(), Shop(), PayOnce()

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(ledger.complete(store, made.DOCUMENT, REQUEST, shop.buy)) for _ in range(8)
        ]

    assert shop.calls == 1
    assert len({task.result().body for task in tasks}) == 1
    assert (ledger.bought, ledger.found, ledger.bought_twice) == (1, 7, 0)


async def test_a_call_that_fails_is_its_owners_and_the_next_in_line_asks_for_itself() -> None:
    store, shop, ledger = MemoryStore(), Shop(fail=1), PayOnce()

    answers = await asyncio.gather(
        *(ledger.complete(store, made.DOCUMENT, REQUEST, shop.buy) for _ in range(3)),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [TransientError, Answer, Answer]
    assert shop.calls == 2


async def test_a_reply_is_stored_before_it_is_used() -> None:
    store, shop = MemoryStore(), Shop()
    store.fail("create", "/replies/", moment="after", error=SimulatedCrash)
    with pytest.raises(SimulatedCrash):
        await PayOnce().complete(store, made.DOCUMENT, REQUEST, shop.buy)

    found = await PayOnce().complete(store, made.DOCUMENT, REQUEST, shop.buy)

    assert found.hit
    assert shop.calls == 1


async def test_two_processes_that_buy_at_once_use_the_same_reply_and_count_it() -> None:
    store, shop = MemoryStore(), Shop()
    ledgers = [PayOnce(), PayOnce()]

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(ledger.complete(store, made.DOCUMENT, REQUEST, shop.buy)) for ledger in ledgers
        ]

    assert tasks[0].result().body == tasks[1].result().body
    assert [task.result().twice for task in tasks] == [False, True]
    assert sum(ledger.bought_twice for ledger in ledgers) == shop.calls - 1 == 1


async def test_a_damaged_reply_is_named_and_never_used() -> None:
    store = MemoryStore()
    await keep_reply(store, made.DOCUMENT, REQUEST, made.reply())
    store.objects[keys.reply(made.DOCUMENT, REQUEST)] = made.reply()[:-10]

    with pytest.raises(CorruptArtifactError, match="verify --repair"):
        await recall_reply(store, made.DOCUMENT, REQUEST)


async def test_what_is_no_reply_is_not_kept() -> None:
    store = MemoryStore()

    with pytest.raises(ContractError):
        await keep_reply(store, made.DOCUMENT, REQUEST, b"{}")
    assert store.objects == {}
    assert await recall_reply(store, made.DOCUMENT, REQUEST) is None


async def test_a_reply_that_comes_too_late_for_its_message_is_kept_all_the_same() -> None:
    store, ledger, arrives = MemoryStore(), PayOnce(), asyncio.Event()

    async def slow() -> bytes:
        await arrives.wait()
        return made.reply()

    waiting = asyncio.create_task(ledger.complete(store, made.DOCUMENT, REQUEST, slow))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    next_one = asyncio.create_task(ledger.complete(store, made.DOCUMENT, REQUEST, slow))
    arrives.set()

    assert (await next_one).hit
    assert ledger.bought == 1


async def test_who_buys_is_told_once_the_reply_is_stored_and_not_before() -> None:
    store, told = MemoryStore(), list[bool]()

    async def buy() -> bytes:
        return made.reply()

    async def kept() -> None:
        told.append(keys.reply(made.DOCUMENT, REQUEST) in store.objects)

    for _ in range(2):
        await PayOnce().complete(store, made.DOCUMENT, REQUEST, buy, kept=kept)

    assert told == [True]


async def test_a_call_whose_end_nobody_noted_is_found_by_the_next() -> None:
    store = MemoryStore()

    assert not await note_call(store, made.DOCUMENT, REQUEST)
    assert await note_call(store, made.DOCUMENT, REQUEST)
    await forget_call(store, made.DOCUMENT, REQUEST)
    assert not await note_call(store, made.DOCUMENT, REQUEST)
