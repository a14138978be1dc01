"""Variants: bundles of a type, live or waiting, found by what people call them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from agents.bundles import PinnedParts
from doctypes.definition import DocType
from evals.errors import UnknownVariantError
from evals.sets.form import SetRecord
from inference.protocol import LOCAL
from store import keys
from store.bundles import bundle_digest
from store.families import Sketch, families_near
from store.lineages import ModelLineage, lineage_of
from store.protocol import ObjectStore, ref_of
from store.registry import RELEASE_SLOT, Registry
from store.releases import BUNDLE_PARTS, Bundle, MissingPartError, Release, load_release

SHOWN = 8
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Variant:
    """A bundle that can be run.

    Attributes:
        model: Who reads: ``local:<digest>`` or the id of a large model.
    """

    bundle: Bundle
    doc_type: DocType
    model: str

    @property
    def digest(self) -> str:
        """The bundle's digest, which is the variant's id."""
        return self.bundle.digest

    @property
    def name(self) -> str:
        """How it is shown: type and the beginning of its digest."""
        return f"{self.bundle.doc_type}@{self.bundle.digest[:SHOWN]}"

    @property
    def free(self) -> bool:
        """Whether asking it costs nothing."""
        return self.model.startswith(LOCAL)


class Variants:
    """Finds variants in a store.

    Args:
        store: Where bundles lie.
        parts: Parses their parts.
    """

    def __init__(self, store: ObjectStore, parts: PinnedParts) -> None:
        self._store = store
        self._parts = parts

    async def live_release(self) -> tuple[str, Release]:
        """Return the live release with its digest.

        Raises:
            UnknownVariantError: Nothing is live.
        """
        entry = await Registry(self._store).live(RELEASE_SLOT)
        if entry is None:
            raise UnknownVariantError("nothing is live yet; doctrail types publish makes a release live")
        return entry.statement.what, await load_release(self._store, entry.statement.what)

    async def live(self, doc_type: str) -> Variant:
        """Return the live variant of a type.

        Raises:
            UnknownVariantError: The live release has no such type.
        """
        _, release = await self.live_release()
        if doc_type not in release.bundles:
            known = ", ".join(sorted(release.bundles))
            raise UnknownVariantError(f"no type {doc_type!r} is live; live are {known}")
        return await self.of(release.bundles[doc_type])

    async def find(self, wanted: str) -> Variant:
        """Return the variant ``wanted``: a type (its live one), ``type@digest`` or a digest's beginning.

        Raises:
            UnknownVariantError: There is none, or several begin like this.
            MissingPartError: A part of it is not in the store.
        """
        _, release = await self.live_release()
        if wanted in release.bundles:
            return await self.of(release.bundles[wanted])
        name, at, start = wanted.rpartition("@")
        found = [
            (doc_type, digest)
            async for doc_type, digest in self._all()
            if digest.startswith(start) and (not at or doc_type == name)
        ]
        if len(found) != 1 or not start:
            what = "there is no variant" if not found else f"{len(found)} variants are called"
            raise UnknownVariantError(
                f"{what} {wanted!r}; name a type for its live one, or type@digest (doctrail registry log)"
            )
        return await self.of(await self._bundle(*found[0]))

    async def pinned(self, doc_type: str, digest: str) -> Variant:
        """Return the variant of exactly this digest.

        Raises:
            MissingPartError: A part of it is not in the store; nothing stands in for it.
        """
        return await self.of(await self._bundle(doc_type, digest))

    async def of(self, bundle: Bundle) -> Variant:
        """Return a bundle as a variant."""
        doc_type = await self._parts.schema(self._store, bundle)
        named = await self._parts.named_model(self._store, bundle)
        model = bundle.parts.get("model")
        own = f"{LOCAL}{model.sha256}" if model else f"{LOCAL}untrained"
        return Variant(bundle, doc_type, named.model if named else own)

    async def _all(self) -> AsyncIterator[tuple[str, str]]:
        async for doc_type in self._store.folders("bundles"):
            async for digest in self._store.folders(f"bundles/{doc_type}"):
                yield doc_type, digest

    async def _bundle(self, doc_type: str, digest: str) -> Bundle:
        parts: dict[str, bytes] = {}
        for name in BUNDLE_PARTS:
            data = await self._store.fetch(keys.bundle_part(doc_type, digest, name))
            if data is not None:
                parts[name] = data
        if bundle_digest(doc_type, parts) != digest:
            raise MissingPartError(
                f"variant {doc_type}@{digest[:SHOWN]} is not what its digest says: "
                "a part is missing or was changed",
                reason="missing_part",
            )
        refs = {name: ref_of(keys.bundle_part(doc_type, digest, name), data) for name, data in parts.items()}
        return Bundle(doc_type=doc_type, digest=digest, parts=refs)


async def unlisted(store: ObjectStore, variant: Variant) -> bool:
    """Whether nothing says which documents the variant's trained model learned from."""
    return variant.free and "model" in variant.bundle.parts and await _lineage(store, variant) is None


async def learned_from(store: ObjectStore, variant: Variant) -> frozenset[str]:
    """Return the documents that a variant learned from: of them it proves nothing."""
    lineage = await _lineage(store, variant)
    return lineage.documents if lineage else frozenset()


async def taught_by(store: ObjectStore, variant: Variant, records: Sequence[SetRecord]) -> frozenset[str]:
    """Return the documents of these that a variant learned from, or whose family it learned from."""
    lineage = await _lineage(store, variant)
    if lineage is None:
        return frozenset()
    families = await _families(store, [document.minima for document in lineage.base])
    return frozenset(
        record.doc.id
        for record in records
        if record.doc.id in lineage.documents or record.doc.family in families
    )


async def _lineage(store: ObjectStore, variant: Variant) -> ModelLineage | None:
    model = variant.bundle.parts.get("model")
    return await lineage_of(store, model.sha256) if model else None


async def _families(store: ObjectStore, sketches: Sequence[Sketch]) -> set[str]:
    """Return the families of documents that are near to these, as far as they came in by now."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(sketch: Sketch) -> tuple[str, ...]:
        async with turns:
            return await families_near(store, sketch)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(sketch)) for sketch in set(sketches)]
    return {name for task in tasks for name in task.result()}
