"""What became of a message that could not be handled, in the words of its dead letter."""

from __future__ import annotations

import structlog

from bus import telemetry
from bus.dead_letters import Failure
from bus.poison import Alone, Presence
from bus.protocol import Record
from bus.retry import Retrier
from schemas.errors import PermanentError, TransientError, UnreadableMessageError
from schemas.message import Envelope, Message
from schemas.records import DeadLetterClass
from schemas.versions import decode

log = structlog.get_logger("bus")

MOST_SENTENCE = 400
"""Characters of a foreign exception's text that are kept."""

_CLASS_OF_REASON = {
    "shape": DeadLetterClass.SHAPE,
    "unknown_major_version": DeadLetterClass.SHAPE,
    "source_refused": DeadLetterClass.SOURCE_REFUSED,
    "digest": DeadLetterClass.DIGEST,
}


def essence(error: Exception) -> Exception:
    """Return the error that decides: of a group a defect, else what is permanent, else its first."""
    if not isinstance(error, ExceptionGroup):
        return error
    leaves = [essence(leaf) for leaf in error.exceptions]
    ranks = {PermanentError: 1, TransientError: 2}
    return min(leaves, key=lambda leaf: next((r for kind, r in ranks.items() if isinstance(leaf, kind)), 0))


def decoded(record: Record) -> Envelope[Message] | Failure:
    """Return what ``record`` says, or why it can't be read."""
    try:
        return decode(record.topic, record.body, received_at=record.timestamp)
    except UnreadableMessageError as error:
        return of_permanent(error, 1)
    except Exception as error:  # a defect in reading costs its message only, too
        kind = type(error).__name__
        log.exception(telemetry.MESSAGE_DEFECT, topic=record.topic, offset=record.offset, kind=kind)
        return Failure(DeadLetterClass.DEFECT, "defect", f"reading it failed with {kind}")


def of_deaths(presence: Presence) -> Failure | None:
    """Return the failure of a message that killed its process often enough, else None."""
    if not isinstance(presence, Alone) or not presence.condemned:
        return None
    sentence = f"{presence.deaths} processes died while they handled this message and nothing else"
    return Failure(DeadLetterClass.POISON, "poison", sentence, presence.deaths)


def of_permanent(error: PermanentError, attempts: int) -> Failure:
    """Return the failure of a message that was refused for good."""
    error_class = _CLASS_OF_REASON.get(error.reason, DeadLetterClass.PERMANENT)
    return Failure(error_class, error.reason, str(error), attempts)


def attempts_of(calls: Retrier) -> int:
    """Return the tries made at the call that failed, or 1 for a handler that failed by itself."""
    last = calls.tries[-1] if calls.tries else None
    return last.number if last is not None and last.error is not None else 1
