"""``model.json``: which large model reads documents of a type, in place of the variant trained for it."""

from __future__ import annotations

from pydantic import ConfigDict, Field, ValidationError

from doctypes.errors import BrokenTypeError
from doctypes.schema_file import read_json
from schemas.layout import Frozen

NAMED = "model.json"
VARIANT = "variant"
"""The second reader that costs nothing: the variant trained for the type, where there is one."""
NOBODY = "none"
AGAIN = "again"
"""The same model once more, as a request of its own."""


class NamedModel(Frozen):
    """Who reads a type.

    Attributes:
        model: A model id, inference profile or prompt-router ARN, passed on untouched.
        sees: Whether scans go to it as page images; None: as is known of its id, and of an ARN nothing is.
        second: Who reads a second time, so that agreement can be told: VARIANT, AGAIN, NOBODY, or the id
            of another model.
        pages: Most pages of a document in one request; longer ones are asked about in parts.
        context_tokens: Most tokens of a document in one request, by estimate; likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1, max_length=2048)
    sees: bool | None = None
    second: str = Field(default=VARIANT, min_length=1, max_length=2048)
    pages: int = Field(default=40, ge=2, le=1000)
    context_tokens: int = Field(default=100_000, ge=1000)


def parse_named_model(data: bytes, where: str = NAMED) -> NamedModel:
    """Return what ``model.json`` says.

    Raises:
        BrokenTypeError: It has another shape.
    """
    try:
        return NamedModel.model_validate(read_json(data, where))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise BrokenTypeError(f'{where}: {place}: {first["msg"]}; it is {{"model": "<model id>"}}') from error
