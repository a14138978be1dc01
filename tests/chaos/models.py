"""Chaos between us and a model: an endpoint that fails in every way it can, and one that is gone for a while.

Usage: python -m tests.chaos.models [--seed 7] [--documents 500] [--chance 0.2] [--outage 60] [--home DIR]
                                    [--patience 20]

``doctrail model serve`` runs as a process of its own with faults at ``--chance`` of all requests; leases are
read by a large model (as which it stands in) with a second reading, everything else by local models over the
same wire. Then the endpoint is killed under a second set of documents, and comes back ``--outage`` seconds
later.

The checker that reads only bus, store and catalog decides about lost, duplicated and half written; the
endpoint's own log about replies sold twice and about failures that trails or metrics lack; and no field may
be accepted whose quote does not stand on the page. What a bad reply sent to the dead letters is run again
with ``--repay`` before that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader

import doctypes
from app.engine import Engine, until_idle
from app.session import settings
from app.settings import Settings
from app.wiring import open_doctrail
from benchmarks.pipeline import submit
from catalog.queries import list_documents
from inference.telemetry import ERROR_TYPE, OPERATION_DURATION
from ops.dlq import dead_letters
from ops.force import force_run
from tests.chaos.accounts import Broken, Told, accepted_off_page, account, balance, log_of
from tests.chaos.checker import check
from tests.chaos.documents import write_documents
from tests.chaos.embedded import report

LARGE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
NAMED = {"lease": {"model": LARGE, "second": "again"}}
"""What large models read."""
PATIENCE = 20.0
"""Longest silence of the endpoint: what a hang costs, and more than any answer takes."""


def configured(home: Path, address: str, **more: object) -> Settings:
    """Return settings of a home whose leases a large model reads, asked at ``address``."""
    types = home.with_name(f"{home.name}-types")
    if not types.exists():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(doctypes.__file__).parent, types, ignore=ignored)
        for name, named in NAMED.items():
            (types / name / "model.json").write_text(json.dumps(named), encoding="utf-8")
    changes = {
        "home": home,
        "doctypes": types,
        "accept_generated_certificates": True,
        "model_url": f"bedrock+http://{address}",
        "model_seconds": PATIENCE,
        **more,
    }
    return settings(logs="error").model_copy(update=changes)


@contextmanager
def endpoint(home: Path, log: Path, *options: str, port: int = 0) -> Iterator[str]:
    """Run ``doctrail model serve`` over the store of ``home``; yields HOST:PORT."""
    environment = {**os.environ, "DOCTRAIL_HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "app", "model", "serve", "--any-model", "--port", str(port), *options]
    with log.open("a", encoding="utf-8") as told:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "://" in line, "the endpoint did not come up"
        yield line.strip().rpartition("://")[2]
    finally:
        process.kill()
        process.wait()


async def among_faults(
    chosen: Settings, paths: Sequence[Path], told: Callable[[], Told], broken: Broken
) -> list[str]:
    """Run the documents to their ends while the endpoint fails; returns those that ended in dead letters."""
    async with open_doctrail(chosen) as doctrail:
        await submit(doctrail, paths)
        started = time.monotonic()
        await Engine(doctrail).run(until_idle)
        print(f"{len(paths)} documents in {time.monotonic() - started:.0f} s")
        letters = [letter.letter async for letter in dead_letters(doctrail.store) if letter.letter]
        why = Counter(f"{letter.error_class} {letter.reason}" for letter in letters)
        print(f"dead letters: {dict(why)}")
        allowed = ("model_answer_shape", "model_max_tokens", "model_no_tool_use")
        broken.require(
            all(letter.reason in allowed for letter in letters),
            "only answers that stayed bad when asked for again end in dead letters",
        )
        await account(doctrail.store, told(), broken)
        return sorted({letter.document_id for letter in letters if letter.document_id})


def failed_calls(reader: InMemoryMetricReader) -> Counter[str]:
    """Return how many calls to models failed, by class, as this process's metrics have it."""
    found = reader.get_metrics_data()
    measured = found.resource_metrics if found else ()
    points = (
        point
        for resource in measured
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == OPERATION_DURATION
        for point in metric.data.data_points
    )
    failed: Counter[str] = Counter()
    for point in points:
        kind = (point.attributes or {}).get(ERROR_TYPE)
        if kind is not None and isinstance(point, HistogramDataPoint):
            failed[str(kind)] += point.count
    return failed


