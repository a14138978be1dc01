"""Artifacts: one serialiser and one contract per kind, kept by the writer before it acknowledges."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Literal, cast, overload

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from schemas.canonical import canonical_json, canonical_object, digest, sha256_hex, stored_json
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.digitised import DigitisedLog
from schemas.errors import InvariantError, PermanentError
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Extraction, Record
from store import contracts, log_contracts
from store.field_contracts import extraction
from store.protocol import ObjectStore

MODELS: dict[ArtifactKind, type[BaseModel]] = {
    ArtifactKind.LAYOUT: Layout,
    ArtifactKind.CLASSIFICATION: Classification,
    ArtifactKind.EXTRACTION: Extraction,
    ArtifactKind.RECORD: Record,
    ArtifactKind.DECISION: Decision,
    ArtifactKind.DIGITISED: DigitisedLog,
}
_KINDS = {model: kind for kind, model in MODELS.items()}
_CONTRACTS: dict[ArtifactKind, Callable[[str, Any], Iterator[str]]] = {
    ArtifactKind.LAYOUT: contracts.layout,
    ArtifactKind.CLASSIFICATION: contracts.classification,
    ArtifactKind.EXTRACTION: extraction,
    ArtifactKind.RECORD: contracts.record,
    ArtifactKind.DECISION: contracts.decision,
    ArtifactKind.DIGITISED: log_contracts.digitised,
}
_FILES: dict[ArtifactKind, str] = {
    ArtifactKind.PAGE_IMAGE: "image/png",
    ArtifactKind.MASK: "image/png",
    ArtifactKind.CURVE: "text/csv",
}
"""Kinds that are files as they are, by media type; the others are JSON."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = 24
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_MAX_SIDE = 20_000
_REPLY_KEY = re.compile(r"documents/[^/]+/replies/[0-9a-f]{64}\.json")
_REPLY_PARTS = {"model": str, "content": list, "stop_reason": str, "usage": dict}


class ContractError(InvariantError):
    """An artifact breaks the contract of its kind: the writer has a defect; nothing was stored."""


class CorruptArtifactError(PermanentError):
    """What stands under an artifact's key breaks its contract; ``doctrail verify --repair`` recomputes it."""


def serialise(value: BaseModel | bytes) -> bytes:
    """Return the one byte string of an artifact.

    Raises:
        InvariantError: A number that JSON does not have (NaN, infinity).
    """
    if isinstance(value, bytes):
        return value
    return stored_json(value)


async def put_artifact(
    store: ObjectStore, kind: ArtifactKind, key: str, value: BaseModel | bytes
) -> ObjectRef:
    """Write an artifact under its key and return the reference of what stands there.

    Raises:
        ContractError: ``value`` breaks its contract; nothing was written.
        CorruptArtifactError: Something else stands there already, and it breaks the contract.
    """
    _require(kind, key, value)
    data = serialise(value)
    written = await store.create(key, data, media_type=_FILES.get(kind, "application/json"))
    if not written.created and written.data != data:
        standing = check_artifact(kind, key, written.data)
        if standing:
            raise CorruptArtifactError(
                f"{kind.value} {key!r} breaks its contract ({standing[0]}); run doctrail verify --repair",
                reason="corrupt_artifact",
            )
    return written.ref


def require_contract(key: str, value: BaseModel) -> bool:
    """Hold a value to the contract of its kind; False where its type has none.

    Raises:
        ContractError: ``value`` breaks it.
    """
    kind = _KINDS.get(type(value))
    if kind is not None:
        _require(kind, key, value)
    return kind is not None


@overload
async def get_artifact(store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.LAYOUT]) -> Layout: ...
@overload
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.CLASSIFICATION]
) -> Classification: ...
@overload
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.EXTRACTION]
) -> Extraction: ...
@overload
async def get_artifact(store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.RECORD]) -> Record: ...
@overload
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.DECISION]
) -> Decision: ...
@overload
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.DIGITISED]
) -> DigitisedLog: ...
@overload
async def get_artifact(
    store: ObjectStore,
    ref: ObjectRef,
    kind: Literal[ArtifactKind.PAGE_IMAGE, ArtifactKind.MASK, ArtifactKind.CURVE],
) -> bytes: ...
@overload
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: Literal[ArtifactKind.REPLY]
) -> dict[str, Any]: ...
async def get_artifact(
    store: ObjectStore, ref: ObjectRef, kind: ArtifactKind
) -> BaseModel | bytes | dict[str, Any]:
    """Return an artifact, its digest verified.

    Raises:
        MissingObjectError: Nothing stands there.
        DigestMismatchError: Other or truncated bytes stand there.
        CorruptArtifactError: The bytes are of another shape than ``kind``.
    """
    data = await store.read(ref)
    if kind in _FILES:
        return data
    try:
        if kind is ArtifactKind.REPLY:
            return cast("dict[str, Any]", json.loads(data))
        return MODELS[kind].model_validate_json(data)
    except ValueError as error:
        raise unreadable(ref, kind, error) from error


