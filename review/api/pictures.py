"""Page images and words of the documents under tasks; what was drawn lately is kept in memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

import structlog

from review.api.problems import ProblemError
from review.queue.tasks import Task
from review.sheet.content import Contents
from schemas.errors import PermanentError, TransientError
from schemas.layout import Page
from store.children import holding
from store.protocol import ObjectStore

Render = Callable[[bytes, int, int, int], Awaitable[bytes]]
"""Draws a page of a file: (bytes, page from 1, dots per inch, rotation) -> PNG."""

_IMAGE_BYTES, _FILES, _FILE_BYTES = 64_000_000, 8, 30_000_000
_AHEAD = 64
"""Most pages that wait to be drawn before anybody asks for them."""
_Drawn = tuple[str, int, int]

log = structlog.get_logger("review")


class Pictures:
    """Draws pages, upright, so that the layout's boxes lie where they belong.

    Args:
        store: Where documents lie.
        contents: Knows their layouts.
        render: Draws one.
    """

    def __init__(self, store: ObjectStore, contents: Contents, render: Render) -> None:
        self._store = store
        self._contents = contents
        self._render = render
        self._images: OrderedDict[_Drawn, bytes] = OrderedDict()
        self._image_bytes = 0
        self._drawing: WeakValueDictionary[_Drawn, asyncio.Lock] = WeakValueDictionary()
        self._ahead, self._waiting = asyncio.Lock(), 0
        self._files: OrderedDict[str, bytes] = OrderedDict()

    async def pages(self, task: Task) -> tuple[Page, ...]:
        """Return the pages that were read; none for a container."""
        layout = await self._contents.layout(await self._contents.of_task(task))
        return layout.pages if layout else ()

    async def image(self, task: Task, number: int, dpi: int) -> bytes:
        """Return a page as PNG; however many ask for it at once, it is drawn once.

        Raises:
            ProblemError: There is no such page, or it can't be drawn any more.
        """
        key = (task.document_id, number, dpi)
        async with self._drawing.setdefault(key, asyncio.Lock()):
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
            drawn = await self._drawn(task, number, dpi)
            self._images[key] = drawn
            self._image_bytes += len(drawn)
            while self._image_bytes > _IMAGE_BYTES:
                self._image_bytes -= len(self._images.popitem(last=False)[1])
            return drawn

    async def ahead(self, task: Task, number: int, dpi: int) -> None:
        """Draw a page before it is asked for: one at a time, and none where many wait already."""
        if self._waiting >= _AHEAD:
            return
        self._waiting += 1
        try:
            async with self._ahead:
                await self.image(task, number, dpi)
        except (ProblemError, PermanentError, TransientError) as error:
            # Whoever asks for the page is told; nobody has yet.
            log.debug("review.not_drawn_ahead", task=task.task_id, problem=type(error).__name__)
        finally:
            self._waiting -= 1

    async def _drawn(self, task: Task, number: int, dpi: int) -> bytes:
        page = await self._page(task, number)
        held = await holding(self._store, task.document_id)
        try:
            if held.original is None:
                raise ProblemError(404, "image_gone", "the document's bytes are gone; its words remain")
            data = await self._file(held.original.uri)
            return await self._render(data, held.first_page + number - 1, dpi, page.rotation)
        except PermanentError as error:
            raise ProblemError(404, "image_gone", f"the page can't be drawn: {error}") from error

    async def words(self, task: Task, number: int) -> dict[str, Any]:
        """Return the words of a page with their boxes, by line in reading order.

        Raises:
            ProblemError: There is no such page.
        """
        page = await self._page(task, number)
        return {
            "page": number,
            "width": page.width,
            "height": page.height,
            "lines": [
                {
                    "id": line.id,
                    "words": [
                        {"text": line.text[word.start : word.end], "box": dict(word.box)}
                        for word in line.words
                    ],
                }
                for line in page.lines
            ],
        }

    async def _page(self, task: Task, number: int) -> Page:
        for page in await self.pages(task):
            if page.number == number:
                return page
        raise ProblemError(404, "unknown_page", "the document has no such page")

    async def _file(self, key: str) -> bytes:
        if key in self._files:
            return self._files[key]
        data = await self._store.fetch(key)
        if data is None:
            raise ProblemError(404, "image_gone", "the document's bytes are gone; its words remain")
        if len(data) <= _FILE_BYTES:
            self._files[key] = data
            if len(self._files) > _FILES:
                self._files.popitem(last=False)
        return data
