"""Who draws pages for the agents."""

from __future__ import annotations

from typing import Protocol


class Renderer(Protocol):
    """Draws pages in a place where a file can do no harm."""

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        """Return a page, counted from 1, as PNG.

        Raises:
            PermanentError: The page can't be drawn.
        """
        ...
