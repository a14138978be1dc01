"""Messages about records and the people who look at them, and what could not be handled."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from schemas.forms import MAX_EXACT, Code, Count, Id, TopicName
from schemas.message import Message
from schemas.objects import MessageRef

Number = Annotated[int, Field(ge=1, le=MAX_EXACT)]


class RecordStatus(StrEnum):
    """The end states of a record."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARTIAL = "partial"
    SPLIT = "split"
    WITHDRAWN = "withdrawn"


class RecordCompleted(Message):
    """A revision of a record stands.

    Attributes:
        record_id: Equals the document id.
        run_id: The run that produced this revision.
        revision: 1, 2, …; a higher one replaces a lower one.
        supersedes: The revision this one replaces.
        status: End state.
        record: The Record artifact.
        decision_id: The human decision this revision carries out, if any.
        degraded: Why the record is worth less than it was meant to be, the first reason where there are
            several; the Record artifact says all of them in words.
    """

    event: ClassVar[str] = "records.completed"
    version: ClassVar[tuple[int, int]] = (1, 1)

    record_id: Id
    run_id: Id
    revision: Number
    supersedes: Number | None = None
    status: RecordStatus
    record: MessageRef
    decision_id: Id | None = None
    degraded: Code | None = None


class ReviewRequested(Message):
    """A person should look; the draft record and the reasons lie in the Record artifact ``record``."""

    event: ClassVar[str] = "reviews.requested"

    review_id: Id
    run_id: Id
    record: MessageRef


class DecisionKind(StrEnum):
    """What a reviewer decided about."""

    FIELDS = "fields"
    TYPE = "type"
    SPLIT = "split"
    REJECTION = "rejection"


class ReviewDecided(Message):
    """A person decided; the Decision artifact says what, who and when."""

    event: ClassVar[str] = "reviews.decided"

    decision_id: Id
    review_id: Id
    run_id: Id
    kind: DecisionKind
    decision: MessageRef


class DeadLetterClass(StrEnum):
    """Why a message could not be handled."""

    SHAPE = "shape"
    SOURCE_REFUSED = "source_refused"
    DIGEST = "digest"
    PERMANENT = "permanent"
    EXHAUSTED = "exhausted"
    DEADLINE = "deadline"
    POISON = "poison"
    DEFECT = "defect"


class DeadLettered(Message):
    """A message could not be handled; the object ``dead_letter`` holds its original bytes.

    Attributes:
        event_id: Id of the message, or one derived from its position where it has none.
        origin_topic: Topic, partition and offset it was read from.
        agent: The consumer group that gave up.
        error_class: Kind of failure.
        reason: Short stable code.
        attempts: Tries made at the call that failed.
        trail: Trail object of the last attempt, where there is one.
        dead_letter: The dead letter object.
        run_id: The run it belongs to, where known.
    """

    event: ClassVar[str] = "dead_letters"

    event_id: Id
    origin_topic: TopicName
    origin_partition: Count
    origin_offset: Count
    agent: Code
    error_class: DeadLetterClass
    reason: Code
    attempts: Count
    trail: MessageRef | None = None
    dead_letter: MessageRef
    run_id: Id | None = None
