"""Files that hold several documents: what each part is, how it is identified, and what is no part."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.canonical import derive_id
from schemas.layout import Frozen
from schemas.objects import ObjectRef

PACKET_TYPE = "packet"
"""The type of a file that is split: it has no fields of its own."""


class Child(Frozen):
    """One document within another: a range of its pages, or an attachment with bytes of its own.

    Attributes:
        document_id: Follows from the parent and the place.
        place: ``pages/4-5``, or ``part/2`` by its number in the container.
        pages: First and last page in the parent, from 1; None for an attachment.
        name: As the container calls it; data, never a path that is written to.
        original: The attachment's bytes; None for a page range, and where they can't be had.
        refused: Reject reason code, where the container itself says that the bytes can't be had.
        sentence: Why, in words.
    """

    document_id: str
    place: str
    pages: tuple[int, int] | None = None
    name: str | None = None
    original: ObjectRef | None = None
    refused: str | None = None
    sentence: str | None = None


class LeftOut(Frozen):
    """Something in a container that is not made a document, and why; listed so that nothing is lost.

    Attributes:
        media_type: As the container or the bytes say.
        size: In bytes, where it is known.
    """

    name: str | None = None
    media_type: str | None = None
    size: int | None = None
    why: str


def child_id(parent_id: str, place: str) -> str:
    """Return the id of the document at ``place`` in ``parent_id``, the same in every run."""
    return derive_id("child", parent_id, place)


def page_children(parent_id: str, ranges: Sequence[tuple[int, int]]) -> tuple[Child, ...]:
    """Return the children that ``ranges`` of a document's pages (from 1, both ends included) make."""
    places = [(f"pages/{first}-{last}", (first, last)) for first, last in ranges]
    return tuple(
        Child(document_id=child_id(parent_id, place), place=place, pages=pages) for place, pages in places
    )


def ranges_problem(ranges: Sequence[tuple[int, int]], page_count: int) -> str | None:
    """Return why ``ranges`` do not hold every page exactly once and in order; None where they do."""
    if not ranges:
        return "there are no page ranges"
    reached = 0
    for first, last in ranges:
        if last < first:
            return f"range {first}-{last} ends before it begins"
        if first <= reached:
            return f"page {first} stands in two ranges, or the ranges are out of order"
        if first > reached + 1:
            return f"no range holds page {reached + 1}"
        reached = last
    if reached < page_count:
        return f"no range holds page {reached + 1}"
    if reached > page_count:
        return f"the document has {page_count} pages, and a range ends at {reached}"
    return None
