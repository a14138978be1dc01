from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical import canonical_json, canonical_object, derive_id, digest, sha256_hex
from schemas.errors import InvariantError
from schemas.objects import ObjectRef

words = st.text('aé😀\n"1', max_size=3)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
parts = st.lists(words | st.integers(-99, 99), min_size=1, max_size=3)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(words, plain, max_size=4))
def test_the_order_of_members_does_not_matter(value: dict[str, Any]) -> None:
    backwards = dict(reversed(value.items()))

    assert canonical_json(value) == canonical_json(backwards)
    assert json.loads(canonical_json(value)) == value


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(
    lambda n: n / 64
)


@settings(max_examples=200, deadline=None)
@given(st.recursive(plain | numbers | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3)))
def test_the_bytes_are_those_of_the_library(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@settings(max_examples=50, deadline=None)
@given(parts, parts)
def test_other_parts_give_another_id(one: list[str | int], two: list[str | int]) -> None:
    assert (derive_id(*one) == derive_id(*two)) == (one == two)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(words, plain, max_size=4), st.dictionaries(words, plain, max_size=3))
def test_an_object_put_together_from_known_parts_has_the_same_bytes(
    value: dict[str, Any], others: dict[str, Any]
) -> None:
    known = {name: canonical_json(member) for name, member in others.items()}

    assert canonical_object(value, **known) == canonical_json({**value, **others})


def test_ids_and_digests_never_change() -> None:
    """These stand in stores: a change here would make every known document unknown."""
    assert derive_id("submission", "s3://bucket/key", 1) == "6fe68e57-aa84-5fb7-9a92-8ea6d731d4db"
    assert digest({"b": [1, 2.5, None], "a": "é"}) == sha256_hex('{"a":"é","b":[1,2.5,null]}'.encode())
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_model_is_written_with_all_its_fields() -> None:
    reference = ObjectRef(uri="a/b", sha256=sha256_hex(b""), size=0, media_type="text/plain")

    assert json.loads(canonical_json(reference)) == reference.model_dump(mode="json")
    assert "version_id" in json.loads(canonical_json(reference))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1: 2}, object(), "\ud800", [b"bytes"]])
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(InvariantError, match="has no canonical JSON"):
        canonical_json(value)
