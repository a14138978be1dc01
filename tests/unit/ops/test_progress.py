"""Where a submission rests: what came of it outranks that it was given up before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from bus.dead_letters import Failure, bury, identify, redrive
from bus.protocol import Bus, Record
from ops.progress import Awaited, End, end_of
from schemas.handling import Outgoing
from schemas.records import DeadLetterClass
from schemas.versions import decode
from store import keys
from store.parsing import DamagedObjectError
from store.submissions import submission_id_of
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


class Sent:
    """A bus that keeps what is published."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.messages += messages


def waited_for(document_id: str, dropped: Outgoing) -> Awaited:
    submission = submission_id_of(keys.inbox_bytes(document_id), document_id, dropped.event_id)
    return Awaited(document_id, dropped.event_id, submission)


async def given_up(workshop: Workshop, sent: Outgoing, agent: str) -> None:
    """Leave the dead letter of a message."""
    envelope = decode(sent.topic, sent.body)
    record = Record(sent.topic, 0, 7, sent.key, sent.body, workshop.now())
    failure = Failure(DeadLetterClass.EXHAUSTED, "exhausted", "nobody answered")
    identity = identify(record, envelope)
    await bury(workshop.store, record, identity, failure, agent=agent, now=workshop.now())


async def sent_again(workshop: Workshop, event_id: str) -> Sequence[Outgoing]:
    bus = Sent()
    await redrive(workshop.store, cast("Bus", bus), event_id, now=workshop.now())
    return bus.messages


async def test_what_intake_gave_up_and_was_sent_again_rests_where_it_came_to(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    wanted, store = waited_for(document_id, dropped), workshop.store

    await given_up(workshop, dropped, "intake")
    dead = await end_of(store, wanted)
    again = await sent_again(workshop, dropped.event_id)
    under_way = await end_of(store, wanted)
    await workshop.drive(again)

    assert (dead, under_way, await end_of(store, wanted)) == (End.DEAD_LETTERED, None, End.ACCEPTED)


async def test_what_an_agent_gave_up_and_was_sent_again_is_under_way(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    wanted, store = waited_for(document_id, dropped), workshop.store
    (submitted,) = await workshop.deliver(workshop.handler("intake"), dropped)

    await given_up(workshop, submitted, "gatekeeper")
    dead = await end_of(store, wanted)
    again = await sent_again(workshop, submitted.event_id)
    under_way = await end_of(store, wanted)
    await workshop.drive(again)

    assert (dead, under_way, await end_of(store, wanted)) == (End.DEAD_LETTERED, None, End.ACCEPTED)


async def test_an_outcome_that_is_damaged_is_named(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    await workshop.drive([dropped])
    key = next(k for k in workshop.store.objects if "/outcomes/" in k and "/validation/" in k)
    workshop.store.objects[key] = workshop.store.objects[key][:50]

    with pytest.raises(DamagedObjectError, match=key):
        await end_of(workshop.store, waited_for(document_id, dropped))
