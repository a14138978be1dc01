"""What differs between two versions of a message's schema, field by field; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_CONSTRAINTS = {
    "format": "format",
    "pattern": "pattern",
    "minLength": "shortest length",
    "maxLength": "greatest length",
    "minimum": "smallest value",
    "maximum": "largest value",
    "minItems": "smallest number of items",
    "maxItems": "greatest number of items",
}
_WORDS = {"description", "title", "default"}
_COMPARED = {
    *_CONSTRAINTS, *_WORDS, "type", "const", "enum", "anyOf", "oneOf", "allOf",
    "required", "properties", "items",
}  # fmt: skip
"""Keywords with a sentence of their own, and those that hold further fields."""
_VERSION_OF_ITSELF = {"dataschema"}
"""Properties that name the version and so differ between versions by design."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        field: Path of the field: ``data.reason``.
        what: What happened to it, as a clause: ``became optional``.
        breaks: Whose reading breaks: ``old messages`` (they can no longer be read), ``older consumers``
            (they can't read new messages, or read them wrongly), both, or None where neither does.
    """

    field: str
    what: str
    breaks: str | None

    def __str__(self) -> str:
        return f"field {self.field} {self.what}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return every difference between two published schemas that a reader could notice.

    Within a major version each kind of change but a new optional field breaks somebody: a consumer that
    was deployed before the producer, or one that reads messages written before the change.
    """
    before, after = dict(_fields(old)), dict(_fields(new))
    gone = [path for path in before if path not in after and _parent(path) in {"", *after}]
    come = [path for path in after if path not in before and _parent(path) in {"", *before}]
    found = []
    for path in gone:
        twin = next((c for c in come if _same_shape(before[path], after[c])), None)
        renamed = f" (renamed to {twin}?)" if twin else ""
        found.append(Change(path, f"was removed{renamed}", "older consumers"))
    for path in come:
        if after[path].required:
            found.append(Change(path, "is new and required", "old messages"))
        else:
            found.append(Change(path, "is new and optional", None))
    for path, was in before.items():
        if path in after:
            found.extend(_differences(path, was, after[path]))
    return found


def fields(schema: Mapping[str, Any]) -> list[str]:
    """Return the paths of every field that ``schema`` declares."""
    return [path for path, _ in _fields(schema)]


@dataclass(frozen=True, slots=True)
class _Field:
    schema: Mapping[str, Any]
    required: bool

    @property
    def type(self) -> str:
        declared = self.schema.get("type", "anything")
        return "/".join(declared) if isinstance(declared, list) else str(declared)

    @property
    def values(self) -> list[Any] | None:
        if "const" in self.schema:
            return [self.schema["const"]]
        return self.schema.get("enum")


def _fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, _Field]]:
    required = schema.get("required", [])
    for name, child in schema.get("properties", {}).items():
        place = f"{path}{name}"
        yield place, _Field(child, name in required)
        yield from _fields(child, f"{place}.")
    items = schema.get("items")
    if isinstance(items, Mapping):
        place = f"{path.removesuffix('.')}[]"
        yield place, _Field(items, required=True)
        yield from _fields(items, f"{place}.")


def _parent(path: str) -> str:
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def _same_shape(one: _Field, other: _Field) -> bool:
    return bool(_bare(one.schema) == _bare(other.schema))


def _bare(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _bare(value) for key, value in node.items() if key not in _WORDS}
    return [_bare(item) for item in node] if isinstance(node, list) else node


def _differences(path: str, old: _Field, new: _Field) -> Iterator[Change]:
    if path in _VERSION_OF_ITSELF:
        return
    if old.type != new.type:
        # The classic: 3 became "3", a number a text, a date another format.
        yield Change(path, f"is written as {new.type} instead of {old.type}", "both")
        return
    if old.required and not new.required:
        yield Change(path, "became optional", "older consumers")
    if new.required and not old.required:
        yield Change(path, "became required", "old messages")
    if old.schema.get("default") != new.schema.get("default"):
        said = f"{old.schema.get('default', 'nothing')!r} to {new.schema.get('default', 'nothing')!r}"
        yield Change(path, f"changed what its absence means, from {said}", "both")
    yield from _value_changes(path, old, new)
    yield from _limit_changes(path, old, new)
    if _alternatives(old) != _alternatives(new):
        yield Change(path, "changed its alternatives", "both")


def _limit_changes(path: str, old: _Field, new: _Field) -> Iterator[Change]:
    for keyword, name in _CONSTRAINTS.items():
        was, now = old.schema.get(keyword), new.schema.get(keyword)
        if was != now:
            yield Change(path, f"changed its {name} from {_said(was)} to {_said(now)}", "both")
    # Whatever else a schema may say, as of the values of an object of any names.
    for keyword in sorted({*old.schema, *new.schema} - _COMPARED):
        if _bare(old.schema.get(keyword)) != _bare(new.schema.get(keyword)):
            yield Change(path, f"changed its {keyword}", "both")


def _value_changes(path: str, old: _Field, new: _Field) -> Iterator[Change]:
    was, now = old.values, new.values
    if was == now:
        return
    if was is None or now is None:
        what = (
            "is now limited to a list of values"
            if was is None
            else "is no longer limited to a list of values"
        )
        yield Change(path, what, "old messages" if was is None else "older consumers")
        return
    lost, won = [v for v in was if v not in now], [v for v in now if v not in was]
    if lost:
        yield Change(path, f"lost the value {_listed(lost)}", "old messages")
    if won:
        yield Change(path, f"gained the value {_listed(won)}", "older consumers")


def _alternatives(field: _Field) -> Any:
    return [_bare(field.schema.get(keyword)) for keyword in ("anyOf", "oneOf", "allOf")]


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)


def _said(value: Any) -> str:
    return "none" if value is None else repr(value)
