"""What a reviewer asks: work, its pages, drafts, decisions, and taking them back."""

from __future__ import annotations

from typing import Any

import structlog
from starlette.responses import JSONResponse, Response

from review.accounts import Role
from review.api.bodies import AlikeBody, CheckBody, ClaimBody, DraftBody
from review.api.pictures import Pictures
from review.api.problems import ProblemError
from review.api.routing import Call
from review.api.signing import Signer
from review.claiming import Claimant
from review.content import Contents
from review.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    UnknownTaskError,
    UnusableDecisionError,
)
from review.figures import Figures
from review.history import Wanted
from review.judging import judge, read_entries, verdicts
from review.lanes import Lane
from review.queue import ReviewQueue
from review.submission import Entry, Submission
from review.submitting import Handed, Receipt
from review.tasks import Lease, Task, TaskState
from review.together import require_alike
from review.view import differences, insight, lease_view, rules_view, summary, task_view
from schemas.errors import PermanentError
from schemas.layout import Page
from schemas.results import DecidedField

log = structlog.get_logger("review")

LEASE = "Lease-Token"
IMAGE_DPI, LENS_DPI = 150, 220
"""At the first a line of ten points is drawn as high as the page shows it for reading."""
IMAGE_SIDE, LENS_SIDE = 2_200, 3_300
"""Most pixels of the longer side: a photograph is never sent whole."""
_PAGE = 50


