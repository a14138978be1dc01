"""The outbox beside a library that answers when the test says so."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, RecordListTooLargeError

from bus.kafka_address import KafkaOptions, parse_address
from bus.kafka_producer import Outbox
from bus.protocol import BusError, Outgoing
from schemas.errors import TransientError

pytestmark = pytest.mark.anyio

MESSAGE = Outgoing("t", "k", "e1", b"body")


class Library:
    """Stands for the library's producer: hands out futures, and forgets nothing."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, asyncio.Future[None]]] = []
        self.stopped = False

    async def send(
        self, topic: str, body: bytes, key: bytes, partition: int, at: int
    ) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent.append((body, future))
        return future

    async def stop(self) -> None:
        self.stopped = True


async def unknown(topic: str) -> int:
    raise BusError(f"topic {topic!r} does not exist")


def outbox(patience: float) -> tuple[Outbox, Library]:
    address = parse_address("kafka://b", KafkaOptions(patience=patience, max_message=10_000))
    made, library = Outbox(address, {"t": 1}, unknown), Library()
    made._producer = library
    return made, library


async def test_what_was_not_acknowledged_in_time_is_waited_for_and_not_sent_again() -> None:
    box, library = outbox(0.01)
    with pytest.raises(TransientError, match="did not acknowledge"):
        await box.send([MESSAGE], 0)
    async with asyncio.TaskGroup() as tasks:
        box._address = parse_address("kafka://b", KafkaOptions(patience=10.0))
        again = tasks.create_task(box.send([MESSAGE], 0))
        await asyncio.sleep(0)
        library.sent[0][1].set_result(None)

    assert again.done()
    assert [body for body, _ in library.sent] == [b"body"]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(box.send([MESSAGE], 0))
        await asyncio.sleep(0)
        library.sent[-1][1].set_result(None)
    assert len(library.sent) == 2


async def test_a_publisher_that_is_cancelled_leaves_its_message_to_whoever_publishes_it_again() -> None:
    box, library = outbox(10.0)
    publisher = asyncio.ensure_future(box.send([MESSAGE], 0))
    await asyncio.sleep(0)
    publisher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publisher
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(box.send([MESSAGE], 0))
        await asyncio.sleep(0)
        library.sent[0][1].set_result(None)

    assert len(library.sent) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(KafkaConnectionError("gone"), TransientError), (RecordListTooLargeError(), BusError)],
)
async def test_after_a_failure_the_producer_is_replaced(failure: Exception, kind: type[Exception]) -> None:
    box, library = outbox(10.0)

    async def answer() -> None:
        await asyncio.sleep(0)
        library.sent[0][1].set_exception(failure)

    with pytest.raises(kind):
        await asyncio.gather(box.send([MESSAGE], 0), answer())
    await box.close()

    assert box._producer is None
    assert library.stopped


async def test_what_no_broker_would_take_is_refused_before_it_is_sent() -> None:
    box, library = outbox(10.0)
    with pytest.raises(BusError, match="message e2 has 9001 bytes, more than 8976"):
        await box.send([Outgoing("t", "k", "e2", b"x" * 9000)], 0)
    with pytest.raises(BusError, match="topic 'nowhere' does not exist"):
        await box.send([Outgoing("nowhere", "k", "e3", b"x")], 0)

    assert library.sent == []
