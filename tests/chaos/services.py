"""Chaos on real services: Kafka, S3 and PostgreSQL, several processes per agent, and one fault after another.

Usage: python -m tests.chaos.services --services DIR --fault FAULT[,FAULT…] [--seed 1] [--documents 40]
                                      [--processes 3] [--kills 20] [--away 60]

DIR holds the scripts ``kafka``, ``s3`` and ``postgres`` that start servers of our own. The faults:

agents      a process after another is killed (``kill -9``, its whole group) at random moments and replaced
zombies     processes are stopped until their partitions went to others, and go on with what they had in hand
kafka, s3, postgres   the service is killed and stays away for ``--away`` seconds while there is work
brokers     of three, one is killed, comes back after ``--away`` seconds, then another
again       everything that was ever sent is sent once more, in another order

Each runs in an installation of its own. When it is over the rest may finish, and then the checker, which
reads only topics, offsets, bucket and database, decides.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer

from tests.chaos.checker import Findings, check_all
from tests.chaos.cluster import Cluster
from tests.chaos.documents import write_documents
from tests.chaos.embedded import report
from tests.chaos.kafka import DRAIN_SECONDS, Fleet, drained, torment, torment_brokers
from tests.chaos.scaled import Places, Servers, own_servers

OUTAGES = ("kafka", "s3", "postgres")
FAULTS = ("agents", "zombies", *OUTAGES, "brokers", "again")
STOPPED_SECONDS = 12.0
"""Twice the session that the fleet's processes have: their partitions are somebody else's by then."""


@dataclass(frozen=True)
class Run:
    """One fault's installation: its processes, its documents, and what was asked for."""

    fleet: Fleet
    places: Places
    documents: list[Path]
    kills: int
    away: float

    def submit(self, documents: list[Path]) -> None:
        """Submit some documents."""
        if documents and self.fleet.start("submit", *map(str, documents)).wait():
            raise RuntimeError(f"submit failed: {self.fleet.log.read_text(errors='replace')[-2000:]}")

    async def ended(self) -> int:
        """Return how many documents have their record or their review."""
        messages = await self.fleet.cluster.messages()
        ends = ("records.completed", "reviews.requested")
        return len({message["subject"] for topic, message, _ in messages if topic in ends})


def outage(run: Run, servers: Servers, service: str) -> str:
    """Have a service away while there is work; say how far the work went without it."""
    run.submit(run.documents)
    time.sleep(run.fleet.random.uniform(1.0, 4.0))
    before = asyncio.run(run.ended())
    servers.services[service].kill()
    time.sleep(run.away)
    after = before if service == "kafka" else asyncio.run(run.ended())
    alive = sum(process.poll() is None for process in run.fleet.running.values())
    servers.services[service].start()
    going = f"{alive} of {len(run.fleet.running)} processes lived on"
    return f"{service} away for {run.away:g} s, documents ended {before} -> {after} meanwhile, {going}"


