"""What a set is made of, its canonical bytes, and the ids that follow from them; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from schemas.canonical import canonical_json, digest
from schemas.layout import Frozen
from schemas.objects import ObjectRef

SHOWN = 12
"""Digits of an id that are shown."""
_DIGITS = Decimal("0.000001")

TruthValue = str | list[str] | list[dict[str, str]] | None
Figure = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]
"""A number as a decimal string: the same bytes on every machine."""


class DocumentPart(Frozen):
    """Which document a record is of, and where what was read of it lies."""

    id: str
    family: str
    layout: ObjectRef
    record: ObjectRef | None


class SetRecord(Frozen):
    """One document of a set with what people found it to say.

    Attributes:
        rid: Digest of document, schema and truth; kept when the truth is erased.
        truth: By field; None: confirmed to be absent. A field that is not in it was not reviewed.
        pi: Probability, lanes and sampling together, with which each field came into the set; a field that a
            person spoke up about unasked has none and counts for no rate.
        w: Weight in rates of whole documents, mean 1; 0 where a required field was not asked, 1 of hard ones.
            It is told: scores weigh by ``pi``, since sets from before ADR 17 say another one here.
        sealed: Kept for promotions.
        truth_rev: How many people's words the truth is made of.
        tombstone: The document was erased: its truth is gone, and it is scored no more.
    """

    rid: str
    doc: DocumentPart
    doc_type: str
    # ``schema`` as the file says it; the name is taken in Python.
    schema_id: str = Field(alias="schema")
    truth: dict[str, TruthValue]
    lane: str
    pi: dict[str, Figure]
    w: Figure
    reviewed_at: str
    reviewers: tuple[str, ...]
    truth_rev: int
    hard: bool = False
    sealed: bool = False
    tombstone: bool = False


class TypeShare(Frozen):
    """How one type is represented.

    Attributes:
        mix: Its share of today's production.
        effective: What the records are worth after weighting.
    """

    records: int
    hard: int
    available: int
    mix: Figure
    effective: Figure


class Exclusion(Frozen):
    """Why reviewed documents are not in a set."""

    reason: str
    documents: int


class Sampling(Frozen):
    """How a set was drawn."""

    first: str
    last: str
    per_type: int
    seed: int
    biased: bool = False


class Manifest(Frozen):
    """What a set is, beside its records.

    Attributes:
        parent: The set before it.
        lanes: Records by lane.
        stamp: What everybody must be told who reads a figure from it.
    """

    name: str
    set_id: str
    parent: str | None
    sampling: Sampling
    mix: dict[str, Figure]
    types: dict[str, TypeShare]
    lanes: dict[str, int]
    exclusions: tuple[Exclusion, ...]
    stamp: str | None = None
    built_at: str
    code: str


def living(records: Sequence[SetRecord]) -> list[SetRecord]:
    """Return the records that are not erased."""
    return [record for record in records if not record.tombstone]


def figure(value: float) -> str:
    """Return a number as the set writes it: plain decimals, no exponent, six places."""
    plain = Decimal(repr(float(value))).quantize(_DIGITS).normalize()
    return format(plain, "f")


def composed(value: Any) -> Any:
    """Return JSON data with every string in Unicode's composed form."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {composed(key): composed(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [composed(item) for item in value]
    return value


def rid_of(document_id: str, schema: str, truth: Mapping[str, TruthValue]) -> str:
    """Return the id of a document with this truth."""
    return digest(composed({"doc": document_id, "schema": schema, "truth": truth}))


def set_id_of(records: Sequence[SetRecord], manifest: Mapping[str, Any]) -> str:
    """Return the id of a set: of its sampling and its records, whose ids stand for their truth."""
    rows = sorted([record.rid, digest(_kept(record))] for record in records)
    return digest(composed({"records": rows, **manifest}))


def _kept(record: SetRecord) -> dict[str, Any]:
    """Return what stays of a record when its truth is erased."""
    plain = plain_record(record)
    return {key: value for key, value in plain.items() if key not in ("rid", "truth", "tombstone")}


def plain_record(record: SetRecord) -> dict[str, Any]:
    """Return a record as the file says it."""
    plain = record.model_dump(mode="json", by_alias=True, exclude_none=False)
    plain["doc"]["layout"] = record.doc.layout.model_dump(mode="json", exclude_none=True)
    if record.doc.record is not None:
        plain["doc"]["record"] = record.doc.record.model_dump(mode="json", exclude_none=True)
    found: dict[str, Any] = composed(plain)
    return found


def records_bytes(records: Sequence[SetRecord]) -> bytes:
    """Return ``records.jsonl``: sorted by rid, canonical JSON, one a line."""
    lines = [canonical_json(plain_record(r)) for r in sorted(records, key=lambda r: (r.rid, r.doc.id))]
    return b"".join(line + b"\n" for line in lines)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return ``manifest.json``."""
    return canonical_json(composed(manifest.model_dump(mode="json"))) + b"\n"


def identity(manifest: Manifest) -> dict[str, Any]:
    """Return the part of a manifest that the id covers; time and code are told, and identify nothing."""
    return {
        "name": manifest.name,
        "parent": manifest.parent,
        "sampling": manifest.sampling.model_dump(mode="json"),
        "mix": dict(manifest.mix),
        "stamp": manifest.stamp,
    }
