"""Canonical JSON (RFC 8785), and the digests and ids made from it; nothing else makes either."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import rfc8785
from pydantic import BaseModel

from schemas.errors import InvariantError

NAMESPACE = uuid.UUID("6f0d7b1e-52b5-5d0e-9d0a-0d3c1c8a4d11")
"""The uuid5 namespace of every id that doctrail derives."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SAFE_INTEGER = 2**53 - 1
_LEAST_PLAIN, _MOST_PLAIN = 1e-4, 1e16
"""Between these a float with a fraction is written alike by Python and by RFC 8785: without an exponent."""


class _NeedsLibrary(Exception):  # noqa: N818 (a signal, not an error)
    """Something that Python's encoder may write otherwise than RFC 8785 asks."""


def canonical_json(value: Any) -> bytes:
    """Return the one byte string that stands for ``value`` (a model, or plain JSON data).

    Raises:
        InvariantError: ``value`` holds what JSON can't say exactly: NaN, a huge integer, a foreign type.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    try:
        return _canonical(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvariantError(
            f"a {type(value).__name__} has no canonical JSON: {type(error).__name__}; make it plain JSON"
        ) from error


def canonical_object(value: dict[str, Any], **known: bytes) -> bytes:
    """Return the canonical JSON of ``value`` with members whose own canonical JSON is known already.

    Raises:
        InvariantError: As ``canonical_json``.
    """
    # Members are in the order of their UTF-16 code units.
    names = sorted({**value, **known}, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    parts = (
        _canonical_name(name) + b":" + (known[name] if name in known else canonical_json(value[name]))
        for name in names
    )
    return b"{" + b",".join(parts) + b"}"


@lru_cache(maxsize=256)
def _canonical_name(name: str) -> bytes:
    return canonical_json(name)


def _canonical(value: Any) -> bytes:
    """Return RFC 8785's bytes: by Python's encoder where it writes the same, else by the library.

    The encoder is in C, thirty times as fast; the library decides what is right, and a property test
    holds the two together.
    """
    try:
        plain = _plain(value)
    except _NeedsLibrary:
        return rfc8785.dumps(value)
    return _ENCODER.encode(plain).encode()


def _plain(value: Any) -> Any:
    """Return ``value`` for Python's encoder, whole floats as integers, as RFC 8785 writes them."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        if not _are_ascii(value):
            raise _NeedsLibrary
        return {key: _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is float and value.is_integer():
        value = int(value)
    elif kind is float and _LEAST_PLAIN <= abs(value) < _MOST_PLAIN:
        return value
    elif kind is not int:
        raise _NeedsLibrary
    if not -_SAFE_INTEGER <= value <= _SAFE_INTEGER:
        raise _NeedsLibrary
    return value


def _are_ascii(keys: Iterable[Any]) -> bool:
    """Whether all are strings whose order is the same by code point and by UTF-16."""
    try:
        return "".join(keys).isascii()
    except TypeError:
        return False


def stored_json(value: BaseModel) -> bytes:
    """Return the bytes a model is stored as: its own field order, compact, the same for equal values.

    Whoever refers to such an object does so by the digest of these very bytes, so they need not be
    canonical; writing them takes a tenth of the CPU. Ids and digests of *values* come from canonical JSON.

    Raises:
        InvariantError: A number that JSON does not have (NaN, infinity).
    """
    data = value.model_dump_json().encode()
    if b"NaN" in data or b"Infinity" in data:
        # Perhaps only as text; the slow look tells.
        canonical_json(value)
    return data


def sha256_hex(data: bytes) -> str:
    """Return the sha-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Return the sha-256 of the canonical JSON of ``value`` as 64 hex digits."""
    return sha256_hex(canonical_json(value))


def derive_id(*parts: str | int) -> str:
    """Return the uuid5 of ``parts``; equal parts give the equal id on every machine, for ever."""
    return str(uuid.uuid5(NAMESPACE, canonical_json(list(parts)).decode()))
