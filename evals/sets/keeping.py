"""Sets in the store: written once, found, pointed at, counted, and emptied of what was erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import ValidationError

from evals.errors import TamperedSetError, UnknownSetError
from evals.sets.build import Built
from evals.sets.form import (
    SHOWN,
    Manifest,
    SetRecord,
    identity,
    manifest_bytes,
    plain_record,
    records_bytes,
    rid_of,
    set_id_of,
)
from schemas.canonical import canonical_json
from store import eval_keys, plain_keys
from store.files import write_whole
from store.protocol import ObjectStore
from store.registry import Registry, Statement

log = structlog.get_logger("evals")

MANIFEST, RECORDS = "manifest.json", "records.jsonl"
WORN = 20
"""Comparisons from which on a set is used up: whoever goes on fits to it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A set as it lies in the store.

    Attributes:
        current: Whether its name's pointer leads to it.
        uses: Comparisons made on it so far.
    """

    manifest: Manifest
    current: bool
    uses: int


def slot_of(name: str) -> str:
    """Return the registry slot that points at the current set of a name."""
    return f"set-{name}"


async def keep_set(store: ObjectStore, built: Built, *, by: str, now: datetime) -> bool:
    """Write a set and point its name at it; returns whether the pointer moved. The set before stays."""
    manifest = built.manifest
    folder = eval_keys.eval_set(manifest.name, manifest.set_id)
    await store.create(f"{folder}/{RECORDS}", records_bytes(built.records), media_type="application/jsonl")
    await store.create(f"{folder}/{MANIFEST}", manifest_bytes(manifest))
    registry = Registry(store)
    live = await registry.live(slot_of(manifest.name))
    if live is not None and live.statement.what == manifest.set_id:
        return False
    statement = Statement(at=now, what=manifest.set_id, mark="approved", by=by)
    await registry.append(slot_of(manifest.name), statement)
    return True


async def current_id(store: ObjectStore, name: str) -> str | None:
    """Return the id of the set that a name points at, if any."""
    live = await Registry(store).live(slot_of(name))
    return live.statement.what if live else None


async def find_set(store: ObjectStore, wanted: str) -> Manifest:
    """Return the manifest of the set called ``wanted``: a name, an id or its beginning.

    Raises:
        UnknownSetError: There is none, or several begin like this.
    """
    pointed = await current_id(store, wanted) if plain_keys.is_plain(wanted) else None
    found = [
        (name, set_id)
        async for name, set_id in all_sets(store)
        if (set_id == pointed if pointed else set_id.startswith(wanted))
    ]
    if len(found) != 1:
        listed = (
            ", ".join(sorted({name async for name, _ in all_sets(store)})) or "none yet: doctrail eval build"
        )
        what = "no set is" if not found else f"{len(found)} sets are"
        raise UnknownSetError(f"{what} called {wanted!r}; sets there are: {listed}")
    return await load_manifest(store, *found[0])


async def all_sets(store: ObjectStore) -> AsyncIterator[tuple[str, str]]:
    """Yield name and id of every set."""
    async for name in store.folders(eval_keys.EVAL_SETS):
        async for set_id in store.folders(f"{eval_keys.EVAL_SETS}/{name}"):
            yield name, set_id


async def list_sets(store: ObjectStore) -> list[Kept]:
    """Return every set, newest first; what a build left that was killed is none, and is logged.

    Raises:
        TamperedSetError: A manifest is none.
    """
    found = []
    async for name, set_id in all_sets(store):
        data = await store.fetch(f"{eval_keys.eval_set(name, set_id)}/{MANIFEST}")
        if data is None:
            log.warning("eval.set_unfinished", name=name, set=set_id)
            continue
        manifest = _manifest(data, set_id)
        pointed = await current_id(store, name)
        found.append(Kept(manifest, pointed == set_id, await uses_of(store, set_id)))
    return sorted(found, key=lambda kept: kept.manifest.built_at, reverse=True)


async def load_manifest(store: ObjectStore, name: str, set_id: str) -> Manifest:
    """Return a set's manifest.

    Raises:
        TamperedSetError: It is missing or no manifest.
    """
    data = await store.fetch(f"{eval_keys.eval_set(name, set_id)}/{MANIFEST}")
    return _manifest(data, set_id)


async def load_records(store: ObjectStore, manifest: Manifest) -> list[SetRecord]:
    """Return a set's records, held to its id.

    Raises:
        TamperedSetError: Something was changed by hand; every difference is named.
    """
    data = await store.fetch(f"{eval_keys.eval_set(manifest.name, manifest.set_id)}/{RECORDS}")
    records, problems = read_records(data)
    problems += problems_of(manifest, records)
    if problems:
        raise TamperedSetError(problems)
    return records


def load_folder(folder: Path) -> tuple[Manifest, list[SetRecord], list[str]]:
    """Return the set in a folder with everything that is wrong with it.

    Raises:
        TamperedSetError: It has no manifest.
    """
    manifest = _manifest(_bytes(folder / MANIFEST), folder.name)
    records, problems = read_records(_bytes(folder / RECORDS))
    return manifest, records, problems + problems_of(manifest, records)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _manifest(data: bytes | None, set_id: str) -> Manifest:
    if data is None:
        raise TamperedSetError([f"set {set_id[:SHOWN]} has no {MANIFEST}"])
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise TamperedSetError(
            [f"{MANIFEST} of {set_id[:SHOWN]} is none ({place}: {first['type']})"]
        ) from error


def read_records(data: bytes | None) -> tuple[list[SetRecord], list[str]]:
    """Return the records in ``records.jsonl`` and what is wrong with its lines."""
    if data is None:
        return [], [f"{RECORDS} is missing"]
    records: list[SetRecord] = []
    problems: list[str] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line:
            continue
        try:
            records.append(SetRecord.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the whole"
            problems.append(f"{RECORDS}, line {number}: no record ({place}: {first['type']})")
    if not problems and records_bytes(records) != data:
        problems.append(
            f"{RECORDS} is not in canonical form: its lines, their order or their spaces were edited"
        )
    return records, problems


def problems_of(manifest: Manifest, records: list[SetRecord]) -> list[str]:
    """Return every way in which a set is not what its ids say."""
    ids = [(r, rid_of(r.doc.id, r.schema_id, r.truth)) for r in records if not r.tombstone]
    problems = [
        f"record {record.rid[:SHOWN]}: its truth was changed (its digest is {found[:SHOWN]} now)"
        for record, found in ids
        if found != record.rid
    ]
    found = set_id_of(records, identity(manifest))
    if found != manifest.set_id:
        problems.append(f"the set's digest is {found[:SHOWN]}, its id says {manifest.set_id[:SHOWN]}")
    return problems


async def note_use(store: ObjectStore, set_id: str, what: object) -> int:
    """Count a comparison on a set, once for the same one, and return how many there were."""
    body = canonical_json(what)
    number = 1
    while True:
        written = await store.create(eval_keys.eval_use(set_id, number), body)
        if written.created or written.data == body:
            return max(number, await uses_of(store, set_id))
        number += 1


async def uses_of(store: ObjectStore, set_id: str) -> int:
    """Return how many comparisons were made on a set."""
    return len([key async for key in store.list(eval_keys.eval_uses(set_id))])


async def entomb(store: ObjectStore, document_id: str) -> list[str]:
    """Empty every record of a document in every set of its truth; returns the sets that held it.

    The ids stay as they are: a record's stands for its truth without telling it. Whatever else is wrong with
    a set stays as it is too, for whoever uses it to be told: it may hold truth all the same.
    """
    held = []
    async for name, set_id in all_sets(store):
        key = f"{eval_keys.eval_set(name, set_id)}/{RECORDS}"
        lines = (await store.fetch(key) or b"").split(b"\n")
        emptied = [_emptied(line, document_id) for line in lines]
        if any(found is not None for found in emptied):
            held.append(set_id)
            kept = [line if found is None else found for line, found in zip(lines, emptied, strict=True)]
            await store.replace(key, b"\n".join(kept))
    return held


def _emptied(line: bytes, document_id: str) -> bytes | None:
    """Return a document's record without its truth; None for a line that is not about it."""
    if document_id.encode() not in line:
        return None
    try:
        record = SetRecord.model_validate_json(line)
    except ValidationError:
        # Edited by hand, and about it: what of it is truth nobody can tell.
        return b""
    if record.doc.id != document_id:
        return None
    return canonical_json(plain_record(record.model_copy(update={"truth": {}, "tombstone": True})))


async def verify_set(store: ObjectStore, wanted: str) -> tuple[Manifest, list[str]]:
    """Return a set's manifest with everything that is wrong with its records."""
    manifest = await find_set(store, wanted)
    data = await store.fetch(f"{eval_keys.eval_set(manifest.name, manifest.set_id)}/{RECORDS}")
    records, problems = read_records(data)
    return manifest, problems + problems_of(manifest, records)


async def export_set(store: ObjectStore, wanted: str, to: Path) -> Path:
    """Write a set's files below ``to`` and return their folder; the same bytes as in the store."""
    manifest = await find_set(store, wanted)
    folder = to / manifest.name / manifest.set_id
    for name in (MANIFEST, RECORDS):
        data = await store.fetch(f"{eval_keys.eval_set(manifest.name, manifest.set_id)}/{name}")
        if data is None:
            raise TamperedSetError([f"set {manifest.set_id[:SHOWN]} has no {name}"])
        write_whole(folder / name, data)
    return folder
