"""Objects that nothing refers to by digest carry their own, so that any change to them shows."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from schemas.canonical import sha256_hex, stored_json
from schemas.layout import Frozen

_SEAL = re.compile(rb',"whole":"([0-9a-f]{64})"\}\Z')


class Sealed(Frozen):
    """An object that is stored with the digest of its own bytes.

    Attributes:
        whole: sha-256 of the stored object without this field; None before it is stored.
    """

    whole: str | None = Field(default=None, exclude=True, repr=False)


def seal(value: BaseModel) -> bytes:
    """Return the bytes to store: JSON with the digest of the rest as its last field."""
    body = stored_json(value)
    return body[:-1] + f',"whole":"{sha256_hex(body)}"}}'.encode()


def unsealed(data: bytes) -> bytes:
    """Return sealed bytes without their digest, as models that know of none read them."""
    found = _SEAL.search(data)
    return data if found is None else data[: found.start()] + b"}"


def broken_seal(data: bytes) -> str | None:
    """Return what is wrong with the digest in ``data``, or None where it holds."""
    found = _SEAL.search(data)
    if found is None:
        return "it carries no digest of itself: it was cut off or rewritten"
    whole = sha256_hex(data[: found.start()] + b"}")
    if whole != found[1].decode():
        return f"its digest is {whole[:16]}…, it says {found[1].decode()[:16]}…"
    return None
