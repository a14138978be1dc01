"""What the worker loop promises when something around it is down, dies, or comes twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bus.breaker import Breakers, BreakerState
from bus.dead_letters import list_dead_letters, redrive
from bus.poison import Marker, Session
from bus.protocol import Outgoing
from bus.worker import Solitude
from schemas.canonical import canonical_json
from schemas.errors import PermanentError, TransientError
from schemas.handling import Delivery
from schemas.records import DeadLetterClass, DeadLettered
from store import keys
from store.connect import connect as connect_store
from store.memory import MemoryStore, SimulatedCrash
from tests.contract.bus.support import (
    AT,
    BRISK,
    CEILING,
    NEXT,
    QUICK_BREAKER,
    TOPIC,
    FaultyBus,
    Scripted,
    answer,
    bus_down,
    child,
    dead_letters,
    event,
    everything,
    finished,
    opened,
    passes_on,
    running,
    until,
    worker,
)

pytestmark = pytest.mark.anyio


def settling(store: MemoryStore) -> Scripted:
    """A handler that fixes its answer in the store first, as every agent does."""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        out = answer(delivery)
        turn = len(reader.seen)
        written = await store.create(f"outcomes/{delivery.envelope.id}", out.body + b" turn %d" % turn)
        return [replace(out, body=written.data)]

    reader = Scripted(act)
    return reader


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create", "publish", "commit"])
async def test_a_crash_around_any_write_loses_nothing_and_repeats_the_same_bytes(
    url: str, call: str, moment: str
) -> None:
    async with opened(url) as inner:
        bus, store = FaultyBus(inner), MemoryStore()
        await bus.publish([event(n) for n in range(12)])
        if call == "create":
            store.fail("create", "outcomes", moment=moment, error=SimulatedCrash)  # type: ignore[arg-type]
        else:
            bus.fail(call, moment, SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, settling(store), store).run(asyncio.Event())
        async with running(worker(bus, settling(store), store)):
            await finished(bus)
        bodies = [record.body for record in await everything(bus, NEXT)]
        letters = [item async for item in list_dead_letters(store)]

    assert set(bodies) == {store.objects[f"outcomes/{event(n).event_id}"] for n in range(12)}
    assert letters == []


@pytest.mark.parametrize(
    ("call", "part", "moment"),
    [
        ("create", "dead_letters", "before"),
        ("create", "dead_letters", "after"),
        ("create", "links", "before"),
        ("publish", "", "before"),
        ("publish", "", "after"),
        ("commit", "", "before"),
    ],
)
async def test_a_crash_while_dead_lettering_leaves_one_object_and_equal_messages(
    url: str, call: str, part: str, moment: str
) -> None:
    async def refuse(_: Delivery) -> Sequence[Outgoing]:
        raise PermanentError("never", reason="never")

    async with opened(url) as inner:
        bus, store = FaultyBus(inner), MemoryStore()
        await bus.publish([event(0)])
        if call == "create":
            store.fail("create", part, moment=moment, error=SimulatedCrash)  # type: ignore[arg-type]
        else:
            bus.fail(call, moment, SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, Scripted(refuse), store).run(asyncio.Event())
        async with running(worker(bus, Scripted(refuse), store)):
            await finished(bus)
        told = {record.body for record in await dead_letters(bus)}
        kept = [item async for item in list_dead_letters(store)]

    assert len(kept) == len(told) == 1


async def test_a_message_published_twice_is_answered_with_the_same_bytes(url: str) -> None:
    async with opened(url) as bus:
        store = MemoryStore()
        await bus.publish([event(n) for n in (0, 1, 0, 2, 1, 0)])
        async with running(worker(bus, settling(store), store)):
            await finished(bus)
        bodies = [record.body for record in await everything(bus, NEXT)]

    assert len(bodies) == 6
    assert len(set(bodies)) == 3


async def test_messages_of_different_documents_may_finish_in_any_order(url: str) -> None:
    chance = random.Random(3)
    async with opened(url) as bus:
        store = MemoryStore()
        reader = settling(store)
        settle = reader.act

        async def dawdle(delivery: Delivery) -> Sequence[Outgoing]:
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.01)))
            return await settle(delivery)

        reader.act = dawdle
        order = [event(n) for n in range(60)]
        await bus.publish(order)
        async with running(worker(bus, reader, store)):
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert {a.body for a in answers} == {store.objects[f"outcomes/{e.event_id}"] for e in order}
    assert len(answers) == 60


async def test_while_the_store_is_down_messages_wait_and_none_is_dead_lettered(url: str) -> None:
    store, breakers, down = MemoryStore(), Breakers(QUICK_BREAKER), True

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def write() -> Sequence[Outgoing]:
            if down:
                raise TransientError("the store answered 503", target="store")
            return [answer(delivery)]

        return await delivery.calls.call("store.create", write)

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(40)])
        reader = Scripted(act)
        loop = worker(bus, reader, store, breakers=breakers)
        async with running(loop):
            await until(lambda: loop.counters.parked == BRISK.window)
            (status,) = breakers.statuses
            await until(lambda: breakers.statuses[0].failures >= 4)
            begun = len(set(reader.seen))
            down = False
            await finished(bus)
        letters = [item async for item in list_dead_letters(store)]
        answers = {record.body for record in await everything(bus, NEXT)}

    assert (status.target, status.reason) == ("store", "the store answered 503")
    assert status.state is not BreakerState.CLOSED
    assert begun == BRISK.window
    assert letters == []
    assert answers == {event(n).event_id.encode() for n in range(40)}
    assert [s.state for s in breakers.statuses] == [BreakerState.CLOSED]


async def test_a_handler_that_fails_outside_of_the_retry_owner_is_parked_as_well(url: str) -> None:
    down = True

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if down:
            raise TransientError("the store answered 503", target="store")
        return [answer(delivery)]

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        async with running(worker(bus, Scripted(act), store, breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 4)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert len(answers) == 20
    assert not store.objects


async def test_the_deadline_stands_still_while_a_message_waits_behind_a_breaker(url: str) -> None:
    down = True

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            if down:
                raise TransientError("overloaded", target="model:m")
            return [answer(delivery)]

        return await delivery.calls.call("model.complete", ask)

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        settings = replace(BRISK, deadline=0.15)
        loop = worker(bus, Scripted(act), store, settings=settings, breakers=breakers)
        async with running(loop):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 8)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)

    # Eight probes take more than 0.3 s: 0.02 + 0.04 + 6 times 0.05.
    assert [a.body.decode() for a in answers] == [event(0).event_id]


async def test_a_message_that_fails_while_its_target_answers_others_is_exhausted_in_the_end(url: str) -> None:
    bad = event(0)

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            if delivery.envelope.id == bad.event_id:
                raise TransientError("this page always times out", target="model:m")
            return [answer(delivery)]

        return await delivery.calls.call("model.complete", ask)

    async with opened(url) as bus:
        await bus.publish([bad])
        store, others = MemoryStore(), 0
        async with running(worker(bus, Scripted(act), store)):
            while not any(key.startswith("dead_letters") for key in store.objects):
                others += 1
                await bus.publish([event(others)])
                await asyncio.sleep(0.002)
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)

    assert (letter.event_id, letter.error_class) == (bad.event_id, DeadLetterClass.EXHAUSTED)
    assert letter.attempts == BRISK.retry.tries
    assert len(answers) == others


async def test_a_message_alone_at_a_breaker_does_not_keep_the_others_from_proving_the_target_well(
    url: str,
) -> None:
    bad = event(0)

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            if delivery.envelope.id == bad.event_id:
                raise TransientError("this page always times out", target="model:m")
            return [answer(delivery)]

        return await delivery.calls.call("model.complete", ask)

    async with opened(url) as bus:
        await bus.publish([bad])
        breakers = Breakers(QUICK_BREAKER)
        loop = worker(bus, Scripted(act), breakers=breakers)
        async with running(loop):
            await until(lambda: loop.counters.parked == 1 and breakers.statuses[0].failures >= 3)
            await bus.publish([event(n) for n in range(1, 20)])
            await until(lambda: loop.counters.handled == 19)


async def test_a_breaker_of_one_agent_leaves_the_others_alone(url: str) -> None:
    async def fails(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            raise TransientError("overloaded", target="model:m")

        return await delivery.calls.call("model.complete", ask)

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        breakers = Breakers(QUICK_BREAKER)
        stuck = worker(bus, Scripted(fails), breakers=breakers)
        other = worker(bus, Scripted(passes_on, name="other"), breakers=breakers)
        async with running(stuck, other):
            await until(lambda: stuck.counters.parked > 0)
            await finished(bus, "other")

    assert other.counters.handled == 20
    assert stuck.counters.dead_lettered == 0


async def test_a_handler_with_several_calls_at_once_waits_and_goes_on_as_one(url: str) -> None:
    down = True

    async def write() -> bytes:
        if down:
            raise TransientError("the store answered 503", target="store")
        return b""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(delivery.calls.call("store.create", write))
        return [answer(delivery)]

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        store, breakers, solitude = MemoryStore(), Breakers(QUICK_BREAKER), Solitude()
        loop = worker(bus, Scripted(act), store, breakers=breakers, solitude=solitude)
        async with running(loop):
            await until(lambda: loop.counters.parked == BRISK.window)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)
        async with asyncio.timeout(CEILING):
            # Nobody is counted as in hand any more.
            await solitude.isolate()

    assert len(answers) == 20
    assert loop.counters.dead_lettered == 0


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([TransientError("slow", target="feed"), PermanentError("wrong", reason="wrong")], "wrong"),
        ([TransientError("slow", target="feed"), TransientError("slower", target="feed")], "exhausted"),
        ([PermanentError("wrong", reason="wrong"), KeyError("total")], "defect"),
    ],
)
async def test_of_several_errors_at_once_the_gravest_decides(
    url: str, errors: list[Exception], reason: str
) -> None:
    async def act(_: Delivery) -> Sequence[Outgoing]:
        raise ExceptionGroup("several", [ExceptionGroup("inner", errors)])

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = MemoryStore()
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert letter.reason == reason


async def test_while_the_bus_is_down_handlers_are_not_run_again_and_nothing_is_lost(url: str) -> None:
    async with opened(url) as inner:
        bus, store, breakers = FaultyBus(inner), MemoryStore(), Breakers(QUICK_BREAKER)
        await bus.publish([event(n) for n in range(20)])
        for call in ("publish", "commit", "poll"):
            bus.fail(call, "before", bus_down, times=60)
        reader = settling(store)
        loop = worker(bus, reader, store, breakers=breakers)
        async with running(loop):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
            bus.mend()
            await finished(bus)
        answers = await everything(bus, NEXT)
        letters = await dead_letters(bus)

    assert sorted(reader.seen) == sorted(event(n).event_id for n in range(20))
    assert len(answers) == 20
    assert letters == []


async def test_a_stop_while_a_target_is_down_does_not_wait_for_it(url: str) -> None:
    async def fails(_: Delivery) -> Sequence[Outgoing]:
        raise TransientError("overloaded", target="model:m")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        loop = worker(bus, Scripted(fails), settings=replace(BRISK, drain=3600.0))
        async with running(loop):
            await until(lambda: loop.counters.parked == 1)

        assert (await bus.lag("reader", [TOPIC]))[TOPIC].unread == 1


async def test_while_the_store_is_down_at_the_start_nothing_is_begun_and_a_stop_is_heeded(url: str) -> None:
    def down() -> BaseException:
        return TransientError("the store answered 503", target="store")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, reader = MemoryStore(), Scripted(passes_on)
        store.fail("fetch", "sessions", error=down, times=10**6)
        breakers = Breakers(QUICK_BREAKER)
        async with asyncio.timeout(CEILING), running(worker(bus, reader, store, breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
        begun = list(reader.seen)
        async with running(worker(bus, reader, MemoryStore())):
            await finished(bus)

    assert begun == []
    assert reader.seen == [event(0).event_id]


async def test_a_stop_does_not_hang_on_a_store_that_does(url: str) -> None:
    class Hanging(MemoryStore):
        async def delete(self, key: str) -> None:
            await asyncio.Event().wait()

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = Hanging()
        async with asyncio.timeout(CEILING), running(worker(bus, Scripted(passes_on), store)):
            await finished(bus)

    assert [key for key in store.objects if key.startswith("sessions/")]


async def test_a_death_in_a_container_is_seen_although_every_worker_there_has_the_same_pid(url: str) -> None:
    store, marked = MemoryStore(), list[bool]()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        marked.append(keys.poison_marker("reader", delivery.envelope.id) in store.objects)
        return []

    async with opened(url) as inner:
        bus = FaultyBus(inner)
        await bus.publish([event(0)])
        bus.fail("commit", "before", SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, Scripted(act), store).run(asyncio.Event())
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)

    assert marked == [False, True]


async def test_an_answer_that_the_bus_can_never_take_is_a_dead_letter(url: str) -> None:
    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        return [replace(answer(delivery), topic="documents.nowhere")]

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = MemoryStore()
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert letter.error_class is DeadLetterClass.PERMANENT
    assert "'documents.nowhere' does not exist" in letter.sentence


async def test_a_redriven_message_comes_again_as_it_was_and_only_once(url: str) -> None:
    async def refuse(_: Delivery) -> Sequence[Outgoing]:
        raise PermanentError("never", reason="never")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, reader = MemoryStore(), Scripted(refuse)
        async with running(worker(bus, reader, store)):
            await finished(bus)
            again = await redrive(store, bus, event(0).event_id, now=AT)
            await finished(bus)
            reader.act = passes_on
            third = await redrive(store, bus, event(0).event_id, now=AT)
            none_left = await redrive(store, bus, event(0).event_id, now=AT)
            await finished(bus)
        deaths = [item async for item in list_dead_letters(store)]
        sent = await everything(bus, TOPIC)
        answers = await everything(bus, NEXT)

    assert (again, third, none_left) == (1, 1, 0)
    assert [(d.letter.number, d.redriven) for d in deaths] == [(1, True), (2, True)]
    assert Counter((r.key, r.body) for r in sent) == {(event(0).key, event(0).body): 3}
    assert len(answers) == 1


async def leave_session(store: MemoryStore, group: str = "reader", window: int = 4) -> None:
    """What a worker that was killed leaves behind in every partition."""
    session = canonical_json(Session(owner="the dead", window=window, since=AT))
    for number in range(16):
        await store.replace(keys.session(group, f"{TOPIC}-{number}"), session)


async def test_what_a_dead_owner_may_have_had_in_hand_is_handled_alone_in_the_process(url: str) -> None:
    active: Counter[str] = Counter()
    alone: list[bool] = []

    def counting(name: str, store: MemoryStore) -> Scripted:
        async def act(delivery: Delivery) -> Sequence[Outgoing]:
            active[name] += 1
            await asyncio.sleep(0.002)
            marked = keys.poison_marker(name, delivery.envelope.id) in store.objects
            if marked:
                alone.append(active.total() == 1)
            active[name] -= 1
            return []

        return Scripted(act, name=name)

    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store, "one")
        await bus.publish([event(n) for n in range(60)])
        solitude = Solitude()
        first = worker(bus, counting("one", store), store, solitude=solitude)
        second = worker(bus, counting("two", store), store, solitude=solitude)
        async with running(first, second):
            await finished(bus, "one")
            await finished(bus, "two")

    # Four per partition were suspect, as many as the dead owner's window.
    assert len(alone) >= 8
    assert len(alone) % 4 == 0
    assert all(alone)
    assert not [key for key in store.objects if "/alone/" in key]


async def test_new_messages_after_a_death_are_not_suspect(url: str) -> None:
    marked: list[str] = []
    store = MemoryStore()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if keys.poison_marker("reader", delivery.envelope.id) in store.objects:
            marked.append(delivery.envelope.id)
        return []

    async with opened(url) as bus:
        await leave_session(store)
        await bus.publish([event(0)])
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
            await bus.publish([event(n) for n in range(1, 20)])
            await finished(bus)

    assert marked == [event(0).event_id]


async def test_a_death_is_taken_back_when_the_message_alone_is_only_stopped(url: str) -> None:
    async def hang(_: Delivery) -> Sequence[Outgoing]:
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store)
        await bus.publish([event(0)])
        reader = Scripted(hang)
        marker = keys.poison_marker("reader", event(0).event_id)
        async with running(worker(bus, reader, store, settings=replace(BRISK, drain=0.02))):
            await until(lambda: bool(reader.seen))
            while_alone = Marker.model_validate_json(store.objects[marker])

    assert while_alone.deaths == 1
    assert marker not in store.objects


async def test_the_third_death_alone_is_a_dead_letter_and_its_mark_goes(url: str) -> None:
    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store)
        marker = keys.poison_marker("reader", event(0).event_id)
        await store.replace(marker, canonical_json(Marker(event_id=event(0).event_id, deaths=3)))
        await bus.publish([event(0), event(1)])
        reader = Scripted(passes_on)
        async with running(worker(bus, reader, store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert reader.seen == [event(1).event_id]
    assert (letter.error_class, letter.attempts) == (DeadLetterClass.POISON, 3)
    assert marker not in store.objects


async def test_while_a_message_with_deaths_waits_the_ones_after_it_go_on(url: str) -> None:
    async with opened(url) as bus:
        store, marked = MemoryStore(), event(0, "one key per partition")
        await leave_session(store)
        marker = keys.poison_marker("reader", marked.event_id)
        await store.replace(marker, canonical_json(Marker(event_id=marked.event_id, deaths=1)))
        await bus.publish([marked, *(event(n) for n in range(1, 20))])
        reader = Scripted(passes_on)
        loop = worker(bus, reader, store, settings=replace(BRISK, calm=3600.0, window=32))
        async with running(loop):
            await until(lambda: loop.counters.handled == 19)
        left = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        again = Scripted(passes_on)
        async with running(worker(bus, again, store, settings=replace(BRISK, calm=0.0))):
            await finished(bus)

    assert marked.event_id not in reader.seen
    assert left >= 1
    assert marked.event_id in again.seen
    assert marker not in store.objects


@pytest.mark.slow
async def test_a_message_that_kills_its_process_is_dead_lettered_and_its_neighbours_are_not(
    url: str, tmp_path: Path
) -> None:
    store_url = f"file://{tmp_path}/objects"
    poison, starts = event(5).event_id, 0
    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(12)])
        while (await bus.lag("reader", [TOPIC]))[TOPIC].unread:
            process = child("work", url, store_url, poison)
            starts += 1
            while process.poll() is None and (await bus.lag("reader", [TOPIC]))[TOPIC].unread:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            process.kill()
            await asyncio.to_thread(process.communicate)
        letters = [item.letter async for item in list_dead_letters(connect_store(store_url))]
        answers = {record.body for record in await everything(bus, NEXT)}

    # Once among others, three times alone, and the start that dead-letters it.
    assert starts == 5
    assert [(letter.event_id, letter.error_class) for letter in letters] == [(poison, DeadLetterClass.POISON)]
    assert answers == {event(n).event_id.encode() for n in range(12) if n != 5}


@pytest.mark.slow
async def test_killing_the_process_at_any_moment_loses_nothing(url: str, tmp_path: Path) -> None:
    store_url = f"file://{tmp_path}/objects"
    chance = random.Random(11)
    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(40)])
        # As many kills as would condemn a message, had each met the same one.
        for _ in range(4):
            process = child("work", url, store_url)
            assert process.stdout is not None
            # Each line is a step of some message: begun, object written.
            for _ in range(chance.randrange(1, 14)):
                await asyncio.to_thread(process.stdout.readline)
            process.kill()
            await asyncio.to_thread(process.communicate)
        killed_with = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        survivor = Scripted(passes_on)
        async with running(worker(bus, survivor, connect_store(store_url))):
            await finished(bus)
        answers = Counter((record.key, record.body) for record in await everything(bus, NEXT))
        letters = await everything(bus, DeadLettered.event)

    assert killed_with > 0
    assert letters == []
    assert set(answers) == {(event(n).key, event(n).event_id.encode()) for n in range(40)}
