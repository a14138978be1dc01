"""The way out of the queue: what was released is stored, announced, and noted; again after any crash."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from bus.protocol import Bus, BusError
from review.pipeline.announcing import announcement
from review.pipeline.rounds import rounds
from review.pipeline.telling import tell
from review.queue.lanes import Lane
from review.queue.queue import ReviewQueue
from review.queue.releasing import Released
from review.sheet.content import Contents
from schemas.canonical import stored_json
from schemas.decided import DecidedField, Decision
from schemas.errors import InvariantError, PermanentError, PipelineError, UnusableError
from schemas.records import DecisionKind
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import check_artifact
from store.parsing import parse
from store.protocol import ObjectStore, StoreDeniedError

log = structlog.get_logger("review")

LOOK_SECONDS = 0.5
"""How often the outbox is looked at."""
_EVERYBODYS = (UnusableError, StoreDeniedError, BusError)
"""Faults that the next decision would meet too: none is refused for them."""
_ITS_OWN = (PermanentError, InvariantError, ValueError)
"""Faults that cost one decision alone."""


class Publisher:
    """Releases decisions and lets the pipeline know; any number of processes may do it at once.

    Args:
        queue: Whose decisions.
        store: Where they are kept.
        bus: Where they are announced.
        contents: Reads what decisions are about; shared with whoever showed it, it is not read again.
    """

    def __init__(self, queue: ReviewQueue, store: ObjectStore, bus: Bus, contents: Contents) -> None:
        self._queue = queue
        self._store = store
        self._bus = bus
        self._contents = contents

    async def run(self, stop: asyncio.Event) -> None:
        """Release and publish until ``stop``; an outside part that does not answer is tried again."""
        await rounds(self.once, LOOK_SECONDS, stop)

    async def once(self) -> int:
        """Release what is due, tell of what is released, and return how many were announced.

        A decision that can't be let out is refused with the reason; the others go on.
        """
        await self._queue.release_due()
        published = 0
        for released in await self._queue.to_publish():
            try:
                published += await self._let_out(released)
            except _EVERYBODYS:
                raise
            except _ITS_OWN as error:
                await self._refuse(released, _sentence(error))
        return published

    async def _let_out(self, released: Released) -> bool:
        if released.publishes:
            return await self._publish(released)
        # It only measures: the pipeline hears nothing of it.
        await self._tell(released)
        await self._queue.published(released.decision_id)
        return False

    async def _tell(self, released: Released) -> None:
        """Keep what was said, for evals and fine-tuning; what can't be told holds no decision up."""
        try:
            await tell(self._store, self._contents, released)
        except _EVERYBODYS:
            raise
        except _ITS_OWN as error:
            log.error(  # noqa: TRY400 (its sentence tells all; a traceback could repeat document text)
                "review.untold", decision=released.decision_id, problem=_sentence(error)
            )

    async def _publish(self, released: Released) -> bool:
        task, decision = released.task, decision_of(released)
        key, body = keys.review_draft(task.document_id, task.review_id), stored_json(decision)
        problems = check_artifact(ArtifactKind.DECISION, key, body)
        if problems:
            await self._refuse(released, f"it can't be kept: {problems[0]}")
            return False
        written = await self._store.create(key, body)
        standing = parse(written.data, Decision, key)
        if standing.decision_id != decision.decision_id:
            # The record follows the other one; this is what a second person said, unseen by the first.
            await self._tell(replace(released, task=replace(task, lane=Lane.DOUBLE)))
            await self._refuse(released, f"decision {standing.decision_id} of this review came before it")
            return False
        await self._tell(released)
        sent = announcement(standing, written.data, key, cause=task.cause_id, traceparent=task.traceparent)
        await self._bus.publish([sent])
        await self._queue.published(released.decision_id)
        log.info("review.published", decision=released.decision_id, document=task.document_id)
        return True

    async def _refuse(self, released: Released, problem: str) -> None:
        log.error("review.refused", decision=released.decision_id, problem=problem)
        await self._queue.refused(released.decision_id, problem)


def _sentence(error: Exception) -> str:
    """Return what went wrong; what others' errors say may repeat document text."""
    if isinstance(error, PipelineError):
        return str(error)
    return f"it has no usable shape ({type(error).__name__})"


def decision_of(released: Released) -> Decision:
    """Return the Decision that the pipeline lays over the record."""
    body, task = released.body, released.task
    return Decision(
        decision_id=released.decision_id,
        review_id=task.review_id,
        document_id=task.document_id,
        run_id=task.run_id,
        kind=DecisionKind(body["kind"]),
        reviewer=released.reviewer_id,
        decided_at=released.decided_at,
        fields=tuple(DecidedField.model_validate(field) for field in body.get("decided", ())),
        doc_type=body.get("doc_type"),
        ranges=tuple((first, last) for first, last in body.get("ranges") or ()),
        comment=body.get("comment"),
    )
