"""Gates: what is breached closes, what is closed is held whole, what is released goes on as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import cast

import pytest

from bus.protocol import Bus
from inference.tools.toolbox import StaleDataError
from ops.audit.costs import Costs
from ops.audit.hand_offs import Monitoring
from ops.audit.marks import Measure
from ops.audit.seen import Period, Way
from ops.audit.series import Series
from ops.audit.shift import Point
from ops.gates.checking import Breach, breaches, judged
from ops.gates.fresh import FreshServer
from ops.gates.holding import GateClosedError, Gated, UnknownGateError, release
from ops.gates.standing import (
    Closed,
    Released,
    Standing,
    held_counts,
    held_messages,
    keep_standing,
    load_standing,
)
from ops.gates.words import gate_lines, held_lines
from ops.operations import Action, Gate, Operations, load_operations
from ops.progress import Awaited, End, end_of
from ops.trace import load_trace
from schemas.decided import DecidedField
from schemas.handling import Handler, Outgoing
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.memory import MemoryStore
from store.registry import Registry, Statement
from store.retrying import RetryingStore
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import OneTry, Workshop, decision
from tests.unit.ops.served import Answering

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OTHER = "SLIP\nshop: Other Bakery Ltd\ntotal: 7.00\n"


def closed(action: Action = Action.HOLD, doc_type: str = "slip") -> Closed:
    return Closed(gate="odd", doc_type=doc_type, action=action, reason="total is 100 times as usual", at=NOW)


async def close_gate(workshop: Workshop, action: Action = Action.HOLD) -> None:
    one = closed(action)
    await keep_standing(workshop.store, Standing(closed={one.key: one}))


def behind_gates(workshop: Workshop) -> Workshop:
    """Put validation behind the gates, as the wiring does."""
    clock = count(step=100.0)

    def behind(handler: Handler) -> Handler:
        if handler.name != "validation":
            return handler
        return Gated(handler, workshop.store, workshop.now, clock=lambda: next(clock))

    workshop.handlers = tuple(behind(handler) for handler in workshop.handlers)
    return workshop


class Sent:
    """A bus that keeps what is published."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.messages += messages


async def test_a_closed_gate_holds_what_it_bars_and_a_release_sends_the_very_bytes_on(
    workshop: Workshop,
) -> None:
    behind_gates(workshop)
    await close_gate(workshop)
    document_id = await workshop.submit(SURE)

    ((key, held),) = [one async for one in held_messages(workshop.store)]
    assert (held.document_id, held.gate) == (document_id, "odd")
    assert workshop.events("records.completed") == []
    assert await held_counts(workshop.store) == {"odd": 1}
    submission = workshop.events("documents.submitted")[0]["submission_id"]
    assert await end_of(workshop.store, Awaited(document_id, None, submission)) is End.HELD
    trace = await load_trace(workshop.store, document_id)
    assert trace.headline.startswith("held by gate odd since")
    assert (trace.now, trace.next) == (
        "held by gate odd",
        "a person lets it go on: doctrail gates release odd",
    )

    bus = Sent()
    done = await release(workshop.store, cast("Bus", bus), "odd", by="ann", reason="a new currency", now=NOW)
    await workshop.drive(bus.messages)

    assert done.messages == 1
    assert key not in workshop.store.objects
    assert [event["status"] for event in workshop.events("records.completed")] == ["accepted"]
    assert (await load_standing(workshop.store)).released["odd/slip"].by == "ann"


async def test_what_is_held_while_a_gate_is_being_opened_is_sent_on_too(workshop: Workshop) -> None:
    behind_gates(workshop)
    await close_gate(workshop)
    await workshop.submit(SURE)

    class Opening(RetryingStore):
        """Lets one more document come to the gate just before it is opened."""

        async def replace(self, key: str, data: bytes) -> None:
            await workshop.submit(OTHER)
            await super().replace(key, data)

    bus, store = Sent(), Opening(workshop.store, OneTry())
    done = await release(store, cast("Bus", bus), "odd", by="ann", reason="known", now=NOW)

    assert (done.messages, len(bus.messages)) == (2, 2)
    assert await held_counts(workshop.store) == {}


async def test_a_redelivery_of_what_is_held_holds_it_once(workshop: Workshop) -> None:
    behind_gates(workshop)
    await close_gate(workshop)
    await workshop.submit(SURE)
    extracted = [sent for sent in workshop.published if sent.topic == "documents.extracted"]
    await workshop.drive(extracted)

    assert await held_counts(workshop.store) == {"odd": 1}


async def test_what_people_decided_and_other_types_pass_a_closed_gate(workshop: Workshop) -> None:
    behind_gates(workshop)
    document_id = await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal? 9.00\n")
    await close_gate(workshop)
    total = DecidedField(name="total", raw="9.00", value="9.00")
    await workshop.decide(decision(workshop, document_id, fields=(total,)))
    rejected = await workshop.submit("REFUSE empty")
    one = closed(doc_type="lease")
    await keep_standing(workshop.store, Standing(closed={one.key: one}))
    other = await workshop.submit(OTHER)

    done = {event["record_id"] for event in workshop.events("records.completed")}
    assert done == {document_id, rejected, other}


