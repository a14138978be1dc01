"""Deciding: what is entered is judged, handed in, and taken back while it can be."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from review.api.answering import Json
from review.api.bodies import CheckBody
from review.api.problems import ProblemError
from review.api.routing import Call
from review.api.showing import Showing, lease_token, overseer, tagged
from review.queue.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    NotHeldError,
    OwnWorkError,
    UnusableDecisionError,
)
from review.queue.queue import ReviewQueue
from review.queue.submitting import Handed, Receipt
from review.queue.tasks import Task, TaskState
from review.queue.together import require_alike
from review.sheet.content import Content, Contents
from review.sheet.curves import drawings, named, stated
from review.sheet.judging import judge, read_entries, verdicts
from review.sheet.submission import Entry, Submission
from review.sheet.view import differences, rules_view
from schemas.decided import DecidedField
from schemas.records import DecisionKind
from store.log_files import NoSuchCurveError, bring_curve, brought_curve
from store.protocol import ObjectStore


class Deciding:
    """The endpoints by which a task is decided.

    Args:
        queue: Whose tasks.
        contents: Reads what they are about.
        showing: Shows them.
        store: Where files lie that people draw.
    """

    def __init__(self, queue: ReviewQueue, contents: Contents, showing: Showing, store: ObjectStore) -> None:
        self._queue = queue
        self._store = store
        self._contents = contents
        self._showing = showing

    async def check(self, call: Call[CheckBody]) -> Response:
        """Normalise values and run the rules; nothing is kept."""
        task = await self._showing.own(call)
        content = await self._contents.of_task(task)
        if content.doc_type is None:
            raise UnusableDecisionError("this review asks what the document is; it has no fields to check")
        decided: dict[str, DecidedField] = {}
        fields: dict[str, dict[str, Any]] = {}
        problems: dict[str, str] = {}
        numbers = stated(content.record, content.doc_type, call.body.fields)
        for entry in call.body.fields:
            try:
                one, kept = read_entries(content, content.doc_type, [entry], numbers=numbers)
            except UnusableDecisionError as error:
                problems[entry.path] = str(error)
            else:
                decided |= one
                fields |= kept
        rules = rules_view(content, verdicts(content, task, decided))
        return Json({"fields": list(fields.values()), "problems": problems, "rules": rules})

    async def decide(self, call: Call[Submission]) -> Response:
        """Take a decision; it can be undone until it is released."""
        who, key = call.who.reviewer_id, call.request.headers["idempotency-key"]
        if len(key) > 128:
            raise ProblemError(400, "key", "an Idempotency-Key has at most 128 characters")
        task = await self._queue.to_decide(
            who, key, call.path["task_id"], call.digest, overseer=overseer(call)
        )
        if isinstance(task, Receipt):
            return _receipt(task)
        content = await self._contents.of_task(task)
        version = _version(call)
        if task.state is TaskState.OPEN and task.version != version:
            raise await self._changed(call, task)
        given = call.body
        if given.together_with is not None:
            require_alike(task, [await self._queue.task(given.together_with)], given)
        judged = judge(content, task, given, await self._contents.layout(content))
        await self._filed(content, given)
        receipt = await self._submitted(
            Handed(
                task_id=task.task_id,
                reviewer_id=who,
                version=version,
                token=lease_token(call),
                idempotency_key=key,
                request_digest=call.digest,
                kind=given.kind.value,
                body=judged.body,
                sent=given.model_dump(mode="json"),
                active_ms=given.active_ms,
                keystrokes=given.keystrokes,
                hard_case=given.hard_case,
                hard_tag=given.hard_tag,
                publishes=judged.publishes,
            )
        )
        return _receipt(receipt)

    async def _filed(self, content: Content, given: Submission) -> None:
        """Write the curves that were drawn, and look up those that were named, before anything is taken."""
        if content.doc_type is None or given.kind is not DecisionKind.FIELDS:
            return
        document_id = content.record.record_id
        for name, data in drawings(content.doc_type, given.fields):
            await bring_curve(self._store, document_id, name, data)
        for path, key in named(content.record, content.doc_type, given.fields):
            try:
                await brought_curve(self._store, document_id, path, key)
            except NoSuchCurveError as error:
                raise UnusableDecisionError(str(error), field=path) from error

    async def _submitted(self, handed: Handed) -> Receipt:
        """Hand a decision in; one that others have, or have to make, becomes a draft: no work is lost."""
        try:
            return await self._queue.submit(handed)
        except (ClaimedElsewhereError, DecidedElsewhereError, NotHeldError, OwnWorkError):
            await self._queue.save_draft(handed.reviewer_id, handed.task_id, handed.sent)
            raise

    async def undo(self, call: Call[None]) -> Response:
        """Take the last decision back while it is held."""
        task, lease = await self._queue.undo(call.who.reviewer_id, call.path["task_id"])
        return tagged(await self._showing.one(call, task, lease))

    async def _changed(self, call: Call[Submission], task: Task) -> ChangedError:
        content = await self._contents.of_task(task)
        theirs = await self._contents.record(task.standing) if task.standing else content.record
        yours = {entry.path: _sent(entry) for entry in call.body.fields}
        return ChangedError(
            "the record changed since you read it; look at the differences",
            version=task.version,
            differences=differences(task, content, theirs.fields, yours),
        )


def _sent(entry: Entry) -> Any:
    if entry.rows is not None:
        return [list(row.values()) for row in entry.rows]
    return list(entry.values) if entry.values is not None else [] if entry.value is None else [entry.value]


def _version(call: Call[Any]) -> int:
    given = call.request.headers["if-match"].strip().removeprefix("W/").strip('"')
    # Digits of other scripts are decimal too, and enormous ones are no versions.
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise ProblemError(400, "if_match", "If-Match holds the task's ETag")
    return int(given)


def _receipt(receipt: Receipt) -> Response:
    body = {
        "decision_id": receipt.decision_id,
        "task_id": receipt.task_id,
        "release_at": receipt.release_at.isoformat(),
        "version": receipt.version,
        "again": receipt.again,
    }
    return Json(body, headers={"ETag": f'"{receipt.version}"'})
