"""Results and outcomes: whoever comes second, and whoever comes back, publishes the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from schemas.canonical import derive_id
from schemas.classification import Classification
from schemas.documents import DocumentClassified, DocumentExtracted
from schemas.errors import TransientError
from schemas.handling import Delivery, Position, Try
from schemas.message import Message, new_traceparent, seal
from store import keys
from store.artifacts import ContractError
from store.memory import MemoryStore, SimulatedCrash
from store.parsing import DamagedObjectError
from store.retrying import RetryingStore
from store.sealed import broken_seal
from store.stages import Outcome, keep_result, recall_outcome, recall_result, settle, stage_key
from store.trail import AttemptRecord, Trail
from tests.unit.store import made

pytestmark = pytest.mark.anyio
T = TypeVar("T")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class AgainAndAgain:
    """A retry owner that tries at once until it works."""

    tries: tuple[Try, ...] = ()

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        del name
        while True:
            with suppress(TransientError):
                return await function()


class OneTry:
    """A retry owner that tries once."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        self.tries.append(Try(name, 1, 0.25))
        return await function()


def delivery(event: str = "e1") -> Delivery:
    message = DocumentClassified(run_id=made.RUN, route="extract", result=made.ref(made.CLASSIFICATION_KEY))
    event_id = derive_id(event)
    envelope = seal(
        message,
        event_id=event_id,
        source="doctrail/gatekeeper",
        subject=made.DOCUMENT,
        time=NOW,
        traceparent=new_traceparent(event_id),
    )
    return Delivery(envelope, Position(message.event, 0, 7), OneTry())


def extracted() -> tuple[str, Message]:
    result, classification = made.ref(made.EXTRACTION_KEY), made.ref(made.CLASSIFICATION_KEY)
    return made.DOCUMENT, DocumentExtracted(run_id=made.RUN, result=result, classification=classification)


async def settled(store: MemoryStore, *, now: datetime = NOW, messages: int = 2) -> Outcome:
    return await settle(
        store,
        delivery(),
        document_id=made.DOCUMENT,
        run_id=made.RUN,
        stage="extraction",
        result=made.ref(made.EXTRACTION_KEY),
        messages=[extracted()] * messages,
        now=now,
    )


async def test_a_redelivered_message_publishes_the_same_bytes() -> None:
    store = MemoryStore()

    first = await settled(store)
    later = await settled(store, now=NOW + timedelta(hours=1))
    recalled = await recall_outcome(store, made.DOCUMENT, made.RUN, "extraction", derive_id("e1"))

    assert first == later == recalled
    assert first.outgoing() == later.outgoing()


async def test_the_loser_of_a_race_publishes_the_winners_bytes() -> None:
    store = MemoryStore()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(settled(store, now=NOW + timedelta(seconds=n))) for n in range(6)]

    assert len({task.result().outgoing() for task in tasks}) == 1
    assert len([key for key in store.objects if "/outcomes/" in key]) == 1


async def test_each_message_has_an_id_that_follows_from_the_outcome_and_its_place() -> None:
    outcome = await settled(MemoryStore())
    key = keys.outcome(made.DOCUMENT, made.RUN, "extraction", derive_id("e1"))

    assert [sent.event_id for sent in outcome.outgoing()] == [derive_id("event", key, n) for n in (0, 1)]
    assert [(sent.topic, sent.key) for sent in outcome.outgoing()] == [
        ("documents.extracted", made.DOCUMENT)
    ] * 2


async def test_an_outcome_without_messages_is_an_outcome() -> None:
    store = MemoryStore()

    assert (await settled(store, messages=0)).outgoing() == ()
    found = await recall_outcome(store, made.DOCUMENT, made.RUN, "extraction", derive_id("e1"))
    assert found is not None


async def test_an_event_not_handled_yet_has_no_outcome() -> None:
    assert await recall_outcome(MemoryStore(), made.DOCUMENT, made.RUN, "extraction", "e") is None


async def test_a_crash_after_the_outcome_was_written_changes_nothing_of_it() -> None:
    store = MemoryStore()
    store.fail("create", "/outcomes/", moment="after", error=SimulatedCrash)
    with pytest.raises(SimulatedCrash):
        await settled(store)

    again = await settled(store, now=NOW + timedelta(days=1))

    assert '"time":"2026-11-21T09:00:00Z"' in again.messages[0].body


async def test_a_damaged_outcome_is_named_and_never_published() -> None:
    store = MemoryStore()
    await settled(store)
    (key,) = [key for key in store.objects if "/outcomes/" in key]
    store.objects[key] = store.objects[key][:-20]

    with pytest.raises(DamagedObjectError, match="/outcomes/"):
        await recall_outcome(store, made.DOCUMENT, made.RUN, "extraction", derive_id("e1"))


async def test_a_result_is_shared_and_the_second_to_find_it_uses_the_first() -> None:
    store = MemoryStore()
    value = made.CLASSIFICATION
    other = value.model_copy(update={"confidence": 0.5})

    kept = await keep_result(store, made.DOCUMENT, "gatekeeper", made.KEY, value)
    lost = await keep_result(store, made.DOCUMENT, "gatekeeper", made.KEY, other)

    assert kept == lost
    assert await recall_result(store, made.DOCUMENT, "gatekeeper", made.KEY, Classification) == kept
    assert await recall_result(store, made.DOCUMENT, "gatekeeper", "another", Classification) is None


