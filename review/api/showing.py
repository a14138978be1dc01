"""A task on the screen of whoever works on it, with addresses of its pages that are his alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import structlog
from starlette.responses import Response

from review.api.ahead import IMAGE, LENS, Ahead, dpi_of
from review.api.answering import Json
from review.api.pictures import Pictures
from review.api.problems import ProblemError
from review.api.routing import Call
from review.api.signing import Signer
from review.people.accounts import Role
from review.queue.choosing import Claimant
from review.queue.history import Around
from review.queue.lanes import UNSEEN, Lane
from review.queue.queue import ReviewQueue
from review.queue.tasks import Lease, Task
from review.sheet.content import Contents
from review.sheet.plots import plots_of
from review.sheet.view import lease_view, task_view
from schemas.errors import PermanentError
from store.accesses import note_access
from store.protocol import ObjectStore

log = structlog.get_logger("review")

LEASE = "Lease-Token"
_CACHED = {"Cache-Control": "private, max-age=1200, immutable"}


class Showing:
    """Shows tasks and their pages to those who have to do with them; who was shown what is noted.

    Args:
        queue: Whose tasks.
        contents: Reads what they are about.
        pictures: Draws their pages.
        signer: Signs the addresses of these.
        notes: Keeps the access log, and the documents' files.
    """

    def __init__(
        self, queue: ReviewQueue, contents: Contents, pictures: Pictures, signer: Signer, notes: ObjectStore
    ) -> None:
        self._queue = queue
        self._contents = contents
        self._pictures = pictures
        self._signer = signer
        self._notes = notes
        self._ahead = Ahead(queue, contents, pictures)
        self._fine: set[str] = set()

    async def own(self, call: Call[Any]) -> Task:
        """Return the task in the path, to those alone who have to do with it.

        Raises:
            UnknownTaskError: There is none, or it is somebody else's: ids of others' work say nothing.
        """
        who = None if overseer(call) else call.who.reviewer_id
        return await self._queue.task(call.path["task_id"], involving=who)

    async def all(self, call: Call[Any], found: Sequence[tuple[Task, Lease]]) -> list[dict[str, Any]]:
        """Return what tasks show; one whose record is damaged or lost holds up none of the others.

        Its lease stays, so that the next claim comes past it.
        """
        tasks = [task for task, _ in found]
        around = await self._queue.around(claimant(call), tasks)
        # At once: each is read from the store, where every look takes its way there and back.
        *shown, _ = await asyncio.gather(
            *(self._shown_unless_lost(call, task, lease, around) for task, lease in found),
            self._noted(call, around, tasks),
        )
        return [one for one in shown if one is not None]

    async def _shown_unless_lost(
        self, call: Call[Any], task: Task, lease: Lease, around: Around
    ) -> dict[str, Any] | None:
        try:
            return await self._shown(call, task, lease, around)
        except PermanentError as error:
            log.error(  # noqa: TRY400 (a known error: its sentence tells all, a traceback nothing more)
                "review.unshowable", task=task.task_id, document=task.document_id, problem=str(error)
            )
            return None

    async def ahead(self, who: Claimant, tasks: Iterable[Task]) -> None:
        """Draw the page that each task shows first, as finely as whoever claimed them looks at pages."""
        await self._ahead.claimed(who, tasks, fine=who.reviewer_id in self._fine)

    async def one(self, call: Call[Any], task: Task, lease: Lease | None) -> dict[str, Any]:
        """Return everything that is needed to decide a task."""
        around = await self._queue.around(claimant(call), [task])
        shown = await self._shown(call, task, lease, around)
        await self._noted(call, around, [task])
        return shown

    async def _noted(self, call: Call[Any], around: Around, tasks: Sequence[Task]) -> None:
        documents = [task.document_id for task in tasks]
        await note_access(self._notes, around.now, call.who.reviewer_id, "review", documents)

    async def _shown(
        self, call: Call[Any], task: Task, lease: Lease | None, around: Around
    ) -> dict[str, Any]:
        content = await self._contents.of_task(task)

        def address(what: str, number: int, dpi: int) -> str:
            signed = self._signer.sign(task.task_id, number, dpi, call.who.reviewer_id, around.now)
            return f"/v1/{what}/{signed}"

        pages = [
            {
                "number": page.number,
                "width": page.width,
                "height": page.height,
                "image": address("pages", page.number, dpi_of(page.width, page.height, *IMAGE)),
                "lens": address("pages", page.number, dpi_of(page.width, page.height, *LENS)),
                "words": address("words", page.number, 0),
            }
            for page in await self._pictures.pages(task)
        ]
        shown = task_view(task, content)
        plots = await plots_of(self._notes, content, blind=task.lane in UNSEEN)
        for one in shown["fields"]:
            if one["path"] in plots:
                one |= {"part": "curve", "curve": plots[one["path"]]}
        return {
            **shown,
            "name": await self._contents.name(task.document_id),
            "sides": await self._queue.sides(task) if task.lane is Lane.ADJUDICATION else [],
            "etag": f'"{task.version}"',
            "pages": pages,
            "lease": lease and lease_view(lease),
            "draft": around.drafts.get(task.task_id),
            "changed_by_others": task.standing is not None,
            "alike": task.alike and {"key": task.alike, "waiting": around.alike[task.task_id]},
        }

    async def image(self, call: Call[None]) -> Response:
        """Show a page."""
        sight = self._signer.read(call.path["token"], call.who.reviewer_id)
        task, now = await self._queue.task_now(sight.task_id)
        sight.require_fresh(now)
        if not sight.dpi:
            raise ProblemError(404, "unknown_page", "this address shows words, not an image")
        (self._fine.add if sight.dpi > IMAGE[0] else self._fine.discard)(call.who.reviewer_id)
        data = await self._pictures.image(task, sight.page, sight.dpi)
        return Response(data, media_type="image/png", headers=_CACHED)

    async def words(self, call: Call[None]) -> Response:
        """Show the words of a page with their boxes."""
        sight = self._signer.read(call.path["token"], call.who.reviewer_id)
        task, now = await self._queue.task_now(sight.task_id)
        sight.require_fresh(now)
        return Json(await self._pictures.words(task, sight.page), headers=_CACHED)


def overseer(call: Call[Any]) -> bool:
    """Whether whoever asks sees tasks that he has nothing to do with."""
    return bool(call.who.roles & {Role.ADMIN, Role.ADJUDICATOR})


def claimant(call: Call[Any], queue: str | None = None, but: Collection[str] = ()) -> Claimant:
    """Return who asks for work, of which queues, and which tasks he has just given back."""
    skills: tuple[str, ...] | None = call.who.skills or None
    if queue is not None:
        skills = (queue,) if skills is None or queue in skills else ()
    return Claimant(call.who.reviewer_id, skills, Role.ADJUDICATOR in call.who.roles, but)


def lease_token(call: Call[Any]) -> str:
    """Return the token of the lease that was sent."""
    return call.request.headers[LEASE.lower()]


def tagged(shown: dict[str, Any]) -> Response:
    """Return a task with its tag."""
    return Json(shown, headers={"ETag": shown["etag"]})
