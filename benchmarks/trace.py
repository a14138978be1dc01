"""Trace of one document among 100,000 in a file store: ``python -m benchmarks.trace [--documents N]``.

Every other document has a folder of its own, and its entries in the folders that all documents share, so
that the folders trace looks into are as full as they would be. Files are linked, not written.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ops.identify import identify
from ops.trace import load_trace
from ops.trace.views.text import trace_text
from schemas.canonical import derive_id, sha256_hex
from store import keys
from store.connect import connect
from store.memory import MemoryStore
from store.protocol import ObjectStore
from tests.unit.ops import documents

LIMIT = 0.2
"""Seconds that one trace may take, in process."""


SHARED = ("documents", "inbox", "runs", "submissions")
"""Folders with an entry per document."""


def fill(root: Path, count: int) -> float:
    """Make ``count`` neighbours; returns the seconds it took."""
    started = time.perf_counter()
    for folder in SHARED:
        (root / folder).mkdir()
    template = root / "template"
    for number in range(count):
        # File systems bound the links of one file; a fresh one every few thousand stays below.
        if number % 5000 == 0:
            template.unlink(missing_ok=True)
            template.write_bytes(b"{}")
        document_id = sha256_hex(b"neighbour %d" % number)
        (root / keys.document(document_id)).mkdir()
        for key in (
            keys.original(document_id),
            keys.inbox_bytes(document_id),
            keys.run(derive_id("run", number)),
            keys.submission(derive_id("submission", number)),
        ):
            os.link(template, root / key)
    template.unlink(missing_ok=True)
    return time.perf_counter() - started


async def copied(memory: MemoryStore, store: ObjectStore) -> None:
    """Write what the memory store holds into ``store``."""
    for key, data in memory.objects.items():
        await store.create(key, data)


async def timed(work: Callable[[], Awaitable[Any]], rounds: int) -> list[float]:
    """Return how long each of ``rounds`` calls took, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        await work()
        times.append(time.perf_counter() - started)
    return times


async def measure(store: ObjectStore, rounds: int) -> dict[str, list[float]]:
    """Time the trace of documents that nobody has looked at before, then again, and in full."""
    memory = MemoryStore()
    made = [await documents.decided_by_a_person(memory, b"receipt %d" % number) for number in range(rounds)]
    await copied(memory, store)
    ids = iter([one.document_id for one in made])

    async def first() -> None:
        trace_text(await load_trace(store, next(ids)))

    async def again(full: bool) -> None:
        trace_text(await load_trace(store, made[0].document_id, full=full), full=full)

    return {
        "first look": await timed(first, rounds),
        "again": await timed(lambda: again(full=False), rounds),
        "in full": await timed(lambda: again(full=True), rounds),
        "whole id found": await timed(lambda: identify(store, None, made[0].document_id), rounds),
    }


def main() -> None:
    """Print the figures and what they are measured against."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000, help="documents in the store")
    parser.add_argument("--rounds", type=int, default=20, help="traces of each kind")
    parser.add_argument("--folder", help="where to build the store, which is removed afterwards")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        took = fill(Path(folder), options.documents)
        print(f"{options.documents} neighbours linked in {took:.0f} s")
        figures = asyncio.run(measure(connect(f"file://{folder}"), options.rounds))
        for name, times in figures.items():
            low, middle, high = min(times), statistics.median(times), max(times)
            print(f"{name:<15} min {low * 1e3:6.1f}  median {middle * 1e3:6.1f}  max {high * 1e3:6.1f} ms")
        worst = max(figures["first look"])
        print(f"worst first look / limit: {worst / LIMIT:.3f} (must be below 1)")
        assert worst <= LIMIT, f"a trace took {worst:.3f} s, more than {LIMIT} s"


if __name__ == "__main__":
    main()
