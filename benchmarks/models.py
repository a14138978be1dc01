"""The same documents over every wire to a model, what a wire costs a call, and a run among faults.

Usage: python -m benchmarks.models [--documents 60] [--calls 100] [--faults 200] [--chance 0.2] [--seed 7]
       [--outage SECONDS]

``doctrail model serve`` runs as a process of its own; boto3 and the anthropic SDK ask it. Records are
compared field by field with those of the model in process. Among faults every document must rest
somewhere, no reply may be bought twice, and nothing may be accepted that the faults made up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from app.engine import Engine, until_idle
from app.session import settings
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, open_model
from benchmarks.pipeline import requests_for
from catalog.queries import list_documents
from inference.serve.faults import NOWHERE
from ops.dlq import dead_letters
from ops.spending import HEAD, spending, spending_rows
from ops.submit import submit_file
from samples.generate import labelled
from store.trail import AttemptRecord

WIRES = ("bedrock+http", "anthropic+http", "anthropic+bedrock+http")
RESTING = ("accepted", "in_review", "rejected", "partial", "split", "dead_lettered")
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
def endpoint(home: Path, *options: str, port: int = 0) -> Iterator[str]:
    """Run ``doctrail model serve`` over the store of ``home``; yields HOST:PORT.

    What it answers is logged beside the home, in ``answers.log``.
    """
    environment = {**os.environ, "DOCTRAIL_HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
    with (home.parent / "answers.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "model", "serve", "--port", str(port), *options],
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


async def submit(doctrail: Doctrail, paths: Sequence[Path]) -> None:
    """Submit every file."""
    await doctrail.live.digest(doctrail.now())
    for path in paths:
        await submit_file(
            doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=doctrail.settings.max_bytes
        )


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
    """Print the median milliseconds of a call over each wire, interleaved, one after another."""
    leases = [path.read_bytes() for path in paths if path.name.startswith("lease")][:1]
    took: dict[str, list[float]] = {name: [] for name in ("local", *WIRES)}
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
                started = time.perf_counter()
                await client.complete(asked)
                if number > 1:
                    took[name].append((time.perf_counter() - started) * 1000)
    local = statistics.median(took["local"])
    size = len(asked.turns[0].content[0].model_dump_json())
    print(f"a call of {size} characters: local {local:.1f} ms")
    for name in WIRES:
        more = statistics.median(took[name]) - local, min(took[name]) - min(took["local"])
        print(f"{name:24} {more[0]:+.1f} ms a call (median of {calls}), {more[1]:+.1f} ms at best")


async def outage(base: Settings, paths: Sequence[Path], seconds: float) -> None:
    """Kill the endpoint under a running pipeline, bring it back later, and print what became of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home = base.home.parent / "home-outage"
    chosen = base.model_copy(update={"home": home, "model_url": f"bedrock+http://127.0.0.1:{port}"})

    async def cut(engine: Engine) -> None:
        with endpoint(base.home, port=port):
            while engine.counters["extraction"].handled < len(paths) // 5:
                await engine.pause()
        await asyncio.sleep(seconds)
        print(f"during the outage: {[f'{one.target} {one.state}' for one in engine.outages]}")
        with endpoint(base.home, port=port):
            back = time.perf_counter()
            await until_idle(engine)
            print(f"idle {time.perf_counter() - back:.0f} s after the endpoint came back")

    async with open_doctrail(chosen) as doctrail:
        await submit(doctrail, paths)
        await Engine(doctrail).run(cut)
        states = Counter([row.state async for row in list_documents(doctrail.catalog)])
        letters = [letter async for letter in dead_letters(doctrail.store)]
    print(
        f"outage of {seconds:g} s under {len(paths)} documents: {dict(states)}, {len(letters)} dead letters"
    )
    assert not letters
    assert states.total() == sum(states[state] for state in RESTING) >= len(paths)


async def among_faults(base: Settings, paths: Sequence[Path], chance: float, seed: int) -> None:
    """Run documents while one request in so many is answered badly, and print what became of them."""
    home = base.home.parent / "home-faults"
    with endpoint(base.home, "--inject", f"all={chance}", "--seed", str(seed)) as address:
        url = f"bedrock+http://{address}"
        chosen = base.model_copy(update={"home": home, "model_url": url, "model_seconds": 20.0})
        async with open_doctrail(chosen) as doctrail:
            await submit(doctrail, paths)
            started = time.perf_counter()
            await Engine(doctrail).run(until_idle)
            seconds = time.perf_counter() - started
            await judge(doctrail, len(paths), seconds)
    sold_twice(base.home.parent / "answers.log")


def sold_twice(path: Path) -> None:
    """Check by the endpoint's own log that no request was answered whole twice."""
    whole: Counter[str] = Counter()
    broken = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["event"] == "model.answered":
            broke = told["fault"] in ("reset", "truncated")
            broken += broke
            whole[told["request"]] += not broke
    again = {request: count for request, count in whole.items() if count > 1}
    print(f"the endpoint sold {whole.total()} whole replies, {len(again)} of them twice; {broken} broke off")
    assert not again


async def judge(doctrail: Doctrail, count: int, seconds: float) -> None:
    """Print and check what a run among faults left."""
    states = Counter([row.state async for row in list_documents(doctrail.catalog)])
    letters = [letter async for letter in dead_letters(doctrail.store)]
    print(f"{count} documents in {seconds:.0f} s: {dict(states)}")
    dead = Counter(f"{one.letter.error_class} {one.letter.reason}" for one in letters if one.letter)
    print(f"dead letters: {dict(dead)}")
    bought: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    uncertain = 0
    async for key in doctrail.store.list("documents"):
        if "/trail/" not in key:
            continue
        attempt = AttemptRecord.model_validate_json(await doctrail.store.fetch(key) or b"")
        failed.update(
            (one.error or "").partition(": ")[2] or "broke off" for one in attempt.tries if one.error
        )
        for step in attempt.steps:
            uncertain += step.name == "uncertain call"
            if step.kind == "reply" and not step.data["from_ledger"]:
                bought[f"{attempt.document_id}/{step.data['reply']['uri']}"] += 1
    print(f"failed tries by class: {dict(failed)}")
    twice = sum(number - 1 for number in bought.values())
    invented = [
        one["record_id"]
        for one in (await records(doctrail)).values()
        for field in one["fields"]
        if field["decision"] == "accepted" and NOWHERE in json.dumps(field["field"]["readings"])
    ]
    print(" | ".join(HEAD))
    for row in spending_rows(await spending(doctrail.store)):
        print(" | ".join((row[0][:14], *row[1:])))
    lost = max(count, states.total()) - sum(states[state] for state in RESTING)
    print(f"lost {lost}, bought twice {twice}, uncertain {uncertain}, made up and accepted {len(invented)}")
    assert not lost
    assert not twice
    assert not invented


async def everything(folder: Path, options: argparse.Namespace) -> None:
    """Run what the options ask for."""
    chosen = settings(logs="error").model_copy(
        update={"home": folder / "home-local", "accept_generated_certificates": True, "model_url": "local:"}
    )
    paths = made(folder, max(options.documents, options.faults, 30))
    await same(chosen, paths[: options.documents])
    if options.calls:
        await overhead(chosen, paths, options.calls)
    if options.outage:
        await outage(chosen, paths[:30], options.outage)
    if options.faults:
        await among_faults(chosen, paths[: options.faults], options.chance, options.seed)


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--outage", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--chance", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as folder:
        asyncio.run(everything(Path(folder), options))


if __name__ == "__main__":
    main()