async def bought_again(chosen: Settings, documents: Sequence[str]) -> None:
    """Run documents again with ``--repay``, as an operator does with what a bad reply stopped."""
    async with open_doctrail(chosen) as doctrail:
        release = await doctrail.live.digest(doctrail.now())
        for document_id in documents:
            await force_run(
                doctrail.store,
                doctrail.bus,
                document_id,
                release_digest=release,
                now=doctrail.now(),
                repay=True,
            )
        await Engine(doctrail).run(until_idle)


async def out_of_reach(
    chosen: Settings, paths: Sequence[Path], seconds: float, log: Path, broken: Broken
) -> None:
    """Kill the endpoint under running agents, bring it back, and say what became of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    chosen = chosen.model_copy(update={"model_url": f"bedrock+http://127.0.0.1:{port}"})
    targets: set[str] = set()

    async def cut(engine: Engine) -> None:
        with endpoint(chosen.home, log, port=port):
            while engine.counters["extraction"].handled < len(paths) // 5:
                await engine.pause()
        gone = time.monotonic()
        while time.monotonic() - gone < seconds or not targets:
            targets.update(one.target for one in engine.outages)
            await engine.pause()
        parked = sum(one.waiting for one in engine.outages)
        broken.require(parked > 0, f"during {seconds:g} s without it {parked} messages wait for it")
        with endpoint(chosen.home, log, port=port):
            back = time.monotonic()
            await until_idle(engine)
            print(f"idle {time.monotonic() - back:.0f} s after the endpoint came back")

    async with open_doctrail(chosen) as doctrail:
        before = [letter async for letter in dead_letters(doctrail.store)]
        books, sold = await balance(doctrail.store), log_of(log).sold
        await submit(doctrail, paths)
        await Engine(doctrail).run(cut)
        after = [letter async for letter in dead_letters(doctrail.store)]
        kept, unsure = await balance(doctrail.store)
        states = Counter([row.state async for row in list_documents(doctrail.catalog)])
    broken.require(len(after) == len(before), f"{len(after) - len(before)} dead letters from the outage")
    # What was under way when it was killed may have been sold without a line in its log.
    sold, kept, unsure = log_of(log).sold - sold, kept - books[0], unsure - books[1]
    told = f"around the outage {sold} whole replies sold, {kept} kept, {unsure} calls uncertain"
    broken.require(sold - kept <= unsure, told)
    broken.require(targets == {f"model:bedrock:127.0.0.1:{port}"}, f"breakers opened: {sorted(targets)}")
    print(f"states: {dict(states)}")


async def everything(folder: Path, options: argparse.Namespace, reader: InMemoryMetricReader) -> int:
    """Run what the options ask for; 0 where every promise held."""
    home, log, broken = options.home or folder / "home", folder / "answers.log", Broken()
    paths = write_documents(folder / "documents", options.documents, options.seed)
    faults = ("--inject", f"all={options.chance}", "--seed", str(options.seed))
    # The release must be there before the endpoint can stand in for whoever reads its types.
    async with open_doctrail(configured(home, "127.0.0.1:1")) as doctrail:
        await doctrail.live.digest(doctrail.now())

    def told() -> Told:
        return replace(log_of(log), metered=failed_calls(reader))

    with endpoint(home, log, *faults) as address:
        chosen = configured(home, address, model_seconds=options.patience)
        stopped = await among_faults(chosen, paths, told, broken)
    calm = folder / "calm.log"
    with endpoint(home, calm) as address:
        chosen = configured(home, address, model_seconds=options.patience)
        await bought_again(chosen, stopped)
    if options.outage:
        more = write_documents(folder / "more", max(20, options.documents // 5), options.seed + 1)
        await out_of_reach(chosen, more, options.outage, calm, broken)
        paths += more
    async with open_doctrail(configured(home, "127.0.0.1:1")) as doctrail:
        off = await accepted_off_page(doctrail.store)
    broken.require(not off, f"{len(off)} values accepted that do not stand on their page")
    findings = check(home, [path.read_bytes() for path in paths])
    # What was run again with --repay rests; its first death is told above.
    findings.dead_lettered.clear()
    report(findings)
    return 0 if findings.clean and not broken.sentences else 1


def main() -> int:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--chance", type=float, default=0.2)
    parser.add_argument("--outage", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--patience", type=float, default=PATIENCE, help="more where the machine is busy")
    options = parser.parse_args()
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    with tempfile.TemporaryDirectory(prefix="doctrail-chaos-") as folder:
        return asyncio.run(everything(Path(folder), options, reader))


if __name__ == "__main__":
    sys.exit(main())
