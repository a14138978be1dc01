"""The same documents over every wire to a model, what a wire costs a call, and a model that takes its time.

Usage: python -m benchmarks.models [--documents 60] [--calls 100] [--slow SECONDS]

``doctrail model serve`` runs as a process of its own; boto3 and the anthropic SDK ask it. Records are
compared field by field with those of the model in process. With ``--slow`` 32 callers ask, for so long, a
model that takes half a second: what Little's law allows is 64 calls a second. What becomes of a run among
faults: ``python -m tests.chaos.models``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

import store.connect
from app.answering import model_client, open_model
from app.engine import Engine, until_idle
from app.session import settings
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, release_parts
from benchmarks.pipeline import requests_for, submit
from inference.protocol import ModelClient, ModelRequest
from samples.generate import labelled

WIRES = ("bedrock+http", "anthropic+http", "anthropic+bedrock+http", "anthropic+mantle+http")
CONCURRENCY, LATENCY = 32, 0.5
WARM_SECONDS = 3.0
TYPES = ("invoice", "receipt", "lease")


def made(folder: Path, count: int) -> list[Path]:
    """Write ``count`` generated documents of several types."""
    paths = []
    for doc_type in TYPES:
        for sample in labelled(doc_type, -(-count // len(TYPES)), seed=77):
            path = folder / f"{sample.key}{sample.suffix}"
            path.write_bytes(sample.data)
            paths.append(path)
    return paths[:count]


@contextmanager
def endpoint(home: Path) -> Iterator[str]:
    """Run ``doctrail model serve`` over the store of ``home``; yields HOST:PORT."""
    environment = {**os.environ, "DOCTRAIL_HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
    with (home.parent / "answers.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "model", "serve", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "://" in line, "the endpoint did not come up"
        yield line.strip().rpartition("://")[2]
    finally:
        process.terminate()
        process.wait()


async def run(chosen: Settings, paths: Sequence[Path]) -> tuple[dict[str, Any], float]:
    """Return the records of all documents, by document, and the seconds they took."""
    async with open_doctrail(chosen) as doctrail:
        await submit(doctrail, paths)
        started = time.perf_counter()
        await Engine(doctrail).run(until_idle)
        return await records(doctrail), time.perf_counter() - started


async def records(doctrail: Doctrail) -> dict[str, Any]:
    """Return what Validation found of each document, without the references that name the raw replies."""
    found = {}
    async for key in doctrail.store.list("documents"):
        if "/results/validation/" in key:
            record = json.loads(await doctrail.store.fetch(key) or b"")
            record.pop("extraction")
            record.pop("classification")
            found[record["record_id"]] = record
    return found


async def same(base: Settings, paths: Sequence[Path]) -> None:
    """Print whether every wire gives the records of the model in process."""
    expected, seconds = await run(base, paths)
    print(f"{'local:':24} {len(expected)} records in {seconds:.1f} s")
    with endpoint(base.home) as address:
        for wire in WIRES:
            url = f"{wire}://{address}"
            home = base.home.parent / f"home-{wire}"
            found, seconds = await run(base.model_copy(update={"home": home, "model_url": url}), paths)
            equal = sum(found.get(name) == record for name, record in expected.items())
            print(f"{wire:24} {equal} of {len(expected)} records identical, in {seconds:.1f} s")
            assert found == expected, f"{wire} gives other records"


async def overhead(base: Settings, paths: Sequence[Path], calls: int) -> None:
    """Print what a call over each wire takes in milliseconds and in CPU, interleaved, one after another.

    CPU is of this process alone, so it is the client's; the local model's own is of the same process.
    """
    leases = [path.read_bytes() for path in paths if path.name.startswith("lease")][:1]
    took: dict[str, list[float]] = {name: [] for name in ("local", *WIRES)}
    cpu: dict[str, list[float]] = {name: [] for name in took}
    async with AsyncExitStack() as stack:
        address = stack.enter_context(endpoint(base.home))
        doctrail = await stack.enter_async_context(open_doctrail(base))
        asked = (await requests_for(doctrail, leases))[1]
        clients = {}
        for name in took:
            url = "local:" if name == "local" else f"{name}://{address}"
            chosen = base.model_copy(update={"model_url": url})
            clients[name] = await stack.enter_async_context(open_model(chosen, doctrail.store))
        for number in range(calls + 2):
            for name, client in clients.items():
                started, busy = time.perf_counter(), time.process_time()
                await client.complete(asked)
                if number > 1:
                    took[name].append((time.perf_counter() - started) * 1000)
                    cpu[name].append((time.process_time() - busy) * 1000)
    local = statistics.median(took["local"])
    size = len(asked.turns[0].content[0].model_dump_json())
    here = statistics.median(cpu["local"])
    print(f"a call of {size} characters: local {local:.1f} ms, {here:.1f} CPU ms")
    for name in WIRES:
        more = statistics.median(took[name]) - local, min(took[name]) - min(took["local"])
        client_cpu = statistics.median(cpu[name])
        print(
            f"{name:24} {more[0]:+.1f} ms a call (median of {calls}), {more[1]:+.1f} ms at best; "
            f"{client_cpu:.1f} CPU ms of the client"
        )


async def slow(base: Settings, paths: Sequence[Path], seconds: float) -> None:
    """Print how many calls a second pass a wire to a model of fixed latency, against Little's law."""
    async with open_doctrail(base) as doctrail:
        asked = (await requests_for(doctrail, [paths[-1].read_bytes()]))[1]
    law = CONCURRENCY / LATENCY
    with slow_model() as address:
        for wire in WIRES:
            chosen = base.model_copy(
                update={"model_url": f"{wire}://{address}", "model_concurrency": CONCURRENCY}
            )
            client = model_client(chosen, store.connect.connect(base.store))
            rate, grown = await _rate(client, asked, seconds)
            await client.close()
            print(f"{wire:24} {rate:.1f} calls/s, {rate / law:.3f} of Little's law; {grown:+.1f} MB")


