"""Whatever a published schema allows, its consumers read, and write again as it came."""

from __future__ import annotations

import json
from datetime import UTC
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.message import encode
from schemas.publish import PUBLISHED
from schemas.versions import decode

SCHEMAS = {
    (path.parent.name, path.stem): json.loads(path.read_text()) for path in sorted(PUBLISHED.glob("*/*.json"))
}
HEX, UUID = "0123456789abcdef" * 4, "0f8fad5b-d9cb-569f-a165-70867728950e"
EXAMPLES = [
    HEX,
    UUID,
    "first",
    f"00-{HEX[:32]}-{HEX[:16]}-01",
    f"inbox/{HEX}",
    f"documents/{HEX}/original",
    f"documents/{UUID}/results/gatekeeper/{HEX}.json",
    f"documents/{HEX}/trail/{UUID}/extraction/0001.json",
    f"dead_letters/{UUID}/0001.json",
    "s3://in.coming-1/2026/lease%20of%20a%20flat.pdf",
    "file:///inbox/Mietvertrag-für-Ä.pdf",
]
"""For the long patterns, of which a generator makes a hundred a second; the short ones are generated."""
SOURCES = ("ref", "uri", "document_id", "cause_id")


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return what ``schema`` allows, as plain JSON."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat().replace("+00:00", "Z"))
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if schema["type"] == "string":
        texts = st.from_regex(schema["pattern"], fullmatch=True)
        return texts.filter(Draft202012Validator(schema).is_valid).filter(
            lambda text: not text.endswith("\n")
        )
    members = {name: values(child) for name, child in schema["properties"].items()}
    required = {name: members.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(required, optional=members)


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


@cache
def events(event: str, version: str) -> st.SearchStrategy[dict[str, Any]]:
    return values(SCHEMAS[event, version]).map(consistent)


@pytest.mark.parametrize(("event", "version"), SCHEMAS, ids=[" ".join(key) for key in SCHEMAS])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_published_is_read_and_written_again_as_it_came(
    event: str, version: str, data: st.DataObject
) -> None:
    sent = data.draw(events(event, version))
    written = json.loads(encode(decode(event, json.dumps(sent).encode())))

    assert {**sent, **written} == written
    assert {**sent["data"], **written["data"]} == written["data"]
    Draft202012Validator(SCHEMAS[event, version]).validate(written)