async def test_a_crash_between_result_and_outcome_is_settled_on_the_same_result() -> None:
    store = MemoryStore()
    _, ref = await keep_result(store, made.DOCUMENT, "gatekeeper", made.KEY, made.CLASSIFICATION)
    store.fail("create", "/outcomes/", moment="before", error=SimulatedCrash)
    with pytest.raises(SimulatedCrash):
        await settled(store)

    found = await recall_result(store, made.DOCUMENT, "gatekeeper", made.KEY, Classification)
    await settled(store)

    assert found == (made.CLASSIFICATION, ref)


async def test_a_result_that_breaks_its_contract_is_not_kept() -> None:
    store = MemoryStore()
    wrong = made.CLASSIFICATION.model_copy(update={"scores": made.CLASSIFICATION.scores[::-1]})

    with pytest.raises(ContractError, match="best first"):
        await keep_result(store, made.DOCUMENT, "gatekeeper", made.KEY, wrong)
    assert store.objects == {}


async def test_a_result_without_a_contract_carries_its_own_digest_and_comes_back_without_it() -> None:
    store = MemoryStore()

    kept = await keep_result(store, made.DOCUMENT, "reading", made.KEY, made.QUALITY)
    again = await keep_result(store, made.DOCUMENT, "reading", made.KEY, made.QUALITY)

    assert kept == again == await recall_result(store, made.DOCUMENT, "reading", made.KEY, type(made.QUALITY))
    assert broken_seal(store.objects[kept[1].uri]) is None
    assert broken_seal(store.objects[kept[1].uri].replace(b"0.9", b"0.8")) is not None


def test_a_stage_key_follows_from_inputs_parts_and_version_alone() -> None:
    key = stage_key("extraction", 1, "input", {"prompt": "p"})

    assert key == stage_key("extraction", 1, "input", {"prompt": "p"})
    assert key not in {
        stage_key("extraction", 2, "input", {"prompt": "p"}),
        stage_key("validation", 1, "input", {"prompt": "p"}),
        stage_key("extraction", 1, "input", {"prompt": "q"}),
    }


def trail_of(event: str = "e1", of: Delivery | None = None) -> Trail:
    clock = iter(range(100))
    return Trail(
        document_id=made.DOCUMENT,
        run_id=made.RUN,
        stage="extraction",
        delivery=of or delivery(event),
        now=lambda: NOW,
        clock=lambda: float(next(clock)),
    )


async def test_an_attempt_is_written_whole_under_the_next_free_number() -> None:
    store = MemoryStore()
    trail = trail_of()
    await trail._delivery.calls.call("model.complete", lambda: asyncio.sleep(0))
    trail.inputs["original"] = made.ref(keys.original(made.DOCUMENT))
    trail.step("decision", "routed", seconds=0.5, total="0.93 ≥ 0.88")

    first = await trail.close(store, "computed")
    second = await trail_of().close(store, "failed", error="PermanentError: no")

    assert [first.uri[-9:], second.uri[-9:]] == ["0001.json", "0002.json"]
    attempt = AttemptRecord.model_validate_json(await store.read(first))
    assert (attempt.attempt, attempt.ended, attempt.event_id, attempt.offset) == (
        1,
        "computed",
        derive_id("e1"),
        7,
    )
    assert attempt.steps[0].data == {"total": "0.93 ≥ 0.88"}
    assert attempt.tries[0].call == "model.complete"
    assert broken_seal(store.objects[first.uri]) is None


async def test_a_message_that_is_handled_again_tells_each_of_its_tries_once() -> None:
    store, waiting = MemoryStore(), delivery("e1")
    written = []
    for call in ("first", "second", "third"):
        trail = trail_of(of=waiting)
        await waiting.calls.call(call, lambda: asyncio.sleep(0))
        if call == "second":
            store.fail("create", "trail")
            with pytest.raises(TransientError):
                await trail.close(store, "failed", error="the store was away")
        else:
            written.append(await trail.close(store, "computed"))
    attempts = [AttemptRecord.model_validate_json(await store.read(one)) for one in written]

    assert [[one.call for one in attempt.tries] for attempt in attempts] == [["first"], ["second", "third"]]


async def test_an_attempt_whose_answer_was_lost_is_written_once() -> None:
    store = MemoryStore()
    store.fail("create", "trail", moment="after")
    written = await trail_of().close(RetryingStore(store, AgainAndAgain()), "computed")

    assert list(store.objects) == [written.uri]


async def test_an_attempt_goes_to_the_next_number_where_a_dead_server_half_keeps_one() -> None:
    store = MemoryStore()
    key = keys.trail(made.DOCUMENT, made.RUN, "extraction", 1)
    store.half_kept[key] = b"of a process that died"
    written = await trail_of().close(store, "computed")

    assert written.uri == keys.trail(made.DOCUMENT, made.RUN, "extraction", 2)
    assert AttemptRecord.model_validate_json(await store.read(written)).attempt == 2
