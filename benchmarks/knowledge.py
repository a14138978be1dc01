"""The knowledge graph at size: how long a name takes, how many misprinted ones are found, how many wrongly.

Usage: python -m benchmarks.knowledge [--entities 100000] [--questions 2000] [--calls 1000]

A tenth of the made-up companies is left out of the graph. Names that are in it are asked as they are, and
misprinted in the ways that paper and readers misprint; names that are not in it must match nobody. Then so
many calls at once go over HTTP, by the official client.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from inference.serve.running import answering
from inference.tools.over_mcp import McpServer
from inference.tools.toolbox import Toolbox
from mcp_servers.knowledge_graph.graph import Graph
from mcp_servers.knowledge_graph.server import knowledge_graph
from mcp_servers.knowledge_graph.triples import read_graph
from mcp_servers.matching import Question
from mcp_servers.serving import http_app
from samples.knowledge import SEED, companies, triples
from schemas.canonical import sha256_hex
from schemas.objects import ObjectRef

_CONFUSED = {"l": "1", "o": "0", "m": "rn", "i": "l", "e": "c", "w": "vv", "B": "8", "S": "5"}


def typo(rng: random.Random, name: str) -> str:
    """Return the name with one letter dropped, doubled, or put before the other."""
    at = rng.randrange(1, len(name) - 1)
    match rng.randrange(3):
        case 0:
            return name[:at] + name[at + 1 :]
        case 1:
            return name[:at] + name[at] + name[at:]
        case _:
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def misread(rng: random.Random, name: str) -> str:
    """Return the name with one letter as OCR mistakes it."""
    places = [at for at, letter in enumerate(name) if letter in _CONFUSED]
    if not places:
        return name.upper()
    at = places[rng.randrange(len(places))]
    return name[:at] + _CONFUSED[name[at]] + name[at + 1 :]


def without_form(_rng: random.Random, name: str) -> str:
    """Return the name without its legal form."""
    return name.rpartition(" ")[0]


def shouted(_rng: random.Random, name: str) -> str:
    """Return the name in capitals, with a stray comma."""
    return name.upper().replace(" ", ", ", 1)


MISPRINTS: dict[str, Callable[[random.Random, str], str]] = {
    "as printed": lambda _rng, name: name,
    "a typo": typo,
    "misread": misread,
    "without form": without_form,
    "in capitals": shouted,
}


class Held:
    """One snapshot of a graph, held in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.digest = sha256_hex(data)

    async def live(self, server: str) -> str | None:
        """Return its digest."""
        return self.digest if server == "knowledge_graph" else None

    async def read(self, server: str, digest: str) -> bytes | None:
        """Return its bytes."""
        return self.data if (server, digest) == ("knowledge_graph", self.digest) else None

    async def passage(self, ref: ObjectRef) -> bytes | None:
        """Return nothing: a graph refers to nothing else."""
        return None


def timed(graph: Graph, names: Sequence[str]) -> tuple[list[float], list[str | None]]:
    """Return how much CPU each name took, in ms, and whom it matched."""
    times, found = [], []
    for name in names:
        started = time.thread_time()
        matched = graph.matcher.match(Question(name), 5)
        times.append(1000 * (time.thread_time() - started))
        found.append(None if matched.at is None else graph.entities[matched.at].name)
    return times, found


async def at_once(held: Held, names: Sequence[str]) -> float:
    """Return how many seconds as many calls at once take over HTTP."""
    app = http_app(knowledge_graph(held), host="127.0.0.1", token=None)
    async with answering(app, host="127.0.0.1", port=0, lifespan="on") as server:
        toolbox = Toolbox(
            {"knowledge_graph": McpServer("graph", partial(str, f"http://{server.address}/mcp"))}, seconds=600
        )
        snapshot = {"knowledge_graph": held.digest}
        await toolbox.call("resolve_entity", {"name": names[0]}, snapshot)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(toolbox.call("resolve_entity", {"name": name}, snapshot)) for name in names
            ]
        seconds = time.perf_counter() - started
        await toolbox.close()
    if not all(task.result().content for task in tasks):
        raise SystemExit("a call was not answered")
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knowledge")
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--calls", type=int, default=1000)
    options = parser.parse_args(arguments)
    rng = random.Random(SEED)
    made = companies(options.entities + options.entities // 10)
    inside, outside = made[: options.entities], made[options.entities :]
    started = time.perf_counter()
    data = read_graph({"companies.nt": triples(inside)}).data
    loaded = time.perf_counter()
    graph = Graph(data)
    print(
        f"{len(graph.entities)} entities, {graph.triples} statements, {len(data) / 1e6:.1f} MB: "
        f"made in {loaded - started:.1f} s, opened in {time.perf_counter() - loaded:.1f} s"
    )
    asked = [one.name for one in rng.sample(inside, min(options.questions, len(inside)))]
    everything: list[float] = []
    for what, misprint in MISPRINTS.items():
        times, found = timed(graph, [misprint(rng, name) for name in asked])
        everything += times
        right = sum(one == name for one, name in zip(found, asked, strict=True))
        wrong = sum(one not in (None, name) for one, name in zip(found, asked, strict=True))
        share, amiss = 100 * right / len(asked), 100 * wrong / len(asked)
        print(f"{what:<13} found {share:5.1f} %, somebody else {amiss:.2f} %")
    strangers = [one.name for one in rng.sample(outside, min(options.questions, len(outside)))]
    times, found = timed(graph, strangers)
    everything += times
    taken = sum(one is not None for one in found)
    print(f"not in it     matched {100 * taken / len(strangers):.2f} % of {len(strangers)}")
    cuts = statistics.quantiles(everything, n=100)
    print(f"CPU of one    p50 {cuts[49]:.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms")
    seconds = asyncio.run(at_once(Held(data), (asked * (1 + options.calls // len(asked)))[: options.calls]))
    print(f"over HTTP     {options.calls} calls at once in {seconds:.1f} s")


if __name__ == "__main__":
    main()
