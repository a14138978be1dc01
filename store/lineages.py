"""What a variant learned from: kept beside its model, for whoever answers for it and for what is erased.

A model comes with a file that says it (``doctypes.folder.LINEAGE``), one short line a document; whoever
publishes the model keeps it in the store. A challenger that was made here is on record with its parent too.
"""

from __future__ import annotations

import base64
import struct

from pydantic import AwareDatetime, ValidationError

from schemas.canonical import canonical_json, digest
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store import keys
from store.families import MINIMA
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

_SKETCH = struct.Struct(f"<{MINIMA}I")


class BrokenLineageError(PermanentError):
    """A file that says what a model learned from is not in order; train the model again."""


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
        parent: Digest of the bundle that was live when it was trained; None where none was asked for.
        learned_from: Every decision, sorted.
        data: Digests of the labelled sets beside them.
        base: The documents of these sets that it learned from.
        at: When it was made a challenger; None where it came with its model.
    """

    model: str
    doc_type: str
    parent: str | None
    learned_from: tuple[Taught, ...]
    data: tuple[str, ...] = ()
    base: tuple[BaseDocument, ...] = ()
    at: AwareDatetime | None = None

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


async def keep_taught(store: ObjectStore, data: bytes, model: str) -> bool:
    """Keep the file that came with a model, create-once; returns whether it speaks of this model.

    Raises:
        BrokenLineageError: It is not in order.
    """
    if parse_lineage(data).model != model:
        return False
    await store.create(keys.taught(model), data, media_type="application/json")
    return True


async def lineage_of(store: ObjectStore, model: str) -> ModelLineage | None:
    """Return where the variant with this model comes from, where that is known."""
    data = await store.fetch(keys.lineage(model))
    if data is not None:
        return parse(data, ModelLineage, keys.lineage(model))
    taught = await store.fetch(keys.taught(model))
    return None if taught is None else parse_lineage(taught)


async def taught_by(store: ObjectStore, document_id: str) -> list[ModelLineage]:
    """Return the variants that learned from a document: due to be trained again if it is erased."""
    found = []
    async for key in store.list("lineages"):
        model = key.removeprefix("lineages/").partition(".")[0]
        if key == keys.taught(model) and await store.head(keys.lineage(model)) is not None:
            continue
        lineage = await lineage_of(store, model)
        if lineage is not None and document_id in lineage.documents:
            found.append(lineage)
    return found


class _LineageFile(Frozen):
    """What lies beside a model: a decision as ``decision document``, a document as ``digests sketch``."""

    model: str
    doc_type: str
    decisions: tuple[str, ...]
    data: tuple[str, ...]
    documents: tuple[str, ...]


def lineage_file(lineage: ModelLineage) -> bytes:
    """Return the file that lies beside a model; equal lineages have equal bytes."""
    file = _LineageFile(
        model=lineage.model,
        doc_type=lineage.doc_type,
        decisions=tuple(f"{one.decision_id} {one.document_id}" for one in lineage.learned_from),
        data=lineage.data,
        documents=tuple(sorted(f"{','.join(one.digests)} {_packed(one.minima)}" for one in lineage.base)),
    )
    return canonical_json(file) + b"\n"


def parse_lineage(data: bytes) -> ModelLineage:
    """Return what the file beside a model says.

    Raises:
        BrokenLineageError: It is not in order.
    """
    try:
        file = _LineageFile.model_validate_json(data)
        return ModelLineage(
            model=file.model,
            doc_type=file.doc_type,
            parent=None,
            learned_from=tuple(_taught(line) for line in file.decisions),
            data=file.data,
            base=tuple(_document(line) for line in file.documents),
        )
    except (ValidationError, ValueError, struct.error) as error:
        raise BrokenLineageError(
            f"lineage.json does not say what its model learned from ({type(error).__name__}); train it again",
            reason="lineage",
        ) from error


def _taught(line: str) -> Taught:
    decision, document = line.rsplit(" ", 1)
    return Taught(decision_id=decision, document_id=document)


def _document(line: str) -> BaseDocument:
    digests, sketch = line.split(" ")
    packed = base64.b64decode(sketch, validate=True)
    return BaseDocument(digests=tuple(digests.split(",")), minima=_SKETCH.unpack(packed) if packed else ())


def _packed(minima: tuple[int, ...]) -> str:
    return base64.b64encode(_SKETCH.pack(*minima)).decode() if minima else ""