def unreadable(ref: ObjectRef, kind: ArtifactKind, error: ValueError) -> CorruptArtifactError:
    """Return the error for bytes that are of another shape than ``kind``."""
    return CorruptArtifactError(
        f"object {ref.uri!r} is no {kind.value}: {_first(error)}", reason="corrupt_artifact"
    )


def check_artifact(kind: ArtifactKind, key: str, data: bytes) -> list[str]:
    """Return everything that is wrong with the stored bytes of an artifact; empty where nothing is."""
    if kind in _FILES or kind is ArtifactKind.REPLY:
        return list(_problems(kind, key, data))
    try:
        value = MODELS[kind].model_validate_json(data)
    except ValidationError as error:
        return [f"not a {kind.value}: {_first(error)}"]
    problems = list(_problems(kind, key, value))
    if serialise(value) != data:
        problems.append("the bytes are not as doctrail writes them")
    return problems


def _require(kind: ArtifactKind, key: str, value: BaseModel | bytes) -> None:
    problems = list(_problems(kind, key, value))
    if problems:
        raise ContractError(f"{kind.value} for {key!r} breaks its contract: {problems[0]}")


def _problems(kind: ArtifactKind, key: str, value: BaseModel | bytes) -> Iterator[str]:
    if isinstance(value, bytes):
        if kind is ArtifactKind.PAGE_IMAGE:
            yield from _page_image(key, value)
        elif kind is ArtifactKind.CURVE:
            yield from log_contracts.curve(key, value)
        elif kind is ArtifactKind.MASK:
            yield from log_contracts.mask(key, value)
        elif kind is ArtifactKind.REPLY:
            yield from reply_in(key, value)[1]
        else:
            yield f"a {kind.value} is not raw bytes"
    elif not isinstance(value, MODELS.get(kind, ())):
        yield f"a {type(value).__name__} is no {kind.value}"
    else:
        yield from _CONTRACTS[kind](key, value)


def _page_image(key: str, data: bytes) -> Iterator[str]:
    if not re.fullmatch(r"documents/[^/]+/artifacts/page_image/[^/]+/[^/]+\.png", key):
        yield f"key {key!r} is not of the form documents/<id>/artifacts/page_image/<stage key>/<page>.png"
    if len(data) < _PNG_HEADER or not data.startswith(_PNG) or data[12:16] != b"IHDR":
        yield "not a PNG"
        return
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        yield f"the image measures {width} by {height} pixels"
    if not data.endswith(_PNG_END):
        yield "the PNG is cut off"


def reply_in(key: str, data: bytes) -> tuple[Any, list[str]]:
    """Return the exchange in the stored bytes of a reply, read once, and everything that is wrong with it."""
    try:
        exchange = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        return None, [f"not a reply: {_first(error)}"]
    return exchange, list(_reply(key, exchange))


def _reply(key: str, exchange: Any) -> Iterator[str]:
    if not _REPLY_KEY.fullmatch(key):
        yield f"key {key!r} is not of the form documents/<id>/replies/<request digest>.json"
    request, reply = (
        exchange.get(name) if isinstance(exchange, dict) else None for name in ("request", "reply")
    )
    if not isinstance(request, dict) or not isinstance(reply, dict):
        yield "a reply is kept as an object with its request and its reply"
        return
    if _digest_of(request) != key.rpartition("/")[2].removesuffix(".json"):
        yield "the request is not the one whose digest the key names"
    for name, kind in _REPLY_PARTS.items():
        if not isinstance(reply.get(name), kind):
            yield f"{name} is missing or no {kind.__name__}"
    usage = reply.get("usage")
    for name in ("input_tokens", "output_tokens"):
        count = usage.get(name) if isinstance(usage, dict) else None
        if not isinstance(count, int) or count < 0:
            yield f"usage.{name} is no count"
    cost = reply.get("cost")
    if cost is not None and not (isinstance(cost, int | float) and math.isfinite(cost) and cost >= 0):
        yield "cost is no amount"


def _digest_of(request: dict[str, Any]) -> str:
    """Return the digest of a request; the tools of a document type are the same in all of them."""
    rest = dict(request)
    tools = rest.pop("tools", None)
    if not isinstance(tools, list):
        return digest(request)
    return sha256_hex(canonical_object(rest, tools=_canonical_tools(to_json(tools))))


@lru_cache(maxsize=64)
def _canonical_tools(tools: bytes) -> bytes:
    return canonical_json(from_json(tools))


def _first(error: ValueError) -> str:
    # Never the input itself: it is document text.
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
    return f"{type(error).__name__} (not JSON, or cut off)"
