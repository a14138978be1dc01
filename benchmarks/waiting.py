"""Extraction as it is shipped, with a model that takes its time: documents a second against Little's law.

Usage: python -m benchmarks.waiting [--latency 0.5] [--calls 32] [--seconds 10] [--wire bedrock+http]

Generated leases are let in and classified first, so that a backlog stands before Extraction alone. Its model
is a process of its own that answers after a fixed wait; ``--calls`` of them are under way at once, so that no
more than calls / latency can be done a second. CPU is of this process, threads included. On a machine that is
shared a longer latency tells the same with less CPU: what must hold is the share, not the rate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

import doctypes
from app.collector import calm_collector
from app.engine import Engine, until_idle
from app.looping import run
from app.session import settings
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from benchmarks.models import slow_model
from ops.submit import submit_file
from samples.generate import labelled

DOC_TYPE = "lease"
MODEL = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
LITTLE, FLAT = 0.95, 1.1
LOOKS = 10
"""Times that memory is looked at."""
LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Found:
    """What was measured.

    Attributes:
        rate: Documents a second.
        cpu: Milliseconds of this process for each.
        cores: How many of them it kept busy.
        memory: Megabytes, looked at evenly.
    """

    rate: float
    cpu: float
    cores: float
    memory: Sequence[float]


def configured(folder: Path, address: str, options: argparse.Namespace) -> Settings:
    """Return settings whose leases the slow model reads; types are told here."""
    types = folder / "types"
    shutil.copytree(
        Path(doctypes.__file__).parent,
        types,
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    named = {"model": MODEL, "second": "none", "sees": False}
    (types / DOC_TYPE / "model.json").write_text(json.dumps(named), encoding="utf-8")
    return settings(logs="error").model_copy(
        update={
            "home": folder / "home",
            "doctypes": types,
            "accept_generated_certificates": True,
            "review_serve": False,
            "model_url": f"{options.wire}://{address}",
            "model_local": "here",
            "model_concurrency": options.calls,
        }
    )


async def let_in(doctrail: Doctrail, count: int) -> None:
    """Let so many documents in and classify them, each of its own bytes."""
    (sample,) = labelled(DOC_TYPE, 1, seed=77)
    await doctrail.live.digest(doctrail.now())
    path = Path(doctrail.settings.home) / f"paper{sample.suffix}"
    for number in range(count):
        path.write_bytes(sample.data + b"\n%% copy %d\n" % number)
        await submit_file(
            doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=doctrail.settings.max_bytes
        )
    await Engine(doctrail, only=("intake", "gatekeeper")).run(until_idle)


async def measured(doctrail: Doctrail, warm: float, seconds: float) -> Found:
    """Return what Extraction does in so many seconds, once it is under way."""
    found: list[Found] = []
    process = psutil.Process()

    async def next_end(engine: Engine) -> tuple[int, float, float]:
        """Return documents, clock and CPU at the next document's end: calls end many at once."""
        known = engine.counters["extraction"].handled
        while engine.counters["extraction"].handled == known:
            await asyncio.sleep(LOOK_SECONDS)
        return known, time.perf_counter(), time.process_time()

    async def watch(engine: Engine) -> None:
        await next_end(engine)
        await asyncio.sleep(warm)
        before, began, idle = await next_end(engine)
        memory = []
        for _ in range(LOOKS):
            await asyncio.sleep(seconds / LOOKS)
            memory.append(process.memory_info().rss / 1e6)
        after, ended, busy = await next_end(engine)
        lag = await doctrail.bus.lag("extraction", ("documents.classified",))
        if not sum(one.unread for one in lag.values()):
            raise SystemExit("the backlog ran dry: measure for fewer seconds")
        done, took, cpu = after - before, ended - began, busy - idle
        found.append(Found(done / took, 1000 * cpu / max(done, 1), cpu / took, memory))

    await Engine(doctrail, only=("extraction",)).run(watch)
    return found[0]


def told(found: Found, options: argparse.Namespace) -> bool:
    """Print what was found; return whether it is what it must be."""
    law = options.calls / options.latency
    share, growth = found.rate / law, max(found.memory) / found.memory[0]
    print(
        f"{options.calls} calls at once of {options.latency:g} s by {options.wire}: {found.rate:.1f} "
        f"documents a second of {law:.1f}: {share:.3f}, must >= {LITTLE}; {found.cpu:.1f} CPU ms each, "
        f"{found.cores:.2f} cores busy"
    )
    print(f"memory {found.memory[0]:.0f} to {max(found.memory):.0f} MB: {growth:.2f} x, must <= {FLAT}")
    return share >= LITTLE and growth <= FLAT


async def everything(folder: Path, options: argparse.Namespace) -> bool:
    """Let documents in, measure, and say whether the figures hold."""
    law = options.calls / options.latency
    count = int(law * (options.seconds + 2 * options.warm + 2 * options.latency)) + 4 * options.calls
    with slow_model(options.latency) as address:
        async with open_doctrail(configured(folder, address, options)) as doctrail:
            await let_in(doctrail, count)
            calm_collector()
            return told(await measured(doctrail, options.warm, options.seconds), options)


def main() -> int:
    """Run what the options ask for; 0 where the figures are what they must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--calls", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long is counted")
    parser.add_argument("--warm", type=float, default=2.0, help="how long is waited before")
    parser.add_argument("--wire", default="bedrock+http")
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as folder:
        return 0 if run(everything(Path(folder), parser.parse_args())) else 1


if __name__ == "__main__":
    sys.exit(main())
