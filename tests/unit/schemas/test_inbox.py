from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from schemas.errors import UnreadableMessageError
from schemas.inbox import EVENT_SCHEMA, TIME_UNKNOWN
from schemas.message import encode, new_traceparent, seal
from schemas.objects import ObjectRef
from schemas.versions import payload_as
from tests.unit.schemas.inbox_messages import EVENT, PUBLISHED, REF, SHA, URI, read

ONE_OF = "give exactly one of uri, ref, document_id"
URI_FORM = "s3://bucket/key or file:///path, percent-encoded, without query part or fragment"


def dropped(message: Any) -> DocumentDropped:
    return payload_as(read(message), DocumentDropped)


def refusal(message: Any) -> str:
    with pytest.raises(UnreadableMessageError) as caught:
        read(message)
    sentence = str(caught.value)
    assert len(sentence) < 400
    return sentence


def test_bare_json_with_a_uri_is_taken() -> None:
    assert dropped({"uri": URI}) == DocumentDropped(uri=URI)


def test_bare_json_with_a_reference_is_taken() -> None:
    assert dropped({"ref": REF}).ref == ObjectRef(**REF)


def test_a_request_to_run_a_known_document_again_is_taken() -> None:
    assert dropped({"document_id": SHA, "cause_id": SHA}).cause_id == SHA


def test_an_event_of_any_type_is_taken_without_trace_schema_and_time() -> None:
    assert dropped(EVENT | {"data": {"uri": "file:///inbox/lease.pdf"}}).uri == "file:///inbox/lease.pdf"


def test_an_event_as_our_own_command_seals_it_comes_back_unchanged() -> None:
    sealed = seal(
        DocumentDropped(ref=ObjectRef(**REF), event_id=str(uuid.UUID(int=7))),
        event_id=str(uuid.UUID(int=8)),
        source="doctrail/submit",
        subject=SHA,
        time=datetime(2026, 11, 21, tzinfo=UTC),
        traceparent=new_traceparent("seed"),
        cause=str(uuid.UUID(int=9)),
    )

    assert read(encode(sealed)) == sealed


def test_a_redelivered_message_has_the_same_id_and_the_same_trace() -> None:
    one, two = read(b'{"uri":"s3://incoming/a.pdf"}'), read(b' {"uri": "s3://incoming/a.pdf"}\n')

    assert one == two
    assert one.id != read({"uri": "s3://incoming/b.pdf"}).id


def test_a_strangers_event_id_becomes_one_of_ours_that_depends_on_its_source() -> None:
    here = read(EVENT | {"data": {"uri": URI}})
    there = read(EVENT | {"source": "/other", "data": {"uri": URI}})

    assert here.id == derive_id("inbox", "A234-1234", "/crm/uploads")
    assert here.id != there.id


def test_an_event_id_of_our_form_stays() -> None:
    mine = str(uuid.UUID(int=1))

    assert read(EVENT | {"id": mine, "data": {"uri": URI}}).id == mine
    assert read({"uri": URI, "event_id": mine}).id == mine


def test_a_clients_own_event_id_is_kept_as_one_of_ours() -> None:
    client = dropped({"uri": URI, "event_id": "upload 17 of Jane.pdf"}).event_id

    assert client == derive_id("client event", "upload 17 of Jane.pdf")


def test_a_broken_trace_context_starts_a_new_trace() -> None:
    broken = read(EVENT | {"traceparent": "00-nonsense", "data": {"uri": URI}})

    assert broken.traceparent == new_traceparent(broken.id)


def test_a_good_trace_context_goes_on() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

    assert read(EVENT | {"traceparent": trace, "data": {"uri": URI}}).traceparent == trace


def test_the_bus_tells_the_time_that_a_producer_left_out() -> None:
    received = datetime(2026, 11, 21, 9, tzinfo=UTC)

    assert read({"uri": URI}, received_at=received).time == received
    assert read({"uri": URI}).time == TIME_UNKNOWN
    stated = EVENT | {"time": "2026-01-01T00:00:00.123456789+01:00", "data": {"uri": URI}}
    assert read(stated, received_at=received).time == datetime(2025, 12, 31, 23, 0, 0, 123456, tzinfo=UTC)


def test_members_that_are_null_count_as_absent() -> None:
    assert dropped(EVENT | {"time": None, "data": {"uri": URI, "ref": None, "event_id": None}}).uri == URI


