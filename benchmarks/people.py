"""Simulated reviewers, of stated error: they claim, decide and hand in as the API does, by the labels."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from agents.bundles import PinnedParts
from app.reviewing import open_queue
from app.wiring import Doctrail
from doctypes.definition import FieldSpec
from doctypes.normalise import compare, normalise
from review.pipeline.publisher import Publisher
from review.queue.choosing import Claimant
from review.queue.errors import BrokenRulesError
from review.queue.queue import ReviewQueue
from review.queue.submitting import Handed
from review.queue.tasks import Lease, Task
from review.sheet.content import Content, Contents
from review.sheet.judging import Judged, judge
from review.sheet.submission import Entry, Override, Submission
from schemas.canonical import derive_id
from schemas.fields import FieldValue

Labels = Mapping[str, Sequence[str]]
"""What is true of a document, by field; a field that is not in it is taken as it was read."""


async def work_off(
    doctrail: Doctrail, truth: Callable[[str], Labels], *, wrong: float = 0.0, seed: int = 0
) -> int:
    """Decide every task that waits and let the decisions out; returns how many. See ``work_off_queue``."""
    async with open_queue(doctrail.settings) as queue:
        return await work_off_queue(doctrail, queue, truth, wrong=wrong, seed=seed)


async def work_off_queue(
    doctrail: Doctrail,
    queue: ReviewQueue,
    truth: Callable[[str], Labels],
    *,
    wrong: float = 0.0,
    seed: int = 0,
) -> int:
    """Decide every task that waits and let the decisions out; returns how many.

    Args:
        doctrail: The installation.
        queue: Its queue, by whichever clock.
        truth: What is true of a document.
        wrong: How probably a person takes a field as it was read, whatever it says.
        seed: Of who slips where.
    """
    drawn, done = random.Random(seed), 0
    contents = Contents(doctrail.store, PinnedParts())
    publisher = Publisher(queue, doctrail.store, doctrail.bus, contents)
    for reviewer in ("r1", "r2", "r3"):
        while claimed := await queue.claim(Claimant(reviewer, adjudicates=True)):
            for task, lease in claimed:
                content = await contents.of_task(task)
                given = _submission(content, task, truth(task.document_id), wrong, drawn)
                await _hand_in(queue, content, task, lease, reviewer, given)
                done += 1
    while await publisher.once():
        pass
    return done


def _submission(
    content: Content, task: Task, labels: Labels, wrong: float, drawn: random.Random
) -> Submission:
    if content.doc_type is None:
        return Submission(kind="type", doc_type=content.found.scores[0].doc_type)
    read = {one.field.name: one.field for one in content.record.fields}
    entries = []
    for name in task.asked:
        spec, slips = content.doc_type.field(name), drawn.random() < wrong
        told = None if slips else labels.get(name)
        entries.append(_entry(spec, read[name], told, ms=600 + drawn.randrange(4000)))
    given = Submission(fields=tuple(entries), active_ms=9000 + drawn.randrange(20_000))
    return _with_reasons(content, task, given)


def _entry(spec: FieldSpec, read: FieldValue, told: Sequence[str] | None, *, ms: int) -> Entry:
    """Return what a person says of a field who knows what is ``told`` of it."""
    values = [reading.value or reading.raw for reading in read.readings]
    usable = [one for one in told or () if normalise(spec.kind, one).value is not None]
    if told is None or spec.columns or (told and not usable):
        action = "accept" if values or read.rows or read.state.value == "absent" else "absent"
        return Entry(path=spec.name, action=action, ms=ms)
    if not usable:
        return Entry(path=spec.name, action="absent", ms=ms)
    same = len(values) == len(usable if spec.many else usable[:1]) and all(
        any(compare(spec.kind, one, other) for other in usable) for one in values
    )
    if same:
        return Entry(path=spec.name, action="accept", ms=ms)
    if spec.many:
        return Entry(path=spec.name, action="correct", values=tuple(usable), source="typed", ms=ms)
    return Entry(path=spec.name, action="correct", value=usable[0], source="typed", ms=ms)


def _with_reasons(content: Content, task: Task, given: Submission) -> Submission:
    try:
        judge(content, task, given)
    except BrokenRulesError as error:
        rules = [str(one["rule"]) for one in error.details["rules"]]
        reasons = tuple(Override(rule=rule, reason="printed like this") for rule in rules)
        return given.model_copy(update={"overrides": reasons})
    return given


async def _hand_in(
    queue: ReviewQueue, content: Content, task: Task, lease: Lease, who: str, given: Submission
) -> None:
    judged: Judged = judge(content, task, given)
    await queue.submit(
        Handed(
            task_id=task.task_id,
            reviewer_id=who,
            version=task.version,
            token=lease.token,
            idempotency_key=derive_id("simulated", task.task_id, who),
            request_digest=derive_id("simulated", task.task_id, who, "request"),
            kind=given.kind.value,
            body=judged.body,
            sent=given.model_dump(mode="json"),
            active_ms=given.active_ms,
            publishes=judged.publishes,
        )
    )
