"""Coming back from a backup, into an installation that holds nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from bus.protocol import Bus
from catalog.database import Catalog
from catalog.rebuild import Rebuilt, rebuild
from ops.backup.form import (
    INVENTORY,
    MESSAGES,
    OBJECTS,
    REVIEWS,
    BackupError,
    Held,
    Manifest,
    Waiting,
    read_manifest,
)
from review.queue import dumping
from review.queue.queue import ReviewQueue
from schemas.canonical import sha256_hex
from schemas.handling import Outgoing
from store.protocol import ObjectStore

_AT_ONCE = 16


def check(folder: Path) -> tuple[Manifest, list[Held]]:
    """Return what a backup holds, once every byte of it is seen to be as it was written.

    Raises:
        BackupError: Something is missing or differs; it is named.
    """
    manifest = read_manifest(folder)
    for name, wanted in (
        (INVENTORY, manifest.inventory),
        (REVIEWS, manifest.reviews),
        (MESSAGES, manifest.messages),
    ):
        if sha256_hex(_read(folder / name)) != wanted:
            raise BackupError(f"{folder / name} is not as it was written: its digest differs")
    held = [Held.model_validate_json(line) for line in _read(folder / INVENTORY).splitlines()]
    for one in held:
        if sha256_hex(_read(_place(folder, one))) != one.sha256:
            raise BackupError(f"{_place(folder, one)} is not as it was written; it holds {one.key}")
    return manifest, held


async def restore(
    store: ObjectStore,
    bus: Bus,
    queue: ReviewQueue,
    catalog: Catalog,
    folder: Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[Manifest, Rebuilt]:
    """Bring everything back; killed half-way, the same command goes on.

    Args:
        store: Empty, or half restored from this backup.
        bus: Empty.
        queue: Empty, or restored.
        catalog: Made anew from the store.
        folder: The backup.
        progress: Called with the number of objects restored.

    Raises:
        BackupError: The backup is damaged, or the installation holds something else.
    """
    manifest, held = await asyncio.to_thread(check, folder)
    wanted = {one.key: one for one in held}
    foreign = [key async for key in store.list("") if key not in wanted and not key.startswith("sessions/")]
    if foreign:
        raise BackupError(
            f"the store holds {len(foreign)} objects that the backup does not, such as {foreign[0]!r}; "
            "restore into an empty installation"
        )
    rows = [json.loads(line) for line in _read(folder / REVIEWS).splitlines()]
    # Looked at before the first write: where rows are already, the backup's are not loaded.
    strange = await queue.database.read("look", lambda tx: dumping.strange(tx, rows))
    if strange:
        raise BackupError(
            f"the review queue holds {strange} rows that the backup does not; restore into an empty database"
        )
    await _objects(store, folder, held, progress)
    await queue.database.write("restore", lambda tx: dumping.load(tx, rows) if dumping.is_empty(tx) else 0)
    rebuilt = await rebuild(catalog, store)
    # Last, so that agents that run already find everything these speak of.
    waiting = [Waiting.model_validate_json(line) for line in _read(folder / MESSAGES).splitlines()]
    for start in range(0, len(waiting), 100):
        await bus.publish([_outgoing(one) for one in waiting[start : start + 100]])
    return manifest, rebuilt


async def _objects(
    store: ObjectStore, folder: Path, held: list[Held], progress: Callable[[int], None] | None
) -> None:
    turn = asyncio.Semaphore(_AT_ONCE)
    written = 0

    async def put(one: Held) -> None:
        nonlocal written
        async with turn:
            data = await asyncio.to_thread(_read, _place(folder, one))
            created = await store.create(one.key, data)
            if sha256_hex(created.data) != one.sha256:
                raise BackupError(f"{one.key!r} stands in the store with other bytes than the backup's")
        written += 1
        if progress is not None:
            progress(written)

    await asyncio.gather(*(put(one) for one in held))


def _place(folder: Path, one: Held) -> Path:
    return folder / OBJECTS / one.sha256[:2] / one.sha256


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BackupError(f"{path} can't be read: {(error.strerror or 'error').lower()}") from error


def _outgoing(one: Waiting) -> Outgoing:
    body = one.body.encode("latin-1")
    return Outgoing(topic=one.topic, key=one.key, event_id=sha256_hex(body), body=body)
