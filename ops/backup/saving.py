"""Making a backup while agents work: messages first, then reviews, then objects.

In this order nothing can be missing: whatever a message or a row speaks of was in the store before it. A
decision that is announced once the messages are being read counts as not announced.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from bus.protocol import Bus, Record
from ops.backup.form import (
    INVENTORY,
    MANIFEST,
    MESSAGES,
    OBJECTS,
    REVIEWS,
    VERSION,
    BackupError,
    Held,
    Manifest,
    Waiting,
)
from ops.lag import positions
from ops.reading_out import NotReadOutError, read_out
from review.queue import dumping
from review.queue.queue import ReviewQueue
from review.queue.tables import outbox
from schemas.canonical import derive_id, sha256_hex
from store.files import write_whole
from store.protocol import ObjectStore

_AT_ONCE = 16


async def save(
    store: ObjectStore,
    bus: Bus,
    queue: ReviewQueue,
    folder: Path,
    *,
    now: datetime,
    version: str,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Write a backup into ``folder``, which is made; a folder that was begun is gone on with.

    Args:
        store: Every object goes in.
        bus: Messages that an agent has not finished go in.
        queue: Every row goes in.
        folder: Where to.
        now: When.
        version: Of doctrail.
        progress: Called with the number of objects written.

    Raises:
        BackupError: A whole backup lies there already, or the bus did not deliver what it holds.
    """
    if (folder / MANIFEST).exists():
        raise BackupError(f"{folder} holds a backup already; name another folder")
    (folder / OBJECTS).mkdir(parents=True, exist_ok=True, mode=0o700)
    # By the database's clock, as what it is compared with.
    began = await queue.now()
    waiting = await _unfinished(bus, f"backup-{derive_id('backup', str(folder), now.isoformat())}")
    messages = _write(folder / MESSAGES, [one.model_dump_json() for one in waiting])
    rows = await queue.database.read("answer", lambda tx: _untold(dumping.dump(tx), began))
    reviews = _write(folder / REVIEWS, [json.dumps(row, sort_keys=True) for row in rows])
    held = await _objects(store, folder / OBJECTS, progress)
    inventory = _write(folder / INVENTORY, [one.model_dump_json() for one in held])
    manifest = Manifest(
        version=VERSION,
        at=now,
        doctrail=version,
        objects=len(held),
        object_bytes=sum(one.size for one in held),
        review_rows=len(rows),
        unfinished=len(waiting),
        inventory=inventory,
        reviews=reviews,
        messages=messages,
    )
    _write(folder / MANIFEST, [manifest.model_dump_json(indent=1)])
    return manifest


def _untold(rows: Iterable[tuple[str, dumping.Row]], began: datetime) -> list[tuple[str, dumping.Row]]:
    """Return rows with no decision announced since ``began``: that message is not in the backup.

    Announced again where it is restored, it is the same message, and whoever handled it knows it.
    """

    def late(name: str, row: dumping.Row) -> bool:
        at = row["published_at"] if name == outbox.name else None
        return at is not None and datetime.fromisoformat(at) >= began

    return [(name, {**row, "published_at": None} if late(name, row) else row) for name, row in rows]


async def _unfinished(bus: Bus, group: str) -> list[Waiting]:
    """Return the messages of every topic that some agent lags behind in, finished ones among them.

    Handling one again changes nothing; which of them are finished is the agents' groups' business.
    """
    topics = sorted({topic for (_, topic), lag in (await positions(bus)).items() if lag.unread})
    found: list[Waiting] = []

    def take(records: Sequence[Record]) -> None:
        found.extend(
            Waiting(topic=one.topic, key=one.key, body=one.body.decode("latin-1")) for one in records
        )

    try:
        await read_out(bus, topics, group, take)
    except NotReadOutError as error:
        raise BackupError(f"no backup was made: {error}") from error
    return found


async def _objects(
    store: ObjectStore, folder: Path, progress: Callable[[int], None] | None
) -> Sequence[Held]:
    turn = asyncio.Semaphore(_AT_ONCE)
    written = 0

    async def keep(key: str) -> Held | None:
        nonlocal written
        async with turn:
            data = await store.fetch(key)
            if data is None:
                # Deleted meanwhile: a session, or something erased.
                return None
            digest = sha256_hex(data)
            await asyncio.to_thread(_keep, folder / digest[:2] / digest, data)
        written += 1
        if progress is not None:
            progress(written)
        return Held(key=key, sha256=digest, size=len(data))

    keys = [key async for key in store.list("") if not key.startswith("sessions/")]
    found = await asyncio.gather(*(keep(key) for key in keys))
    return sorted((one for one in found if one is not None), key=lambda one: one.key)


def _keep(path: Path, data: bytes) -> None:
    # Of a backup that is gone on with: after a power cut a file may have its length and not its bytes.
    if not path.exists() or path.read_bytes() != data:
        write_whole(path, data, private=True)


def _write(path: Path, lines: Sequence[str]) -> str:
    """Write lines under their name only once they are whole, and return their sha-256."""
    data = "".join(f"{line}\n" for line in lines).encode()
    write_whole(path, data, private=True)
    return sha256_hex(data)
