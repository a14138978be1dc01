"""The registry: what is live, chained so that nothing can be changed or lost unseen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from store import keys
from store.counting import CountingStore
from store.memory import MemoryStore
from store.registry import GENESIS, BrokenChainError, MovedOnError, Registry, Statement
from store.registry import RELEASE_SLOT as SLOT

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def stating(what: str) -> Statement:
    return Statement(at=NOW, what=what, mark="dev", by="doctrail")


async def test_the_newest_entry_is_live_and_names_the_one_before() -> None:
    registry = Registry(MemoryStore())

    assert await registry.live(SLOT) is None
    first = await registry.append(SLOT, stating("R5"))
    second = await registry.append(SLOT, stating("R6"))

    assert (first.number, first.prev_hash) == (1, GENESIS)
    assert (second.number, second.prev_hash) == (2, first.hash)
    assert await registry.live(SLOT) == second
    assert await registry.verify_chain(SLOT) == 2


async def test_another_process_appends_after_what_stands() -> None:
    store = MemoryStore()
    one, other = Registry(store), Registry(store)
    await one.append(SLOT, stating("R5"))
    await other.append(SLOT, stating("R6"))

    entry = await one.append(SLOT, stating("R7"))

    assert entry.number == 3
    live = await other.live(SLOT)
    assert live is not None
    assert live.statement.what == "R7"


async def test_of_two_at_once_both_stand_one_after_the_other() -> None:
    store = MemoryStore()
    registries = [Registry(store) for _ in range(5)]

    async with asyncio.TaskGroup() as group:
        for number, registry in enumerate(registries):
            group.create_task(registry.append(SLOT, stating(f"R{number}")))

    entries = [entry async for entry in Registry(store).entries(SLOT)]
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert {entry.statement.what for entry in entries} == {f"R{n}" for n in range(5)}


async def test_a_write_whose_answer_was_lost_is_not_appended_twice() -> None:
    store = MemoryStore()
    registry = Registry(store)
    first = await registry.append(SLOT, stating("R5"))
    store.fail("create", "00000002", moment="after")

    with pytest.raises(Exception, match="planned fault"):
        await registry.append(SLOT, stating("R6"))

    assert await Registry(store).verify_chain(SLOT) == 2
    assert first.number == 1


async def test_asking_again_costs_one_read() -> None:
    store = CountingStore(MemoryStore())
    registry = Registry(store)
    for number in range(5):
        await registry.append(SLOT, stating(f"R{number}"))
    store.clear()

    await registry.live(SLOT)

    assert store.calls == {"fetch": 1}


async def test_a_changed_a_removed_and_an_added_entry_break_the_chain() -> None:
    store = MemoryStore()
    registry = Registry(store)
    for number in range(3):
        await registry.append(SLOT, stating(f"R{number}"))
    sound = dict(store.objects)
    second, fifth = keys.registry_entry(SLOT, 2), keys.registry_entry(SLOT, 5)

    for tampered in (
        {second: sound[second].replace(b"R1", b"R9")},
        {second: sound[second] + b" "},
        {fifth: sound[second]},
    ):
        store.objects = {**sound, **tampered}
        with pytest.raises(BrokenChainError):
            await Registry(store).verify_chain(SLOT)
    store.objects = {key: data for key, data in sound.items() if key != second}
    with pytest.raises(BrokenChainError, match="has 2 entries, but the chain ends after 1"):
        await Registry(store).verify_chain(SLOT)


async def test_of_two_that_decided_upon_the_same_entry_one_wins_and_the_other_is_told() -> None:
    store = MemoryStore()
    base = await Registry(store).append(SLOT, stating("R1"))
    won = await Registry(store).append(SLOT, stating("R2"), after=base)

    with pytest.raises(MovedOnError, match="entry 2 by doctrail"):
        await Registry(store).append(SLOT, stating("R3"), after=base)
    assert await Registry(store).live(SLOT) == won
    with pytest.raises(MovedOnError):
        await Registry(store).append(SLOT, stating("R3"), after=None)


async def test_entries_written_before_there_was_a_lineage_keep_their_hash() -> None:
    statement = stating("R1").model_dump(mode="json")

    assert sorted(statement) == ["at", "by", "comment", "evidence", "mark", "what"]
