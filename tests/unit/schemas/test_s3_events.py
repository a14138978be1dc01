from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.errors import UnreadableMessageError
from schemas.s3_events import ObjectsAnnounced, read_notification
from schemas.versions import decode, payload_as

TOPIC = ObjectsAnnounced.event


def record(key: str = "leases/a.pdf", **changes: Any) -> dict[str, Any]:
    found = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-11-21T09:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "documents",
            "bucket": {"name": "incoming", "arn": "arn:aws:s3:::incoming"},
            "object": {
                "key": key,
                "size": 1024,
                "eTag": "9b2cf535f27731c9",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }
    return {**found, **changes}


def body(*records: dict[str, Any]) -> bytes:
    return json.dumps({"Records": list(records)}).encode()


def announced(message: bytes) -> ObjectsAnnounced:
    return payload_as(decode(TOPIC, message), ObjectsAnnounced)


def test_every_created_object_of_a_notification_is_announced_with_its_etag_and_version() -> None:
    versioned = record("b.pdf")
    versioned["s3"]["object"]["versionId"] = "3HL4"
    found = announced(body(record(), versioned)).objects

    assert [one.uri for one in found] == ["s3://incoming/leases/a.pdf", "s3://incoming/b.pdf"]
    assert [bytes.fromhex(one.etag or "").decode() for one in found] == ["9b2cf535f27731c9"] * 2
    assert [one.version_id for one in found] == [None, b"3HL4".hex()]


@pytest.mark.parametrize(
    ("key", "uri"),
    [
        ("in/lease+of+a+flat.pdf", "s3://incoming/in/lease%20of%20a%20flat.pdf"),
        ("in/B%C3%BCro.pdf", "s3://incoming/in/B%C3%BCro.pdf"),
        ("in/100%25.pdf", "s3://incoming/in/100%25.pdf"),
        ("in/Büro und Lager.pdf", "s3://incoming/in/B%C3%BCro%20und%20Lager.pdf"),
        ("in/50% off?.pdf", "s3://incoming/in/50%25%20off%3F.pdf"),
    ],
)
def test_keys_are_read_whether_the_store_encodes_them_or_not(key: str, uri: str) -> None:
    assert [one.uri for one in announced(body(record(key))).objects] == [uri]


def test_a_store_that_is_known_to_send_plain_keys_is_taken_at_its_word() -> None:
    plain = record("a+b%20c.pdf")
    plain["s3"]["configurationId"] = "kafka-global"

    assert [one.uri for one in announced(body(plain)).objects] == ["s3://incoming/a%2Bb%2520c.pdf"]


@pytest.mark.parametrize(
    "name", ["ObjectRemoved:Delete", "ObjectRestore:Completed", "s3:ObjectRemoved:Delete"]
)
def test_what_creates_nothing_announces_nothing(name: str) -> None:
    assert announced(body(record(eventName=name))).objects == ()


def test_the_test_event_and_folders_announce_nothing() -> None:
    test_event = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "incoming"}).encode()
    folder = record("leases/")
    folder["s3"]["object"]["size"] = 0

    assert announced(test_event).objects == announced(body(folder)).objects == ()


def test_equal_notifications_give_the_equal_envelope_with_the_time_they_state() -> None:
    first, again = read_notification(body(record())), read_notification(body(record()))

    assert first == again
    assert first.time == datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"{}", "documents.announced: Records is missing"),
        (b'{"Records": {}}', "Records must be an array, not an object"),
        (b'{"Records": [7]}', "Records.0 must be an object, not a number"),
        (body({**record(), "s3": None}), "Records.0.s3 must be an object, not null"),
        (body(record("")), "Records.0.s3.object.key must be a text"),
        (body(record("k" * 1100)), "Records.0.s3 no s3 uri can name it"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_notification_of_another_shape_is_refused_by_the_field_that_is_wrong(
    message: bytes, sentence: str
) -> None:
    with pytest.raises(UnreadableMessageError, match=sentence):
        decode(TOPIC, message)
