from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas import forms
from schemas.canonical import derive_id, sha256_hex
from schemas.documents import DocumentDropped, DocumentSubmitted
from schemas.message import Envelope, Message, child_traceparent, encode, new_traceparent, seal
from schemas.objects import ObjectRef

DOCUMENT, RUN, EVENT = sha256_hex(b"document"), derive_id("run"), derive_id("event")


def reference(uri: str = f"documents/{DOCUMENT}/original") -> ObjectRef:
    return ObjectRef(uri=uri, sha256=DOCUMENT, size=8, media_type="application/pdf")


def submitted(time: datetime = datetime(2026, 11, 21, 9, tzinfo=UTC)) -> Envelope[Message]:
    return seal(
        DocumentSubmitted(run_id=RUN, run_cause="first", original=reference()),
        event_id=EVENT,
        source="doctrail/intake",
        subject=DOCUMENT,
        time=time,
        traceparent=new_traceparent("seed"),
    )


def test_an_envelope_has_the_attributes_of_cloudevents() -> None:
    written = json.loads(encode(submitted()))

    assert written == {
        "specversion": "1.0",
        "id": EVENT,
        "source": "doctrail/intake",
        "type": "documents.submitted.v1",
        "subject": DOCUMENT,
        "time": "2026-11-21T09:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "doctrail:documents.submitted/1.2",
        "traceparent": new_traceparent("seed"),
        "run": RUN,
        "data": {"run_id": RUN, "run_cause": "first", "original": reference().model_dump(exclude_none=True)},
    }


def test_equal_envelopes_have_equal_bytes() -> None:
    assert encode(submitted()) == encode(submitted())


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        submitted(datetime(2026, 11, 21, 9))  # noqa: DTZ001 (the mistake that is shown)


def test_a_time_keeps_its_moment_whatever_its_offset() -> None:
    there = submitted(datetime(2026, 11, 21, 10, tzinfo=timezone(timedelta(hours=1))))

    assert there.time == submitted().time


def test_a_reference_in_a_message_names_no_file() -> None:
    with pytest.raises(ValidationError, match="not a key that a message may refer to"):
        DocumentSubmitted(run_id=RUN, run_cause="first", original=reference("uploads/lease.pdf"))


@pytest.mark.parametrize(
    "uri",
    [
        "../secret",
        "/etc/passwd",
        "a/../b",
        "s3://bucket/key",
        "key?X-Amz-Signature=1",
        "a//b",
        "a/",
        "",
        "a b",
    ],
)
def test_a_reference_is_a_plain_key_relative_to_the_store(uri: str) -> None:
    with pytest.raises(ValidationError):
        reference(uri)


def test_a_reference_may_name_any_key_of_the_store_outside_of_messages() -> None:
    assert reference("bundles/lease/abc/schema.json").uri == "bundles/lease/abc/schema.json"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"uri": "s3://bucket/a", "ref": reference()},
        {"document_id": DOCUMENT},
        {"uri": "file:///a", "cause_id": RUN},
    ],
)
def test_a_drop_has_exactly_one_source(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DocumentDropped.model_validate(given)


def test_a_child_span_stays_in_its_trace() -> None:
    parent = new_traceparent()
    child = child_traceparent(parent)

    assert child.split("-")[1] == parent.split("-")[1]
    assert child.split("-")[2] != parent.split("-")[2]


def test_equal_seeds_give_equal_spans_and_traces() -> None:
    assert new_traceparent("a") == new_traceparent("a") != new_traceparent("b")
    assert child_traceparent(new_traceparent("a"), "x") == child_traceparent(new_traceparent("a"), "x")
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", child_traceparent(new_traceparent("a"), "x"))


def test_without_a_seed_every_trace_is_new() -> None:
    assert new_traceparent() != new_traceparent()


def test_the_form_that_the_how_to_gives_a_new_field_is_where_it_says() -> None:
    how_to = (Path(__file__).parents[3] / "docs/how-to/change-a-message.md").read_text(encoding="utf-8")
    (form,) = re.findall(r"page_count: (\w+) \| None", how_to)

    assert hasattr(forms, form)
