"""The desk at which A2I works: it claims tasks like a person, and hands in what its people answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from review.a2i.loops import A2IError, Loops
from review.a2i.wording import agreed, loop_name, question, submission_of
from review.api.pictures import Pictures
from review.pipeline.rounds import rounds
from review.queue.choosing import Claimant
from review.queue.errors import RefusedError
from review.queue.queue import ReviewQueue
from review.queue.submitting import Handed
from review.queue.tasks import Lease, Task
from review.sheet.content import Content, Contents
from review.sheet.judging import judge
from review.sheet.submission import Submission
from review.sheet.view import task_view
from schemas.canonical import digest
from schemas.errors import PermanentError

log = structlog.get_logger("review")

REVIEWER = "a2i"
DPI = 110
LOOK_SECONDS = 30.0
"""How often loops are looked at; a heartbeat goes with it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    task: Task
    lease: Lease
    shown: dict[str, Any]
    content: Content


class A2IDesk:
    """Keeps tasks in A2I's hands; what it can't bring home goes back to the queue.

    Each is asked under a loop name that can be started once, so that a restart asks nobody twice.

    Args:
        queue: Whose tasks.
        contents: What they are about.
        loops: A2I.
        pictures: Draws pages.
        at_once: Tasks in its hands.
    """

    def __init__(
        self, queue: ReviewQueue, contents: Contents, loops: Loops, pictures: Pictures, *, at_once: int
    ) -> None:
        self._queue = queue
        self._contents = contents
        self._loops = loops
        self._pictures = pictures
        self._at_once = at_once
        self._asked: dict[str, _Asked] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; what is out stays out, and is found again by its name."""
        await rounds(self.once, LOOK_SECONDS, stop)

    async def once(self) -> int:
        """Ask what is new, bring home what is answered, and return how many decisions were handed in."""
        who = Claimant(REVIEWER)
        for task, lease in await self._queue.claim(who, self._at_once - len(self._asked)):
            try:
                await self._take(task, lease)
            except A2IError:
                # What A2I refuses it refuses for every task: that is said, and ends the work.
                raise
            except PermanentError as error:
                # Its lease stays, so that the next claim comes past a document that is damaged or lost.
                log.error(  # noqa: TRY400 (a known error: its sentence tells all, a traceback nothing more)
                    "review.unshowable", task=task.task_id, document=task.document_id, problem=str(error)
                )
        handed = 0
        for task_id in list(self._asked):
            handed += await self._look(self._asked[task_id])
        return handed

    async def _take(self, task: Task, lease: Lease) -> None:
        content = await self._contents.of_task(task)
        if content.doc_type is None:
            # What a document is, is decided at the page alone.
            await self._queue.give_back(REVIEWER, task.task_id, lease.token)
            return
        asked = _Asked(task, lease, task_view(task, content), content)
        name = loop_name(task.task_id, task.version)
        folder = f"{task.task_id}/{task.version}"
        pages = [
            await self._call(
                self._loops.stage,
                f"{folder}/page-{page.number}.png",
                await self._pictures.image(task, page.number, DPI),
                "image/png",
            )
            for page in await self._pictures.pages(task)
        ]
        record = content.record.model_dump_json().encode()
        staged = await self._call(self._loops.stage, f"{folder}/record.json", record, "application/json")
        started = await self._call(self._loops.start, name, question(asked.shown, pages, staged))
        log.info("review.a2i_asked", task=task.task_id, loop=name, again=not started)
        self._asked[task.task_id] = asked

    async def _look(self, asked: _Asked) -> int:
        task = asked.task
        loop = await self._call(self._loops.look, loop_name(task.task_id, task.version))
        if loop.status == "InProgress":
            return await self._hold(asked)
        del self._asked[task.task_id]
        try:
            if loop.status != "Completed" or loop.output is None:
                raise RefusedError(f"the loop ended as {loop.status}: {loop.why or 'no reason is given'}")
            answer = agreed(await self._call(self._loops.answers, loop.output))
            if answer is None:
                raise RefusedError("its people disagree")
            await self._hand_in(asked, submission_of(asked.shown, answer), loop.output)
        except PermanentError as error:
            log.warning("review.a2i_returned", task=task.task_id, problem=str(error))
            with suppress(RefusedError):
                await self._queue.give_back(REVIEWER, task.task_id, asked.lease.token)
            return 0
        return 1

    async def _hold(self, asked: _Asked) -> int:
        try:
            await self._queue.heartbeat(REVIEWER, asked.task.task_id, asked.lease.token)
        except RefusedError:
            # Somebody took it meanwhile, or a newer run closed it: their word counts.
            del self._asked[asked.task.task_id]
        return 0

    async def _hand_in(self, asked: _Asked, given: Submission, output: str) -> None:
        task = asked.task
        judged = judge(asked.content, task, given, await self._contents.layout(asked.content))
        sent = given.model_dump(mode="json")
        await self._queue.submit(
            Handed(
                task_id=task.task_id,
                reviewer_id=REVIEWER,
                version=task.version,
                token=asked.lease.token,
                idempotency_key=digest(output),
                request_digest=digest(sent),
                kind=given.kind.value,
                body=judged.body,
                sent=sent,
                active_ms=given.active_ms,
                publishes=judged.publishes,
            )
        )

    async def _call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        found: Awaitable[Any] = asyncio.to_thread(work, *arguments)
        return await found