async def _rate(client: ModelClient, asked: ModelRequest, seconds: float) -> tuple[float, float]:
    """Return calls per second of CONCURRENCY callers, and the megabytes that the process grew by."""
    done, stop = 0, False

    async def call() -> None:
        nonlocal done
        number = 0
        while not stop:
            number += 1
            # Each request its own: nothing is answered from a memory.
            await client.complete(asked.model_copy(update={"max_tokens": 100 + number}))
            done += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(CONCURRENCY):
            group.create_task(call())
        await asyncio.sleep(WARM_SECONDS)
        before, memory, started = done, _megabytes(), time.perf_counter()
        await asyncio.sleep(seconds)
        rate, grown = (done - before) / (time.perf_counter() - started), _megabytes() - memory
        stop = True
    return rate, grown


def _megabytes() -> float:
    return psutil.Process().memory_info().rss / 1e6


@contextmanager
def slow_model(seconds: float = LATENCY) -> Iterator[str]:
    """Run a model of fixed latency as a process of its own; yields HOST:PORT."""
    command = [sys.executable, "-m", "benchmarks.slow_model", "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rpartition("://")[2]
        finally:
            process.terminate()


def pinned(chosen: Settings, folder: Path) -> dict[str, Path]:
    """Return copies of what a release is made of: all runs are of one release, whoever trains meanwhile."""
    parts = release_parts(chosen)
    copies = {}
    for name, source in (
        ("doctypes", parts.types),
        ("classifier", parts.classifier),
        ("splitter", parts.splitter),
    ):
        copies[name] = folder / name
        shutil.copytree(source, copies[name], ignore=shutil.ignore_patterns("__pycache__"))
    return copies


async def everything(folder: Path, options: argparse.Namespace) -> None:
    """Run what the options ask for."""
    chosen = settings(logs="error").model_copy(
        update={"home": folder / "home-local", "accept_generated_certificates": True, "model_url": "local:"}
    )
    chosen = chosen.model_copy(update=pinned(chosen, folder))
    paths = made(folder, max(options.documents, 30))
    await same(chosen, paths[: options.documents])
    if options.calls:
        await overhead(chosen, paths, options.calls)
    if options.slow:
        await slow(chosen, paths, options.slow)


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as folder:
        asyncio.run(everything(Path(folder), options))


if __name__ == "__main__":
    main()
