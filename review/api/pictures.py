"""Page images and words of the documents under tasks; what was drawn lately is kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from review.api.problems import ProblemError
from review.content import Contents
from review.tasks import Task
from schemas.errors import PermanentError
from schemas.layout import Page
from store.children import holding
from store.protocol import ObjectStore

Render = Callable[[bytes, int, int, int], Awaitable[bytes]]
"""Draws a page of a file: (bytes, page from 1, dots per inch, rotation) -> PNG."""

_IMAGES, _FILES, _FILE_BYTES = 96, 8, 30_000_000


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
        self._images: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._files: OrderedDict[str, bytes] = OrderedDict()

    async def pages(self, task: Task) -> tuple[Page, ...]:
        """Return the pages that were read; none for a container."""
        layout = await self._contents.layout(await self._contents.of_task(task))
        return layout.pages if layout else ()

    async def image(self, task: Task, number: int, dpi: int) -> bytes:
        """Return a page as PNG.

        Raises:
            ProblemError: There is no such page, or it can't be drawn any more.
        """
        key = (task.document_id, number, dpi)
        if key not in self._images:
            page = await self._page(task, number)
            held = await holding(self._store, task.document_id)
            try:
                if held.original is None:
                    raise ProblemError(404, "image_gone", "the document's bytes are gone; its words remain")
                data = await self._file(held.original.uri)
                drawn = await self._render(data, held.first_page + number - 1, dpi, page.rotation)
            except PermanentError as error:
                raise ProblemError(404, "image_gone", f"the page can't be drawn: {error}") from error
            self._images[key] = drawn
            if len(self._images) > _IMAGES:
                self._images.popitem(last=False)
        return self._images[key]

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
                        {"text": line.text[word.start : word.end], "box": word.box.model_dump()}
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
