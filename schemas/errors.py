"""The roots of every error doctrail raises; what the worker loop does depends on the root alone."""

from __future__ import annotations


class PipelineError(Exception):
    """Something went wrong and is named; the message is one sentence a person can act on."""


class TransientError(PipelineError):
    """An outside part did not answer this time; the same call may succeed later.

    Args:
        message: One sentence: which call, what it answered.
        target: The part that failed, as its breaker is named (``store``, ``bus``, ``model:<endpoint>``).
        retry_after: Seconds the other side asked us to wait, if it did.
        blameless: The part said what ails it itself (no room, a clock that is wrong): whatever else it
            answers meanwhile, no message is to blame.
    """

    def __init__(
        self, message: str, *, target: str, retry_after: float | None = None, blameless: bool = False
    ) -> None:
        super().__init__(message)
        self.target = target
        self.retry_after = retry_after
        self.blameless = blameless


class PermanentError(PipelineError):
    """This input can never be handled as it is; trying again would only repeat the failure.

    Args:
        message: One sentence: what is wrong, where, what to do.
        reason: A short stable code (``shape``, ``digest``, ``source_refused``, ...) for dead letters.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class InvariantError(PipelineError):
    """Our own promise is broken (a bug, or tampered state); work stops loudly rather than guess."""


class UnusableError(PermanentError):
    """A part that every message needs is broken until a person mends it; no message is to blame.

    Whoever meets it while it handles a message stops working, loudly; nothing is dead-lettered.
    """


class DigestMismatchError(PermanentError):
    """The bytes under a key are not the bytes the reference names; restore or repair the object."""

    def __init__(self, uri: str, *, expected: str, found: str) -> None:
        super().__init__(
            f"object {uri!r} has sha256 {found[:16]}…, its reference says {expected[:16]}…", reason="digest"
        )
        self.uri = uri


class MissingObjectError(PermanentError):
    """A reference points at nothing; the object was removed or never written."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"object {uri!r} does not exist in the store", reason="missing_object")
        self.uri = uri


class UnreadableMessageError(PermanentError):
    """A message has another shape than its schema; its producer must be corrected."""

    def __init__(self, message: str, *, reason: str = "shape") -> None:
        super().__init__(message, reason=reason)
