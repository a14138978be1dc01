"""What a minute spent on a task is expected to bring: the order of the queue, stated in each task; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from doctypes.definition import DocType, FieldSpec
from review.queue.lanes import Order
from schemas.fields import FieldState, FieldValue
from schemas.results import Record

CRITICAL, REQUIRED, OTHER, WHOLE_TYPE = 5.0, 2.0, 1.0, 10.0
"""What an error costs that nobody finds, in units of an optional field's."""
OPEN_SECONDS, FIELD_SECONDS, CELL_SECONDS = 4.0, 6.0, 1.5
PER_HOUR = 0.05
"""What an hour of waiting adds to the worth of a minute."""
BY_AGE = 3.0
"""What a minute is taken to be worth where age alone counts: it takes its turn among other queues' tasks."""
UNREAD, UNGROUNDED, UNSTATED = 0.9, 0.8, 0.5
"""How probably a field is wrong that was not read, stands nowhere, or has no confidence."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Worth:
    """The value of a minute, and how it was reckoned, in words without any value of the document."""

    a_minute: float
    said: str

    def rank(self, requested_at: datetime, order: Order) -> float:
        """Return the place in the queue, higher first; waiting raises it, and it never changes."""
        hours = (requested_at - _EPOCH).total_seconds() / 3600
        return (BY_AGE if order == "oldest" else self.a_minute) - PER_HOUR * hours


def worth_of_fields(record: Record, doc_type: DocType, asked: Collection[str]) -> Worth:
    """Return what deciding these fields is worth."""
    errors = cost = 0.0
    seconds = OPEN_SECONDS
    for judged in record.fields:
        if judged.field.name in asked:
            wrong = _wrong(judged.field)
            errors += wrong
            cost += wrong * _cost(doc_type.field(judged.field.name))
            seconds += FIELD_SECONDS + CELL_SECONDS * (len(judged.field.cells) - 1)
    return _worth(errors, cost, seconds)


def worth_of_type(confidence: float) -> Worth:
    """Return what deciding the type of a document is worth."""
    wrong = 1 - confidence
    return _worth(wrong, wrong * WHOLE_TYPE, OPEN_SECONDS + FIELD_SECONDS)


def _worth(errors: float, cost: float, seconds: float) -> Worth:
    minutes = seconds / 60
    a_minute = round(cost / minutes, 4)
    return Worth(
        a_minute,
        f"{errors:.2f} errors expected, weighing {cost:.2f}, in {minutes:.2f} min: {a_minute:.2f} a minute",
    )


def _wrong(field: FieldValue) -> float:
    if field.state in (FieldState.MISSING, FieldState.CANNOT_TELL):
        return UNREAD
    if not field.grounded:
        return UNGROUNDED
    return UNSTATED if field.confidence is None else 1 - field.confidence


def _cost(spec: FieldSpec) -> float:
    return CRITICAL if spec.critical else REQUIRED if spec.required else OTHER
