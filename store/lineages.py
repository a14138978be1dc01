"""What a variant learned from: kept beside its model, for whoever answers for it and for what is erased."""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.canonical import digest
from schemas.layout import Frozen
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal


class Taught(Frozen):
    """A person's decision that a variant learned from, and the document it was about."""

    decision_id: str
    document_id: str


class BaseDocument(Frozen):
    """A labelled document that a variant learned from beside people's decisions.

    Attributes:
        digests: sha-256 of its original and of its text: ids that it has where it comes in as a document.
        minima: The sketch of its text, by which documents near it are known; empty for one without words.
    """

    digests: tuple[str, ...]
    minima: tuple[int, ...] = ()


class ModelLineage(Sealed):
    """Where a variant comes from.

    Attributes:
        model: sha-256 of the model file.
        parent: Digest of the bundle that was live when it was trained.
        learned_from: Every decision, sorted.
        data: Digests of the labelled sets beside them.
        base: The documents of these sets that it learned from.
    """

    model: str
    doc_type: str
    parent: str | None
    learned_from: tuple[Taught, ...]
    data: tuple[str, ...] = ()
    base: tuple[BaseDocument, ...] = ()
    at: AwareDatetime

    @property
    def digest(self) -> str:
        """Return what identifies the decisions."""
        return digest([one.decision_id for one in self.learned_from])

    @property
    def documents(self) -> frozenset[str]:
        """Return the ids of all documents that it learned from, by people's decisions or by their labels."""
        of_base = (one for document in self.base for one in document.digests)
        return frozenset((*(one.document_id for one in self.learned_from), *of_base))


async def keep_lineage(store: ObjectStore, lineage: ModelLineage) -> ModelLineage:
    """Keep where a variant comes from, create-once; returns what stands."""
    key = keys.lineage(lineage.model)
    return parse((await store.create(key, seal(lineage))).data, ModelLineage, key)


async def lineage_of(store: ObjectStore, model: str) -> ModelLineage | None:
    """Return where the variant with this model comes from, where that is known."""
    data = await store.fetch(keys.lineage(model))
    return None if data is None else parse(data, ModelLineage, keys.lineage(model))


async def taught_by(store: ObjectStore, document_id: str) -> list[ModelLineage]:
    """Return the variants that learned from a document: due to be trained again if it is erased."""
    found = []
    async for key in store.list("lineages"):
        data = await store.fetch(key)
        lineage = None if data is None else parse(data, ModelLineage, key)
        if lineage is not None and document_id in lineage.documents:
            found.append(lineage)
    return found
