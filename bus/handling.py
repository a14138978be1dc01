"""One message's way through a worker: decode, handle, publish; or a dead letter. The only broad catch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from bus import telemetry
from bus.breaker import Breaker, Breakers
from bus.dead_letters import Failure, Identity, announcement, bury, identify, position
from bus.deadline import Deadline
from bus.poison import Alone, Beside, PoisonGuard, Presence
from bus.protocol import Bus, Outgoing, Record
from bus.retry import Retrier, Steadfast
from bus.settings import WorkerSettings
from bus.solitude import Solitude
from bus.strikes import Strikes
from bus.telemetry import NO_FACTS, Counters, Facts, OnEvent, WorkerEvent
from schemas.errors import InvariantError, PermanentError, TransientError, UnreadableMessageError
from schemas.handling import Delivery, Handler, Try
from schemas.records import DeadLetterClass, DeadLettered
from schemas.versions import decode
from store.protocol import ObjectStore

log = structlog.get_logger("bus")

MOST_SENTENCE = 400
"""Characters of a foreign exception's text that are kept."""

_CLASS_OF_REASON = {
    "shape": DeadLetterClass.SHAPE,
    "unknown_major_version": DeadLetterClass.SHAPE,
    "source_refused": DeadLetterClass.SOURCE_REFUSED,
    "digest": DeadLetterClass.DIGEST,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a message's handling needs beside the message.

    Attributes:
        store: With every call made to wait until the store answers: it serves the loop, not handlers.
        steady: The same patience for calls of the bus.
    """

    bus: Bus
    handler: Handler
    store: ObjectStore
    steady: Steadfast
    settings: WorkerSettings
    breakers: Breakers
    solitude: Solitude
    guard: PoisonGuard
    now: Callable[[], datetime]
    counters: Counters
    on_event: OnEvent


class Handling:
    """Carries single messages; on return nothing of the message can be lost any more.

    No memory of finished event ids is kept: an outcome that exists is published again as it is,
    which costs one read, while a memory would swallow a redrive, which comes under its old id.
    """

    def __init__(self, surroundings: Surroundings, on_change: Callable[[], None]) -> None:
        self._of = surroundings
        self._on_change = on_change
        self.parked: dict[asyncio.Task[object], Breaker] = {}

    async def carry(self, record: Record, *, alone: bool) -> None:
        """Handle ``record`` and publish what comes of it, or dead-letter it.

        Raises:
            BusError: The bus refuses even the dead letter.
        """
        of = self._of
        try:
            envelope = decode(record.topic, record.body, received_at=record.timestamp)
        except UnreadableMessageError as error:
            await self._dead_letter(record, identify(record, None), _of_permanent(error, 1))
            return
        identity = identify(record, envelope)
        presence = Alone(of.solitude, of.guard, identity.event_id) if alone else Beside(of.solitude)
        calls = self._retrier(record, identity, presence)
        started = time.perf_counter()
        try:
            await presence.enter()
            result = self._condemned(presence) or await self._handle(
                Delivery(envelope, position(record), calls), calls
            )
        finally:
            calls.settle_probe()
            await presence.leave()
        failure = result if isinstance(result, Failure) else await self._publish(result)
        if failure is not None:
            await self._dead_letter(record, identity, failure)
        else:
            of.counters.handled += 1
            self._announce(telemetry.MESSAGE_HANDLED, record, identity, time.perf_counter() - started)
        if isinstance(presence, Alone):
            await presence.absolve()

    async def _handle(self, delivery: Delivery, calls: Retrier) -> Sequence[Outgoing] | Failure:
        """Run the handler, again after each time it was parked."""
        strikes = Strikes(self._of.breakers, self._of.settings.strikes)
        while True:
            deadline = Deadline(self._of.settings.deadline)
            calls.under(deadline)
            try:
                async with deadline:
                    outgoing = await self._of.handler.handle(delivery)
            except TransientError as error:
                breaker = self._of.breakers.of(error.target)
                if breaker is None or strikes.out(breaker, error, calls):
                    return Failure(DeadLetterClass.EXHAUSTED, "exhausted", str(error), _attempts(calls))
            except PermanentError as error:
                return _of_permanent(error, _attempts(calls))
            except Exception as error:  # noqa: BLE001  # the one broad catch: a defect costs its message only
                return self._unexpected(error, deadline, delivery, calls)
            else:
                # A probe that had failed at this target got past it now.
                calls.prove()
                return outgoing
            await calls.wait_behind(breaker)

    def _unexpected(
        self, error: Exception, deadline: Deadline, delivery: Delivery, calls: Retrier
    ) -> Failure:
        agent = self._of.handler.name
        if deadline.expired and isinstance(error, TimeoutError):
            last = f"; its last call was {calls.tries[-1].call}" if calls.tries else ""
            sentence = f"{agent} did not finish within {deadline.seconds:g} s{last}"
            return Failure(DeadLetterClass.DEADLINE, "deadline", sentence, _attempts(calls))
        kind = type(error).__name__
        log.error(
            telemetry.MESSAGE_DEFECT, agent=agent, event_id=delivery.envelope.id, kind=kind, exc_info=error
        )
        sentence = f"{agent} failed with {kind}: {error}"[:MOST_SENTENCE]
        return Failure(DeadLetterClass.DEFECT, "defect", sentence, _attempts(calls))

    def _condemned(self, presence: Presence) -> Failure | None:
        if not isinstance(presence, Alone) or presence.deaths < self._of.settings.deaths:
            return None
        sentence = f"{presence.deaths} processes died while they handled this message and nothing else"
        return Failure(DeadLetterClass.POISON, "poison", sentence, presence.deaths)

    async def _publish(self, outgoing: Sequence[Outgoing]) -> Failure | None:
        if outgoing:
            try:
                await self._send(outgoing)
            except PermanentError as error:
                return _of_permanent(error, 1)
            self._of.counters.published += len(outgoing)
        return None

    async def _send(self, outgoing: Sequence[Outgoing]) -> None:
        await self._of.steady.call("bus.publish", lambda: self._of.bus.publish(outgoing))

    async def _dead_letter(self, record: Record, identity: Identity, failure: Failure) -> None:
        """Write the object, then send the message about it; a dead letter about a dead letter is only kept.

        Whoever reads dead letters and can't would feed itself otherwise.
        """
        of = self._of
        letter, ref = await bury(of.store, record, identity, failure, agent=of.handler.name, now=of.now())
        if record.topic != DeadLettered.event:
            await self._send([announcement(letter, ref)])
        of.counters.dead_lettered += 1
        log.warning(
            telemetry.MESSAGE_DEAD_LETTERED,
            agent=letter.agent,
            event_id=letter.event_id,
            error_class=letter.error_class.value,
            reason=letter.reason,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            attempts=letter.attempts,
        )
        facts = {"error_class": letter.error_class.value, "reason": letter.reason}
        self._announce(telemetry.MESSAGE_DEAD_LETTERED, record, identity, None, facts)

    def _retrier(self, record: Record, identity: Identity, presence: Presence) -> Retrier:
        of = self._of

        def retried(failed: Try) -> None:
            of.counters.retried += 1
            facts: Facts = {"call": failed.call, "number": failed.number, "waited": failed.waited}
            self._announce(telemetry.MESSAGE_RETRIED, record, identity, failed.seconds, facts)

        @asynccontextmanager
        async def parking(breaker: Breaker) -> AsyncIterator[None]:
            await presence.leave()
            self._announce(telemetry.MESSAGE_PARKED, record, identity, None, {"target": breaker.target})
            with self._parked(breaker):
                yield
            await presence.enter()

        return Retrier(of.settings.retry, of.breakers, parking=parking, on_retry=retried)

    @contextmanager
    def _parked(self, breaker: Breaker) -> Iterator[None]:
        task = asyncio.current_task()
        if task is None:
            raise InvariantError("a message was parked outside of any task")
        counters = self._of.counters
        counters.parkings += 1
        counters.parked += 1
        self.parked[task] = breaker
        try:
            yield
        finally:
            counters.parked -= 1
            del self.parked[task]
            self._on_change()

    def _announce(
        self,
        name: str,
        record: Record,
        identity: Identity,
        seconds: float | None,
        facts: Facts = NO_FACTS,
    ) -> None:
        on_event = self._of.on_event
        if on_event is not telemetry.ignore:
            of = WorkerEvent(
                name,
                self._of.handler.name,
                position(record),
                identity.event_id,
                identity.document_id,
                seconds,
                facts,
            )
            on_event(of)


def _of_permanent(error: PermanentError, attempts: int) -> Failure:
    error_class = _CLASS_OF_REASON.get(error.reason, DeadLetterClass.PERMANENT)
    return Failure(error_class, error.reason, str(error), attempts)


def _attempts(calls: Retrier) -> int:
    """Return the tries made at the call that failed, or 1 for a handler that failed by itself."""
    last = calls.tries[-1] if calls.tries else None
    return last.number if last is not None and last.error is not None else 1
