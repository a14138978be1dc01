"""The queue as a consumer: reviews that are asked for, audits that are drawn, runs that are superseded."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from review.people.secret import shared_secret
from review.pipeline.outside import tell_outside
from review.pipeline.rates import Rates
from review.pipeline.worth import worth_of_fields, worth_of_type
from review.queue.alike import alike
from review.queue.lanes import Draw, Drawn, Lane, LanePolicy, draw
from review.queue.queue import ReviewQueue
from review.queue.tasks import Task, TaskState
from review.sheet.content import Content, Parts, read_content
from schemas.canonical import derive_id
from schemas.decided import Decision
from schemas.errors import InvariantError, MissingObjectError, PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.message import Envelope, Message
from schemas.objects import ObjectRef
from schemas.records import RecordCompleted, RecordStatus, ReviewDecided, ReviewRequested
from schemas.results import ArtifactKind, FieldDecision
from store import keys
from store.artifacts import get_artifact
from store.erasures import refuse_erased
from store.protocol import ObjectStore
from store.releases import MissingPartError, run_slots
from store.retrying import RetryingStore

log = structlog.get_logger("review")

AUDIT_SECRET = "audit"  # noqa: S105 (the name of one)
_AUDITED = (RecordStatus.ACCEPTED, RecordStatus.PARTIAL)


class QueueConsumer:
    """Fills the review queue; a message that comes again changes nothing.

    Args:
        queue: Where tasks go.
        store: Where records lie.
        parts: Parses types and rules.
    """

    name = "review"
    consumes: Sequence[type[Message]] = (RecordCompleted, ReviewRequested, ReviewDecided)

    def __init__(self, queue: ReviewQueue, store: ObjectStore, parts: Parts) -> None:
        self._queue = queue
        self._store = store
        self._parts = parts
        self._secret: bytes | None = None
        self._rates = Rates(store)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Keep what the message asks for in the queue; on disk on return. Publishes nothing."""
        store = RetryingStore(self._store, delivery.calls)
        envelope, data = delivery.envelope, delivery.envelope.data
        if isinstance(data, ReviewDecided):
            await self._decided(delivery, store, data)
        elif isinstance(data, RecordCompleted | ReviewRequested):
            await self._enrol(delivery, store, envelope, data)
        else:
            raise InvariantError(f"the review queue does not consume {envelope.type!r}")
        return ()

    async def _decided(self, delivery: Delivery, store: ObjectStore, data: ReviewDecided) -> None:
        """Close what was decided without the queue, and keep what was said as evidence."""
        by = None
        try:
            decision: Decision = await get_artifact(store, data.decision, ArtifactKind.DECISION)
            by = decision.reviewer
            await tell_outside(store, self._parts, decision)
        except PermanentError as error:
            # It holds nothing up: whoever carries the decision out says what is wrong with it.
            log.error(  # noqa: TRY400 (a known error: its sentence tells all, a traceback nothing more)
                "review.untold", decision=data.decision_id, problem=str(error)
            )
        await delivery.calls.call(
            "review.close",
            lambda: self._queue.decided_outside(data.review_id, data.decision_id, data.run_id, by),
        )

    async def _enrol(
        self,
        delivery: Delivery,
        store: ObjectStore,
        envelope: Envelope[Message],
        data: RecordCompleted | ReviewRequested,
    ) -> None:
        document_id, record = envelope.subject, data.record
        try:
            content = await read_content(store, self._parts, data.run_id, record)
        except (MissingObjectError, MissingPartError):
            await refuse_erased(store, document_id)
            raise
        number = content.manifest.number
        await delivery.calls.call("review.supersede", lambda: self._queue.supersede(document_id, number))
        if isinstance(data, RecordCompleted):
            await delivery.calls.call("review.revise", lambda: self._queue.revised(document_id, record))
            if data.decision_id is not None or data.status not in _AUDITED:
                # What a person decided draws nothing; what has no fields has nothing to audit.
                return
        newest = (await run_slots(store, document_id))[-1].number
        if self._secret is None:
            self._secret = await shared_secret(store, AUDIT_SECRET)
        routed = isinstance(data, ReviewRequested) and newest == number
        if isinstance(data, ReviewRequested) and routed:
            # Topics have no order among each other: it may be decided already.
            routed = await store.head(keys.review_draft(document_id, data.review_id)) is None
        policy = self._queue.policy.at_least(await self._rates.at(envelope.time))
        drawn = self._draw(policy, content, data.run_id, routed=routed)
        tasks = [self._task(lane, drawn, content, envelope, data) for lane in drawn.lanes]
        await delivery.calls.call("review.enrol", lambda: self._queue.enrol(tasks))

    def _draw(self, policy: LanePolicy, content: Content, run_id: str, *, routed: bool) -> Draw:
        record, doc_type = content.record, content.doc_type
        declared = [spec.name for spec in doc_type.fields] if doc_type else []
        doubtful = (
            [f.field.name for f in record.fields if f.decision is FieldDecision.REVIEW] if routed else None
        )
        if self._secret is None:
            raise InvariantError("audits are drawn before their key is there")
        return draw(policy, self._secret, run_id, record.doc_type, declared, doubtful)

    def _task(
        self,
        lane: Drawn,
        drawn: Draw,
        content: Content,
        envelope: Envelope[Message],
        data: RecordCompleted | ReviewRequested,
    ) -> Task:
        policy, record = self._queue.policy, content.record
        if content.doc_type is not None:
            worth = worth_of_fields(record, content.doc_type, lane.asked)
        else:
            worth = worth_of_type(content.found.confidence)
        at, queue = envelope.time, record.doc_type
        return Task(
            task_id=derive_id("review task", lane.lane.value, *_subject(lane.lane, envelope, data)),
            lane=lane.lane,
            queue=queue,
            state=TaskState.OPEN,
            version=1,
            document_id=envelope.subject,
            run_id=data.run_id,
            run_number=content.manifest.number,
            review_id=_review_id(lane.lane, envelope, data),
            record=_plain(data.record),
            standing=None,
            cause_id=envelope.id,
            traceparent=envelope.traceparent,
            asked=lane.asked,
            inclusion=drawn.inclusion,
            worth=worth.a_minute,
            worth_said=worth.said,
            rank=worth.rank(at, policy.orders.get(queue, "value")),
            requested_at=at,
            due_at=at + policy.due_after(lane.lane, queue),
            alike=alike(lane.lane, record, content.doc_type, lane.asked),
        )


def _subject(
    lane: Lane, envelope: Envelope[Message], data: RecordCompleted | ReviewRequested
) -> tuple[str, ...]:
    # A run may ask for a second review, of what the first left in doubt; it is audited once at most.
    if lane is Lane.ROUTED and isinstance(data, ReviewRequested):
        return (data.review_id,)
    return (envelope.subject, data.run_id)


def _review_id(lane: Lane, envelope: Envelope[Message], data: RecordCompleted | ReviewRequested) -> str:
    if lane is Lane.ROUTED and isinstance(data, ReviewRequested):
        return data.review_id
    return derive_id("review", lane.value, envelope.subject, data.run_id)


def _plain(ref: ObjectRef) -> ObjectRef:
    return ObjectRef.model_validate(ref.model_dump())
