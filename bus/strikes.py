"""Telling a message that fails for reasons of its own from a target that is down."""

from __future__ import annotations

import time

from bus.breaker import Breaker, Breakers
from bus.retry import Retrier
from schemas.errors import TransientError


class Strikes:
    """The count of one message, whose transient error has left the handler after all retries.

    If the target answered other calls of that name meanwhile (since the failing call began, or since
    the last strike) the message itself is to blame: a strike, and no reason for anyone else to wait.
    If it answered nobody, the target is held to be down: its breaker opens and the message waits,
    uncounted. So it does where the target says itself what ails it: without room, it answers now this
    message and now that. A failure while the breaker is open, the message's own probe included, says
    nothing about the message. So an outage strikes a message once at most, when it begins; a message
    alone at a target that answers nobody waits, visibly, until somebody else tells the two apart, or until
    nobody waits for that target any more.
    """

    def __init__(self, breakers: Breakers, limit: int) -> None:
        self._breakers = breakers
        self._limit = limit
        self._count = 0
        self._last = 0.0

    def barrier(self, error: Exception, calls: Retrier) -> Breaker | None:
        """Return the breaker to wait behind before the next run, or None if the message is at its end."""
        breaker = self._breakers.of(error.target) if isinstance(error, TransientError) else None
        if breaker is None or not isinstance(error, TransientError):
            return None
        if calls.probing is breaker:
            calls.probing = None
            breaker.failed(error)
        elif breaker.closed:
            if not error.blameless and self._to_blame(calls):
                self._count += 1
                self._last = time.perf_counter()
            else:
                breaker.failed(error)
        return breaker if self._count < self._limit and not breaker.given_up else None

    def _to_blame(self, calls: Retrier) -> bool:
        if calls.failing is None:
            return False
        name, began = calls.failing
        return self._breakers.answered_since(name, max(began, self._last))
