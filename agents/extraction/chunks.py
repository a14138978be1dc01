"""A long document in parts that fit a request: runs of pages with an overlap, every page in at least one."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.layout import Layout
from schemas.layout_block import to_block

OVERLAP = 1
"""Pages that a part shares with the one before it: what a page break cuts in two stands whole in one."""
CHARACTERS_PER_TOKEN = 2
"""Of a layout block, whose boxes are all digits; plain prose has about twice as many."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document, from page ``first`` to page ``last`` (from 1, both included)."""

    first: int
    last: int
    layout: Layout

    @property
    def pages(self) -> tuple[int, int]:
        """First and last page."""
        return self.first, self.last


def halves(chunk: Chunk) -> tuple[Chunk, ...]:
    """Return a part in two that share a page, or in two pages; a single page can't be halved: nothing."""
    pages = chunk.layout.pages
    if len(pages) < 2:
        return ()
    middle = len(pages) // 2
    shared = OVERLAP if len(pages) > 2 else 0
    cuts = ((0, middle + shared), (middle, len(pages)))
    return tuple(
        Chunk(
            chunk.first + start,
            chunk.first + end - 1,
            chunk.layout.model_copy(update={"pages": pages[start:end]}),
        )
        for start, end in cuts
    )


def chunks_of(layout: Layout, *, pages: int, tokens: int) -> tuple[Chunk, ...]:
    """Return the parts of ``layout``, one where it fits whole; equal layouts give equal parts.

    A page that is larger than a request may be is a part of its own: whoever is asked refuses it by name,
    and nothing of it is left out.

    Args:
        pages: Most pages of a part, at least 2.
        tokens: Most tokens of a part, by estimate.
    """
    sizes = [len(to_block(layout.model_copy(update={"pages": (page,)}))) for page in layout.pages]
    most = tokens * CHARACTERS_PER_TOKEN
    if len(sizes) <= pages and sum(sizes) <= most:
        return (Chunk(1, max(len(sizes), 1), layout),)
    chunks: list[Chunk] = []
    start = 0
    while True:
        end = start + 1
        while end < len(sizes) and end - start < pages and sum(sizes[start : end + 1]) <= most:
            end += 1
        part = layout.model_copy(update={"pages": layout.pages[start:end]})
        chunks.append(Chunk(start + 1, end, part))
        if end == len(sizes):
            return tuple(chunks)
        # The next part begins with this one's last page, unless that one alone filled it.
        start = end - OVERLAP if end - OVERLAP > start else end
