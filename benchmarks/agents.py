"""Each agent without model and page reading: CPU per document and hop, its object calls, and its budget.

Usage: python -m benchmarks.agents [--documents 60] [--rounds 3]

The same generated leases go through the embedded pipeline, agent by agent, each draining its topics alone.
Model and page reader are asked once beforehand and answer from memory afterwards, so what is left is the
agent: its judgement, its object calls (a file store, synced), its trail, the bus. CPU is of the whole
process, threads included. An agent must stay within 3 ms + 0.7 ms for each object call beyond two.

Beside every measurement fixed work is measured (``benchmarks.calibration``): what an agent took is held to
its budget as it would be where nothing else runs on the machine, and both figures are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.judging import Judge
from agents.intake.agent import Intake
from agents.intake.sources import ConfiguredSources, FolderSource
from agents.stage import Stage
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from app.answering import model_client
from app.collector import calm_collector
from app.looping import run
from app.session import settings
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, page_reader
from benchmarks.calibration import Machine, machine, together
from bus.breaker import Breakers
from bus.worker import Worker, WorkerSettings
from catalog.projector import Projector
from inference.protocol import ModelClient, ModelReply, ModelRequest
from ops.submit import submit_file
from pages.reader import PageReader, ReadDocument, Refusal, Unpacked
from samples.generate import labelled
from schemas.canonical import sha256_hex
from schemas.handling import Handler
from store.counting import CountingStore
from store.ledger import PayOnce

BASE_MS, CALL_MS, FREE_CALLS = 3.0, 0.7, 2
AGENTS = ("intake", "gatekeeper", "extraction", "validation", "catalog")


@dataclass
class Remembering:
    """Model and reader in one: asks the real ones once, and answers from memory afterwards.

    Attributes:
        parts: What a release's parts were parsed to, once a process as in ``doctrail run``.
    """

    client: ModelClient
    reader: PageReader
    parts: PinnedParts = field(default_factory=PinnedParts)
    replies: dict[str, ModelReply] = field(default_factory=dict)
    readings: dict[str, ReadDocument | Unpacked | Refusal] = field(default_factory=dict)

    def endpoint(self, model: str) -> str:
        """Return who would have answered."""
        return self.client.endpoint(model)

    async def close(self) -> None:
        """Leave the real ones to their owners."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply that this request had before."""
        if request.digest not in self.replies:
            self.replies[request.digest] = await self.client.complete(request)
        return self.replies[request.digest]

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Return what these bytes gave before."""
        key = sha256_hex(data)
        if key not in self.readings:
            self.readings[key] = await self.reader.read(data, unpack=unpack)
        return self.readings[key]


@dataclass(frozen=True)
class Cost:
    """What one agent cost: CPU ms and object calls per document, the hops it made, and on what machine."""

    cpu: float
    calls: Mapping[str, float]
    hops: float
    machine: Machine

    @property
    def quiet(self) -> float:
        """CPU ms where nothing else runs."""
        return self.cpu / max(1.0, self.machine.slowness)

    @property
    def budget(self) -> float:
        """CPU ms it may take."""
        return BASE_MS + CALL_MS * max(0.0, sum(self.calls.values()) - FREE_CALLS)


def handler(name: str, doctrail: Doctrail, known: Remembering) -> Handler:
    """Return one agent with its model and its reader answering from memory."""
    stage = Stage(name, doctrail.store, doctrail.now)
    chosen, ledger, parts = doctrail.settings, PayOnce(), known.parts
    match name:
        case "intake":
            return Intake(
                stage, doctrail.live, ConfiguredSources(FolderSource(chosen.inbox, chosen.max_bytes))
            )
        case "gatekeeper":
            return Gatekeeper(stage, known, Judge(known, ledger, parts))
        case "extraction":
            return ExtractionAgent(stage, FieldReader(known, ledger), parts)
        case "validation":
            return Validation(stage, Assembler(parts))
    return Projector(doctrail.catalog, doctrail.store)


async def drain(doctrail: Doctrail, agent: Handler, documents: int, folder: Path) -> Cost:
    """Let one agent read all that is there, and return what that cost; ``folder`` is for calibration."""
    store = doctrail.store
    assert isinstance(store, CountingStore)
    worker = Worker(
        doctrail.bus,
        agent,
        store,
        settings=WorkerSettings(window=doctrail.settings.window_of(agent.name)),
        breakers=Breakers(),
        now=doctrail.now,
    )
    stop = asyncio.Event()
    waiting = sum(one.unread for one in (await doctrail.bus.lag(worker.name, worker.topics)).values())
    store.clear()
    before = machine(folder)
    cpu = time.process_time()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(stop))
        while worker.counters.handled < waiting:
            assert not worker.counters.dead_lettered, f"{worker.name} can't handle the samples"
            await asyncio.sleep(0.02)
        cpu = time.process_time() - cpu
        calls = {method: number / documents for method, number in store.calls.items()}
        stop.set()
    return Cost(cpu / documents * 1000, calls, waiting / documents, together([before, machine(folder)]))


async def one_round(chosen: Settings, paths: Sequence[Path], known: Remembering) -> dict[str, Cost]:
    """Send the documents through a fresh home, agent by agent."""
    async with open_doctrail(chosen) as opened:
        doctrail = replace(opened, store=CountingStore(opened.store))
        for path in paths:
            await submit_file(
                doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=chosen.max_bytes
            )
        await doctrail.live.digest(doctrail.now())
        return {
            name: await drain(doctrail, handler(name, doctrail, known), len(paths), chosen.home)
            for name in AGENTS
        }


async def measure(folder: Path, count: int, rounds: int) -> int:
    """Print what each agent costs; return how many are over their budget."""
    paths = []
    for sample in labelled("lease", count, seed=4242):
        path = folder / f"{sample.key}.pdf"
        path.write_bytes(sample.data)
        paths.append(path)
    chosen = settings(logs="error").model_copy(update={"accept_generated_certificates": True})
    found: list[dict[str, Cost]] = []
    first = chosen.model_copy(update={"home": folder / "first"})
    async with open_doctrail(first) as opened, page_reader(first) as reader:
        await opened.live.digest(opened.now())
        known = Remembering(model_client(first, opened.store), reader)
        await one_round(first.model_copy(update={"home": folder / "warm"}), paths, known)
        calm_collector()
        for number in range(rounds):
            home = chosen.model_copy(update={"home": folder / f"home-{number}"})
            found.append(await one_round(home, paths, known))
    return told(found)


def told(found: Sequence[Mapping[str, Cost]]) -> int:
    """Print what each agent costs and on what machine; return how many are over their budget."""
    over = 0
    was = together([cost.machine for costs in found for cost in costs.values()])
    print(f"the machine: fixed work takes {was.slowness:.2f} x its CPU where nothing else runs;", end=" ")
    print(f"a bare file of 4 kB, synced with its name, {was.synced:.2f} CPU ms")
    print("CPU ms a document: as measured (min / median / max), and where nothing else runs (median);")
    print("object calls a document; budget = 3 + 0.7 x (calls - 2):")
    for name in AGENTS:
        costs = [costs[name] for costs in found]
        cpu, quiet = (
            statistics.median(each) for each in zip(*((c.cpu, c.quiet) for c in costs), strict=True)
        )
        last, holds = costs[-1], quiet <= costs[-1].budget
        over += not holds
        listed = ", ".join(f"{method} {number:.1f}" for method, number in sorted(last.calls.items()))
        print(
            f"  {name:11} {min(c.cpu for c in costs):5.1f} / {cpu:5.1f} / {max(c.cpu for c in costs):5.1f}, "
            f"quiet {quiet:5.1f} ms   {sum(last.calls.values()):4.1f} calls ({listed})   "
            f"must <= {last.budget:4.1f}: {'holds' if holds else 'DOES NOT HOLD'}   "
            f"({last.hops:.1f} messages)"
        )
    return over


def main() -> int:
    """Run what the options ask for; return 1 if an agent is over its budget."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as folder:
        return 1 if run(measure(Path(folder), options.documents, options.rounds)) else 0


if __name__ == "__main__":
    sys.exit(main())