class Working:
    """The endpoints of people who work on tasks."""

    def __init__(
        self, queue: ReviewQueue, figures: Figures, contents: Contents, pictures: Pictures, signer: Signer
    ) -> None:
        self._queue = queue
        self._figures = figures
        self._contents = contents
        self._pictures = pictures
        self._signer = signer

    async def claim(self, call: Call[ClaimBody]) -> Response:
        """Hand out work."""
        who = _claimant(call, call.body.queue)
        if call.body.task_id is not None:
            found = [await self._queue.claim_one(who, call.body.task_id)]
        else:
            found = await self._queue.claim(who, call.body.n, ahead=call.body.ahead)
        shown = [await self._showable(call, task, lease) for task, lease in found]
        return JSONResponse({"tasks": [one for one in shown if one is not None]})

    async def alike(self, call: Call[AlikeBody]) -> Response:
        """Hand out those that ask the same as a task, to be looked at and accepted with it."""
        found = await self._queue.claim_alike(_claimant(call, None), call.path["task_id"], call.body.n)
        shown = [await self._showable(call, task, lease) for task, lease in found]
        return JSONResponse({"tasks": [one for one in shown if one is not None]})

    async def tasks(self, call: Call[None]) -> Response:
        """List tasks: one's own, or all of them for those who run the queue."""
        asked = call.request.query_params
        runs = bool(call.who.roles & {Role.ADMIN, Role.ADJUDICATOR, Role.SERVICE})
        if "state" in asked and asked["state"] not in set(TaskState):
            raise ProblemError(400, "state", f"state is one of {', '.join(TaskState)}")
        found = await self._queue.list_tasks(
            Wanted(
                state=TaskState(asked["state"]) if "state" in asked else None,
                queue=asked.get("queue"),
                holder=None if runs and "mine" not in asked else call.who.reviewer_id,
                after=asked.get("after"),
                limit=_PAGE,
            )
        )
        # An adjudicator works on ordinary tasks too: what lane they are of is not told to him either.
        lanes = bool(call.who.roles & {Role.ADMIN, Role.SERVICE})
        listed = [
            {
                **summary(one.task),
                **({"holder": one.holder} if runs else {}),
                **(insight(one.task) if lanes else {}),
            }
            for one in found
        ]
        after = found[-1].task.task_id if len(found) == _PAGE else None
        return JSONResponse({"tasks": listed, "next": after})

    async def queues(self, call: Call[None]) -> Response:
        """Say what waits, by queue, without the lanes for those who work on it."""
        del call
        waiting: dict[str, dict[str, Any]] = {}
        for row in (await self._figures.newest())["waiting"]:
            one = waiting.setdefault(
                row["queue"], {"queue": row["queue"], "waiting": 0, "overdue": 0, "oldest": row["oldest"]}
            )
            one["waiting"] += row["waiting"]
            one["overdue"] += row["overdue"]
            one["oldest"] = min(one["oldest"], row["oldest"])
        return JSONResponse({"queues": list(waiting.values())})

    async def task(self, call: Call[None]) -> Response:
        """Show a task with everything needed to decide it."""
        return _tagged(await self._shown(call, await self._own(call), None))

    async def heartbeat(self, call: Call[None]) -> Response:
        """Keep a lease alive."""
        lease = await self._queue.heartbeat(call.who.reviewer_id, call.path["task_id"], _token(call))
        return JSONResponse({"lease": lease_view(lease)})

    async def draft(self, call: Call[DraftBody]) -> Response:
        """Keep what was entered so far."""
        task = await self._own(call)
        await self._queue.save_draft(call.who.reviewer_id, task.task_id, call.body.draft)
        return Response(status_code=204)

    async def check(self, call: Call[CheckBody]) -> Response:
        """Normalise values and run the rules; nothing is kept."""
        task = await self._own(call)
        content = await self._contents.of_task(task)
        if content.doc_type is None:
            raise UnusableDecisionError("this review asks what the document is; it has no fields to check")
        decided: dict[str, DecidedField] = {}
        fields: dict[str, dict[str, Any]] = {}
        problems: dict[str, str] = {}
        for entry in call.body.fields:
            try:
                one, kept = read_entries(content, content.doc_type, [entry])
            except UnusableDecisionError as error:
                problems[entry.path] = str(error)
            else:
                decided |= one
                fields |= kept
        rules = rules_view(content, verdicts(content, task, decided))
        return JSONResponse({"fields": list(fields.values()), "problems": problems, "rules": rules})

    async def decide(self, call: Call[Submission]) -> Response:
        """Take a decision; it can be undone until it is released."""
        who, key = call.who.reviewer_id, call.request.headers["idempotency-key"]
        if len(key) > 128:
            raise ProblemError(400, "key", "an Idempotency-Key has at most 128 characters")
        known = await self._queue.known(who, key, call.path["task_id"], call.digest)
        if known is not None:
            return _receipt(known)
        task = await self._own(call)
        content = await self._contents.of_task(task)
        version = _version(call)
        if task.state is TaskState.OPEN and task.version != version:
            raise await self._changed(call, task)
        given = call.body
        if given.together_with is not None:
            require_alike(task, [await self._queue.task(given.together_with)], given)
        judged = judge(content, task, given, await self._contents.layout(content))
        receipt = await self._submitted(
            Handed(
                task_id=task.task_id,
                reviewer_id=who,
                version=version,
                token=_token(call),
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

    async def _submitted(self, handed: Handed) -> Receipt:
        """Hand a decision in; one that comes too late becomes a draft, so that no work is lost."""
        try:
            return await self._queue.submit(handed)
        except (ClaimedElsewhereError, DecidedElsewhereError):
            await self._queue.save_draft(handed.reviewer_id, handed.task_id, handed.sent)
            raise

    async def give_back(self, call: Call[None]) -> Response:
        """End a lease; the draft is kept."""
        await self._queue.give_back(call.who.reviewer_id, call.path["task_id"], _token(call))
        return Response(status_code=204)

    async def undo(self, call: Call[None]) -> Response:
        """Take the last decision back while it is held."""
        task, lease = await self._queue.undo(call.who.reviewer_id, call.path["task_id"])
        return _tagged(await self._shown(call, task, lease))

    async def history(self, call: Call[None]) -> Response:
        """Show who decided what about a task: to those who see it, one's own only for reviewers."""
        task = await self._own(call)
        found = await self._queue.decisions(task_id=task.task_id)
        if not call.who.roles & {Role.ADMIN, Role.ADJUDICATOR}:
            found = [_unlaned(one) for one in found if one["reviewer_id"] == call.who.reviewer_id]
        return JSONResponse({"decisions": found})

    async def image(self, call: Call[None]) -> Response:
        """Show a page."""
        sight = self._signer.read(call.path["token"], call.who.reviewer_id, await self._queue.now())
        if not sight.dpi:
            raise ProblemError(404, "unknown_page", "this address shows words, not an image")
        data = await self._pictures.image(await self._queue.task(sight.task_id), sight.page, sight.dpi)
        headers = {"Cache-Control": "private, max-age=1200, immutable"}
        return Response(data, media_type="image/png", headers=headers)

    async def words(self, call: Call[None]) -> Response:
        """Show the words of a page with their boxes."""
        sight = self._signer.read(call.path["token"], call.who.reviewer_id, await self._queue.now())
        found = await self._pictures.words(await self._queue.task(sight.task_id), sight.page)
        return JSONResponse(found, headers={"Cache-Control": "private, max-age=1200, immutable"})

    async def _own(self, call: Call[Any]) -> Task:
        """Return the task in the path, to those alone who have to do with it."""
        task = await self._queue.task(call.path["task_id"])
        overseer = bool(call.who.roles & {Role.ADMIN, Role.ADJUDICATOR})
        if not overseer and not await self._queue.involved(call.who.reviewer_id, task.task_id):
            # As for one that is not there: ids of others' work say nothing.
            raise UnknownTaskError(f"there is no task {task.task_id!r}")
        return task

    async def _showable(self, call: Call[Any], task: Task, lease: Lease) -> dict[str, Any] | None:
        """Return what a task shows; one whose record is damaged or lost holds up none of the others.

        Its lease stays, so that the next claim comes past it.
        """
        try:
            return await self._shown(call, task, lease)
        except PermanentError as error:
            if isinstance(call.body, ClaimBody) and call.body.task_id is not None:
                raise
            log.error(  # noqa: TRY400 (a known error: its sentence tells all, a traceback nothing more)
                "review.unshowable", task=task.task_id, document=task.document_id, problem=str(error)
            )
            return None

    async def _shown(self, call: Call[Any], task: Task, lease: Lease | None) -> dict[str, Any]:
        content = await self._contents.of_task(task)
        now = await self._queue.now()

        def address(number: int, dpi: int) -> str:
            return self._signer.sign(task.task_id, number, dpi, call.who.reviewer_id, now)

        pages = [
            {
                "number": page.number,
                "width": page.width,
                "height": page.height,
                "image": f"/v1/pages/{address(page.number, _dpi(page, IMAGE_DPI, IMAGE_SIDE))}",
                "lens": f"/v1/pages/{address(page.number, _dpi(page, LENS_DPI, LENS_SIDE))}",
                "words": f"/v1/words/{address(page.number, 0)}",
            }
            for page in await self._pictures.pages(task)
        ]
        return {
            **task_view(task, content),
            "name": await self._contents.name(task.document_id),
            "sides": await self._queue.sides(task) if task.lane is Lane.ADJUDICATION else [],
            "etag": f'"{task.version}"',
            "pages": pages,
            "lease": lease and lease_view(lease),
            "draft": await self._queue.draft(call.who.reviewer_id, task.task_id),
            "changed_by_others": task.standing is not None,
            "alike": task.alike
            and {
                "key": task.alike,
                "waiting": await self._queue.count_alike(_claimant(call, None), task),
            },
        }

    async def _changed(self, call: Call[Submission], task: Task) -> ChangedError:
        content = await self._contents.of_task(task)
        theirs = await self._contents.record(task.standing) if task.standing else content.record
        yours = {entry.path: _sent(entry) for entry in call.body.fields}
        return ChangedError(
            "the record changed since you read it; look at the differences",
            version=task.version,
            differences=differences(task, content, theirs.fields, yours),
        )


def _claimant(call: Call[Any], queue: str | None) -> Claimant:
    skills: tuple[str, ...] | None = call.who.skills or None
    if queue is not None:
        skills = (queue,) if skills is None or queue in skills else ()
    return Claimant(call.who.reviewer_id, skills, adjudicates=Role.ADJUDICATOR in call.who.roles)


def _dpi(page: Page, dpi: int, most: int) -> int:
    return max(1, min(dpi, int(most * 72 / max(page.width, page.height, 1))))


def _sent(entry: Entry) -> Any:
    if entry.rows is not None:
        return [list(row.values()) for row in entry.rows]
    return list(entry.values) if entry.values is not None else [] if entry.value is None else [entry.value]


def _token(call: Call[Any]) -> str:
    return call.request.headers[LEASE.lower()]


def _version(call: Call[Any]) -> int:
    given = call.request.headers["if-match"].strip().removeprefix("W/").strip('"')
    # Digits of other scripts are decimal too, and enormous ones are no versions.
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise ProblemError(400, "if_match", "If-Match holds the task's ETag")
    return int(given)


def _tagged(shown: dict[str, Any]) -> Response:
    return JSONResponse(shown, headers={"ETag": shown["etag"]})


def _receipt(receipt: Receipt) -> Response:
    body = {
        "decision_id": receipt.decision_id,
        "task_id": receipt.task_id,
        "release_at": receipt.release_at.isoformat(),
        "version": receipt.version,
        "again": receipt.again,
    }
    return JSONResponse(body, headers={"ETag": f'"{receipt.version}"'})


def _unlaned(decision: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in decision.items() if name not in ("lane", "inclusion", "publishes")}
