"""Chaos on Kafka: documents go in while processes or brokers are killed, several processes per agent.

Usage: python -m tests.chaos.kafka --brokers HOST:PORT [--kills 20] …
       python -m tests.chaos.kafka --services DIR --fault brokers …      three, one killed after another
       python -m tests.chaos.kafka --services DIR --fault outage …       one broker, away for a minute
                                   [--seed 1] [--documents 100] [--processes 3] [--home DIR]

Starts ``doctrail run --only AGENT`` so many times per agent (the projector once: its catalog is a file) and
submits documents in small batches. Meanwhile it kills (``kill -9``, the whole process group) one process
after another at random moments, each replaced at once; or the brokers. When that is over the rest may
finish, and then the checker, which reads only topics, offsets, store and catalog, decides.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.brokers import Brokers, own_brokers
from tests.chaos.checker import Findings, check_all, facts_in
from tests.chaos.cluster import READERS, Cluster
from tests.chaos.documents import write_documents
from tests.chaos.embedded import report

STILL_SECONDS = 600
"""Without a single offset committed: by then nothing moves any more, however busy the machine is."""
STOP_SECONDS = 60
SUBMIT_TRIES = 3
SESSION_SECONDS = 15
"""As by default: with less a busy machine takes partitions from the living for ever."""
PROJECTOR = "catalog"


@dataclass
class Fleet:
    """The processes of one installation, and a seeded hand on the switch.

    Attributes:
        places: Where store and catalog are, and the keys to them, as environment; default: in ``home``.
        alone: Agents that one process runs, because what they write is a file.
    """

    home: Path
    cluster: Cluster
    random: random.Random
    log: Path
    places: Mapping[str, str] = field(default_factory=dict)
    alone: Sequence[str] = (PROJECTOR,)
    running: dict[tuple[str, int], subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *arguments: str, program: str = "app") -> subprocess.Popen[bytes]:
        """Start a doctrail command in a process group of its own.

        Args:
            arguments: The command and what it is given.
            program: The module that is run: doctrail itself, or one that spoils it first.
        """
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def submit(self, documents: Sequence[Path]) -> None:
        """Submit documents, again where that fails, as people do: what was taken in is only named.

        Raises:
            RuntimeError: It failed every time.
        """
        for _ in range(SUBMIT_TRIES):
            if not documents or not self.start("submit", *map(str, documents)).wait():
                return
        raise RuntimeError(f"submit failed: {self.words()}")

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told."""
        return {
            **os.environ,
            "DOCTRAIL_HOME": str(self.home),
            "DOCTRAIL_BUS_URL": f"kafka://{self.cluster.brokers}/{self.cluster.prefix}",
            "DOCTRAIL_KAFKA_SESSION_SECONDS": str(SESSION_SECONDS),
            "DOCTRAIL_TOPIC_PARTITIONS": "6",
            "DOCTRAIL_PAGE_WORKERS": "1",
            "DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES": "true",
            **self.places,
        }

    def ask(self, *arguments: str) -> str:
        """Return what a doctrail command answers, errors included, whether it succeeds or not."""
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        return done.stdout

    def man(self, processes: int) -> None:
        """Start so many processes of every agent."""
        for agent in READERS:
            for number in range(1 if agent in self.alone else processes):
                self.replace((agent, number))

    def replace(self, place: tuple[str, int], *, program: str = "app") -> None:
        """Start a process at its place; one that is there still is stopped as an operator would."""
        standing = self.running.get(place)
        if standing is not None and standing.poll() is None:
            standing.terminate()
            standing.wait(timeout=STOP_SECONDS)
        self.running[place] = self.start("run", "--only", place[0], program=program)

    def words(self) -> str:
        """Return the last of what the processes said."""
        return self.log.read_text(errors="replace")[-4000:]

    def said(self, what: str) -> int:
        """Return in how many lines the processes said something."""
        return sum(what in line for line in self.log.read_text(errors="replace").splitlines())

    def kill_one(self) -> bool:
        """Kill a process and start another in its place; False where it had ended by itself."""
        place = self.random.choice(sorted(self.running))
        process = self.running[place]
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.replace(place)
        return alive

    def stop(self) -> int:
        """Stop every process as an operator would; return how many did not end well."""
        for process in self.running.values():
            process.terminate()
        bad = []
        for (agent, number), process in self.running.items():
            try:
                code = process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                code = process.wait()
            # One that has only just been started has nothing in hand to put down.
            if code not in (0, -signal.SIGTERM):
                bad.append(f"{agent} {number} ended with {code}\n")
        with self.log.open("a") as log:
            log.writelines(bad)
        return len(bad)


