"""Agents on Kafka that wait for a model: throughput against Little's law, more processes, and their memory.

``python -m benchmarks.kafka_waiting --brokers HOST:PORT [--latency 0.5] [--seconds 8] [--memory 10000]``
prints messages per second of one process whose model takes 32 calls at once against 32 / latency, then of
one, two and four processes with 8 calls each, and one's memory over so many messages that wait for nothing.
A backlog stands all the while; what is counted arrives in a span in the middle. Beside the first stands what
32 bare tasks reach that do nothing but wait and send, one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from typing import Self

import psutil
from aiokafka import AIOKafkaProducer

from benchmarks.kafka import events
from benchmarks.kafka_ends import Ends
from benchmarks.kafka_hop import TOPIC
from bus.kafka_address import KafkaOptions, parse_address
from bus.kafka_admin import Admin
from bus.topics import TopicSettings

PARTITIONS = 24
"""Even shares for one, two and four processes."""
WARM_SECONDS = 4.0
WINDOW_PER_CALL = 2
"""Messages in hand for each call that the model takes at once, as by default: what waits for an
acknowledgement keeps no call waiting."""
LITTLE, TWICE, FOUR_TIMES, FLAT = 0.95, 1.8, 3.4, 1.1


class Stage:
    """One hop of so many processes in one group, from one topic to another."""

    def __init__(self, brokers: str, processes: int, calls: int, latency: float) -> None:
        run = uuid.uuid4().hex[:8]
        self._brokers = brokers
        self._prefixes = [f"bench-{run}-{end}." for end in ("in", "out")]
        self._command = [sys.executable, "-m", "benchmarks.kafka_hop", "ours", brokers, *self._prefixes]
        self._command += [str(WINDOW_PER_CALL * calls), str(latency), str(calls)]
        self._count = processes
        self.hops: list[subprocess.Popen[str]] = []

    async def __aenter__(self) -> Self:
        """Make the topics and start the processes."""
        self._admin = Admin(parse_address(f"kafka://{self._brokers}", KafkaOptions()))
        await self._admin.__aenter__()
        await self._admin.create({prefix + TOPIC: TopicSettings(PARTITIONS) for prefix in self._prefixes})
        await asyncio.sleep(1)
        for _ in range(self._count):
            self.hops.append(subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True))
        for hop in self.hops:
            assert hop.stdout is not None
            assert (await asyncio.to_thread(hop.stdout.readline)).strip() == "ready"
        first, last = (prefix + TOPIC for prefix in self._prefixes)
        self._ends = Ends(self._brokers, first, last, PARTITIONS)
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop the processes and take the topics away."""
        for hop in self.hops:
            hop.kill()
            hop.communicate()
        self._ends.close()
        await self._admin.delete([prefix + TOPIC for prefix in self._prefixes])
        await self._admin.__aexit__()

    async def feed(self, count: int) -> None:
        """Hand over so many messages."""
        await asyncio.to_thread(self._feed, count)

    async def taken(self, seconds: float) -> int:
        """Return how many messages come out within ``seconds``."""
        return await asyncio.to_thread(self._taken, seconds)

    def _feed(self, count: int) -> None:
        for event in events(count, uuid.uuid4().hex):
            self._ends.send(event)

    def _taken(self, seconds: float) -> int:
        until, count = time.perf_counter() + seconds, 0
        while (left := until - time.perf_counter()) > 0:
            count += len(self._ends.take(min(left, 0.1)))
        return count


async def bare(brokers: str, window: int, latency: float, seconds: float) -> float:
    """Return messages per second of so many tasks that wait and send, one message after the other."""
    topic, sent = f"bench-{uuid.uuid4().hex[:8]}", 0
    async with Admin(parse_address(f"kafka://{brokers}", KafkaOptions())) as admin:
        await admin.create({topic: TopicSettings(PARTITIONS)})
        await asyncio.sleep(1)
        async with AIOKafkaProducer(bootstrap_servers=brokers, acks="all", enable_idempotence=True) as out:
            body = events(1, topic)[0].body
            until = time.perf_counter() + seconds + WARM_SECONDS

            async def task(number: int) -> None:
                nonlocal sent
                while time.perf_counter() < until:
                    await asyncio.sleep(latency)
                    await out.send_and_wait(topic, body, key=str(number).encode())
                    sent += until - seconds < time.perf_counter() < until

            async with asyncio.TaskGroup() as tasks:
                for number in range(window):
                    tasks.create_task(task(number))
        await admin.delete([topic])
    return sent / seconds


async def rate(brokers: str, processes: int, calls: int, latency: float, seconds: float) -> float:
    """Return messages per second of so many processes with a backlog before them."""
    async with Stage(brokers, processes, calls, latency) as stage:
        # Twice what the law allows, so that no partition runs dry before the others.
        await stage.feed(int(2 * processes * calls / latency * (seconds + 2 * WARM_SECONDS)))
        await stage.taken(WARM_SECONDS)
        return await stage.taken(seconds) / seconds


async def memory(brokers: str, count: int) -> list[float]:
    """Return a process's memory in MB at every tenth of ``count`` messages."""
    found: list[float] = []
    async with Stage(brokers, 1, 32, 0.0) as stage:
        process, out = psutil.Process(stage.hops[0].pid), 0
        for tenth in range(1, 11):
            await stage.feed(count // 10)
            while out < count // 10 * tenth:
                out += await stage.taken(0.2)
            found.append(process.memory_info().rss / 1e6)
    return found


async def measure(options: argparse.Namespace) -> int:
    """Print the figures; return how many are not what they must be."""
    brokers, latency = options.brokers, options.latency
    law = 32 / latency
    beside = await bare(brokers, 32, latency, options.seconds)
    alone = await rate(brokers, 1, 32, latency, options.seconds)
    said = f"32 bare tasks, {beside:.1f} messages/s: {beside / law:.2f} x the law"
    print(f"{said}; ours {alone / beside:.2f} x that")
    bad = _say(f"32 calls at once, {alone:.1f} messages/s of {law:.1f}", alone / law, LITTLE)
    rates = [await rate(brokers, processes, 8, latency, options.seconds) for processes in (1, 2, 4)]
    bad += _say(f"two processes, {rates[1]:.1f} of {rates[0]:.1f} messages/s", rates[1] / rates[0], TWICE)
    bad += _say(f"four processes, {rates[2]:.1f}", rates[2] / rates[0], FOUR_TIMES)
    if options.memory:
        held = await memory(brokers, options.memory)
        print("MB at each tenth:", " ".join(f"{one:.1f}" for one in held))
        # The first tenth fills what is kept for ever.
        grown = max(held[1:]) / held[1]
        holds = grown <= FLAT
        print(f"memory over {options.memory} messages: {grown:.2f} x, {'flat' if holds else 'NOT FLAT'}")
        bad += not holds
    return bad


def _say(what: str, ratio: float, must: float) -> int:
    holds = ratio >= must
    print(f"{what}: {ratio:.2f} x, must >= {must} x: {'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return not holds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for; return 1 if a figure is not what it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds that the model takes")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long is counted")
    parser.add_argument("--memory", type=int, default=10_000, metavar="N")
    return 1 if asyncio.run(measure(parser.parse_args(arguments))) else 0


if __name__ == "__main__":
    sys.exit(main())
