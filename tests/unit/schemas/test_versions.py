from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical import sha256_hex
from schemas.documents import DocumentClassified, DocumentSubmitted, Route
from schemas.errors import UnreadableMessageError
from schemas.forms import Id
from schemas.message import Envelope, Message, encode, new_traceparent, seal
from schemas.publish import GOLDEN
from schemas.topics import Topic
from schemas.upcasters import upcast
from schemas.versions import Reader, decode, payload_as
from schemas.wire import MAX_BYTES

DOCUMENT = sha256_hex(b"document")
RUN = sha256_hex(b"run")


def golden(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((GOLDEN / "documents.classified" / "1.0" / "full.json").read_text())
    event["data"] |= changes.pop("data", {})
    return event | changes


def body(**changes: Any) -> bytes:
    return json.dumps(golden(**changes)).encode()


def refusal(message: bytes, topic: str = "documents.classified") -> str:
    with pytest.raises(UnreadableMessageError) as caught:
        decode(topic, message)
    return str(caught.value)


def test_a_sealed_message_comes_back_as_it_was() -> None:
    sealed = seal(
        DocumentClassified(run_id=RUN, route=Route.WITHDRAW),
        event_id=sha256_hex(b"event"),
        source="doctrail/gatekeeper",
        subject=DOCUMENT,
        time=datetime(2026, 11, 21, 9, 0, 0, 1, tzinfo=UTC),
        traceparent=new_traceparent(),
    )

    assert decode("documents.classified", encode(sealed)) == sealed


def test_fields_that_a_newer_minor_version_added_are_ignored() -> None:
    newer = decode(
        "documents.classified",
        body(dataschema="doctrail:documents.classified/1.7", data={"pages": 3}, extra=1),
    )

    assert "pages" not in newer.data.model_dump()
    assert newer.dataschema == "doctrail:documents.classified/1.7"


def test_a_newer_major_version_is_refused_by_name() -> None:
    sentence = refusal(body(type="documents.classified.v2", dataschema="doctrail:documents.classified/2.0"))

    assert sentence == (
        "type 'documents.classified.v2' is of unknown major version 2; this consumer reads "
        "'documents.classified.v1': deploy the newer consumer first"
    )


def test_a_newer_major_version_of_quite_another_shape_is_refused_by_name_too() -> None:
    assert "unknown major version 3" in refusal(b'{"type": "documents.classified.v3"}')


def test_the_reason_of_an_unknown_major_version_is_a_code_of_its_own() -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        decode("documents.classified", body(type="documents.classified.v2"))

    assert caught.value.reason == "unknown_major_version"


@pytest.mark.parametrize(
    "found", ["documents.extracted.v1", "documents.classified", "documents.classified.vX"]
)
def test_another_event_is_refused_by_name(found: str) -> None:
    assert f"type {found!r} does not belong on documents.classified" in refusal(body(type=found))


def test_a_schema_that_contradicts_the_type_is_refused() -> None:
    assert "dataschema 'doctrail:documents.classified/2.0' contradicts type" in refusal(
        body(dataschema="doctrail:documents.classified/2.0")
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"data": {"run_id": 5}}, "data.run_id"),
        ({"data": {"route": "elsewhere"}}, "data.route"),
        ({"data": {"reason": "The tenant is John Smith"}}, "data.reason"),
        ({"data": {"result": {"uri": "documents/lease.pdf"}}}, "data.result"),
        ({"id": "1"}, "id"),
        ({"source": "somewhere"}, "source"),
        ({"time": 1_700_000_000}, "time"),
        ({"time": "2026-11-21T09:00:00"}, "time"),
        ({"traceparent": "00-1-2-3"}, "traceparent"),
        ({"specversion": "0.3"}, "specversion"),
    ],
)
def test_the_exact_wrong_field_is_named_without_its_value(changes: dict[str, Any], place: str) -> None:
    sentence = refusal(body(**changes))

    assert f"message on documents.classified: {place}" in sentence
    assert "John Smith" not in sentence


def test_a_number_in_quotes_is_no_number() -> None:
    event = json.loads((GOLDEN / "records.completed" / "1.0" / "full.json").read_text())
    event["data"]["revision"] = "2"

    assert "data.revision: Input should be a valid integer" in refusal(
        json.dumps(event).encode(), "records.completed"
    )


