"""Whatever a published schema allows, its consumers read, and write again as it came."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.message import encode
from schemas.publish import PUBLISHED
from schemas.versions import decode

SCHEMAS = {
    (path.parent.name, path.stem): json.loads(path.read_text()) for path in sorted(PUBLISHED.glob("*/*.json"))
}
MESSAGES_PER_SCHEMA = 60
HEX, UUID = "0123456789abcdef" * 4, "0f8fad5b-d9cb-569f-a165-70867728950e"
TEXTS = [
    HEX,
    UUID,
    "first",
    "shape",
    "unknown_major_version",
    "doctrail/validation",
    "documents.inbox",
    "dead_letters",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/svg+xml",
    "00ff",
    f"00-{HEX[:32]}-{HEX[:16]}-01",
    "2026-11-21T09:00:00Z",
    "1999-12-31T23:59:59.999999Z",
    "2026-02-28T09:00:00+05:30",
    f"inbox/{HEX}",
    f"documents/{HEX}/original",
    f"documents/{UUID}/results/gatekeeper/{HEX}.json",
    f"documents/{HEX}/trail/{UUID}/extraction/0001.json",
    f"dead_letters/{UUID}/0001.json",
    "s3://in.coming-1/2026/lease%20of%20a%20flat.pdf",
    "file:///inbox/Mietvertrag-für-Ä.pdf",
]
"""Something for every form of text that there is."""
SOURCES = ("ref", "uri", "document_id", "cause_id")


@cache
def texts(schema: str) -> list[str]:
    """Return the texts that fit; a new form without an example stops here."""
    fitting = list(filter(Draft202012Validator(json.loads(schema)).is_valid, TEXTS))
    assert fitting, f"add an example of {schema} to TEXTS"
    return fitting


def draw(schema: dict[str, Any], rng: random.Random) -> Any:
    """Return something that ``schema`` allows, as plain JSON."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if schema["type"] == "boolean":
        return rng.choice([True, False])
    if schema["type"] == "integer":
        return rng.choice([schema["minimum"], rng.randrange(schema["minimum"], 10**6), schema["maximum"]])
    if schema["type"] == "string":
        return rng.choice(texts(json.dumps(schema)))
    return {
        name: draw(child, rng)
        for name, child in schema["properties"].items()
        if name in schema["required"] or rng.random() < 0.5
    }


def consistent(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with what no schema can say: which members must agree, which exclude each other."""
    data = dict(event["data"])
    if event["type"].startswith("documents.inbox."):
        source = next((name for name in SOURCES if name in data), "document_id")
        pair = ("document_id", "cause_id") if source in {"document_id", "cause_id"} else (source,)
        data |= {name: data.get(name, event["id"]) for name in pair}
        data = {name: value for name, value in data.items() if name in pair or name not in SOURCES}
    event = event | {"data": data}
    if "run_id" in data:
        event["run"] = data["run_id"]
    return event | ({"subject": data["record_id"]} if "record_id" in data else {})


@pytest.mark.parametrize(("event", "version"), SCHEMAS, ids=[" ".join(key) for key in SCHEMAS])
def test_whatever_is_published_is_read_and_written_again_as_it_came(event: str, version: str) -> None:
    schema, rng = SCHEMAS[event, version], random.Random(7)
    validator = Draft202012Validator(schema)
    for _ in range(MESSAGES_PER_SCHEMA):
        sent = consistent(draw(schema, rng))
        written = json.loads(encode(decode(event, json.dumps(sent).encode())))

        assert validator.is_valid(written)
        assert {**sent, "data": {**written["data"], **sent["data"]}} == {**written, "time": sent["time"]}
