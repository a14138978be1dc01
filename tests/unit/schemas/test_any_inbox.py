"""Whatever arrives in the inbox is an envelope as published, or one sentence."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UnreadableMessageError
from schemas.message import Envelope, Message, encode
from tests.unit.schemas.inbox_messages import PUBLISHED, REF, SHA, URI, read

words = st.text("aé\x00\ud800:/", max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "uri": st.just(URI) | json_values,
        "ref": st.just(REF) | json_values,
        "event_id": json_values,
        "document_id": st.just(SHA) | json_values,
        "cause_id": st.just(SHA) | json_values,
    },
)
events = st.fixed_dictionaries(
    {"specversion": st.just("1.0") | json_values, "data": members | json_values},
    optional={
        name: st.just("x") | json_values for name in ("id", "source", "type", "time", "traceparent", "run")
    },
)


def answer(body: bytes) -> Envelope[Message] | UnreadableMessageError:
    try:
        return read(body)
    except UnreadableMessageError as refused:
        return refused


@settings(max_examples=100, deadline=None)
@given(members | events | json_values)
def test_whatever_arrives_is_an_envelope_as_published_or_one_sentence(message: Any) -> None:
    answered = answer(json.dumps(message).encode())

    if isinstance(answered, Envelope):
        PUBLISHED.validate(json.loads(encode(answered)))
    else:
        assert "\n" not in str(answered)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_bytes_arrive_nothing_but_our_own_error_is_raised(body: bytes) -> None:
    assert isinstance(answer(body), UnreadableMessageError)
