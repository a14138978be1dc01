"""``model.json``: which large model reads documents of a type, in place of the variant trained for it."""

from __future__ import annotations

from pydantic import ConfigDict, Field, ValidationError

from doctypes.errors import BrokenTypeError
from doctypes.schema_file import read_json
from schemas.layout import Frozen

NAMED = "model.json"


class NamedModel(Frozen):
    """Who reads a type.

    Attributes:
        model: A model id, inference profile or prompt-router ARN, passed on untouched.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1, max_length=2048)


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
