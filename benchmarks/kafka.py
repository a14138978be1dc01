"""Our worker loop on Kafka beside a raw aiokafka batch loop and FastStream: three hops, a process each.

``python -m benchmarks.kafka --brokers HOST:PORT [--rounds 3] [--messages 20000] [--rate 200] [--window 100]``
prints messages per second, CPU per message of the three hop processes, and p50 at a steady rate, each as
min / median / max of interleaved rounds, and what ours is of the raw loop. Feeder and collector are the
same for all and not counted. Compare ratios: absolute figures follow what else the machine does.

FastStream, which acknowledges each message by itself, is fed an eighth of the messages: its CPU a message is
the same for any number. ``--also ours-asyncio,raw-uvloop`` tells what the event loop brings. ``--steps N``
sends N messages each after the one before it came out: what a lone message costs and how long it takes,
however busy the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Self

import psutil

from benchmarks.kafka_ends import Ends, Event
from benchmarks.kafka_hop import TOPIC
from bus.kafka_address import KafkaOptions, parse_address
from bus.kafka_admin import Admin
from bus.topics import TopicSettings
from schemas.canonical import derive_id, sha256_hex
from schemas.message import encode, new_traceparent, seal
from schemas.records import ReviewRequested
from store.protocol import ref_of

HOPS = 3
PARTITIONS = 6
WAYS = ("raw", "ours", "faststream")
SLOW_PART = 8
"""So much less is FastStream fed, which takes as much longer."""
MUST = {
    "cpu saturated": 1.5,
    "messages/s": 0.75,
    "cpu paced": 1.3,
    "p50 paced": 1.5,
    "cpu lone": 1.3,
    "p50 lone": 1.5,
}
AGAINST_FASTSTREAM = 0.2
BUSY = "cores busy"
CROWDED = 0.85
"""From this share of all cores on, the paced median tells of messages that queue for a core."""
BETTER_IS_MORE = ("messages/s",)


def events(count: int, run: str) -> list[Event]:
    """Return envelopes of about 1 KB."""
    made = []
    for number in range(count):
        subject, event_id = sha256_hex(f"{run} {number}".encode()), derive_id(run, number)
        message = ReviewRequested(
            review_id=derive_id("review", run, number),
            run_id=derive_id("run", run, number),
            record=ref_of(f"documents/{subject}/artifacts/record/{derive_id('r', number)}.json", b"{}"),
        )
        envelope = seal(
            message,
            event_id=event_id,
            source="doctrail/bench",
            subject=subject,
            time=datetime.now(UTC),
            traceparent=new_traceparent(event_id),
            cause=derive_id("cause", number),
        )
        made.append(Event(event_id, subject.encode(), encode(envelope)))
    return made


class Chain:
    """Topics, three hop processes, and who feeds and collects."""

    def __init__(self, brokers: str, way: str, window: int) -> None:
        run = uuid.uuid4().hex[:8]
        self.brokers, self.way, self.window = brokers, way, window
        self.prefixes = [f"bench-{run}-{hop}." for hop in range(HOPS + 1)]
        self.hops: list[subprocess.Popen[str]] = []

    async def __aenter__(self) -> Self:
        """Make the topics and start the hops."""
        self._admin = Admin(parse_address(f"kafka://{self.brokers}", KafkaOptions()))
        await self._admin.__aenter__()
        plan = TopicSettings(PARTITIONS)
        await self._admin.create({prefix + TOPIC: plan for prefix in self.prefixes})
        await asyncio.sleep(1)
        for source, target in zip(self.prefixes, self.prefixes[1:], strict=False):
            command = [sys.executable, "-m", "benchmarks.kafka_hop", self.way, self.brokers, source, target]
            self.hops.append(
                subprocess.Popen([*command, str(self.window)], stdout=subprocess.PIPE, text=True)
            )
        for hop in self.hops:
            assert hop.stdout is not None
            assert (await asyncio.to_thread(hop.stdout.readline)).strip() == "ready"
        self._processes = [psutil.Process(hop.pid) for hop in self.hops]
        self.ends = Ends(self.brokers, self.prefixes[0] + TOPIC, self.prefixes[-1] + TOPIC, PARTITIONS)
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop the hops and take the topics away."""
        for hop in self.hops:
            hop.kill()
            hop.communicate()
        self.ends.close()
        await self._admin.delete([prefix + TOPIC for prefix in self.prefixes])
        await self._admin.__aexit__()

    def cpu(self) -> float:
        """CPU seconds of the hops so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)


def saturated(chain: Chain, count: int) -> dict[str, float]:
    """Send as fast as it goes; return messages per second and CPU ms per message of all hops."""
    made = events(count, uuid.uuid4().hex)
    wanted = {event.event_id for event in made}

    def feed() -> None:
        for event in made:
            chain.ends.send(event)

    began, cpu = time.perf_counter(), chain.cpu()
    with ThreadPoolExecutor(1) as feeder:
        fed = feeder.submit(feed)
        chain.ends.collect(wanted, lambda _: None)
        fed.result()
    seconds = time.perf_counter() - began
    return {"messages/s": count / seconds, "cpu saturated": (chain.cpu() - cpu) / count * 1000}


def paced(chain: Chain, rate: float, seconds: float) -> dict[str, float]:
    """Send at a steady rate; return CPU ms per message, the median way in ms, how busy all cores were."""
    made = events(int(rate * seconds), uuid.uuid4().hex)
    wanted = {event.event_id for event in made}
    sent: dict[str, float] = {}
    took: list[float] = []

    def feed() -> None:
        start = time.perf_counter()
        for number, event in enumerate(made):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent[event.event_id] = time.perf_counter()
            chain.ends.send(event)

    cpu = chain.cpu()
    psutil.cpu_percent()  # the next one tells of the time since this one
    with ThreadPoolExecutor(1) as feeder:
        fed = feeder.submit(feed)
        chain.ends.collect(wanted, lambda i: took.append(time.perf_counter() - sent[i]))
        fed.result()
    spent, busy = (chain.cpu() - cpu) / len(made) * 1000, psutil.cpu_percent() / 100
    return {"cpu paced": spent, "p50 paced": statistics.median(took) * 1000, BUSY: busy}


def lone(chain: Chain, count: int) -> dict[str, float]:
    """Send each message when the one before it came out; return CPU of all hops and the median way, in ms."""
    cpu, took = chain.cpu(), []
    for event in events(count, uuid.uuid4().hex):
        began = time.perf_counter()
        chain.ends.send(event)
        chain.ends.collect({event.event_id}, lambda _: None)
        took.append(time.perf_counter() - began)
    spent = (chain.cpu() - cpu) / count * 1000
    return {"cpu lone": spent, "p50 lone": statistics.median(took) * 1000}


async def one_round(options: argparse.Namespace, way: str) -> dict[str, float]:
    """Measure one way once; of FastStream only what is compared."""
    slow = way == "faststream"
    async with Chain(options.brokers, way, options.window) as chain:
        await asyncio.to_thread(saturated, chain, 500)
        figures = await asyncio.to_thread(saturated, chain, options.messages // (SLOW_PART if slow else 1))
        if options.rate and not slow:
            figures |= await asyncio.to_thread(paced, chain, options.rate, options.seconds)
        if options.steps:
            figures |= await asyncio.to_thread(lone, chain, options.steps)
    print(way, {name: round(value, 3) for name, value in figures.items()}, flush=True)
    return figures


async def measure(options: argparse.Namespace, ways: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """Run the ways in turn."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(options.rounds):
        for way in ways:
            found[way].append(await one_round(options, way))
    return found


