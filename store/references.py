"""Finding the references in any object of ours; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from schemas.objects import ObjectRef

_SHAPE = {"uri", "sha256", "size", "media_type"}


def references(data: bytes) -> list[ObjectRef]:
    """Return every reference in a JSON object, those in its messages included; none if it is no JSON."""
    try:
        return list(_walk(json.loads(data)))
    except (ValueError, RecursionError):
        return []


def _walk(value: Any) -> Iterator[ObjectRef]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        if value.keys() >= _SHAPE:
            try:
                yield ObjectRef.model_validate(value)
            except ValidationError:
                return
        for name, item in value.items():
            if name == "body" and isinstance(item, str):
                yield from references(item.encode())
            else:
                yield from _walk(item)
