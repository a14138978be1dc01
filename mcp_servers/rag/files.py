"""What retrieval is made of: clause examples from files, reviewed records of the training pool alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mcp_servers.errors import BrokenKnowledgeError
from mcp_servers.packing import as_line, entries, pack
from schemas.canonical import canonical_json
from schemas.errors import MissingObjectError
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedRecord
from store import keys
from store.artifacts import get_artifact
from store.pools import Pool, pool_of, pool_secret
from store.protocol import ObjectStore

MOST_TEXT = 6000
"""Characters of a document's pages by which records like it are found."""


class Clause(BaseModel):
    """An example of a clause, one line of a ``.jsonl`` file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    topic: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=20_000)
    doc_type: str | None = None
    language: str | None = Field(default=None, pattern="^[a-z]{2}$")
    source: str | None = Field(default=None, description="where it was taken from")


class Passage(Frozen):
    """What retrieval tells of a reviewed record; it lies with its document, and is erased with it.

    Attributes:
        text: The beginning of what its pages say.
        fields: Values as people left them, by field.
    """

    document_id: str
    decision_id: str
    doc_type: str
    text: str
    fields: dict[str, tuple[str, ...]]


class PassageRef(Frozen):
    """Where the passage of a record lies."""

    document_id: str
    passage: ObjectRef


@dataclass(frozen=True, slots=True)
class Passages:
    """The passages of reviewed records.

    Attributes:
        refs: Of the training pool, one per document: its newest decision.
        kept_for_evals: Records of the eval pool, of which nothing is retrieved.
        left_out: Records whose document joins two families, or whose pages are gone.
    """

    refs: tuple[PassageRef, ...] = ()
    kept_for_evals: int = 0
    left_out: int = 0


def read_clauses(files: Mapping[str, bytes]) -> list[Clause]:
    """Return the clauses of ``.jsonl`` files.

    Raises:
        BrokenKnowledgeError: A line is no clause, or an id stands twice; file and line are named.
    """
    found: dict[str, Clause] = {}
    for name, data in sorted(files.items()):
        if not name.endswith(".jsonl"):
            raise BrokenKnowledgeError(f"{name}: clauses are read from .jsonl files, a clause a line")
        for number, line in enumerate(data.splitlines(), start=1):
            if line.strip():
                clause = _clause(f"{name} line {number}", line)
                if clause.id in found:
                    raise BrokenKnowledgeError(f"{name} line {number}: clause {clause.id!r} stands twice")
                found[clause.id] = clause
    return list(found.values())


def _clause(place: str, line: bytes) -> Clause:
    try:
        return Clause.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise BrokenKnowledgeError(f"{place} is no clause: {where}: {first['msg']}") from error
    except ValueError as error:
        raise BrokenKnowledgeError(f"{place} is no JSON") from error


async def keep_passages(store: ObjectStore, records: Iterable[ReviewedRecord]) -> Passages:
    """Write a passage beside each document of the training pool; the eval pool's are left alone."""
    secret = await pool_secret(store)
    newest: dict[str, ReviewedRecord] = {}
    for record in records:
        known = newest.get(record.document_id)
        if known is None or (known.reviewed_at, known.decision_id) < (record.reviewed_at, record.decision_id):
            newest[record.document_id] = record
    refs: list[PassageRef] = []
    counted = {Pool.EVALS: 0, Pool.NEITHER: 0}
    for document_id in sorted(newest):
        record = newest[document_id]
        pool = pool_of(secret, record.family, left_out=record.left_out)
        if pool is not Pool.TRAINING:
            counted[pool] += 1
            continue
        ref = await _keep(store, record)
        if ref is None:
            counted[Pool.NEITHER] += 1
        else:
            refs.append(ref)
    return Passages(tuple(refs), counted[Pool.EVALS], counted[Pool.NEITHER])


async def _keep(store: ObjectStore, record: ReviewedRecord) -> PassageRef | None:
    try:
        layout = await get_artifact(store, record.layout, ArtifactKind.LAYOUT)
    except MissingObjectError:
        return None
    text = "\n".join(line.text for page in layout.pages for line in page.lines)
    passage = Passage(
        document_id=record.document_id,
        decision_id=record.decision_id,
        doc_type=record.doc_type,
        text=text[:MOST_TEXT],
        fields={field.name: field.values for field in record.fields if field.values},
    )
    body = canonical_json(passage)
    written = await store.create(keys.passage(record.document_id, record.decision_id), body)
    return PassageRef(document_id=record.document_id, passage=written.ref)


def pack_corpus(clauses: Sequence[Clause], passages: Sequence[PassageRef]) -> bytes:
    """Return the bytes of a snapshot: clauses themselves, records by where their passages lie."""
    lines: list[dict[str, Any]] = [
        {"clause": clause.model_dump(mode="json", exclude_none=True)} for clause in clauses
    ]
    lines += [{"record": ref.model_dump(mode="json")} for ref in passages]
    return pack(as_line(line) for line in lines)


def unpack_corpus(data: bytes) -> tuple[list[Clause], list[PassageRef]]:
    """Return what a snapshot holds: clauses, and where the passages of records lie."""
    clauses: list[Clause] = []
    refs: list[PassageRef] = []
    for entry in entries(data):
        if "clause" in entry:
            clauses.append(Clause.model_validate(entry["clause"]))
        else:
            refs.append(PassageRef.model_validate(entry["record"]))
    return clauses, refs