def told(found: Mapping[str, Sequence[Mapping[str, float]]]) -> int:
    """Print what each way is of the raw loop; return how much of ours does not hold."""
    bad = 0
    for way in found:
        for name in found[way][0]:
            theirs, mine = ([figures[name] for figures in found[one]] for one in ("raw", way))
            ratio = statistics.median(mine) / statistics.median(theirs)
            end = ""
            if way == "ours" and name in MUST:
                more = name in BETTER_IS_MORE
                holds = ratio >= MUST[name] if more else ratio <= MUST[name]
                end = f"   must {'>=' if more else '<='} {MUST[name]} x: {_verdict(holds)}"
                bad += not holds
            if way != "raw":
                print(f"{name:14} raw {_spread(theirs)}   {way} {_spread(mine)}   {ratio:.2f} x{end}")
    crowd = statistics.median(figures.get(BUSY, 0.0) for figures in found["ours"])
    if crowd >= CROWDED:
        print(f"the cores were {crowd:.0%} busy while paced: p50 paced is a queue's; see a lower --rate")
    ours, its = (
        statistics.median(figures["cpu saturated"] for figures in found[way])
        for way in ("ours", "faststream")
    )
    holds = ours <= AGAINST_FASTSTREAM * its
    print(f"cpu saturated  ours against faststream {ours / its:.3f} x", end="   ")
    print(f"must <= {AGAINST_FASTSTREAM} x: {_verdict(holds)}")
    return bad + (not holds)


def main() -> int:
    """Measure and print; return 1 if the loop costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument(
        "--rate", type=float, default=200.0, help="messages a second of the paced part; 0: none"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of the paced part")
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--steps", type=int, default=400, help="messages sent one after the other; 0: none")
    parser.add_argument("--also", default="", help="further ways, by commas: ours-asyncio, raw-uvloop")
    options = parser.parse_args()
    ways = (*WAYS, *(way for way in options.also.split(",") if way))
    return 1 if told(asyncio.run(measure(options, ways))) else 0


def _verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.3f} / {statistics.median(values):.3f} / {max(values):.3f}"


if __name__ == "__main__":
    sys.exit(main())
