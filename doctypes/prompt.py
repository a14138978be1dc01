"""A type's ``prompt.md``: front matter with its version, text that refers to fields by placeholder."""

from __future__ import annotations

import re

from doctypes.definition import DocType, FieldSpec
from doctypes.errors import BrokenTypeError
from schemas.layout import Frozen

TOOL = "record_fields"
"""The tool through which every model gives its answer."""

_PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_FIELD = re.compile(r"field:([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?)")
_KEYS = ("version", "doc_type", "tool")
_MORE_KEYS = ("tools",)


class Prompt(Frozen):
    """A prompt as its file declares it.

    Attributes:
        version: Of the front matter; goes into every result made with it.
        doc_type: The type it is written for.
        tool: The tool it tells the model to answer with.
        tools: Further tools that the model may ask before it answers.
        text: Everything below the front matter, placeholders included.
        field_names: The fields it refers to as ``{{field:name}}``, and the columns as
            ``{{field:name.column}}``, in order of first mention.
    """

    version: str
    doc_type: str
    tool: str
    tools: tuple[str, ...] = ()
    text: str
    field_names: tuple[str, ...]


def parse_prompt(data: bytes, name: str = "prompt.md") -> Prompt:
    """Return the prompt in the bytes of a ``prompt.md``.

    Args:
        data: The file.
        name: How error sentences call it.

    Raises:
        BrokenTypeError: Not UTF-8, no front matter, a key missing, unknown or given twice, or a
            placeholder that is not ``{{field:name}}``.
    """
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BrokenTypeError(f"{name} is not UTF-8 at byte {error.start}") from error
    head, body = _split(text, name)
    keys = _front_matter(head, name)
    if not body.strip():
        raise BrokenTypeError(f"{name} has no text below its front matter")
    return Prompt(
        version=keys["version"],
        doc_type=keys["doc_type"],
        tool=keys["tool"],
        tools=tuple(part.strip() for part in keys.get("tools", "").split(",") if part.strip()),
        text=body.strip() + "\n",
        field_names=_field_names(body, name),
    )


def render(prompt: Prompt, doc_type: DocType) -> str:
    """Return the system prompt: every placeholder replaced by the field's name and kind.

    Raises:
        KeyError: The prompt mentions a field that the type does not declare (``check_keys`` says so
            at start).
    """

    def describe(match: re.Match[str]) -> str:
        name, _, column = match[1].removeprefix("field:").partition(".")
        spec = doc_type.field(name)
        return _described(spec.column(column) if column else spec)

    return _PLACEHOLDER.sub(describe, prompt.text)


def _described(spec: FieldSpec) -> str:
    more = ", any number of values" if spec.many else ""
    if spec.columns:
        more = " of " + ", ".join(f"`{column.name}`" for column in spec.columns)
    return f"`{spec.name}` ({spec.kind.value}{more})"


def _split(text: str, name: str) -> tuple[str, str]:
    parts = text.split("\n---\n", 1)
    if not text.startswith("---\n") or len(parts) != 2:
        raise BrokenTypeError(f"{name} must begin with front matter between two lines of '---'")
    return parts[0].removeprefix("---\n"), parts[1]


def _front_matter(head: str, name: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for line in head.splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not value:
            raise BrokenTypeError(f"{name}: front matter line {line!r} is not 'key: value'")
        if key in keys:
            raise BrokenTypeError(f"{name}: front matter gives {key!r} twice")
        if key not in (*_KEYS, *_MORE_KEYS):
            known = ", ".join((*_KEYS, *_MORE_KEYS))
            raise BrokenTypeError(f"{name}: front matter key {key!r} is not one of {known}")
        keys[key] = value
    for key in _KEYS:
        if key not in keys:
            raise BrokenTypeError(f"{name}: front matter lacks {key!r}")
    return keys


def _field_names(body: str, name: str) -> tuple[str, ...]:
    names: list[str] = []
    for match in _PLACEHOLDER.finditer(body):
        field = _FIELD.fullmatch(match[1])
        if field is None:
            raise BrokenTypeError(f"{name}: placeholder {match[0]!r} is not of the form {{{{field:name}}}}")
        if field[1] not in names:
            names.append(field[1])
    if body.count("{{") != len(_PLACEHOLDER.findall(body)):
        raise BrokenTypeError(f"{name}: a '{{{{' is never closed")
    return tuple(names)
