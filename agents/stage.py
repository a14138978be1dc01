"""What every agent does around its own judgement: recall the outcome, keep the trail, settle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from schemas.errors import MissingObjectError, PipelineError
from schemas.handling import Delivery, Outgoing
from schemas.message import Message
from schemas.objects import ObjectRef
from store.erasures import refuse_erased
from store.protocol import ObjectStore
from store.releases import MissingPartError
from store.retrying import RetryingStore
from store.stages import recall_outcome, settle
from store.trail import Began, Trail

log = structlog.get_logger("agents")

Ended = Literal["computed", "reused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a stage concludes about one event.

    Attributes:
        result: The stage's result, where it has one.
        messages: (subject, payload) pairs to publish.
        ended: Whether the result was computed now or found under its stage key.
    """

    result: ObjectRef | None
    messages: Sequence[tuple[str, Message]]
    ended: Ended = "computed"


@dataclass(frozen=True, slots=True)
class Work:
    """One message in a stage's hands.

    Attributes:
        delivery: The message and its retry owner.
        store: The store, every call of which is retried and recorded.
        trail: Where every step is noted.
        repaid: The cause for which models are asked anew, whatever replies are known.
    """

    delivery: Delivery
    store: ObjectStore
    trail: Trail
    repaid: str | None = None

    @property
    def document_id(self) -> str:
        """The document the message is about."""
        return self.trail.document_id

    @property
    def run_id(self) -> str:
        """The run the message belongs to."""
        return self.trail.run_id


@dataclass(frozen=True, slots=True)
class Stage:
    """The frame around an agent's judgement.

    Attributes:
        name: Stage and agent name.
        store: Where everything is kept.
        now: The clock that outcomes are dated by.
        code_version: Recorded in the trail; never part of a key.
    """

    name: str
    store: ObjectStore
    now: Callable[[], datetime]
    code_version: str = ""

    async def run(
        self,
        delivery: Delivery,
        judge: Callable[[Work], Awaitable[Finding]],
        *,
        document_id: str,
        run_id: str,
        began: Began | None = None,
    ) -> tuple[Outgoing, ...]:
        """Return the messages of the outcome of this event, judging only if there is none yet.

        The trail is written before the outcome, so that every outcome has its trail; a trail that
        cannot be written is loud but never discards the work.
        """
        store = RetryingStore(self.store, delivery.calls)
        known = await recall_outcome(store, document_id, run_id, self.name, delivery.envelope.id)
        if known is not None:
            return known.outgoing()
        trail = Trail(
            document_id=document_id,
            run_id=run_id,
            stage=self.name,
            delivery=delivery,
            code_version=self.code_version,
            began=began,
            now=self.now,
        )
        work = Work(delivery, store, trail)
        finding = await self._judged(work, judge)
        outcome = await settle(
            store,
            delivery,
            document_id=document_id,
            run_id=run_id,
            stage=self.name,
            result=finding.result,
            messages=finding.messages,
            now=self.now(),
        )
        return outcome.outgoing()

    async def _judged(self, work: Work, judge: Callable[[Work], Awaitable[Finding]]) -> Finding:
        """Return what ``judge`` found, with the trail written of it, or of its failure."""
        try:
            finding = await judge(work)
        except PipelineError as error:
            if isinstance(error, MissingPartError | MissingObjectError):
                # Not into a trail: there is no document any more that it could be of.
                await refuse_erased(work.store, work.document_id)
            await self._close(work, "failed", error=f"{type(error).__name__}: {error}")
            raise
        if finding.result is not None:
            work.trail.outputs["result"] = finding.result
        await self._close(work, finding.ended)
        return finding

    async def _close(
        self, work: Work, ended: Literal["computed", "reused", "failed"], error: str | None = None
    ) -> None:
        try:
            await work.trail.close(work.store, ended, error=error)
        except PipelineError as failure:
            log.error(  # noqa: TRY400 (a known error: its sentence tells all, a traceback nothing more)
                "trail.write_failed",
                stage=self.name,
                document_id=work.document_id,
                run_id=work.run_id,
                error=str(failure),
            )