async def test_a_gate_that_stops_stops_the_agent_and_gives_no_message_up(workshop: Workshop) -> None:
    behind_gates(workshop)
    await close_gate(workshop, Action.STOP)

    with pytest.raises(GateClosedError, match="doctrail gates release odd"):
        await workshop.submit(SURE)
    assert await held_counts(workshop.store) == {}


async def test_a_gate_that_is_not_closed_cannot_be_released(workshop: Workshop) -> None:
    with pytest.raises(UnknownGateError, match="closed: none"):
        await release(workshop.store, cast("Bus", Sent()), "odd", by="a", reason="b", now=NOW)


TODAY = NOW.date()


def breach(action: Action, day: date = TODAY) -> Breach:
    return Breach(Gate(name="odd", check="distribution", action=action), "slip", "total is odd", day)


def test_a_gate_that_warns_opens_by_itself_and_one_that_holds_waits_for_a_person() -> None:
    held = judged(Standing(), [breach(Action.HOLD)], NOW)

    assert list(judged(held, [], NOW).closed) == ["odd/slip"]
    assert judged(judged(Standing(), [breach(Action.WARN)], NOW), [], NOW).warned == ()
    assert judged(Standing(), [breach(Action.WARN)], NOW).closed == {}


async def test_what_was_released_closes_no_gate_again_but_what_begins_later_does(workshop: Workshop) -> None:
    await close_gate(workshop)
    await release(workshop.store, cast("Bus", Sent()), "odd/slip", by="ann", reason="known", now=NOW)
    standing = await load_standing(workshop.store)

    assert judged(standing, [breach(Action.HOLD)], NOW).closed == {}
    later = breach(Action.HOLD, NOW.date() + timedelta(days=1))
    assert list(judged(standing, [later], NOW).closed) == ["odd/slip"]


def empty_shops(*days: int) -> Series:
    """Return a series of records without a shop, as many days after today each."""
    points = [Point(TODAY + timedelta(days=day), place, value=True) for place, day in enumerate(days)]
    until = NOW + timedelta(days=max(days))
    period = Period(NOW - timedelta(days=30), until, ways={"d": Way("d", NOW, doc_type="slip")})
    return Series(period, TODAY, Costs({"slip.shop": 5.0}), {Measure("field.null", "slip", "shop"): points})


def test_records_of_before_a_release_do_not_close_a_gate_again_with_the_next_one_that_comes() -> None:
    gate = Gate(name="odd", check="completeness", action=Action.HOLD)
    released = Released(at=NOW, by="ann", reason="known", messages=0)
    standing = Standing(released={"odd/slip": released})

    def after(*days: int) -> list[str]:
        return list(judged(standing, breaches([gate], empty_shops(*days), Monitoring()), NOW).closed)

    assert after(*[-1] * 49, 1) == []
    assert after(*[-1] * 49, *[1] * 50) == ["odd/slip"]


async def test_the_list_tells_what_is_closed_what_is_held_and_how_to_open_it(workshop: Workshop) -> None:
    behind_gates(workshop)
    await close_gate(workshop)
    await workshop.submit(SURE)
    gates = Operations(gate=(Gate(name="other", check="volume"),)).gate

    lines = gate_lines(gates, await load_standing(workshop.store), await held_counts(workshop.store), NOW)

    assert lines[0].startswith("1 gate closed, 1 document held")
    assert lines[1] == "CLOSED  odd, slip (hold): total is 100 times as usual"
    assert lines[2].endswith("1 document held: doctrail gates release odd/slip")
    assert lines[3] == "open    other, every type: volume, warn"
    assert "total is 100 times" in held_lines([held async for _, held in held_messages(workshop.store)])[0]
    assert held_lines([]) == ["nothing is held"]


def test_what_ships_only_warns() -> None:
    assert {gate.action for gate in load_operations(None).gate} == {Action.WARN}
    assert {gate.check for gate in load_operations(None).gate} == {
        "completeness",
        "freshness",
        "volume",
        "distribution",
        "referential",
    }


async def test_a_tool_whose_data_are_too_old_gives_no_answer_and_loading_them_again_mends_it() -> None:
    store = MemoryStore()
    part = await publish_part(store, "db", b"vendors")
    known = await publish_knowledge(store, Knowledge(parts={"db": part}, told={}))

    async def load(at: datetime) -> None:
        await Registry(store).append(SLOT, Statement(at=at, what=known, mark="approved", by="ann"))

    await load(NOW - timedelta(days=45))
    server = FreshServer("db", Answering(), store, 30, lambda: NOW)
    arguments = {"snapshot": part.sha256, "name": "x"}

    with pytest.raises(StaleDataError, match="reference data db are 45 days old, 30 are allowed"):
        await server.call("lookup_vendor", arguments)
    await load(NOW - timedelta(days=2))
    assert (await server.call("lookup_vendor", arguments)).content == {"status": "found"}
