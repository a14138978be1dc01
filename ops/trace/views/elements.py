"""Where embedded data state a value, in words."""

from __future__ import annotations

from ops.words import several, shown
from schemas.fields import DataElement, Deliverable

ON_PAGE = "on the page"
"""What leads the places where a page prints a value that embedded data state."""


def element_words(element: DataElement, *, full: bool) -> str:
    """Return the term, the attachment, and in full the path through its XML."""
    where = f"of {shown(element.data)}" if element.data else "of the e-invoice"
    path = f" at {shown(element.path, None)}" if full else ""
    return f"{shown(element.term)} {where}{path}"


def file_words(file: Deliverable) -> str:
    """Return a file's name and how many rows it has."""
    name = file.ref.uri.rpartition("/")[2]
    return f"{name} · {several(file.rows, 'row')}" if file.rows is not None else name
