"""Pages of a list: a cursor says where the next page begins, in which snapshot and of which question."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

T = TypeVar("T")

Limit = Annotated[int, Field(ge=1, le=100, description="how many entries at most")]
Cursor = Annotated[
    str | None, Field(description="next_cursor of the page before, with otherwise equal arguments")
]


def page(found: Sequence[T], question: str, cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """Return one page of ``found`` and the cursor of the next, None where there is none.

    Args:
        found: The whole list, always in the same order.
        question: What was asked, snapshot included; a cursor of another question is refused.
        cursor: As an earlier page gave it.
        limit: Entries on a page.

    Raises:
        ToolError: The cursor is not one of this question.
    """
    start = _start(question, cursor)
    end = start + limit
    return found[start:end], _cursor(question, end) if end < len(found) else None


def _cursor(question: str, start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, _mark(question)]).encode()).decode()


def _start(question: str, cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        start, mark = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error, TypeError):
        start, mark = -1, ""
    if not isinstance(start, int) or start < 0 or mark != _mark(question):
        raise ToolError("the cursor belongs to another question; ask again without one")
    return start


def _mark(question: str) -> str:
    import hashlib

    return hashlib.sha256(question.encode()).hexdigest()[:16]