def test_nothing_of_a_stranger_but_the_uri_goes_on() -> None:
    stranger = EVENT | {
        "source": "https://crm.example.com/uploads?user=jane",
        "subject": "Lease of Jane.pdf",
        "run": "r1",
        "cause": "because",
        "data": {"uri": URI, "note": "Jane's lease", "filename": "Lease of Jane.pdf"},
    }
    written = encode(read(stranger)).decode()

    assert json.loads(written)["source"] == "doctrail/inbox"
    assert not [word for word in ("Jane", "crm", 'r1"', "because") if word in written]
    PUBLISHED.validate(json.loads(written))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"url": URI}, f"the message: {ONE_OF}; got none of them (unknown: 'url')"),
        ({"uri": URI, "ref": REF}, f"the message: {ONE_OF}; got ['uri', 'ref']"),
        ({"document_id": SHA}, "the message: document_id and cause_id belong together"),
        ({"uri": URI, "cause_id": SHA}, "the message: document_id and cause_id belong together"),
        ({"uri": 5}, f"uri must be {URI_FORM}, not a number"),
        ({"uri": ["x"]}, "not an array"),
        ({"uri": True}, "not a boolean"),
        ({"ref": "inbox/x"}, "ref must be an object that refers to bytes in the store, not a string"),
        ({"ref": REF | {"sha256": "ABC"}}, "ref.sha256 must be 64 lower-case hex digits"),
        ({"ref": REF | {"size": -1}}, "ref.size must be the length in bytes"),
        ({"ref": REF | {"size": "5"}}, "ref.size must be the length in bytes, not a string"),
        ({"ref": REF | {"size": 2**60}}, "ref.size must be the length in bytes"),
        ({"ref": REF | {"uri": "other/lease.pdf"}}, "ref.uri must be a key: inbox/<sha256>"),
        ({"ref": {k: v for k, v in REF.items() if k != "media_type"}}, "ref.media_type is missing"),
        ({"uri": URI, "event_id": 7}, "event_id must be a text of 1 to 1024 characters, not a number"),
        (EVENT | {"data": {"uri": "https://x"}}, "data.uri must be s3://bucket/key"),
        (EVENT, "data is missing"),
        (EVENT | {"data": "text"}, "data must be an object with exactly one of uri, ref, document_id, not a"),
        ({k: v for k, v in EVENT.items() if k != "id"} | {"data": {"uri": URI}}, "id is missing"),
        (EVENT | {"specversion": "0.3", "data": {"uri": URI}}, "specversion must be '1.0'"),
        (EVENT | {"time": "yesterday", "data": {"uri": URI}}, "time must be an RFC 3339 time"),
        (EVENT | {"time": "2026-13-01T00:00:00Z", "data": {"uri": URI}}, "time is no moment of the calendar"),
        (EVENT | {"datacontenttype": "text/xml", "data": {"uri": URI}}, "datacontenttype must be"),
        (EVENT | {"data_base64": "e30="}, "data_base64 is not read; send data as a JSON object"),
    ],
)  # fmt: skip
def test_the_exact_wrong_field_is_named(message: Any, said: str) -> None:
    sentence = refusal(message)

    assert sentence.startswith("message on documents.inbox: ")
    assert said in sentence


@pytest.mark.parametrize(
    "uri",
    [
        "https://bucket.s3.amazonaws.com/lease.pdf?X-Amz-Signature=SECRET",
        "s3://bucket/lease.pdf?X-Amz-Signature=SECRET",
        "s3://bucket/lease.pdf#SECRET",
        "s3://bucket",
        "s3:///key",
        "file://host/path",
        "file:relative",
        "s3://bucket/with space SECRET",
        "s3://bucket/nul\x00SECRET",
        "s3://bucket/" + "x" * 1025,
        "",
        "s3://bucket/key\n",
    ],
)
def test_a_uri_that_could_expire_or_hide_something_is_refused_without_being_repeated(uri: str) -> None:
    sentence = refusal({"uri": uri})

    assert "uri" in sentence
    assert "SECRET" not in sentence


def test_an_unknown_major_version_of_our_own_type_is_refused_by_name() -> None:
    sentence = refusal(EVENT | {"type": "documents.inbox.v7", "data": {"uri": URI}})

    assert "type 'documents.inbox.v7' is of unknown major version 7" in sentence
    assert "deploy the newer consumer first" in sentence


def test_another_event_of_ours_is_refused_by_name() -> None:
    assert "does not belong on documents.inbox" in refusal(
        EVENT | {"type": "documents.submitted.v1", "data": {"uri": URI}}
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not JSON at line 1, column 1"),
        (b"lease.pdf", "is not JSON at line 1, column 1"),
        (b'{"uri": "s3://b', "is not JSON at line 1, column 9"),
        (b"\xff\xfe{", "is not UTF-8 at byte 0"),
        (b'{"uri": "s3://bucket/a\x00b"}', "is not JSON at line 1"),
        (b"\x00" * 100, "is not JSON"),
        (b'{"uri": "s3://bucket/a", "uri": "s3://bucket/b"}', "gives the key 'uri' twice"),
        (b'{"ref": {"size": 1, "size": 2}}', "gives the key 'size' twice"),
        (b"[" * 60_000, "is nested too deeply to be read"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "is nested too deeply to be read"),
        (b'{"uri": "s3://bucket/' + b"x" * 70_000 + b'"}', "more than the limit of 65536"),
        (b'{"uri": "\\ud800"}', "holds half a surrogate pair"),
        (b'{"size": NaN}', "holds NaN, which is no JSON number"),
        (b'{"size": -Infinity}', "holds -Infinity, which is no JSON number"),
        (b'{"size": ' + b"9" * 5000 + b"}", "holds a number too long to be read"),
        (b"[]", "must be one JSON object, not an array"),
        (b'"text"', "must be one JSON object, not a string"),
        (b"null", "must be one JSON object, not null"),
    ],
)
def test_bytes_that_are_no_message_get_one_clear_sentence(body: bytes, said: str) -> None:
    assert said in refusal(body)


def test_a_byte_order_mark_is_no_error() -> None:
    assert dropped(b"\xef\xbb\xbf" + json.dumps({"uri": URI}).encode()).uri == URI


def test_unknown_long_keys_are_cut_in_the_sentence() -> None:
    assert "…" in refusal({"x" * 5000: 1})


def test_the_schema_of_the_inbox_is_a_schema() -> None:
    of_schemas = Draft202012Validator(Draft202012Validator.META_SCHEMA)

    assert list(of_schemas.iter_errors(EVENT_SCHEMA)) == []
