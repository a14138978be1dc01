from __future__ import annotations

import json

import numpy as np
import pytest

from doctypes.definition import DocType
from inference.extractor.fields import sketch_of
from inference.extractor.file import dump_extractor, load_extractor
from inference.extractor.model import extract
from inference.extractor.training import Trained
from inference.learned.variant import BrokenVariantError, Parts, pack, unpack
from inference.reading.blocks import read_document
from schemas.canonical import sha256_hex


@pytest.fixture(scope="module")
def packed() -> bytes:
    arrays = {"a": np.arange(6, dtype="<f4").reshape(2, 3), "b": np.array([1, 2], dtype="<u2")}
    return pack(Parts("extractor", {"name": "x"}, arrays))


def sealed(rest: bytes) -> bytes:
    return b"doctrail-model 1 %s\n" % sha256_hex(rest).encode() + rest


def test_parts_survive_packing(packed: bytes) -> None:
    parts = unpack(packed, "extractor")

    assert parts.facts == {"name": "x"}
    assert parts.arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert parts.arrays["b"].tolist() == [1, 2]


def test_equal_parts_give_equal_bytes(packed: bytes) -> None:
    assert pack(unpack(packed, "extractor")) == packed


@pytest.mark.parametrize("place", [0, 20, 80, 200, -1])
def test_a_changed_byte_is_refused(packed: bytes, place: int) -> None:
    changed = bytearray(packed)
    changed[place] ^= 1

    with pytest.raises(BrokenVariantError):
        unpack(bytes(changed), "extractor")


@pytest.mark.parametrize("length", [0, 1, 60, 100, 200])
def test_a_truncated_file_is_refused(packed: bytes, length: int) -> None:
    with pytest.raises(BrokenVariantError):
        unpack(packed[:length], "extractor")


def test_a_file_of_another_kind_is_refused_by_name(packed: bytes) -> None:
    with pytest.raises(BrokenVariantError, match="'classifier' is needed"):
        unpack(packed, "classifier")


def test_a_pickle_is_no_model_file() -> None:
    with pytest.raises(BrokenVariantError, match="does not begin like one"):
        unpack(b"\x80\x04\x95whatever", "extractor")


@pytest.mark.parametrize(
    "header",
    [
        b"not json",
        b"[]",
        b'{"kind": "extractor"}',
        b'{"kind": "extractor", "facts": {}, "arrays": [3]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": "O", "shape": [1]}]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": "f4", "shape": [-1]}]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": "f4", "shape": [999999999]}]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": ["f4"], "shape": [1]}]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": "f4", "shape": [true]}]}',
        b'{"kind": "extractor", "facts": {}, "arrays": [{"name": "a", "type": "f4", "shape": [%d, %d, 8]}]}'
        % (2**30, 2**30),
        b"[" * 100_000,
    ],
)
def test_a_resealed_header_that_lies_is_refused(header: bytes) -> None:
    with pytest.raises(BrokenVariantError):
        unpack(sealed(header + b"\nx"), "extractor")


@pytest.mark.parametrize("behind", [b"x", b"\n" * 9, b"\x00"])
def test_what_stands_behind_the_arrays_is_refused(packed: bytes, behind: bytes) -> None:
    rest = packed.partition(b"\n")[2]

    with pytest.raises(BrokenVariantError, match="do not end where the file does"):
        unpack(sealed(rest + behind), "extractor")
    with pytest.raises(BrokenVariantError, match="do not end where the file does"):
        unpack(sealed(rest[:-1]), "extractor")


def test_numbers_that_are_not_finite_are_refused() -> None:
    data = pack(Parts("extractor", {}, {"a": np.array([np.nan], dtype="<f4")}))

    with pytest.raises(BrokenVariantError, match=r"'a'.*not finite"):
        unpack(data, "extractor")


def test_an_extractor_read_back_answers_the_same(
    trained: Trained, slip: DocType, unseen: tuple[str, dict[str, tuple[str, ...]]]
) -> None:
    data = dump_extractor(trained.extractor, schema_digest="s", training={"seed": 0})
    fields = [sketch_of(spec) for spec in slip.fields]
    document = read_document(unseen[0])

    assert extract(load_extractor(data), document, fields) == extract(trained.extractor, document, fields)
    assert dump_extractor(load_extractor(data), schema_digest="s", training={"seed": 0}) == data


def test_a_missing_array_or_other_shape_is_refused_by_name(trained: Trained) -> None:
    parts = unpack(dump_extractor(trained.extractor, schema_digest="s", training={}), "extractor")
    missing = {name: array for name, array in parts.arrays.items() if name != "0.context"}
    shorter = {**parts.arrays, "0.context": parts.arrays["0.context"][:-1]}

    with pytest.raises(BrokenVariantError, match=r"'0\.context' is missing"):
        load_extractor(pack(Parts("extractor", parts.facts, missing)))
    with pytest.raises(BrokenVariantError, match=r"'0\.context' is"):
        load_extractor(pack(Parts("extractor", parts.facts, shorter)))


def test_weights_for_other_features_are_refused(trained: Trained) -> None:
    parts = unpack(dump_extractor(trained.extractor, schema_digest="s", training={}), "extractor")

    with pytest.raises(BrokenVariantError, match="train it again"):
        load_extractor(pack(Parts("extractor", {**parts.facts, "feature_space": "other"}, parts.arrays)))
    with pytest.raises(BrokenVariantError, match="'day_first'"):
        load_extractor(pack(Parts("extractor", {**parts.facts, "day_first": "often"}, parts.arrays)))


def test_no_value_can_be_read_out_of_a_model_file(trained: Trained) -> None:
    parts = unpack(dump_extractor(trained.extractor, schema_digest="s", training={}), "extractor")
    text = json.dumps(parts.facts).lower()

    assert not any(word in text for word in ("bakery", "hardware", "corner", "high street"))
    assert {array.dtype.kind for array in parts.arrays.values()} <= {"i", "u", "f"}
