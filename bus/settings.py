"""What a worker can be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from bus.retry import RetrySettings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker works; seconds throughout.

    Attributes:
        window: Messages in hand at once, and uncommitted ones per partition.
        deadline: Longest time a handler works on one message, waiting behind breakers left out.
        drain: Longest time that what is in hand may take to finish at a stop or a revocation; what
            is left then is abandoned without a commit.
        poll_timeout: Longest wait for new records; also how often a full worker polls as a sign of life.
        commit_interval: Longest time a finished offset waits to be committed with others.
        retry: How failed calls are tried again.
        strikes: Times that a message's call may outlast the retries although its target answers
            others; then it is dead-lettered as exhausted.
        deaths: Deaths of a process with a message alone in hand; then it is dead-lettered as poison.
        calm: Seconds that a process must have lived before it takes up a message with which one died.
    """

    window: int = 32
    deadline: float = 600.0
    drain: float = 20.0
    poll_timeout: float = 0.5
    commit_interval: float = 0.1
    retry: RetrySettings = field(default_factory=RetrySettings)
    strikes: int = 3
    deaths: int = 3
    calm: float = 5.0
