"""What must hold of a file that is split: every page in one part, every part identified, none twice; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.classification import Classification
from schemas.documents import Route
from schemas.packets import Child, child_id, ranges_problem
from store.field_contracts import repeated


def check_split(value: Classification) -> Iterator[str]:
    """Children where it is split and nowhere else; page ranges that hold every page once and in order."""
    if (value.route is Route.SPLIT) != bool(value.children):
        yield f"route {value.route.value} with {len(value.children)} children"
    yield from check_children(value.document_id, value.children)
    ranges = [child.pages for child in value.children if child.pages is not None]
    if ranges and len(ranges) != len(value.children):
        yield "a file is split into page ranges or into attachments, not into both"
    for found in (ranges, value.proposed):
        problem = ranges_problem(found, value.page_count) if found else None
        if problem:
            yield f"split: {problem}"


def check_children(parent_id: str, children: Sequence[Child]) -> Iterator[str]:
    """Each child's id follows from its place, and no place is taken twice."""
    for child in children:
        if child.document_id != child_id(parent_id, child.place):
            yield f"the id of the part at {child.place} does not follow from its place"
        if child.pages is not None and child.place != f"pages/{child.pages[0]}-{child.pages[1]}":
            yield f"the part at {child.place} has other pages"
        if child.original is not None and child.original.uri != f"documents/{child.document_id}/original":
            yield f"the bytes of the part at {child.place} lie elsewhere"
        if (child.original is None and child.pages is None) != (child.refused is not None):
            yield f"the part at {child.place} has neither bytes nor a reason, or both"
    if repeated(child.place for child in children):
        yield "two parts have the same place"
