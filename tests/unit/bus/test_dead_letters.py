from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bus.dead_letters import (
    Failure,
    announcement,
    bury,
    dead_letter_keys,
    identify,
    read_dead_letters,
    redrive,
)
from bus.protocol import Outgoing, Record
from schemas.canonical import derive_id
from schemas.errors import MissingObjectError
from schemas.records import DeadLetterClass, DeadLettered
from schemas.versions import INBOX, decode, payload_as
from store import keys
from store.memory import MemoryStore
from tests.contract.bus.support import AT, TOPIC, event

pytestmark = pytest.mark.anyio

FAILURE = Failure(DeadLetterClass.PERMANENT, "no_model", "the model is unknown", 2)


def record(message: Outgoing, *, offset: int = 7, partition: int = 1) -> Record:
    return Record(message.topic, partition, offset, message.key, message.body, AT)


async def test_a_dead_letter_holds_the_message_whole_and_says_so_in_the_documents_folder() -> None:
    store, message = MemoryStore(), event(0)
    read = record(message)
    identity = identify(read, decode(TOPIC, message.body))
    letter, ref = await bury(store, read, identity, FAILURE, agent="reader", now=AT)
    stored = json.loads(store.objects[ref.uri])

    assert letter.body == message.body
    assert stored["event_id"] == message.event_id
    assert stored["document_id"] == message.key
    assert stored["sentence"] == "the model is unknown"
    assert ref.uri == keys.dead_letter(message.event_id, 1)
    assert [key for key in store.objects if key.startswith(f"documents/{message.key}/links/")]


async def test_the_last_trail_of_the_run_is_named() -> None:
    store, message = MemoryStore(), event(0)
    envelope = decode(TOPIC, message.body)
    assert envelope.run is not None
    for attempt in (1, 2):
        await store.create(keys.trail(message.key, envelope.run, "reader", attempt), b"%d" % attempt)
    letter, ref = await bury(
        store, record(message), identify(record(message), envelope), FAILURE, agent="reader", now=AT
    )
    told = payload_as(decode(DeadLettered.event, announcement(letter, ref).body), DeadLettered)

    assert told.trail is not None
    assert told.trail.uri == keys.trail(message.key, envelope.run, "reader", 2)


async def test_the_same_death_is_written_once_and_another_death_beside_it() -> None:
    store, message = MemoryStore(), event(0)
    identity = identify(record(message), decode(TOPIC, message.body))
    first = await bury(store, record(message), identity, FAILURE, agent="reader", now=AT)
    again = await bury(store, record(message), identity, FAILURE, agent="reader", now=AT)
    elsewhere = await bury(store, record(message, offset=9), identity, FAILURE, agent="reader", now=AT)
    other_agent = await bury(store, record(message), identity, FAILURE, agent="other", now=AT)

    assert again == first
    assert announcement(*again).body == announcement(*first).body
    assert [elsewhere[0].number, other_agent[0].number] == [2, 3]


@pytest.mark.parametrize(
    "body", [b"\xff", b"[" * 100_000, b"[1]", b'{"id": "../../etc", "subject": 3}', b"{}"]
)
async def test_a_message_without_an_id_of_ours_gets_one_from_its_position(body: bytes) -> None:
    store = MemoryStore()
    read = Record(TOPIC, 3, 14, "k", body, AT)
    identity = identify(read, None)
    letter, ref = await bury(store, read, identity, FAILURE, agent="reader", now=AT)
    told = announcement(letter, ref)

    assert identity.event_id == derive_id("message", TOPIC, 3, 14)
    assert (identity.document_id, identity.run_id) == (None, None)
    assert told.key == identity.event_id
    assert decode(DeadLettered.event, told.body).subject == identity.event_id


async def test_a_stranger_on_the_inbox_names_no_document() -> None:
    message = replace(event(0), topic=INBOX)
    identity = identify(record(message), None)

    assert identity.event_id == message.event_id
    assert identity.document_id is None


async def test_deaths_are_listed_from_the_store_and_read_by_id() -> None:
    store = MemoryStore()
    for number in (0, 1):
        read = record(event(number))
        await bury(store, read, identify(read, None), FAILURE, agent="reader", now=AT)
    listed = await dead_letter_keys(store)
    one = await read_dead_letters(store, event(0).event_id)

    assert sorted(listed) == sorted((keys.dead_letter(event(n).event_id, 1), False) for n in (0, 1))
    assert [item.letter.event_id for item in one] == [event(0).event_id]


async def test_a_dead_letter_that_vanishes_while_it_is_read_is_named() -> None:
    class Vanishing(MemoryStore):
        async def list(self, prefix: str) -> AsyncIterator[str]:
            async for key in super().list(prefix):
                del self.objects[key]
                yield key

    store = Vanishing()
    read = record(event(0))
    await bury(store, read, identify(read, None), FAILURE, agent="reader", now=AT)

    with pytest.raises(MissingObjectError, match="0001"):
        await read_dead_letters(store, event(0).event_id)


class Sink:
    """Takes what is published."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def publish(self, messages: list[Outgoing]) -> None:
        self.sent += messages


async def test_what_two_agents_gave_up_on_is_sent_again_once() -> None:
    store, sink = MemoryStore(), Sink()
    read = record(event(0))
    for agent in ("reader", "other"):
        await bury(store, read, identify(read, None), FAILURE, agent=agent, now=AT)
    sent = await redrive(store, sink, event(0).event_id, now=AT, by="ada")  # type: ignore[arg-type]

    assert sent == 1
    assert sink.sent == [event(0)]
    assert json.loads(store.objects[keys.redrive_mark(event(0).event_id, 2)])["by"] == "ada"


async def test_what_never_died_cannot_be_sent_again() -> None:
    with pytest.raises(MissingObjectError):
        await redrive(MemoryStore(), Sink(), event(0).event_id, now=AT)  # type: ignore[arg-type]
