"""What a task is about, read from the store: the record, its type and rules as pinned, its pages."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol, TypeVar

from doctypes.definition import DocType
from doctypes.runner import RuleSet
from review.queue.tasks import Task
from review.sheet.naming import document_name
from schemas.classification import Classification
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.releases import Bundle, RunManifest, load_run

K = TypeVar("K")
V = TypeVar("V")
_KEPT = 256


class Parts(Protocol):
    """Whoever parses the pinned parts of a bundle."""

    async def schema(self, store: ObjectStore, bundle: Bundle) -> DocType:
        """Return the type as pinned."""
        ...

    async def rules(self, store: ObjectStore, bundle: Bundle) -> RuleSet:
        """Return the rules as pinned."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """What a person is shown, and judged by.

    Attributes:
        record: The draft or record.
        found: What the Gatekeeper found.
        doc_type: None where the type itself is in doubt.
        rules: Likewise.
    """

    manifest: RunManifest
    record: Record
    found: Classification
    doc_type: DocType | None
    rules: RuleSet | None

    @property
    def page_count(self) -> int:
        """Pages that could be read; 0 for a container."""
        return self.found.page_count if self.found.layout else 0

    @property
    def proposed(self) -> tuple[tuple[int, int], ...]:
        """Return the page ranges that the model would split the file into."""
        return self.found.proposed or tuple(child.pages for child in self.found.children if child.pages)

    @property
    def known_types(self) -> tuple[str, ...]:
        """Return the types a person may name, sorted."""
        return tuple(sorted(self.manifest.release.bundles))


class Contents:
    """Reads what tasks are about; what was read lately is kept in memory.

    Args:
        store: Where it lies.
        parts: Parses types and rules.
    """

    def __init__(self, store: ObjectStore, parts: Parts) -> None:
        self._store = store
        self._parts = parts
        self._known: OrderedDict[tuple[str, str], Content] = OrderedDict()
        self._layouts: OrderedDict[str, Layout] = OrderedDict()
        self._names: OrderedDict[str, str | None] = OrderedDict()

    async def of_task(self, task: Task) -> Content:
        """Return what a task is about.

        Raises:
            MissingObjectError: The record is not in the store.
            MissingPartError: A part that the run is pinned to is not.
        """
        return await self.of(task.run_id, task.record)

    async def of(self, run_id: str, record: ObjectRef) -> Content:
        """Return what a record of a run is about; see ``of_task``."""
        key = (run_id, record.sha256)
        known = self._known.get(key)
        if known is None:
            known = await read_content(self._store, self._parts, run_id, record)
            _keep(self._known, key, known)
        return known

    async def layout(self, content: Content) -> Layout | None:
        """Return the words and boxes of a document's pages; None where none could be read."""
        ref = content.found.layout
        if ref is None:
            return None
        if ref.sha256 not in self._layouts:
            _keep(self._layouts, ref.sha256, await get_artifact(self._store, ref, ArtifactKind.LAYOUT))
        return self._layouts[ref.sha256]

    async def name(self, document_id: str) -> str | None:
        """Return what a document is called; None where nobody named it."""
        if document_id not in self._names:
            _keep(self._names, document_id, await document_name(self._store, document_id))
        return self._names[document_id]

    async def record(self, ref: ObjectRef) -> Record:
        """Return a record."""
        return await get_artifact(self._store, ref, ArtifactKind.RECORD)


async def read_content(store: ObjectStore, parts: Parts, run_id: str, record: ObjectRef) -> Content:
    """Return what a record of a run is about, read from ``store``."""
    manifest, found = await asyncio.gather(
        load_run(store, run_id), get_artifact(store, record, ArtifactKind.RECORD)
    )
    classification = await get_artifact(store, found.classification, ArtifactKind.CLASSIFICATION)
    bundle = manifest.release.bundles.get(found.doc_type) if found.extraction else None
    return Content(
        manifest,
        found,
        classification,
        await parts.schema(store, bundle) if bundle else None,
        await parts.rules(store, bundle) if bundle else None,
    )


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)
