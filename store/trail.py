"""The trail: one object per attempt of a stage with everything it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from schemas.handling import Delivery, Try
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from store import keys
from store.protocol import HalfKeptError, ObjectStore
from store.sealed import Sealed, seal

StepKind = Literal["read", "prompt", "reply", "tool", "ground", "rule", "decision", "note", "digitise"]


class Step(Frozen):
    """One thing an attempt did: what, when (seconds since its start), and the facts."""

    kind: StepKind
    name: str
    at: float
    seconds: float = 0.0
    data: dict[str, Any] = Field(default_factory=dict)


class TryRecord(Frozen):
    """One try of an outside call."""

    call: str
    number: int
    seconds: float
    error: str | None = None
    waited: float | None = None


class AttemptRecord(Sealed):
    """One attempt of a stage, complete.

    Attributes:
        ended: ``computed`` anew, ``reused`` another run's result, or ``failed``.
        inputs: What it read, by name.
        outputs: What it wrote, by name.
        tokens: Input and output tokens of model calls.
        cost: In US dollars; None where a model's price is unknown.
    """

    document_id: str
    run_id: str
    stage: str
    attempt: int
    event_id: str
    event_type: str
    dataschema: str
    topic: str
    partition: int
    offset: int
    started: datetime
    seconds: float
    ended: Literal["computed", "reused", "failed"]
    inputs: dict[str, ObjectRef]
    outputs: dict[str, ObjectRef]
    steps: tuple[Step, ...]
    tries: tuple[TryRecord, ...]
    tokens: tuple[int, int] = (0, 0)
    cost: float | None = 0.0
    error: str | None = None
    code_version: str = ""


Began = tuple[datetime, float]
"""When an attempt began: by the calendar, and by ``time.perf_counter``."""


class Trail:
    """Collects the steps of one attempt; ``close`` writes them as one object."""

    def __init__(
        self,
        *,
        document_id: str,
        run_id: str,
        stage: str,
        delivery: Delivery,
        code_version: str = "",
        began: Began | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.document_id = document_id
        self.run_id = run_id
        self.stage = stage
        self._delivery = delivery
        self._code_version = code_version
        self._clock = clock
        self._started, self._zero = began or (now(), clock())
        self._steps: list[Step] = []
        self.inputs: dict[str, ObjectRef] = {}
        self.outputs: dict[str, ObjectRef] = {}
        self.tokens = (0, 0)
        self.cost: float | None = 0.0

    def step(self, kind: StepKind, name: str, *, seconds: float = 0.0, **data: Any) -> None:
        """Note one step; ``data`` must be plain JSON."""
        at = self._clock() - self._zero - seconds
        self._steps.append(
            Step(kind=kind, name=name, at=round(max(at, 0.0), 6), seconds=round(seconds, 6), data=data)
        )

    def record(
        self, ended: Literal["computed", "reused", "failed"], *, error: str | None, attempt: int
    ) -> AttemptRecord:
        """Return the attempt as it stands now."""
        envelope, position = self._delivery.envelope, self._delivery.position
        return AttemptRecord(
            document_id=self.document_id,
            run_id=self.run_id,
            stage=self.stage,
            attempt=attempt,
            event_id=envelope.id,
            event_type=envelope.type,
            dataschema=envelope.dataschema,
            topic=position.topic,
            partition=position.partition,
            offset=position.offset,
            started=self._started,
            seconds=round(self._clock() - self._zero, 6),
            ended=ended,
            inputs=self.inputs,
            outputs=self.outputs,
            steps=tuple(self._steps),
            tries=_tries(self._delivery.calls.tries[len(self._delivery.told) :]),
            tokens=self.tokens,
            cost=self.cost,
            error=error,
            code_version=self._code_version,
        )

    async def close(
        self, store: ObjectStore, ended: Literal["computed", "reused", "failed"], *, error: str | None = None
    ) -> ObjectRef:
        """Write the attempt under the first free slot and return its reference.

        Each try of the message stands in one trail: this one holds those that none before it does.
        """
        attempt, told = 1, self._delivery.told
        while True:
            record = self.record(ended, error=error, attempt=attempt)
            body = seal(record)
            key = keys.trail(self.document_id, self.run_id, self.stage, attempt)
            # A slot that is half kept is taken, too: no attempt fails for want of a place for its trail.
            with suppress(HalfKeptError):
                written = await store.create(key, body)
                # The same bytes are this very attempt's: its first put stands, and the answer was lost.
                if written.created or written.data == body:
                    told += self._delivery.calls.tries[len(told) :][: len(record.tries)]
                    return written.ref
            attempt += 1


def _tries(tries: Sequence[Try]) -> tuple[TryRecord, ...]:
    return tuple(
        TryRecord(call=t.call, number=t.number, seconds=round(t.seconds, 6), error=t.error, waited=t.waited)
        for t in tries
    )