def test_a_run_that_contradicts_the_data_is_refused() -> None:
    assert "differs from data.run_id" in refusal(body(run=DOCUMENT))


def test_a_record_that_is_not_of_the_subject_is_refused() -> None:
    event = json.loads((GOLDEN / "records.completed" / "1.0" / "full.json").read_text())

    assert "differs from data.record_id" in refusal(
        json.dumps(event | {"subject": RUN}).encode(), "records.completed"
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"[" * 60_000, "is nested too deeply to be read"),
        (b"\xff", "is not UTF-8 at byte 0"),
        (b"{", "is not JSON at line 1"),
        (b"null", "must be one JSON object, not null"),
        (b"{}", "id: Field required"),
        (b'{"type": 7}', "type '7' does not belong on documents.classified"),
        (b" " * (MAX_BYTES + 1), "more than the limit of 65536"),
    ],
)
def test_bytes_that_are_no_message_get_one_clear_sentence(message: bytes, said: str) -> None:
    assert said in refusal(message)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_bytes_arrive_nothing_but_our_own_error_is_raised(message: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        decode("documents.classified", message)


def test_a_payload_of_another_kind_is_refused() -> None:
    envelope = decode("documents.classified", body())

    assert payload_as(envelope, DocumentClassified) == envelope.data
    with pytest.raises(UnreadableMessageError, match=r"expected documents\.submitted\.v1"):
        payload_as(envelope, DocumentSubmitted)


class Classified(Message):
    """The invented version 1 that renamed ``verdict`` to ``route`` and made ``score`` a fraction."""

    event: ClassVar[str] = "documents.classified"

    run_id: Id
    route: Route
    score: float


def from_zero(data: dict[str, Any]) -> dict[str, Any]:
    return {"run_id": data["run_id"], "route": data["verdict"], "score": data["percent"] / 100}


READER = Reader(
    topics={
        "documents.classified": Topic("documents.classified", Classified, "document_id", ("extraction",))
    },
    upcasters={("documents.classified", 0): from_zero},
)


def old(**data: Any) -> bytes:
    event = golden(type="documents.classified.v0", dataschema="doctrail:documents.classified/0.4")
    return json.dumps(event | {"run": RUN, "data": {"run_id": RUN} | data}).encode()


def test_an_older_major_version_is_read_as_todays() -> None:
    envelope: Envelope[Message] = READER.decode("documents.classified", old(verdict="reject", percent=25))

    assert envelope.data == Classified(run_id=RUN, route=Route.REJECT, score=0.25)
    assert envelope.type == "documents.classified.v1"
    assert envelope.dataschema == "doctrail:documents.classified/1.0"


def test_an_older_major_version_that_looks_like_todays_is_upcast_all_the_same() -> None:
    both = READER.decode(
        "documents.classified", old(verdict="reject", percent=25, route="extract", score=1.0)
    )

    assert both.data == Classified(run_id=RUN, route=Route.REJECT, score=0.25)


def test_an_older_major_version_that_is_still_wrong_after_its_step_names_the_field() -> None:
    with pytest.raises(UnreadableMessageError, match=r"data\.route: Input should be"):
        READER.decode("documents.classified", old(verdict="elsewhere", percent=25))


def test_an_older_major_version_without_a_step_is_refused_by_name() -> None:
    with pytest.raises(UnreadableMessageError, match="no upcaster reads it any more"):
        Reader(topics=READER.topics).decode("documents.classified", old(verdict="reject", percent=25))


def test_an_older_major_version_without_data_is_refused() -> None:
    with pytest.raises(UnreadableMessageError, match="unknown major version 0"):
        READER.decode("documents.classified", b'{"type": "documents.classified.v0", "data": 1}')


def test_steps_are_taken_one_after_another_and_none_is_skipped() -> None:
    steps = {("e", 0): lambda d: d | {"a": 1}, ("e", 1): lambda d: d | {"b": d["a"] + 1}}

    assert upcast("e", {}, from_major=0, to_major=2, steps=steps) == {"a": 1, "b": 2}
    assert upcast("e", {}, from_major=0, to_major=3, steps=steps) is None
    assert upcast("e", {}, from_major=2, to_major=1, steps=steps) is None
