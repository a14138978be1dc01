"""What can't be done with a task, each with the code and HTTP status that the API answers with."""

from __future__ import annotations

from typing import Any, ClassVar

from schemas.errors import PermanentError, UnusableError


class QueueDamagedError(UnusableError):
    """The review queue's file is damaged; it is the place of record: restore it from a backup."""


class RefusedError(PermanentError):
    """What was asked of the queue can't be done; the sentence says what to do instead.

    Args:
        message: One sentence, without any value of a document.
        details: What a program needs to go on, as plain JSON.

    Attributes:
        status: How HTTP says it.
        code: How a program tells it from others.
    """

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, reason=self.code)
        self.details = details


class UnknownTaskError(RefusedError):
    """There is no such task, or not for this person."""

    status = 404
    code = "unknown_task"


class DecidedElsewhereError(RefusedError):
    """The task was decided or closed meanwhile; the draft is kept."""

    code = "decided"


class ClaimedElsewhereError(RefusedError):
    """Somebody else has the task now; the draft is kept."""

    code = "claimed"


class NotHeldError(RefusedError):
    """The lease that was named is not this person's; claim the task first."""

    code = "not_held"


class OwnWorkError(RefusedError):
    """The person decided another task of the same run: nobody reviews his own work."""

    code = "own_work"


class UndoneError(RefusedError):
    """The decision under this key was undone; another one needs a key of its own."""

    code = "undone"


class TooLateError(RefusedError):
    """The decision was released already; it can't be undone, but corrected by another."""

    code = "released"


class ChangedError(RefusedError):
    """The record under the task changed since it was read; ``details`` hold base, theirs and yours."""

    status = 412
    code = "changed"


class ReusedKeyError(RefusedError):
    """An idempotency key came twice with different contents."""

    status = 422
    code = "key_reused"


class UnusableDecisionError(RefusedError):
    """The decision can't be taken as it is; what is wrong is named with its field."""

    status = 422
    code = "decision"


class BrokenRulesError(RefusedError):
    """Rules are broken by what was decided; correct it, or say for each why it is right all the same."""

    status = 422
    code = "rules_broken"