def torment(fleet: Fleet, documents: list[Path], kills: int) -> int:
    """Submit everything while killing ``kills`` times; return how many kills hit a living process."""
    waiting, done = list(documents), 0
    batch = max(1, len(documents) // max(1, kills))
    while done < kills:
        now, waiting = waiting[:batch], waiting[batch:]
        fleet.submit(now)
        time.sleep(fleet.random.uniform(0.2, 4.0))
        done += fleet.kill_one()
    fleet.submit(waiting)
    return done


def torment_brokers(
    fleet: Fleet,
    documents: list[Path],
    brokers: Brokers,
    away: float,
    on_kill: Callable[[], None] = lambda: None,
) -> int:
    """Kill brokers while everything works, each for ``away`` seconds; return how many kills there were.

    Args:
        on_kill: Called after each kill; its seconds are part of ``away``.
    """
    parts = [documents[number :: brokers.count + 1] for number in range(brokers.count + 1)]
    victims = range(1, 3) if brokers.count > 1 else (1,)
    for victim in victims:
        fleet.submit(parts[victim])
        time.sleep(fleet.random.uniform(0.5, 3.0))
        back = time.monotonic() + away
        brokers.kill(victim)
        on_kill()
        time.sleep(max(0.0, back - time.monotonic()))
        brokers.start()
    for rest in (part for number, part in enumerate(parts) if number not in victims):
        fleet.submit(rest)
    return len(victims)


async def drained(cluster: Cluster, still: float = STILL_SECONDS) -> bool:
    """Wait until nothing is unread, twice in a row; False where nothing moves for ``still`` seconds."""
    moved, quiet, before = time.monotonic(), 0, [""]
    while time.monotonic() < moved + still:
        unread = await cluster.unread()
        quiet = quiet + 1 if not unread else 0
        if quiet == 2:
            return True
        if unread != before:
            moved, before = time.monotonic(), unread
        await asyncio.sleep(2)
    return False


def look(fleet: Fleet, documents: list[Path]) -> Findings:
    """Have the checker decide."""
    messages = asyncio.run(fleet.cluster.messages())
    unread = asyncio.run(fleet.cluster.unread())
    return check_all(
        fleet.home / "objects",
        [path.read_bytes() for path in documents],
        messages,
        unread=unread,
        facts=facts_in(fleet.home / "doctrail.db"),
    )


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--brokers", help="brokers that run already")
    where.add_argument("--services", type=Path, help="folder whose script kafka starts brokers to be killed")
    parser.add_argument("--fault", choices=("agents", "brokers", "outage"), default="agents")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--away", type=float, default=60.0, help="seconds that a killed broker stays away")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    if asked.fault != "agents" and asked.services is None:
        parser.error("brokers that are to be killed must be our own: --services DIR")
    return asked


def main() -> int:
    """Run the chaos and return 0 if every promise held."""
    asked = options()
    if asked.services is None:
        return run(asked, asked.brokers, None)
    with own_brokers(asked.services, 3 if asked.fault == "brokers" else 1) as brokers:
        return run(asked, brokers.addresses, brokers)


def run(asked: argparse.Namespace, addresses: str, brokers: Brokers | None) -> int:
    """Run the chaos on these brokers."""
    with tempfile.TemporaryDirectory(prefix="doctrail-chaos-") as folder:
        home = asked.home or Path(folder, "home")
        cluster = Cluster(addresses, f"chaos-{uuid.uuid4().hex[:8]}.")
        fleet = Fleet(home, cluster, random.Random(asked.seed), Path(folder, "log"))
        documents = write_documents(Path(folder, "documents"), asked.documents, asked.seed)
        if fleet.start("init").wait():
            print(fleet.log.read_text())
            return 1
        started = time.monotonic()
        fleet.man(asked.processes)
        try:
            if asked.fault == "agents" or brokers is None:
                hits = torment(fleet, documents, asked.kills)
            else:
                hits = torment_brokers(fleet, documents, brokers, asked.away)
            quiet = asyncio.run(drained(cluster))
        finally:
            bad = fleet.stop()
        findings = look(fleet, documents)
        print(
            f"chaos: {asked.fault}, seed {asked.seed}, {len(documents)} documents, {hits} kills, "
            f"{asked.processes} processes per agent, {'all read' if quiet else 'NOT ALL READ'}, "
            f"{bad} stopped badly, {time.monotonic() - started:.0f} s"
        )
        report(findings)
        if not findings.clean or bad or not quiet:
            print(fleet.log.read_text(errors="replace")[-4000:])
            return 1
        return 0


if __name__ == "__main__":
    sys.exit(main())
