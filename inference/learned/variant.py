r"""The file a trained model is kept in: one JSON header, one block of arrays, no code, no literal values.

::

    doctrail-model 1 <sha-256 of all that follows>\\n
    <header: canonical JSON, one line>\\n
    <arrays, little endian, one after the other, compressed by zlib>

The header names every array with its type and shape; reading checks each of them, so that a truncated,
tampered or foreign file is refused by name before anything in it is used.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from schemas.canonical import canonical_json, sha256_hex
from schemas.errors import PermanentError

FORMAT = 1
LARGEST_BODY = 256 * 1024 * 1024
"""Bytes of arrays beyond which a file is refused."""

_MAGIC = b"doctrail-model"
_TYPES = {"i1": "<i1", "u2": "<u2", "u8": "<u8", "f2": "<f2", "f4": "<f4"}
_LONGEST_LINE = 1024 * 1024

Kind = Literal["extractor", "classifier", "splitter", "digitiser"]
Array = NDArray[Any]


class BrokenVariantError(PermanentError):
    """A model file is not what its digest, header or shapes promise; restore it, or train it again."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"model file: {problem}", reason="broken_model")


@dataclass(frozen=True)
class Parts:
    """What a file holds: its kind, plain facts, and named arrays."""

    kind: Kind
    facts: dict[str, Any]
    arrays: dict[str, Array]


def pack(parts: Parts) -> bytes:
    """Return the one byte string that stands for ``parts``."""
    specs: list[dict[str, Any]] = []
    body: list[bytes] = []
    for name in sorted(parts.arrays):
        array = parts.arrays[name]
        code = next(code for code, dtype in _TYPES.items() if np.dtype(dtype) == array.dtype)
        specs.append({"name": name, "type": code, "shape": list(array.shape)})
        body.append(np.ascontiguousarray(array, dtype=_TYPES[code]).tobytes())
    header = canonical_json({"kind": parts.kind, "facts": parts.facts, "arrays": specs})
    rest = header + b"\n" + zlib.compress(b"".join(body), 9)
    return b"%s %d %s\n" % (_MAGIC, FORMAT, sha256_hex(rest).encode()) + rest


def unpack(data: bytes, expected: Kind) -> Parts:
    """Return what the file ``data`` holds.

    Raises:
        BrokenVariantError: It is no model file, of another format or kind, damaged, or its arrays have
            other shapes than its header says.
    """
    header, compressed = _open(data)
    if header.get("kind") != expected:
        raise BrokenVariantError(f"it holds a {header.get('kind')!r}, an {expected!r} is needed")
    specs = header.get("arrays")
    facts = header.get("facts")
    if not isinstance(specs, list) or not isinstance(facts, dict):
        raise BrokenVariantError("its header lacks arrays or facts")
    shapes = [_checked(spec) for spec in specs]
    size = sum(int(np.dtype(dtype).itemsize) * math.prod(shape) for _, dtype, shape in shapes)
    body = _inflated(compressed, size)
    arrays: dict[str, Array] = {}
    at = 0
    for name, dtype, shape in shapes:
        array = np.frombuffer(body, dtype=dtype, count=math.prod(shape), offset=at).reshape(shape)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BrokenVariantError(f"array {name!r} holds numbers that are not finite")
        arrays[name] = array
        at += array.nbytes
    return Parts(expected, facts, arrays)


def training_facts(data: bytes) -> dict[str, Any]:
    """Return what a model file of any kind says of its training: data digest, seed, folds, counts.

    Raises:
        BrokenVariantError: It is no model file, damaged, or says nothing of the kind.
    """
    facts = _open(data)[0].get("facts")
    training = facts.get("training") if isinstance(facts, dict) else None
    if not isinstance(training, dict):
        raise BrokenVariantError("its header does not say what it was trained on")
    return training


def _open(data: bytes) -> tuple[dict[str, Any], bytes]:
    first, _, rest = data.partition(b"\n")
    words = first.split(b" ") if len(first) < _LONGEST_LINE else []
    if len(words) != 3 or words[0] != _MAGIC:
        raise BrokenVariantError("it does not begin like one")
    if words[1] != b"%d" % FORMAT:
        raise BrokenVariantError(f"its format is {words[1].decode('ascii', 'replace')!r}, {FORMAT} is read")
    if words[2] != sha256_hex(rest).encode():
        raise BrokenVariantError("its digest does not match its content: it is truncated or was changed")
    line, _, compressed = rest.partition(b"\n")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenVariantError("its header is not JSON") from error
    if not isinstance(header, dict):
        raise BrokenVariantError("its header is not an object")
    return header, compressed


def _checked(spec: object) -> tuple[str, str, tuple[int, ...]]:
    if not isinstance(spec, dict):
        raise BrokenVariantError("its header describes an array wrongly")
    name, code, shape = spec.get("name"), spec.get("type"), spec.get("shape")
    fine = isinstance(name, str) and isinstance(code, str) and code in _TYPES and isinstance(shape, list)
    if not fine or not all(type(side) is int and 0 <= side < 2**31 for side in shape or ()):
        raise BrokenVariantError(f"its header describes the array {name!r} wrongly")
    return str(name), _TYPES[str(code)], tuple(shape or ())


def _inflated(compressed: bytes, size: int) -> bytes:
    if size > LARGEST_BODY:
        raise BrokenVariantError(f"its arrays need {size} bytes, {LARGEST_BODY} are allowed")
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(compressed, size + 1)
    except zlib.error as error:
        raise BrokenVariantError("its arrays can't be decompressed") from error
    if len(body) != size:
        raise BrokenVariantError(f"its arrays have {len(body)} bytes, its header says {size}")
    if not inflater.eof or inflater.unused_data:
        raise BrokenVariantError("its arrays do not end where the file does")
    return body


def wanted(parts: Parts, name: str, dtype: str, shape: tuple[int | None, ...]) -> Array:
    """Return the array ``name``, which must have this type and shape (None: any length).

    Raises:
        BrokenVariantError: It is missing or of another type or shape.
    """
    array = parts.arrays.get(name)
    if array is None:
        raise BrokenVariantError(f"array {name!r} is missing")
    fits = len(array.shape) == len(shape) and all(
        side is None or side == have for side, have in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype != np.dtype(_TYPES[dtype]):
        raise BrokenVariantError(f"array {name!r} is {array.dtype}{array.shape}, {dtype}{shape} is needed")
    return array
