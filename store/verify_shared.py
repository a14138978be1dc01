"""Re-checking what all documents share: bundles, models, releases, and the registry's chain."""

from __future__ import annotations

from pydantic import ValidationError

from schemas.canonical import digest, sha256_hex
from schemas.errors import PipelineError
from store import keys
from store.protocol import ObjectStore
from store.registry import Registry
from store.releases import Release
from store.verify import Ledger, Row

SHARED = ""
"""The ``document_id`` of a ledger that belongs to no document."""


async def verify_shared(store: ObjectStore) -> Ledger:
    """Return the ledger of every release with its parts, every model, and every registry slot."""
    rows: dict[str, Row] = {}
    expected: dict[str, str] = {}
    async for key in store.list("releases"):
        rows[key] = await _release(store, key, expected)
    for top in ("bundles", "models"):
        async for key in store.list(top):
            rows[key] = await _part(store, key, expected)
    for key in sorted(expected.keys() - rows.keys()):
        rows[key] = Row("release", key, None, None, "it is missing, a release refers to it")
    async for slot in store.folders("registry"):
        key = f"registry/{slot}"
        rows[key] = await _slot(store, slot, key)
    return Ledger(SHARED, tuple(rows[key] for key in sorted(rows)))


async def _release(store: ObjectStore, key: str, expected: dict[str, str]) -> Row:
    data = await store.fetch(key) or b""
    sha256 = sha256_hex(data)
    try:
        release = Release.model_validate_json(data)
    except ValidationError:
        return Row("release", key, sha256, None, "it is no release: it was cut off or rewritten")
    if key != keys.release(digest(release)) or sha256 != digest(release):
        return Row("release", key, sha256, None, "its digest is not the one in its key")
    parts = [ref for bundle in release.bundles.values() for ref in bundle.parts.values()]
    for ref in (*parts, *release.shared_parts()):
        expected[ref.uri] = ref.sha256
    return Row("release", key, sha256, len(release.bundles))


async def _part(store: ObjectStore, key: str, expected: dict[str, str]) -> Row:
    sha256 = sha256_hex(await store.fetch(key) or b"")
    wanted = key.removeprefix("models/") if key.startswith("models/") else expected.get(key, sha256)
    problem = None if sha256 == wanted else f"its sha256 is {sha256[:16]}…, it should be {wanted[:16]}…"
    return Row("release", key, sha256, None, problem)


async def _slot(store: ObjectStore, slot: str, key: str) -> Row:
    try:
        return Row("registry", key, None, await Registry(store).verify_chain(slot))
    except PipelineError as error:
        return Row("registry", key, None, None, str(error))
