"""Published JSON Schemas: generated from the models, one file per event and version, never changed again."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from schemas.compatibility import changes
from schemas.errors import PermanentError
from schemas.message import Message, envelope_of
from schemas.topics import TOPICS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED = Path(__file__).parent / "published"
GOLDEN = Path(__file__).parent / "golden"

Version = tuple[int, int]


class SchemaVersionError(PermanentError):
    """A published version would change under its readers; raise the model's version instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="schema_version")


def generate(message: type[Message]) -> dict[str, Any]:
    """Return the JSON Schema of the events that carry ``message``, exactly as they go over the wire.

    It is closed (no further members) and has no references: what it doesn't name, we don't send.
    """
    envelope = envelope_of(message)
    raw = envelope.model_json_schema(mode="serialization", schema_generator=_AsWritten)
    schema = _inline(raw, raw.pop("$defs", {}))
    schema["description"] = schema["properties"]["data"].pop("description", "")
    schema["properties"]["type"] = {"const": message.type_name(), "type": "string"}
    schema["properties"]["dataschema"] = {"const": message.schema_name(), "type": "string"}
    head = {
        "$schema": DIALECT,
        "$id": message.schema_name(),
        "title": f"{message.event}, {dotted(message.version)}",
    }
    return {**head, **_closed(schema)}


def render(schema: dict[str, Any]) -> str:
    """Return the text of a published file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def published_file(folder: Path, event: str, version: Version) -> Path:
    """Return where a version is published."""
    return folder / event / f"{dotted(version)}.json"


def published_versions(folder: Path, event: str) -> dict[Version, Path]:
    """Return the files of ``event`` in ``folder`` by version, oldest first."""
    found = {}
    for path in (folder / event).glob("*.json"):
        version = parse_version(path.stem)
        if version is not None:
            found[version] = path
    return dict(sorted(found.items()))


def parse_version(text: str) -> Version | None:
    """Return (major, minor) of ``1.0``; None if it is no version."""
    match = re.fullmatch(r"([0-9]+)\.([0-9]+)", text)
    return (int(match[1]), int(match[2])) if match else None


def show(event: str, version: Version | None = None, folder: Path = PUBLISHED) -> str:
    """Return the text of a published schema: the newest, or the one asked for.

    Raises:
        SchemaVersionError: It was never published; the sentence names what was.
    """
    versions = published_versions(folder, event)
    wanted = version if version is not None or not versions else max(versions)
    if wanted not in versions:
        known = ", ".join(dotted(v) for v in versions) or ", ".join(sorted(p.name for p in folder.iterdir()))
        asked = event if version is None else f"{event} {dotted(version)}"
        raise SchemaVersionError(f"{asked} is not published; there is {known}")
    return versions[wanted].read_text(encoding="utf-8")


def write(folder: Path = PUBLISHED, topics: Mapping[str, Topic] = TOPICS) -> list[Path]:
    """Publish every model's version that is not there yet and return the files written.

    Raises:
        SchemaVersionError: A published version would change in more than its descriptions; nothing is
            written then.
    """
    pending = []
    for topic in topics.values():
        path = published_file(folder, topic.name, topic.message.version)
        schema = generate(topic.message)
        if path.exists():
            _refuse_change(json.loads(path.read_text(encoding="utf-8")), schema, topic.message)
        if not path.exists() or path.read_text(encoding="utf-8") != render(schema):
            pending.append((path, render(schema)))
    for path, text in pending:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [path for path, _ in pending]


def _refuse_change(old: dict[str, Any], new: dict[str, Any], message: type[Message]) -> None:
    found = changes(old, new)
    if found:
        raise SchemaVersionError(
            f"{message.event} {dotted(message.version)} is published already and {found[0]}; "
            f"set version = ({message.version[0]}, {message.version[1] + 1}) in {message.__name__}"
        )


class _AsWritten(GenerateJsonSchema):
    """What goes over the wire: members that are None are left out, so null never appears."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        result = dict(super().default_schema(schema))
        if result.get("default", 0) is None:
            del result["default"]
        return result

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        _describe(result["properties"], schema["cls"])
        return result


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    node = dict(node)
    reference = node.pop("$ref", None)
    if reference is not None:
        node = {**definitions[reference.rpartition("/")[2]], **node}
    return {key: _inline(value, definitions) for key, value in node.items()}


def _closed(node: Any) -> Any:
    """Close every object; constants are always written, so they are required; generated titles go."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    properties = node.get("properties")
    closed = {
        key: _closed(value) for key, value in node.items() if key not in ("title", "properties", "required")
    }
    if "description" in closed:
        closed["description"] = closed["description"].partition("\n\n")[0].replace("\n", " ")
    if isinstance(properties, dict):
        required = node.get("required", [])
        closed["properties"] = {name: _closed(value) for name, value in properties.items()}
        closed["required"] = [name for name, p in properties.items() if name in required or "const" in p]
        closed["additionalProperties"] = False
    return closed


def _describe(properties: dict[str, Any], model: type[Any]) -> None:
    """Give each property the sentence that the model's docstring has for it."""
    said = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", inspect.getdoc(model) or "", flags=re.MULTILINE)
    for name, sentence in said:
        if name in properties:
            properties[name] = {**properties[name], "description": " ".join(sentence.split())}


def dotted(version: Version) -> str:
    """Return a version as it is written: ``1.0``."""
    return f"{version[0]}.{version[1]}"
