from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from bus.connect import connect
from bus.dead_letters import DeadLetterObject
from ops.answered import handled_since
from ops.dlq import (
    UnknownDeadLetterError,
    dead_letter_rows,
    dead_letter_text,
    dead_letters,
    find_deaths,
    redrive_deaths,
)
from ops.trace import load_trace
from schemas.versions import decode
from store import keys
from store.memory import MemoryStore
from tests.unit.ops import documents, receipt
from tests.unit.ops.clock import START

pytestmark = pytest.mark.anyio


async def test_an_open_dead_letter_is_listed_with_its_sentence() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)

    (row,) = dead_letter_rows([death async for death in dead_letters(store)])

    assert row[2:] == (
        "extraction",
        "exhausted",
        made.document_id[:8],
        "open",
        "model endpoint did not answer within 10 s",
    )


async def test_a_dead_letter_is_shown_with_the_message_that_died() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)
    event_id = next(key for key in store.objects if key.startswith("dead_letters/")).split("/")[1]

    text = dead_letter_text(await find_deaths(store, event_id[:8]))

    assert text.startswith("exhausted at extraction: model endpoint did not answer within 10 s\n")
    assert f'"subject": "{made.document_id}"' in text
    assert f"next      doctrail dlq redrive {event_id}" in text


async def test_a_documents_dead_letters_are_found_by_the_document() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)

    (death,) = await find_deaths(store, made.document_id[:10])

    assert death.stands == "open"


async def test_an_unknown_dead_letter_is_refused() -> None:
    with pytest.raises(UnknownDeadLetterError, match="no dead letter begins with 'abc'; see"):
        await find_deaths(MemoryStore(), "abc")


@pytest.mark.parametrize("named", [True, False])
async def test_a_redriven_message_is_on_its_way_again_and_no_longer_open(tmp_path: Path, named: bool) -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)
    event_id = next(key for key in store.objects if key.startswith("dead_letters/")).split("/")[1]
    bus = connect(f"sqlite:///{tmp_path}/bus.db", now=lambda: START)
    await bus.ensure_topics(["documents.classified"])

    done = await redrive_deaths(store, bus, event_id if named else None, now=START, by="mia")
    lag = await bus.lag("extraction", ["documents.classified"])
    await bus.close()

    assert (done.event_ids, done.messages) == ((event_id,), 1)
    assert lag["documents.classified"].unread == 1
    assert [death async for death in dead_letters(store)] == []
    assert [death.stands async for death in dead_letters(store, closed=True)] == ["sent again"]
    trace = await load_trace(store, made.document_id)
    assert trace.headline.startswith("on its way: classified as receipt, waits for extraction")


async def test_an_outcome_that_came_later_outranks_the_death() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)
    (death,) = [death async for death in dead_letters(store)]
    assert death.letter is not None
    event = decode(death.letter.topic, death.letter.body)
    found = receipt.extraction(made.document_id, receipt.fields())
    await made.office.extracts(made.runs[0], event, found, receipt.layout())

    assert [death.stands async for death in dead_letters(store, closed=True)] == ["handled since"]
    trace = await load_trace(store, made.document_id)
    assert [letter.open for letter in trace.dead_letters] == [False]


async def test_a_dead_letter_that_can_not_be_read_is_listed_as_such() -> None:
    store = MemoryStore()
    await documents.dead_lettered(store)
    key = next(key for key in store.objects if key.startswith("dead_letters/"))
    await store.replace(key, store.objects[key][:40])

    found = [death async for death in dead_letters(store)]

    assert [death.stands for death in found] == ["unreadable"]
    assert dead_letter_rows(found)[0][-1] == "the object can't be read"
    assert "can't be read" in dead_letter_text(found)


async def test_the_list_and_the_trace_agree_on_what_was_handled_since_in_whatever_run() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)
    (letter,) = [death.letter async for death in dead_letters(store)]
    assert letter is not None
    other_run = "00000000-0000-5000-8000-00000000000a"

    before = (await load_trace(store, made.document_id)).dead_letters[0].open
    await store.create(keys.outcome(made.document_id, other_run, letter.agent, letter.event_id), b"{}")
    after = (await load_trace(store, made.document_id)).dead_letters[0].open

    assert (before, after) == (True, False)
    assert [death.stands async for death in dead_letters(store, closed=True)] == ["handled since"]


@pytest.mark.parametrize(
    ("data", "handled"),
    [
        ({"ref": {"sha256": "a" * 64}}, True),
        ({"document_id": "a" * 64, "cause_id": "c"}, True),
        ({"ref": {"sha256": "b" * 64}}, False),
        ({"uri": "s3://bucket/a.pdf"}, False),
        ({"ref": {"sha256": "../../a"}}, False),
        (None, False),
    ],
)
async def test_an_inbox_message_is_handled_once_intake_has_let_its_document_in(
    data: object, handled: bool
) -> None:
    store, event = MemoryStore(), "00000000-0000-5000-8000-0000000000ee"
    await documents.dead_lettered(store)
    (died,) = [death.letter async for death in dead_letters(store) if death.letter]
    body = base64.b64encode(json.dumps({"data": data}).encode())
    letter = DeadLetterObject.model_validate(
        died.model_dump() | {"document_id": None, "agent": "intake", "event_id": event, "body": body}
    )
    await store.create(keys.outcome("a" * 64, "00000000-0000-5000-8000-00000000000a", "intake", event), b"{}")

    assert await handled_since(store, letter) is handled
