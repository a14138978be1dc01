"""Answers in JSON."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import JSONResponse


class Json(JSONResponse):
    """What is answered, written by what writes our records too: several times as quick as Python's own."""

    def render(self, content: Any) -> bytes:
        """Return the bytes."""
        return to_json(content)
