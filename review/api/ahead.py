"""Pages drawn before anybody asks for them: those of tasks just claimed, then of those claimed next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import structlog

from review.api.pictures import Pictures
from review.queue.choosing import Claimant
from review.queue.lanes import UNSEEN
from review.queue.queue import ReviewQueue
from review.queue.tasks import Task
from review.sheet.content import Content, Contents
from schemas.errors import PermanentError, TransientError

IMAGE, LENS = (150, 2_200), (220, 3_300)
"""Dots per inch, and most pixels of the longer side, as a photograph is never sent whole.

At the first a line of ten points is drawn as high as the page shows it for reading.
"""
_NEXT = 8
"""Routed tasks that are looked at before anybody claims them: what two people claim at once, and some."""
_REMEMBERED = 1_000

log = structlog.get_logger("review")


class Ahead:
    """Draws the page that a task shows first, so that nobody waits for it.

    Args:
        queue: Tells what is claimed next.
        contents: Reads what tasks are about; what was looked at is kept there too.
        pictures: Draws.
    """

    def __init__(self, queue: ReviewQueue, contents: Contents, pictures: Pictures) -> None:
        self._queue = queue
        self._contents = contents
        self._pictures = pictures
        self._looked: OrderedDict[tuple[str, bool], None] = OrderedDict()
        self._looking = False

    async def claimed(self, who: Claimant, tasks: Iterable[Task], *, fine: bool) -> None:
        """Draw what was just claimed, and then what comes next.

        Args:
            who: Who claimed.
            tasks: What.
            fine: Whether he looks at pages closely.
        """
        for task in tasks:
            await self._look(task, fine=fine)
        await self.next(who, fine=fine)

    async def next(self, who: Claimant, *, fine: bool = False, count: int = _NEXT) -> None:
        """Draw what this person, or anybody else who may, is likely to claim next; one look at a time.

        Args:
            who: Who asks next.
            fine: Whether he looks at pages closely.
            count: Routed tasks that are looked at, and some of the other lanes.
        """
        if self._looking:
            return
        self._looking = True
        try:
            known = {task_id for task_id, finely in self._looked if finely == fine}
            for task in await self._queue.upcoming(who, count, known):
                await self._look(task, fine=fine)
        except TransientError as error:
            log.debug("review.not_looked_ahead", problem=type(error).__name__)
        finally:
            self._looking = False

    async def _look(self, task: Task, *, fine: bool) -> None:
        """Read and draw what a task shows first; once, as long as that is remembered."""
        known = (task.task_id, fine)
        if known in self._looked:
            return
        self._looked[known] = None
        if len(self._looked) > _REMEMBERED:
            self._looked.popitem(last=False)
        try:
            content = await self._contents.of_task(task)
            await self._contents.name(task.document_id)
            first = _first_page(task, content)
            for page in await self._pictures.pages(task):
                if page.number == first:
                    dpi = dpi_of(page.width, page.height, *(LENS if fine else IMAGE))
                    await self._pictures.ahead(task, first, dpi)
        except PermanentError as error:
            # Whoever claims it is told.
            log.debug("review.not_drawn_ahead", task=task.task_id, problem=type(error).__name__)


def dpi_of(width: float, height: float, dpi: int, most: int) -> int:
    """Return how finely a page is drawn: no more than so many pixels of its longer side."""
    return max(1, min(dpi, int(most * 72 / max(width, height, 1))))


def _first_page(task: Task, content: Content) -> int:
    """Return the page with the evidence of the first field that is asked, as the desk opens it."""
    if task.lane in UNSEEN:
        return 1
    fields = sorted(content.record.fields, key=lambda one: one.field.name not in task.asked)
    places = (at for one in fields for reading in one.field.readings for at in reading.evidence)
    return next((at.page for at in places), 1)