def zombies(run: Run) -> str:
    """Stop processes until others have their partitions, then let them go on."""
    run.submit(run.documents)
    rounds = max(1, run.kills // 5)
    for _ in range(rounds):
        time.sleep(run.fleet.random.uniform(0.2, 2.0))
        agents = sorted(place for place in run.fleet.running if place[0] != "catalog")
        victims = [run.fleet.running[place] for place in run.fleet.random.sample(agents, 3)]
        for victim in victims:
            os.killpg(victim.pid, signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS)
        for victim in victims:
            os.killpg(victim.pid, signal.SIGCONT)
    return f"3 processes were stopped for {STOPPED_SECONDS:g} s and woken, {rounds} times"


async def _send_again(cluster: Cluster, shuffled: random.Random) -> int:
    messages = await cluster.messages()
    shuffled.shuffle(messages)
    async with AIOKafkaProducer(bootstrap_servers=cluster.brokers, enable_idempotence=True) as producer:
        for topic, message, body in messages:
            await producer.send(cluster.prefix + topic, body, key=message["subject"].encode())
        await producer.flush()
    return len(messages)


def again(run: Run) -> str:
    """Let everything finish, then send every message once more in a random order."""
    run.submit(run.documents)
    if not asyncio.run(drained(run.fleet.cluster, DRAIN_SECONDS)):
        raise RuntimeError("the undisturbed run did not finish")
    count = asyncio.run(_send_again(run.fleet.cluster, run.fleet.random))
    return f"{count} messages were sent again, shuffled"


def agents(run: Run) -> str:
    """Kill one process after another."""
    return f"{torment(run.fleet, run.documents, run.kills)} kills"


def installed(
    places: Places, folder: Path, *, seed: int, documents: int, kills: int, away: float = 60.0
) -> Run:
    """Return an installation of its own on these services, ready to be manned.

    Raises:
        RuntimeError: ``doctrail init`` failed.
    """
    cluster = Cluster(places.brokers, f"chaos-{uuid.uuid4().hex[:8]}.")
    fleet = Fleet(
        folder / "home", cluster, random.Random(seed), folder / "log", places=places.environment, alone=()
    )
    if fleet.start("init", "--wait", "60").wait():
        raise RuntimeError(f"doctrail init failed: {fleet.log.read_text(errors='replace')[-2000:]}")
    return Run(fleet, places, write_documents(folder / "documents", documents, seed), kills, away)


def look(run: Run, folder: Path) -> Findings:
    """Have the checker decide by topics, bucket and database."""
    run.places.copy_objects(folder / "objects")
    return check_all(
        folder / "objects",
        [path.read_bytes() for path in run.documents],
        asyncio.run(run.fleet.cluster.messages()),
        unread=asyncio.run(run.fleet.cluster.unread()),
        facts=run.places.facts(),
    )


def carry_out(run: Run, processes: int, fault: Callable[[], str], folder: Path) -> tuple[bool, Findings, str]:
    """Man the installation, do harm to it, let it finish; return whether all went well, and the findings."""
    started = time.monotonic()
    run.fleet.man(processes)
    try:
        said = fault()
        quiet = asyncio.run(drained(run.fleet.cluster, DRAIN_SECONDS))
    finally:
        bad = run.fleet.stop()
    findings = look(run, folder)
    words = (
        f"{said}, {processes} processes per agent, {'all read' if quiet else 'NOT ALL READ'}, "
        f"{bad} stopped badly, {time.monotonic() - started:.0f} s"
    )
    return findings.clean and quiet and not bad, findings, words


def one_fault(asked: argparse.Namespace, fault: str) -> bool:
    """Run one fault on servers of its own and report; return whether every promise held."""
    with (
        tempfile.TemporaryDirectory(prefix="doctrail-chaos-") as name,
        own_servers(asked.services, f"chaos-{fault}", 3 if fault == "brokers" else 1) as servers,
    ):
        folder = Path(name)
        run = installed(
            servers.places,
            folder,
            seed=asked.seed,
            documents=asked.documents,
            kills=asked.kills,
            away=asked.away,
        )
        harm: dict[str, Callable[[], str]] = {
            "agents": lambda: agents(run),
            "zombies": lambda: zombies(run),
            "again": lambda: again(run),
            "brokers": lambda: (
                f"{torment_brokers(run.fleet, run.documents, servers.brokers, asked.away)} brokers killed"
            ),
            **{service: lambda service=service: outage(run, servers, service) for service in OUTAGES},  # type: ignore[misc]
        }
        well, findings, words = carry_out(run, asked.processes, harm[fault], folder)
        print(f"chaos: {fault}, seed {asked.seed}, {asked.documents} documents, {words}", flush=True)
        report(findings)
        if not well:
            print(run.fleet.log.read_text(errors="replace")[-4000:])
        return well


def main() -> int:
    """Run the faults asked for, one after the other; return 0 if every promise held in all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--services", type=Path, required=True)
    parser.add_argument("--fault", default="agents", help=f"comma between several of {', '.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--away", type=float, default=60.0, help="seconds that what was killed stays away")
    asked = parser.parse_args()
    faults = asked.fault.split(",")
    if unknown := sorted(set(faults) - set(FAULTS)):
        parser.error(f"unknown faults: {', '.join(unknown)}")
    return sum(not one_fault(asked, fault) for fault in faults) and 1


if __name__ == "__main__":
    sys.exit(main())
