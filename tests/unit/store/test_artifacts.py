"""Artifacts: what is written comes back, and what breaks its contract is neither written nor passed."""

from __future__ import annotations

import json
from typing import cast

import pytest
from pydantic import BaseModel

from schemas.errors import DigestMismatchError, InvariantError, MissingObjectError
from schemas.results import ArtifactKind
from store.artifacts import (
    ContractError,
    CorruptArtifactError,
    check_artifact,
    get_artifact,
    put_artifact,
    require_contract,
    serialise,
)
from store.memory import MemoryStore
from tests.unit.store import made

pytestmark = pytest.mark.anyio


def sound(kind: ArtifactKind) -> tuple[str, BaseModel | bytes]:
    return cast("tuple[str, BaseModel | bytes]", made.SOUND[kind])


@pytest.mark.parametrize("kind", list(ArtifactKind))
async def test_a_sound_artifact_is_written_once_and_comes_back_equal(kind: ArtifactKind) -> None:
    store = MemoryStore()
    key, value = sound(kind)

    ref = await put_artifact(store, kind, key, value)
    again = await put_artifact(store, kind, key, value)

    assert ref == again
    assert check_artifact(kind, key, store.objects[key]) == []
    found = await get_artifact(store, ref, kind)  # type: ignore[call-overload]  # every kind in turn
    assert found == (json.loads(cast("bytes", value)) if kind is ArtifactKind.REPLY else value)


@pytest.mark.parametrize("kind", list(ArtifactKind))
async def test_an_artifact_under_anothers_key_is_not_written(kind: ArtifactKind) -> None:
    store = MemoryStore()
    _, value = sound(kind)

    with pytest.raises(ContractError, match="is not of the form"):
        await put_artifact(store, kind, "documents/d/elsewhere/x.json", value)
    assert store.objects == {}


@pytest.mark.parametrize("kind", list(ArtifactKind))
def test_cut_off_bytes_are_named(kind: ArtifactKind) -> None:
    key, value = sound(kind)
    data = serialise(value)

    for end in (0, len(data) // 2, len(data) - 1):
        assert check_artifact(kind, key, data[:end]) != []


FILES = {ArtifactKind.PAGE_IMAGE, ArtifactKind.MASK, ArtifactKind.CURVE}


@pytest.mark.parametrize("kind", [kind for kind in ArtifactKind if kind not in FILES])
def test_bytes_that_say_the_same_in_another_form_are_named(kind: ArtifactKind) -> None:
    key, value = sound(kind)
    loose = json.dumps(json.loads(serialise(value)), indent=1).encode()

    problems = check_artifact(kind, key, loose)

    assert problems == ([] if kind is ArtifactKind.REPLY else ["the bytes are not as doctrail writes them"])


async def test_reading_verifies_digest_presence_and_shape() -> None:
    store = MemoryStore()
    ref = await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, made.RECORD)

    with pytest.raises(CorruptArtifactError, match="is no layout: pages: Field required"):
        await get_artifact(store, ref, ArtifactKind.LAYOUT)
    store.objects[ref.uri] = store.objects[ref.uri].replace(b"9.00", b"9.50")
    with pytest.raises(DigestMismatchError):
        await get_artifact(store, ref, ArtifactKind.RECORD)
    await store.delete(ref.uri)
    with pytest.raises(MissingObjectError):
        await get_artifact(store, ref, ArtifactKind.RECORD)


async def test_a_stored_reply_that_is_no_json_is_named_without_its_text() -> None:
    store = MemoryStore()
    created = await store.create(made.REPLY_KEY, b"secret text")

    with pytest.raises(CorruptArtifactError) as raised:
        await get_artifact(store, created.ref, ArtifactKind.REPLY)
    assert "secret" not in str(raised.value)


async def test_the_second_writer_of_an_artifact_gets_the_first_ones() -> None:
    store = MemoryStore()
    first = await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, made.RECORD)

    other = made.RECORD.model_copy(update={"reasons": ("another attempt",)})

    assert await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, other) == first


async def test_a_corrupt_artifact_that_stands_in_the_way_is_named() -> None:
    store = MemoryStore()
    await store.create(made.RECORD_KEY, b'{"half":')

    with pytest.raises(CorruptArtifactError, match="verify --repair"):
        await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, made.RECORD)


async def test_a_value_of_another_kind_is_not_written() -> None:
    store = MemoryStore()

    with pytest.raises(ContractError, match="a Layout is no record"):
        await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, made.LAYOUT)
    with pytest.raises(ContractError, match="is not raw bytes"):
        await put_artifact(store, ArtifactKind.RECORD, made.RECORD_KEY, b"{}")


def test_a_number_that_json_does_not_have_is_not_written() -> None:
    total = made.TOTAL.model_copy(update={"confidence": float("nan")})
    broken = made.EXTRACTION.model_copy(update={"fields": (total,)})

    with pytest.raises(InvariantError):
        serialise(broken)


def test_values_without_a_kind_have_no_contract() -> None:
    assert not require_contract("anywhere", made.QUALITY)
