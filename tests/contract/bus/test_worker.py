"""What the worker loop promises on every bus while everything around it is well."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bus.dead_letters import list_dead_letters
from bus.protocol import Outgoing
from bus.telemetry import WorkerEvent
from bus.worker import Worker
from schemas.errors import DigestMismatchError, PermanentError, TransientError
from schemas.handling import Delivery
from schemas.records import DeadLetterClass, DeadLettered
from schemas.versions import decode, payload_as
from store.memory import MemoryStore
from tests.contract.bus.support import (
    BRISK,
    NEXT,
    TOPIC,
    FaultyBus,
    Recorder,
    Scripted,
    answer,
    dead_letters,
    document,
    event,
    everything,
    finished,
    now,
    opened,
    passes_on,
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
        await asyncio.sleep(0.001)
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


@pytest.mark.parametrize(
    ("error", "error_class", "reason"),
    [
        (
            PermanentError("the uri is not allowed", reason="source_refused"),
            "source_refused",
            "source_refused",
        ),
        (DigestMismatchError("a/b", expected="0" * 64, found="1" * 64), "digest", "digest"),
        (PermanentError("the model is unknown", reason="no_model"), "permanent", "no_model"),
        (PermanentError("an odd code", reason="Odd Code!"), "permanent", "permanent"),
        (TransientError("the feed is down", target="feed"), "exhausted", "exhausted"),
        (KeyError("total"), "defect", "defect"),
        (TimeoutError("of its own"), "defect", "defect"),
    ],
)
async def test_what_a_handler_raises_decides_the_class_of_the_dead_letter(
    url: str, error: Exception, error_class: str, reason: str
) -> None:
    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.envelope.id == event(0).event_id:
            raise error
        return await passes_on(delivery)

    async with opened(url) as bus:
        await bus.publish([event(0), event(1)])
        store = MemoryStore()
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
        (record,) = await dead_letters(bus)
        (listed,) = [item async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)
        (original,) = [r for r in await everything(bus, TOPIC) if r.body == event(0).body]
    told = payload_as(decode(DeadLettered.event, record.body), DeadLettered)

    assert (told.error_class, told.reason, told.agent) == (error_class, reason, "reader")
    assert (told.origin_topic, told.origin_partition, told.origin_offset) == (
        TOPIC,
        original.partition,
        original.offset,
    )
    assert told.dead_letter == listed.ref
    assert listed.letter.body == event(0).body
    assert listed.letter.document_id == record.key == event(0).key
    assert str(error) in listed.letter.sentence
    assert [a.body.decode() for a in answers] == [event(1).event_id]


async def test_a_call_that_outlasts_its_tries_at_an_unguarded_target_names_them(url: str) -> None:
    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            raise TransientError("the feed answered 503", target="feed")

        return await delivery.calls.call("feed.read", ask)

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = MemoryStore()
        loop = worker(bus, Scripted(act), store)
        async with running(loop):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert (letter.error_class, letter.attempts) == (DeadLetterClass.EXHAUSTED, 4)
    assert letter.sentence == "the feed answered 503"
    assert loop.counters.retried == 4


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff\x00 not json", "message on reviews.requested is not UTF-8"),
        (event(0).body.replace(b'"review_id"', b'"review"'), "data.review_id: Field required"),
        (event(0).body.replace(b".v1", b".v7"), "unknown major version 7"),
        (b'{"id": ["no id"]}', "reviews.requested"),
    ],
)
async def test_an_unreadable_message_is_dead_lettered_by_name_and_the_next_is_handled(
    url: str, body: bytes, sentence: str
) -> None:
    async with opened(url) as bus:
        await bus.publish([Outgoing(TOPIC, "k", "x", body), event(1, "k")])
        store, reader = MemoryStore(), Scripted(passes_on)
        async with running(worker(bus, reader, store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        (record,) = await dead_letters(bus)

    assert letter.error_class is DeadLetterClass.SHAPE
    assert sentence in letter.sentence
    assert letter.body == body
    assert payload_as(decode(DeadLettered.event, record.body), DeadLettered).event_id == letter.event_id
    assert reader.seen == [event(1).event_id]


async def test_what_can_be_read_of_an_unreadable_message_ties_it_to_its_document(url: str) -> None:
    broken = event(0)
    body = broken.body.replace(b".v1", b".v7")
    async with opened(url) as bus:
        await bus.publish([replace(broken, body=body)])
        store = MemoryStore()
        async with running(worker(bus, Scripted(passes_on), store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert (letter.event_id, letter.document_id) == (broken.event_id, broken.key)
    assert any(key.startswith(f"documents/{broken.key}/links/") for key in store.objects)


async def test_a_reader_of_dead_letters_that_fails_does_not_feed_itself(url: str) -> None:
    async def act(_: Delivery) -> Sequence[Outgoing]:
        raise PermanentError("cannot", reason="cannot")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = MemoryStore()
        keeper = Scripted(act, name="keeper", consumes=(DeadLettered,))
        async with running(worker(bus, Scripted(act), store), worker(bus, keeper, store)):
            await finished(bus)
            await finished(bus, "keeper", [DeadLettered.event])
        told = await dead_letters(bus)
        kept = [item.letter async for item in list_dead_letters(store)]

    assert len(told) == 1
    assert sorted((letter.agent, letter.topic) for letter in kept) == [
        ("keeper", DeadLettered.event),
        ("reader", TOPIC),
    ]


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
            await asyncio.sleep(0.02)
            still_running = not run.done()
            gate.set()
        left = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        answers = await everything(bus, NEXT)

    assert still_running
    assert len(reader.seen) == len(answers) == BRISK.window
    assert left == 20 - BRISK.window
    assert store.objects == {}


async def test_what_does_not_finish_in_time_at_a_stop_is_abandoned_and_delivered_again(url: str) -> None:
    async def hang(_: Delivery) -> Sequence[Outgoing]:
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    async with opened(url) as bus:
        await bus.publish([event(0)])
        first = worker(bus, Scripted(hang), settings=replace(BRISK, drain=0.05))
        async with running(first):
            await until(lambda: first.counters.in_flight == 1)
        unread = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        again = Scripted(passes_on)
        async with running(worker(bus, again)):
            await finished(bus)

    assert unread == 1
    assert again.seen == [event(0).event_id]


async def test_cancelling_a_worker_is_not_swallowed(url: str) -> None:
    async def hang(_: Delivery) -> Sequence[Outgoing]:
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    async with opened(url) as bus:
        await bus.publish([event(0)])
        loop = worker(bus, Scripted(hang))
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
                await until(lambda: len(two.seen) >= 10)
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert sorted([*one.seen, *two.seen]) == sorted(event(n).event_id for n in range(60))
    assert len(answers) == 60
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

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            if failures:
                raise failures.pop()
            return [answer(delivery)]

        return await delivery.calls.call("feed.read", ask)

    async with opened(url) as bus:
        await bus.publish([event(0), Outgoing(TOPIC, "k", "x", b"{}")])
        from bus.breaker import Breakers

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
