"""Does every part do what the pipeline needs of it? Each is exercised; what fails is named with a remedy."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import psutil

from bus.protocol import Bus, Partition, Record
from catalog.database import Catalog
from catalog.probe import probe
from schemas.canonical import canonical_json
from schemas.errors import PermanentError, PipelineError
from schemas.handling import Outgoing
from schemas.layout import Frozen
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry

SCRATCH = "doctor"
"""Topic, consumer group and folder that the checks use; nothing else does."""

BUS_SECONDS = 10.0
"""How long a message may take from publish to poll."""

MIN_DISK = 1_000_000_000
"""Bytes free on the store's disk below which work will soon stop."""

SKEW = timedelta(minutes=5)
"""How far the clock may lie behind the newest thing it once dated."""

BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""No event of doctrail can be older than doctrail."""


class NotWorkingError(PermanentError):
    """A part answered, but not as the pipeline needs; the sentence says what it did."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="not_working")


class Finding(Frozen):
    """What a check found.

    Attributes:
        detail: What was seen, or what went wrong, in one sentence.
        remedy: What to do about it; None where all is well.
        seconds: How long the check took.
    """

    part: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str | None = None
    seconds: float


class Scarce(Exception):  # noqa: N818 (no error: the part works, but not for long)
    """The part works now, but something is running out."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part and how it is exercised.

    Attributes:
        remedy: What to do where it fails.
        exercise: Returns what was seen; raises where something is wrong.
    """

    part: str
    remedy: str
    exercise: Callable[[], Awaitable[str]]


async def examine(checks: Sequence[Check]) -> list[Finding]:
    """Return what every check found, in order; none keeps another from being made."""
    return [await _one(check) for check in checks]


async def _one(check: Check) -> Finding:
    started = time.perf_counter()
    state: Literal["ok", "warn", "fail"] = "ok"
    try:
        detail = await check.exercise()
    except Scarce as scarce:
        state, detail = "warn", str(scarce)
    except (PipelineError, OSError, TimeoutError) as error:
        state, detail = "fail", str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001 (a doctor names whatever fails, and looks at the rest too)
        state, detail = "fail", f"a defect of our own: {type(error).__name__}: {error}"
    return Finding(
        part=check.part,
        state=state,
        detail=detail,
        remedy=None if state == "ok" else check.remedy,
        seconds=round(time.perf_counter() - started, 3),
    )


async def try_store(store: ObjectStore, name: str) -> str:
    """Write, write once, read, list, measure and delete an object."""
    key = f"{SCRATCH}/{name}/probe.json"
    first, second = canonical_json({"probe": name}), canonical_json({"probe": "another"})
    written = await store.create(key, first)
    try:
        _require(written.created and written.data == first, "a new object was not written")
        again = await store.create(key, second)
        _require(not again.created and again.data == first, "create-once overwrote an object")
        _require(await store.read(written.ref) == first, "an object read back differs")
        _require(await store.head(key) == len(first), "the size of an object is wrong")
        listed = [found async for found in store.list(f"{SCRATCH}/{name}")]
        _require(listed == [key], "an object that was written is not listed")
    finally:
        await store.delete(key)
    _require(await store.fetch(key) is None, "a deleted object is still there")
    return "write, create-once, read, list, delete"


async def try_bus(bus: Bus, name: str, clock: Callable[[], float] = time.monotonic) -> str:
    """Publish a message to a scratch topic, consume it and commit."""
    await bus.ensure_topics([SCRATCH])
    body = name.encode()
    started = clock()
    await bus.publish([Outgoing(SCRATCH, name, name, body)])
    async with bus.consumer([SCRATCH], SCRATCH) as consumer:
        while True:
            records = await consumer.poll(100, 0.5)
            await consumer.commit(_after(records))
            if any(record.body == body for record in records):
                break
            if clock() - started > BUS_SECONDS:
                raise NotWorkingError(f"a message published did not arrive within {BUS_SECONDS:.0f} s")
    lag = await bus.lag(SCRATCH, [SCRATCH])
    _require(lag[SCRATCH].unread == 0, "a committed offset was not kept")
    return "publish, consume, commit"


def _after(records: Sequence[Record]) -> dict[Partition, int]:
    ends: dict[Partition, int] = {}
    for record in records:
        place = Partition(record.topic, record.partition)
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    return ends


async def try_catalog(catalog: Catalog) -> str:
    """Write into the catalog and take it back."""
    return f"tables up to date, write and take back; {await probe(catalog)} submissions"


async def try_clock(store: ObjectStore, now: datetime) -> str:
    """Hold the clock against the newest release, which it once dated."""
    _require(now > BORN, f"the clock says {now:%Y-%m-%d %H:%M} UTC, which is before doctrail existed")
    entry = await Registry(store).live(RELEASE_SLOT)
    if entry is not None and entry.statement.at > now + SKEW:
        raise NotWorkingError(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the live release was published "
            f"{entry.statement.at:%Y-%m-%d %H:%M} UTC"
        )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


async def try_room(folder: Path, *, memory_needed: int) -> str:
    """Look at free disk and memory; see ``look_at_room``."""
    return await asyncio.to_thread(look_at_room, folder, memory_needed)


def look_at_room(folder: Path, memory_needed: int) -> str:
    """Look at free disk and memory.

    Raises:
        Scarce: Either is running out.
    """
    absolute = folder.absolute()
    existing = next(place for place in (absolute, *absolute.parents) if place.exists())
    disk, memory = shutil.disk_usage(existing).free, psutil.virtual_memory().available
    if disk < MIN_DISK:
        raise Scarce(f"{gigabytes(disk)} free on the disk of {str(folder)!r}")
    if memory < memory_needed:
        raise Scarce(
            f"{gigabytes(memory)} of memory available, a page reader may take {gigabytes(memory_needed)}"
        )
    return f"{gigabytes(disk)} of disk free, {gigabytes(memory)} of memory available"


def gigabytes(size: int) -> str:
    """Return a size in gigabytes (decimal)."""
    return f"{size / 1e9:.1f} GB"


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise NotWorkingError(sentence)
