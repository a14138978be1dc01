"""What can't be handled becomes one dead letter that says why, and the next message is handled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bus.dead_letters import redrive
from bus.protocol import Outgoing
from schemas.errors import DigestMismatchError, PermanentError, TransientError, UnusableError
from schemas.handling import Delivery
from schemas.records import DeadLetterClass, DeadLettered
from schemas.versions import decode, payload_as
from store.memory import MemoryStore
from tests.contract.bus.handlers import Scripted, answer, calling, passes_on, refuses
from tests.contract.bus.support import (
    AT,
    NEXT,
    TOPIC,
    dead_letters,
    event,
    everything,
    finished,
    list_dead_letters,
    opened,
    running,
    worker,
)

pytestmark = pytest.mark.anyio


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


async def test_a_part_that_is_unusable_stops_the_worker_and_costs_no_message_however_often(url: str) -> None:
    broken = True

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if broken:
            raise UnusableError("the catalog is damaged; rebuild it", reason="damaged")
        return await passes_on(delivery)

    async with opened(url) as bus:
        await bus.publish([event(0), event(1)])
        store = MemoryStore()
        for _ in range(5):
            with pytest.raises(UnusableError, match="rebuild it"):
                await worker(bus, Scripted(act), store).run(asyncio.Event())
        broken = False
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert [item async for item in list_dead_letters(store)] == []
    assert sorted(a.body.decode() for a in answers) == sorted([event(0).event_id, event(1).event_id])


async def test_a_call_that_outlasts_its_tries_at_an_unguarded_target_names_them(url: str) -> None:
    act = calling("feed.read", lambda _: TransientError("the feed answered 503", target="feed"))

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
    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, reader = MemoryStore(), Scripted(refuses)
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
