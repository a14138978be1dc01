"""What is published matches the models, is readable for ever, and has no room for what must not travel."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.check import check
from schemas.message import encode
from schemas.publish import GOLDEN, PUBLISHED, generate, render, show, write
from schemas.topics import TOPICS
from schemas.versions import decode

FILES = sorted(PUBLISHED.glob("*/*.json"))
GOLDEN_FILES = sorted(GOLDEN.glob("*/*/*.json"))
HEX = "ab" * 32

PRESIGNED = [
    "https://bucket.s3.eu-central-1.amazonaws.com/lease.pdf?X-Amz-Expires=900&X-Amz-Signature=" + HEX,
    "https://account.blob.core.windows.net/in/lease.pdf?sv=2026-01-01&sig=c2lnbmF0dXJl",
    "s3://bucket/lease.pdf?versionId=1&X-Amz-Signature=abc",
    "file:///inbox/lease.pdf?token=abc",
    "http://localhost:9000/bucket/key",
    f"inbox/{HEX}?X-Amz-Signature={HEX}",
]
INLINE_BYTES = [
    base64.b64encode(bytes(range(256)) * 4).decode(),
    "%PDF-1.7\n1 0 obj",
    "JVBERi0xLjcKMSAwIG9iag==",
]
VALUES = [
    "ACME Property Holdings GmbH",
    "John Smith",
    "Berlin",
    "1,980.00",
    "1980.00",
    "EUR 12.50",
    "2026-11-21",
    "21 November 2026",
    "twelve (12) months",
    "P12M",
    "DE89370400440532013000",
    "DE 136 695 976",
    "12 High Street, London",
    "INV-2026/0042",
    "yes",
]
FILE_NAMES = [
    "lease.pdf",
    "Lease of a flat (signed).pdf",
    "scan_0001.tiff",
    "/Users/jane/lease.pdf",
    r"C:\Users\jane\lease.pdf",
    "documents/lease.pdf",
    f"documents/{HEX}/lease.pdf",
    f"documents/{HEX}/artifacts/lease.pdf",
    "inbox/lease.pdf",
]
FOREIGN_URI_PLACES = ["documents.inbox/1.0 data.uri", "documents.inbox/1.1 data.uri"]
"""The one place where a producer names foreign bytes; its path may be a file's, its query part may not be."""
CODES = ("data.reason", "data.agent", "data.degraded")
"""One lower-case word of ours; a lower-case word that is a value would fit, which nobody writes there."""


def strings(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every place where a text may stand."""
    for name, child in schema.get("properties", {}).items():
        yield from strings(child, f"{path}.{name}" if path else name)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for child in schema.get(keyword, []):
            yield from strings(child, path)
    if "items" in schema:
        yield from strings(schema["items"], f"{path}[]")
    if (
        schema.get("type") == "string"
        or not {"type", "properties", "anyOf", "oneOf", "allOf"} & schema.keys()
    ):
        yield path, schema


PLACES = {
    f"{path.parent.name}/{path.stem} {place}": schema
    for path in FILES
    for place, schema in strings(json.loads(path.read_text()))
}
"""Every text of every published version: ``documents.classified/1.0 data.reason`` -> its schema."""
every_text = pytest.mark.parametrize("place", PLACES)


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for child in schema:
            yield from objects(child)
    elif isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for child in schema.values():
            yield from objects(child)


def fits(schema: dict[str, Any], text: str) -> bool:
    return Draft202012Validator(schema).is_valid(text)


def test_the_models_are_what_is_published() -> None:
    assert [str(problem) for problem in check()] == []


def test_every_topic_is_published() -> None:
    assert {path.parent.name for path in FILES} == set(TOPICS)


def test_publishing_again_writes_nothing() -> None:
    assert write() == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_published_file_names_itself_and_its_dialect(path: Path) -> None:
    schema = json.loads(path.read_text())

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"doctrail:{path.parent.name}/{path.stem}"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["dataschema"]["const"] == schema["$id"]
    assert path.read_text() == render(schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_published_schema_is_closed_and_refers_to_nothing(path: Path) -> None:
    schema = json.loads(path.read_text())
    found = list(objects(schema))

    assert found
    assert all(each["additionalProperties"] is False and each["properties"] for each in found)
    assert "$ref" not in path.read_text()
    assert "patternProperties" not in path.read_text()


@every_text
def test_a_text_has_one_of_the_closed_forms(place: str) -> None:
    schema = PLACES[place]
    pattern = schema.get("pattern", "")

    assert "const" in schema or "enum" in schema or (pattern.startswith("^") and pattern.endswith("$"))


@every_text
def test_no_text_can_be_a_presigned_url_bytes_a_value_or_a_file_name(place: str) -> None:
    forbidden = PRESIGNED + INLINE_BYTES + VALUES + FILE_NAMES
    if place.endswith(CODES):
        forbidden = [text for text in forbidden if text != "yes"]

    assert [text for text in forbidden if fits(PLACES[place], text)] == []


@every_text
def test_no_text_is_long_enough_for_a_page(place: str) -> None:
    """Whatever alphabet a pattern allows, 2,000 characters of it don't fit."""
    prefixes = ("", "s3://bucket/", "application/", "doctrail/", f"documents/{HEX}/")
    long = [prefix + letter * 2000 for prefix in prefixes for letter in "a0A/-_.: "]

    assert [text[:40] for text in long if fits(PLACES[place], text)] == []


def test_only_the_inbox_may_carry_a_foreign_uri_and_that_without_a_query() -> None:
    takers = [place for place, schema in PLACES.items() if fits(schema, "s3://bucket/a%20lease.pdf")]

    assert takers == FOREIGN_URI_PLACES


def test_the_only_numbers_are_counts_of_our_own() -> None:
    found = {
        name
        for path in FILES
        for each in objects(json.loads(path.read_text()))
        for name, child in each["properties"].items()
        if child.get("type") in {"integer", "number"}
    }

    pages = {"first", "last"}
    assert found == pages | {
        "size",
        "revision",
        "supersedes",
        "origin_partition",
        "origin_offset",
        "attempts",
    }


def test_the_walk_finds_a_free_text_that_somebody_adds() -> None:
    schema = generate(TOPICS["documents.submitted"].message)
    schema["properties"]["data"]["properties"]["original"]["properties"]["title"] = {"type": "string"}
    found = dict(strings(schema))

    assert fits(found["data.original.title"], "Lease of a flat (signed).pdf")


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_a_golden_message_decodes_and_is_written_as_it_came(path: Path) -> None:
    body = path.read_bytes()
    envelope = decode(path.parts[-3], body)

    assert json.loads(encode(envelope)) == json.loads(body)
    assert decode(path.parts[-3], encode(envelope)) == envelope


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_what_we_write_matches_what_we_publish(path: Path) -> None:
    event, version = path.parts[-3], path.parts[-2]
    schema = json.loads((PUBLISHED / event / f"{version}.json").read_text())
    written = json.loads(encode(decode(event, path.read_bytes())))

    assert list(Draft202012Validator(schema).iter_errors(written)) == []


@pytest.mark.parametrize("event", TOPICS)
def test_a_message_stays_small(event: str) -> None:
    assert max(path.stat().st_size for path in GOLDEN.glob(f"{event}/*/*.json")) < 4000


def test_a_published_schema_can_be_shown() -> None:
    assert json.loads(show("records.completed"))["$id"] == "doctrail:records.completed/1.1"
    assert show("records.completed", (1, 1)) == show("records.completed")
