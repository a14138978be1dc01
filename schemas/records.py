"""Messages about records and the people who look at them, and what could not be handled."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.message import Message
from schemas.objects import ObjectRef


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
    """

    event: ClassVar[str] = "records.completed"

    record_id: str
    run_id: str
    revision: int
    supersedes: int | None = None
    status: RecordStatus
    record: ObjectRef
    decision_id: str | None = None


class ReviewRequested(Message):
    """A person should look; the draft record and the reasons lie in the Record artifact ``record``."""

    event: ClassVar[str] = "reviews.requested"

    review_id: str
    run_id: str
    record: ObjectRef


class DecisionKind(StrEnum):
    """What a reviewer decided about."""

    FIELDS = "fields"
    TYPE = "type"
    SPLIT = "split"
    REJECTION = "rejection"


class ReviewDecided(Message):
    """A person decided; the Decision artifact says what, who and when."""

    event: ClassVar[str] = "reviews.decided"

    decision_id: str
    review_id: str
    run_id: str
    kind: DecisionKind
    decision: ObjectRef


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

    event_id: str
    origin_topic: str
    origin_partition: int
    origin_offset: int
    agent: str
    error_class: DeadLetterClass
    reason: str
    attempts: int
    trail: ObjectRef | None = None
    dead_letter: ObjectRef
    run_id: str | None = None
