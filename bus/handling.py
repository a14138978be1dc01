"""One message's way through a worker: decode, handle, publish; or a dead letter. The only broad catch."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from bus import telemetry
from bus.breaker import Breaker, Breakers
from bus.dead_letters import Failure, Identity, announcement, bury, identify, position
from bus.deadline import Deadline, Watch
from bus.in_hand import InHand
from bus.poison import Alone, Beside, PoisonGuard, Presence
from bus.protocol import Bus, Outgoing, Record
from bus.retry import Retrier, Steadfast
from bus.settings import WorkerSettings
from bus.solitude import Solitude
from bus.strikes import Strikes
from bus.telemetry import NO_FACTS, Counters, Facts, OnEvent, WorkerEvent
from bus.verdicts import MOST_SENTENCE, attempts_of, decoded, essence, of_deaths, of_permanent
from schemas.errors import PermanentError, TransientError, UnusableError
from schemas.handling import Delivery, Handler, Position, Try
from schemas.records import DeadLetterClass, DeadLettered
from store.protocol import ObjectStore

log = structlog.get_logger("bus")


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
        self.counters = surroundings.counters
        self.parked: dict[Position, Breaker] = {}
        self._watch = Watch()

    async def carry(self, record: Record, *, alone: bool, on_wait: Callable[[bool], None]) -> None:
        """Handle ``record`` and publish what comes of it, or dead-letter it.

        Args:
            record: The message.
            alone: It may have killed a process.
            on_wait: Told when such a message begins and ceases to wait for its process to be calm.

        Raises:
            BusError: The bus refuses even the dead letter.
        """
        of = self._of
        envelope = decoded(record)
        if isinstance(envelope, Failure):
            await self._dead_letter(record, identify(record, None), envelope)
            return
        identity = identify(record, envelope)
        presence = self._presence(identity, on_wait) if alone else Beside(of.solitude)
        in_hand = InHand(presence)
        hand = _Calls(self, record, identity, presence, in_hand)
        calls = Retrier(of.settings.retry, of.breakers, parking=hand.parking, on_retry=hand.retried)
        started = time.perf_counter()
        try:
            # Not by turns: until it is handled no other call of it can want it.
            await presence.enter()
            result = of_deaths(presence) or await self._handle(
                Delivery(envelope, position(record), calls), calls
            )
        finally:
            calls.settle_probe()
            await in_hand.end()
        failure = result if isinstance(result, Failure) else await self._publish(result)
        if failure is not None:
            await self._dead_letter(record, identity, failure)
        else:
            of.counters.handled += 1
            self.announce(telemetry.MESSAGE_HANDLED, record, identity, time.perf_counter() - started)
        if isinstance(presence, Alone):
            await presence.absolve()

    def _presence(self, identity: Identity, on_wait: Callable[[bool], None]) -> Alone:
        of = self._of
        limits = of.settings.deaths, of.settings.calm
        return Alone(
            of.solitude, of.guard, identity.event_id, limit=limits[0], calm=limits[1], on_wait=on_wait
        )

    async def _handle(self, delivery: Delivery, calls: Retrier) -> Sequence[Outgoing] | Failure:
        """Run the handler, again after each time it was parked."""
        strikes = Strikes(self._of.breakers, self._of.settings.strikes)
        while True:
            deadline = Deadline(self._of.settings.deadline, self._watch)
            calls.under(deadline)
            try:
                async with deadline:
                    outgoing = await self._of.handler.handle(delivery)
            except UnusableError:
                # The fault is no message's: the next one would meet it too, and so would a redelivery.
                raise
            except Exception as raised:  # noqa: BLE001  # the one broad catch: an error costs its message only
                error = essence(raised)
                breaker = strikes.barrier(error, calls)
                if breaker is None:
                    return self._verdict(error, deadline, delivery, calls)
            else:
                # A probe that had failed at this target got past it now.
                calls.prove()
                return outgoing
            try:
                await calls.wait_behind(breaker)
            except TransientError as given_up:
                return self._verdict(given_up, deadline, delivery, calls)

    def _verdict(self, error: Exception, deadline: Deadline, delivery: Delivery, calls: Retrier) -> Failure:
        agent, attempts = self._of.handler.name, attempts_of(calls)
        if isinstance(error, PermanentError):
            return of_permanent(error, attempts)
        if isinstance(error, TransientError):
            return Failure(DeadLetterClass.EXHAUSTED, "exhausted", str(error), attempts)
        if deadline.expired and isinstance(error, TimeoutError):
            last = f"; its last call was {calls.tries[-1].call}" if calls.tries else ""
            sentence = f"{agent} did not finish within {deadline.seconds:g} s{last}"
            return Failure(DeadLetterClass.DEADLINE, "deadline", sentence, attempts)
        kind = type(error).__name__
        log.error(
            telemetry.MESSAGE_DEFECT, agent=agent, event_id=delivery.envelope.id, kind=kind, exc_info=error
        )
        sentence = f"{agent} failed with {kind}: {error}"[:MOST_SENTENCE]
        return Failure(DeadLetterClass.DEFECT, "defect", sentence, attempts)

    async def _publish(self, outgoing: Sequence[Outgoing]) -> Failure | None:
        if outgoing:
            try:
                await self._send(outgoing)
            except PermanentError as error:
                return of_permanent(error, 1)
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
        self.announce(telemetry.MESSAGE_DEAD_LETTERED, record, identity, None, facts)

    @contextmanager
    def waiting(self, where: Position, breaker: Breaker) -> Iterator[None]:
        """Show the message at ``where`` as waiting behind ``breaker``."""
        self.counters.parkings += 1
        self.counters.parked += 1
        self.parked[where] = breaker
        try:
            yield
        finally:
            self.counters.parked -= 1
            del self.parked[where]
            self._on_change()

    def announce(
        self,
        name: str,
        record: Record,
        identity: Identity,
        seconds: float | None = None,
        facts: Facts = NO_FACTS,
    ) -> None:
        """Tell whoever listens."""
        if self._of.on_event is not telemetry.ignore:
            about = identity.event_id, identity.document_id
            self._of.on_event(
                WorkerEvent(name, self._of.handler.name, position(record), *about, seconds, facts)
            )


class _Calls:
    """What a message's retry owner tells the worker: its retries and its waiting."""

    __slots__ = ("_handling", "_identity", "_in_hand", "_presence", "_record", "_waiting")

    def __init__(
        self, handling: Handling, record: Record, identity: Identity, presence: Presence, in_hand: InHand
    ) -> None:
        self._handling = handling
        self._record = record
        self._identity = identity
        self._presence = presence
        self._in_hand = in_hand
        self._waiting = 0

    def retried(self, failed: Try) -> None:
        """Tell of a failed try."""
        self._handling.counters.retried += 1
        facts: Facts = {"call": failed.call, "number": failed.number, "waited": failed.waited}
        self._handling.announce(
            telemetry.MESSAGE_RETRIED, self._record, self._identity, failed.seconds, facts
        )

    @asynccontextmanager
    async def parking(self, breaker: Breaker, give_way: Callable[[], None]) -> AsyncIterator[None]:
        """Be out of hand inside: a message that waits holds nobody up and can kill nothing.

        A handler may have several calls under way at once: the first of them that waits takes the
        message out of hand, and up again once it goes on.
        """
        self._waiting += 1
        try:
            if self._waiting > 1:
                yield
                return
            await self._in_hand.leave()
            facts: Facts = {"target": breaker.target}
            self._handling.announce(telemetry.MESSAGE_PARKED, self._record, self._identity, None, facts)
            with self._handling.waiting(position(self._record), breaker):
                yield
        finally:
            self._waiting -= 1
        if not self._presence.at_once:
            give_way()
        await self._in_hand.enter()
