"""Bundles: a document type's parts, immutable under the digest of their digests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from schemas.canonical import digest, sha256_hex
from schemas.errors import InvariantError, PermanentError
from schemas.objects import ObjectRef
from store import keys
from store.protocol import ObjectStore
from store.releases import BUNDLE_PARTS, Bundle

_REQUIRED = ("schema.json", "prompt.md", "rules.py")
_MEDIA_TYPES = {".json": "application/json", ".md": "text/markdown", ".py": "text/x-python"}


class IncompleteBundleError(PermanentError):
    """A document type lacks a part, or has one that no bundle knows; mend its folder and publish again."""


def bundle_digest(doc_type: str, parts: Mapping[str, bytes]) -> str:
    """Return the digest that a bundle of these parts lies under."""
    return digest([doc_type, {name: sha256_hex(data) for name, data in parts.items()}])


async def publish_bundle(store: ObjectStore, doc_type: str, parts: Mapping[str, bytes]) -> Bundle:
    """Freeze a type's parts; publishing the same parts again writes nothing and returns the same bundle.

    Raises:
        IncompleteBundleError: A part is missing or unknown.
    """
    missing = [name for name in _REQUIRED if name not in parts]
    unknown = sorted(set(parts) - set(BUNDLE_PARTS))
    if missing or unknown:
        raise IncompleteBundleError(
            f"document type {doc_type!r}: missing parts {missing}, unknown parts {unknown}",
            reason="incomplete_bundle",
        )
    found = bundle_digest(doc_type, parts)
    refs = {
        name: await _keep(store, keys.bundle_part(doc_type, found, name), parts[name])
        for name in BUNDLE_PARTS
        if name in parts
    }
    return Bundle(doc_type=doc_type, digest=found, parts=refs)


async def publish_model(store: ObjectStore, data: bytes) -> ObjectRef:
    """Store a model variant under its own digest; storing it again writes nothing."""
    return await _keep(store, keys.model(sha256_hex(data)), data)


async def _keep(store: ObjectStore, key: str, data: bytes) -> ObjectRef:
    media_type = _MEDIA_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
    written = await store.create(key, data, media_type=media_type)
    if written.ref.sha256 != sha256_hex(data):
        raise InvariantError(f"object {key!r} was changed: other bytes stand under the digest in its key")
    return written.ref
