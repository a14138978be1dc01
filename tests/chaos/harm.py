"""What is done to the processes of an installation: each fault says in words what it did."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import time
from binascii import crc32

from aiokafka import AIOKafkaProducer

from tests.chaos.cluster import Cluster, patiently
from tests.chaos.kafka import SESSION_SECONDS, torment
from tests.chaos.running import Run

STOPPED_SECONDS = 2.0 * SESSION_SECONDS
"""By then the partitions of who is stopped are somebody else's."""
POISONED = "tests.chaos.poisoned"
NEWER = "tests.chaos.newer"
REFUSED = 3
"""Documents of a release that nobody can read."""
GIVE_UP_SECONDS = 600


def agents(run: Run) -> str:
    """Kill one process after another."""
    return f"{torment(run.fleet, run.documents, run.kills)} kills"


def zombies(run: Run) -> str:
    """Stop processes until others have their partitions, then let them go on."""
    run.submit(run.documents)
    rounds = max(1, run.kills // 5)
    for _ in range(rounds):
        time.sleep(run.fleet.random.uniform(0.2, 2.0))
        known = sorted(place for place in run.fleet.running if place[0] != "catalog")
        victims = [run.fleet.running[place] for place in run.fleet.random.sample(known, 3)]
        for victim in victims:
            os.killpg(victim.pid, signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS)
        for victim in victims:
            os.killpg(victim.pid, signal.SIGCONT)
    return f"3 processes were stopped for {STOPPED_SECONDS:g} s and woken, {rounds} times"


def again(run: Run) -> str:
    """Let everything finish, then send every message once more in a random order."""
    run.submit(run.documents)
    if not run.finish():
        raise RuntimeError("the undisturbed run did not finish")
    count = asyncio.run(send_again(run.fleet.cluster, run.fleet.random))
    return f"{count} messages were sent again, shuffled"


def echoes(run: Run) -> str:
    """Send what was sent already again while everything works, out of order, until all have ended."""
    run.submit(run.documents)
    sent, rounds, until = 0, 0, time.monotonic() + GIVE_UP_SECONDS
    while run.ended() < len(run.documents) and time.monotonic() < until:
        sent += asyncio.run(send_again(run.fleet.cluster, run.fleet.random, at_most=len(run.documents)))
        rounds += 1
        time.sleep(run.fleet.random.uniform(0.5, 2.0))
    return f"{sent} messages were sent again while others were handled, shuffled, in {rounds} rounds"


def poison(run: Run) -> str:
    """Have a document kill whoever extracts it; whoever dies is started again, as an orchestrator does."""
    victim = run.fleet.random.choice([path for path in run.documents if path.suffix == ".pdf"])
    document_id = hashlib.sha256(victim.read_bytes()).hexdigest()
    run.spoiled.add(document_id)
    run.fleet.places = {**run.fleet.places, "CHAOS_POISON": document_id}
    places = [place for place in run.fleet.running if place[0] == "extraction"]
    for place in places:
        run.fleet.replace(place, program=POISONED)
    run.submit(run.documents)
    deaths, until = 0, time.monotonic() + GIVE_UP_SECONDS
    while asyncio.run(run.fleet.cluster.unread()) and time.monotonic() < until:
        for place in places:
            if run.fleet.running[place].poll() is not None:
                deaths += 1
                run.fleet.replace(place, program=POISONED)
        time.sleep(0.5)
    return f"one document killed {deaths} processes"


def rolling(run: Run) -> str:
    """Replace the Gatekeepers by those of a later release, one by one, then one by a release too late."""
    refused, known = run.documents[-REFUSED:], run.documents[:-REFUSED]
    half = len(known) // 2
    run.submit(known[:half])
    places = [place for place in run.fleet.running if place[0] == "gatekeeper"]
    for place in places:
        run.fleet.replace(place, program=NEWER)
    run.submit(known[half:])
    if not run.finish():
        raise RuntimeError("old consumers did not read all of a newer minor version")
    run.spoiled |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in refused}
    run.fleet.places = {**run.fleet.places, "CHAOS_NEXT": "major"}
    for place in places:
        run.fleet.replace(place, program=NEWER)
    run.submit(refused)
    return (
        f"{len(places)} Gatekeepers of the next minor version took over at document {half}, "
        f"of the next major one for the last {REFUSED}"
    )


async def send_again(cluster: Cluster, shuffled: random.Random, *, at_most: int | None = None) -> int:
    """Send messages that were sent before once more, in a random order; return how many.

    Each goes to the partition that it was in, as where a producer tries again: elsewhere it would be in two
    hands at once, which is another fault (``zombies``).
    """
    messages = await cluster.messages()
    shuffled.shuffle(messages)
    messages = messages[:at_most]

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=cluster.brokers, enable_idempotence=True) as producer:
            for topic, message, body in messages:
                name, key = cluster.prefix + topic, message["subject"].encode()
                partition = crc32(key) % len(await producer.partitions_for(name))
                await producer.send(name, body, key=key, partition=partition)
            await producer.flush()

    await patiently(send)
    return len(messages)
