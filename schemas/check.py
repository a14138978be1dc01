"""Holds the models to what is published: versions, compatibility, golden messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from schemas.canonical import canonical_json
from schemas.compatibility import Change, changes, fields
from schemas.errors import PipelineError
from schemas.message import encode
from schemas.publish import GOLDEN, PUBLISHED, Version, dotted, generate, published_versions, render
from schemas.topics import TOPICS, Topic
from schemas.upcasters import UPCASTERS, Upcast
from schemas.versions import Reader


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why the messages, as the models write them now, must not be shipped.

    Attributes:
        event: Name of the event.
        version: ``1.0``.
        sentence: What is wrong, which field, whom it would break, what to do.
        field: Path of the field, where it is about one.
        consumers: Who would break.
    """

    event: str
    version: str
    sentence: str
    field: str | None = None
    consumers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.event} {self.version}: {self.sentence}"


def check(
    published: Path = PUBLISHED,
    golden: Path = GOLDEN,
    topics: Mapping[str, Topic] = TOPICS,
    upcasters: Mapping[tuple[str, int], Upcast] = UPCASTERS,
) -> list[Problem]:
    """Return everything that keeps the models from being what ``published`` promises; empty if all holds."""
    reader = Reader(topics, upcasters)
    problems: list[Problem] = []
    for topic in topics.values():
        problems += _check_topic(topic, published, golden, reader)
    for folder in sorted(p.name for p in published.iterdir() if p.is_dir() and p.name not in topics):
        problems.append(
            Problem(folder, "-", "is published, but no topic carries it any more; its readers would wait")
        )
    return problems


def _check_topic(topic: Topic, published: Path, golden: Path, reader: Reader) -> Iterator[Problem]:
    schemas: dict[Version, dict[str, Any]] = {}
    for version, path in published_versions(published, topic.name).items():
        try:
            schema = json.loads(path.read_text(encoding="utf-8"))
            Draft202012Validator.check_schema(schema)
        except (ValueError, SchemaError) as error:
            yield _problem(
                topic, version, f"{path.name} is no JSON Schema any more ({type(error).__name__}); restore it"
            )
        else:
            schemas[version] = schema
    yield from _check_model(topic, schemas)
    for version, schema in schemas.items():
        folder = golden / topic.name / dotted(version)
        yield from _check_golden(topic, version, schema, folder, reader)


def _check_model(topic: Topic, schemas: Mapping[Version, dict[str, Any]]) -> Iterator[Problem]:
    message = topic.message
    version, now = message.version, generate(message)
    problem = partial(_problem, topic, version)
    if schemas and version < max(schemas):
        newest = dotted(max(schemas))
        yield problem(f"the model is older than {newest}, which is published; versions only go up")
    elif version not in schemas:
        yield problem("is not published; run `doctrail schemas publish` and add its golden message")
    elif changed := changes(schemas[version], now):
        for change in changed:
            yield _changed_in_place(topic, change)
    elif render(schemas[version]) != render(now):
        yield problem("its descriptions are out of date; run `doctrail schemas publish`")
    for older, schema in schemas.items():
        if older[0] == version[0] and older < version:
            for change in changes(schema, now):
                if change.breaks:
                    yield _broken_since(topic, older, change)


def _changed_in_place(topic: Topic, change: Change) -> Problem:
    major, minor = topic.message.version
    remedy = f"set version = ({major}, {minor + 1}) in {topic.message.__name__}"
    if change.breaks:
        remedy = f"{_broken(topic, change)}; undo it, or open major version {major + 1}"
    return _problem(
        topic, (major, minor), f"{change} without a new version: {remedy}", change.field, _whom(topic, change)
    )


def _broken_since(topic: Topic, older: Version, change: Change) -> Problem:
    major = topic.message.version[0]
    remedy = f"undo it, or open major version {major + 1}"
    sentence = f"{change} since {dotted(older)}: {_broken(topic, change)}; {remedy}"
    return _problem(topic, topic.message.version, sentence, change.field, _whom(topic, change))


def _broken(topic: Topic, change: Change) -> str:
    names = ", ".join(topic.consumers) or "no consumer of ours"
    reason = {
        "older consumers": "deployed before the producer, would misread new messages",
        "old messages": "could not read messages already sent",
        "both": "would misread new messages or those already sent",
    }[change.breaks or "both"]
    return f"this would break {names}, which {reason}"


def _whom(topic: Topic, change: Change) -> tuple[str, ...]:
    return topic.consumers if change.breaks else ()


def _check_golden(
    topic: Topic, version: Version, schema: dict[str, Any], folder: Path, reader: Reader
) -> Iterator[Problem]:
    bodies = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    if not bodies:
        yield _problem(
            topic, version, f"has no golden message; add golden/{topic.name}/{folder.name}/full.json"
        )
        return
    seen: set[str] = set()
    for name, body in bodies.items():
        problems = list(_check_one(topic, version, schema, body, reader))
        for sentence in problems:
            yield _problem(topic, version, f"golden message {name} {sentence}", consumers=topic.consumers)
        if not problems:
            seen.update(_paths(json.loads(body)))
    unseen = [path for path in fields(schema) if path not in seen]
    if unseen and seen:
        yield _problem(
            topic,
            version,
            f"no golden message shows field {unseen[0]}; add it to one of {folder.name}/*.json",
            unseen[0],
        )


def _check_one(
    topic: Topic, version: Version, schema: dict[str, Any], body: bytes, reader: Reader
) -> Iterator[str]:
    try:
        sent = json.loads(body)
        envelope = reader.decode(topic.name, body)
        written = json.loads(encode(envelope))
    except ValueError as error:
        yield f"is not JSON: {error}"
        return
    except PipelineError as error:
        yield f"can no longer be read by {', '.join(topic.consumers)}: {error}"
        return
    for mismatch in Draft202012Validator(schema).iter_errors(sent):
        yield f"does not match its published schema at {mismatch.json_path}"
    if version[0] == topic.message.version[0]:
        yield from _serialised_otherwise(topic, sent, written, whole=version == topic.message.version)


def _serialised_otherwise(topic: Topic, sent: Any, written: Any, *, whole: bool) -> Iterator[str]:
    """Yield the fields that come out of today's model in another form than they went in.

    Args:
        whole: Also report what is added; a newer minor version may add its defaults.
    """
    before, after = _leaves(sent), _leaves(written)
    for path in {**before, **(after if whole else {})}:
        was, now = before.get(path, "nothing"), after.get(path, "nothing")
        if was != now:
            yield (
                f"serialises differently: {path} was {was} and is now {now}; "
                f"{', '.join(topic.consumers)} would read another value"
            )


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Return the canonical JSON of every leaf by path, so that 3 and "3" and null all differ."""
    if isinstance(value, dict) and value:
        parts = [_leaves(child, f"{path}.{name}" if path else name) for name, child in value.items()]
    elif isinstance(value, list) and value:
        parts = [_leaves(child, f"{path}[{number}]") for number, child in enumerate(value)]
    else:
        return {path: canonical_json(value).decode()}
    return {place: text for part in parts for place, text in part.items()}


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            place = f"{path}.{name}" if path else name
            yield place
            yield from _paths(child, place)
    elif isinstance(value, list):
        for child in value:
            yield f"{path}[]"
            yield from _paths(child, f"{path}[]")


def _problem(
    topic: Topic, version: Version, sentence: str, field: str | None = None, consumers: tuple[str, ...] = ()
) -> Problem:
    return Problem(topic.name, dotted(version), sentence, field, consumers)
