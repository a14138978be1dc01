"""What people said of the eval pool, read from the store, and the schemas they saw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from doctypes.definition import DocType
from doctypes.errors import BrokenTypeError
from doctypes.schema_file import parse_schema
from evals.truth import Truth, hurried_reviewers, truths_of
from schemas.canonical import sha256_hex
from schemas.reviewed import ReviewedRecord
from store import keys
from store.pools import Pool, pool_of, pool_secret
from store.protocol import ObjectStore
from store.reviewed import reviewed_between

HURRIED_MS = 400
"""A median below it per field is no reading."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What people said in a span of days.

    Attributes:
        records: Everything, of every pool and lane.
        truths: Of the eval pool alone.
        hurried: Reviewers who decide faster than anybody reads.
    """

    records: tuple[ReviewedRecord, ...]
    truths: tuple[Truth, ...]
    hurried: frozenset[str]


async def gather(store: ObjectStore, first: date, last: date) -> Gathered:
    """Return what people said from ``first`` to ``last``, with what of it may be scored."""
    records = await reviewed_between(store, first, last, refused=True)
    hurried = hurried_reviewers(records, least_ms=HURRIED_MS)
    mine = await of_pool(store, records, Pool.EVALS)
    return Gathered(tuple(records), tuple(truths_of(mine, hurried)), hurried)


async def of_pool(store: ObjectStore, records: Sequence[ReviewedRecord], pool: Pool) -> list[ReviewedRecord]:
    """Return the records of one pool; those near two families are in neither."""
    secret = await pool_secret(store)
    return [one for one in records if pool_of(secret, one.family, left_out=one.left_out) is pool]


async def schemas_of(store: ObjectStore, digests: Collection[str]) -> dict[str, DocType]:
    """Return the declarations with these digests, as far as bundles of them are in the store."""
    found: dict[str, DocType] = {}
    async for doc_type in store.folders("bundles"):
        async for bundle in store.folders(f"bundles/{doc_type}"):
            if found.keys() >= set(digests):
                return found
            data = await store.fetch(keys.bundle_part(doc_type, bundle, "schema.json"))
            sha = sha256_hex(data) if data else ""
            if data and sha in digests and sha not in found:
                try:
                    found[sha] = parse_schema(data, doc_type)
                except BrokenTypeError:
                    # Of a version that could read it; whoever needs it is told that it is not there.
                    continue
    return found


def examples_in(folders: Path) -> frozenset[str]:
    """Return the digests of every document that serves as an example of a type."""
    files = (path for path in folders.glob("*/examples/**/*") if path.is_file())
    return frozenset(sha256_hex(path.read_bytes()) for path in files)
