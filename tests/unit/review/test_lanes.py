"""What is drawn, with what probability; what a minute is worth; who is asked once however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from review.people.secret import shared_secret
from review.pipeline.rates import STANDS, RaisedRate, Rates, raise_rate
from review.pipeline.worth import Worth, worth_of_type
from review.queue.history import Wanted
from review.queue.lanes import PRIMARY, Lane, LanePolicy, draw
from review.queue.tasks import TaskState
from store.memory import MemoryStore
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.review.api import EVERYTHING, FIELDS, Desk, open_desk

pytestmark = pytest.mark.anyio

POLICY = LanePolicy(audit_rate=0.2, all_fields_share=0.1, double_share=0.3, blind_share=0.1)


def test_the_same_run_is_drawn_the_same_and_another_key_draws_others() -> None:
    runs = [f"run-{number}" for number in range(400)]
    first = [draw(POLICY, b"one", run, "slip", FIELDS, None) for run in runs]

    assert first == [draw(POLICY, b"one", run, "slip", FIELDS, None) for run in runs]
    assert first != [draw(POLICY, b"two", run, "slip", FIELDS, None) for run in runs]


@pytest.mark.parametrize("doubtful", [None, ["total"]])
def test_fields_are_asked_as_often_as_their_inclusion_says(doubtful: list[str] | None) -> None:
    runs = 6000
    drawn = [draw(POLICY, b"key", f"run-{number}", "slip", FIELDS, doubtful) for number in range(runs)]
    counting = [[lane.asked for lane in one.lanes if lane.lane in PRIMARY] for one in drawn]
    asked = {name: sum(any(name in lane for lane in one) for one in counting) / runs for name in FIELDS}

    for name in FIELDS:
        assert asked[name] == pytest.approx(drawn[0].inclusion[name], abs=0.02)


def test_rates_differ_by_type() -> None:
    policy = LanePolicy(audit_rate=0.0, audit_rates={"lease": 1.0})

    assert draw(policy, b"k", "r", "slip", FIELDS, None).lanes == ()
    assert draw(policy, b"k", "r", "lease", FIELDS, None).lanes[0].lane is Lane.AUDIT


def test_a_document_of_unknown_type_is_routed_and_nothing_else() -> None:
    drawn = draw(EVERYTHING, b"k", "r", "unknown", (), ())

    assert [(one.lane, one.asked) for one in drawn.lanes] == [(Lane.ROUTED, ())]


def test_waiting_raises_the_rank_and_age_alone_can_be_chosen() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    worth = Worth(1.0, "")

    assert worth.rank(at - timedelta(hours=1), "value") > worth.rank(at, "value")
    assert Worth(99.0, "").rank(at, "oldest") == worth.rank(at, "oldest")
    assert worth_of_type(0.2).a_minute > worth_of_type(0.9).a_minute


def test_a_queue_that_goes_by_age_takes_its_turn_among_those_that_go_by_value() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    aged = Worth(0.0, "").rank(at, "oldest")

    assert Worth(0.1, "").rank(at, "value") < aged < Worth(50.0, "").rank(at, "value")


async def test_a_type_has_its_own_due_times(folder: Path) -> None:
    policy = replace(EVERYTHING, dues={("slip", Lane.ROUTED): timedelta(hours=2)})
    async with open_desk(folder, policy=policy) as desk:
        await desk.workshop.submit(DOUBTFUL)
        waits = {
            one.task.lane: one.task.due_at - one.task.requested_at
            for one in await desk.queue.list_tasks(Wanted())
        }

    assert waits == {
        Lane.ROUTED: timedelta(hours=2),
        Lane.DOUBLE: timedelta(hours=72),
        Lane.BLIND: timedelta(hours=72),
    }


async def test_a_message_is_drawn_by_the_rate_of_its_time() -> None:
    store, night = MemoryStore(), datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
    rates = Rates(store)
    assert await rates.at(night) == 0.0
    await raise_rate(store, RaisedRate(at=night, rate=0.5))
    again = await raise_rate(store, RaisedRate(at=night + timedelta(hours=2), rate=0.9))
    await raise_rate(store, RaisedRate(at=night + timedelta(days=1), rate=0.0))

    assert again.rate == 0.5
    assert [await rates.at(night + timedelta(hours=hours)) for hours in (1, 25, -1)] == [0.5, 0.0, 0.0]
    assert await Rates(store).at(night + STANDS + timedelta(days=1)) == 0.0


def test_a_raised_rate_leaves_alone_what_is_never_audited() -> None:
    policy = LanePolicy(audit_rate=0.02, audit_rates={"lease": 0.0, "invoice": 0.7})

    assert policy.at_least(0.0) is policy
    raised = policy.at_least(0.5)
    assert [raised.audit_rate_of(name) for name in ("receipt", "lease", "invoice")] == [0.5, 0.0, 0.7]


async def test_a_night_that_raises_the_rate_makes_more_audits_of_what_comes_after(folder: Path) -> None:
    rare = LanePolicy(audit_rate=1e-9, all_fields_share=0.0, double_share=0.0, blind_share=0.0, quotas={})
    async with open_desk(folder, policy=rare) as desk:
        await desk.workshop.submit(SURE)
        await raise_rate(desk.workshop.store, RaisedRate(at=desk.workshop.now(), rate=1.0))
        desk.workshop.time += timedelta(minutes=2)
        await desk.workshop.submit(SURE.replace("9.00", "4.00"))
        asked = [one.task for one in await desk.queue.list_tasks(Wanted())]

    assert [(one.lane, one.inclusion["total"]) for one in asked] == [(Lane.AUDIT, 1.0)]


async def test_a_secret_is_made_once() -> None:
    store = MemoryStore()

    assert await shared_secret(store, "audit") == await shared_secret(store, "audit")
    assert await shared_secret(store, "audit") != await shared_secret(store, "pages")


async def listed(desk: Desk) -> list[tuple[Lane, TaskState]]:
    return sorted((one.task.lane, one.task.state) for one in await desk.queue.list_tasks(Wanted()))


async def test_messages_that_come_again_ask_nobody_twice(folder: Path) -> None:
    async with open_desk(folder, policy=EVERYTHING) as desk:
        await desk.workshop.submit(DOUBTFUL)
        # Of the same shop and total it would be a possible duplicate.
        await desk.workshop.submit(SURE.replace("9.00", "4.00"))
        before = await listed(desk)
        consumer = desk.workshop.handler("review")
        for sent in list(desk.workshop.published):
            if any(kind.event == sent.topic for kind in consumer.consumes):
                assert await desk.workshop.deliver(consumer, sent) == ()

        assert await listed(desk) == before
        assert [lane for lane, _ in before].count(Lane.AUDIT) == 1
        assert [lane for lane, _ in before].count(Lane.ROUTED) == 1
        assert [lane for lane, _ in before].count(Lane.BLIND) == 2
