"""Reading our own objects back into their models, or naming the one that was damaged."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from schemas.errors import PermanentError

M = TypeVar("M", bound=BaseModel)


class DamagedObjectError(PermanentError):
    """An object of ours can't be read back; ``doctrail verify`` says which, ``--repair`` recomputes it."""


def parse(data: bytes, kind: type[M], key: str) -> M:
    """Return the model in ``data``, which stands under ``key``.

    Raises:
        DamagedObjectError: It is cut off or of another shape.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise DamagedObjectError(
            f"object {key!r} is no {kind.__name__} ({place}: {first['type']}); run doctrail verify",
            reason="damaged_object",
        ) from error
