"""What the worker loop promises on every bus while everything around it is well."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bus.breaker import Breakers
from bus.protocol import Outgoing
from bus.telemetry import WorkerEvent
from bus.worker import Worker
from schemas.errors import TransientError
from schemas.handling import Delivery
from schemas.records import DeadLetterClass
from schemas.versions import decode
from store.memory import MemoryStore
from tests.clock import turns
from tests.contract.bus.faulty import FaultyBus
from tests.contract.bus.handlers import Scripted, calling, hangs, passes_on
from tests.contract.bus.support import (
    BRISK,
    CEILING,
    NEXT,
    TOPIC,
    Recorder,
    document,
    event,
    everything,
    finished,
    list_dead_letters,
    now,
    opened,
    running,
    until,
    worker,
)

pytestmark = pytest.mark.anyio


async def test_every_message_is_handled_and_answered_and_then_committed(url: str) -> None:
    events = [event(n) for n in range(50)]
    store, reader = MemoryStore(), Scripted(passes_on)
    async with opened(url) as bus:
        await bus.publish(events)
        loop = worker(bus, reader, store)
        async with running(loop):
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert sorted(reader.seen) == sorted(e.event_id for e in events)
    assert sorted(a.body.decode() for a in answers) == sorted(reader.seen)
    assert loop.idle
    assert (loop.counters.handled, loop.counters.published, loop.counters.in_flight) == (50, 50, 0)
    assert store.objects == {}


async def test_the_messages_of_a_document_are_handled_one_at_a_time_in_order(url: str) -> None:
    events = [event(n, f"document {n % 3}") for n in range(30)]
    active: dict[str, int] = defaultdict(int)
    most, together, orders = 0, 0, defaultdict[str, list[str]](list)

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        nonlocal most, together
        subject = delivery.envelope.subject
        orders[subject].append(delivery.envelope.id)
        active[subject] += 1
        most = max(most, active[subject])
        together = max(together, sum(active.values()))
        await turns()
        active[subject] -= 1
        return []

    async with opened(url) as bus:
        await bus.publish(events)
        async with running(worker(bus, Scripted(act))):
            await finished(bus)

    assert most == 1
    assert together == 3
    assert orders == {
        document(f"document {k}"): [e.event_id for e in events if e.key == document(f"document {k}")]
        for k in range(3)
    }


async def test_no_commit_passes_an_unfinished_message_however_many_after_it_are_finished(url: str) -> None:
    events = [event(n) for n in range(40)]
    gate = asyncio.Event()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.envelope.id == events[0].event_id:
            await gate.wait()
        return []

    async with opened(url) as inner:
        bus = FaultyBus(inner)
        await bus.publish(events)
        reader = Scripted(act)
        async with running(worker(bus, reader)):
            first = next(r for r in await everything(bus, TOPIC) if r.body == events[0].body)
            same = [r for r in await everything(bus, TOPIC) if r.partition == first.partition]
            await until(lambda: len(reader.seen) >= 40 - len(same) + min(len(same), BRISK.window))
            held = [offset for c in bus.commits for p, offset in c.items() if p.number == first.partition]
            started = [r for r in same if decode(TOPIC, r.body).id in reader.seen]
            gate.set()
            await finished(bus)

    assert all(offset <= first.offset for offset in held)
    assert len(started) == min(len(same), BRISK.window)
    assert sorted(reader.seen) == sorted(e.event_id for e in events)


async def test_a_full_worker_takes_no_more_and_keeps_polling(url: str) -> None:
    gate = asyncio.Event()

    async def act(_: Delivery) -> Sequence[Outgoing]:
        await gate.wait()
        return []

    async with opened(url) as inner:
        bus = FaultyBus(inner)
        await bus.publish([event(n) for n in range(50)])
        reader = Scripted(act)
        loop = worker(bus, reader)
        async with running(loop):
            await until(lambda: loop.counters.in_flight == BRISK.window)
            polls = bus.polls
            await until(lambda: bus.polls >= polls + 3)
            seen_while_full = len(reader.seen)
            gate.set()
            await finished(bus)

    assert seen_while_full == BRISK.window
    assert len(reader.seen) == 50


async def test_a_handler_past_its_deadline_is_ended_and_its_message_dead_lettered(url: str) -> None:
    slow = event(0)
    ended: list[str] = []

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.envelope.id == slow.event_id:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(delivery.envelope.id)
        return await passes_on(delivery)

    async with opened(url) as bus:
        await bus.publish([slow, event(1)])
        store = MemoryStore()
        async with running(worker(bus, Scripted(act), store, settings=replace(BRISK, deadline=0.05))):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)

    assert ended == [slow.event_id]
    assert (letter.error_class, letter.reason) == (DeadLetterClass.DEADLINE, "deadline")
    assert letter.sentence == "reader did not finish within 0.05 s"
    assert [a.body.decode() for a in answers] == [event(1).event_id]


async def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(url: str) -> None:
    gate = asyncio.Event()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        await gate.wait()
        return await passes_on(delivery)

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        store, reader, stop = MemoryStore(), Scripted(act), asyncio.Event()
        loop = worker(bus, reader, store)
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(loop.run(stop))
            await until(lambda: loop.counters.in_flight == BRISK.window)
            stop.set()
            await turns(100)
            still_running = not run.done()
            gate.set()
        left = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        answers = await everything(bus, NEXT)

    assert still_running
    assert len(reader.seen) == len(answers) == BRISK.window
    assert left == 20 - BRISK.window
    assert store.objects == {}


async def test_what_does_not_finish_in_time_at_a_stop_is_abandoned_and_delivered_again(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([event(0)])
        first = worker(bus, Scripted(hangs), settings=replace(BRISK, drain=0.05))
        async with running(first):
            await until(lambda: first.counters.in_flight == 1)
        unread = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        again = Scripted(passes_on)
        async with running(worker(bus, again)):
            await finished(bus)

    assert unread == 1
    assert again.seen == [event(0).event_id]


async def test_cancelling_a_worker_is_not_swallowed(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([event(0)])
        loop = worker(bus, Scripted(hangs))
        run = asyncio.ensure_future(loop.run(asyncio.Event()))
        await until(lambda: loop.counters.in_flight == 1)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

        assert (await bus.lag("reader", [TOPIC]))[TOPIC].unread == 1


async def test_a_second_worker_takes_over_its_share_without_any_message_handled_twice(url: str) -> None:
    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        await asyncio.sleep(0.005)
        return await passes_on(delivery)

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(60)])
        one, two, store = Scripted(act), Scripted(act), MemoryStore()
        async with running(worker(bus, one, store)):
            await until(lambda: len(one.seen) >= 10)
            async with running(worker(bus, two, store)):
                # However long the group takes to let it in.
                await bus.publish([event(n) for n in range(60, 120)])
                await until(lambda: len(two.seen) >= 10)
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert sorted([*one.seen, *two.seen]) == sorted(event(n).event_id for n in range(120))
    assert len(answers) == 120
    assert store.objects == {}


async def test_what_hangs_at_a_revocation_is_abandoned_and_goes_to_the_new_owner(url: str) -> None:
    hanging = asyncio.Event()

    async def hang(_: Delivery) -> Sequence[Outgoing]:
        hanging.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    async with opened(url) as bus:
        await bus.publish([event(0)])
        stuck, sound = Scripted(hang), Scripted(passes_on)
        settings = replace(BRISK, drain=0.05)
        async with running(worker(bus, stuck, settings=settings)):
            async with asyncio.timeout(CEILING):
                await hanging.wait()
            async with bus.consumer([TOPIC], "reader", Recorder()):
                pass
            stuck.act = passes_on
            await finished(bus)

    assert stuck.seen == [event(0).event_id] * 2
    assert sound.seen == []


async def test_events_tell_of_every_message_and_retry(url: str) -> None:
    told: list[WorkerEvent] = []
    failures = [TransientError("once", target="feed")]

    act = calling("feed.read", lambda _: failures.pop() if failures else None)

    async with opened(url) as bus:
        await bus.publish([event(0), Outgoing(TOPIC, "k", "x", b"{}")])

        loop = Worker(
            bus,
            Scripted(act),
            MemoryStore(),
            settings=BRISK,
            breakers=Breakers(),
            now=now,
            on_event=told.append,
        )
        async with running(loop):
            await finished(bus)

    assert sorted(e.name for e in told) == ["message.dead_lettered", "message.handled", "message.retried"]
    retried = next(e for e in told if e.name == "message.retried")
    assert (retried.event_id, retried.document_id) == (event(0).event_id, event(0).key)
    assert (retried.facts["call"], retried.facts["number"]) == ("feed.read", 1)
