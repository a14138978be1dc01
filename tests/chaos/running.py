"""One installation under chaos: put up, manned, harmed, left to finish, and looked at from outside."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.checker import Findings, check_all
from tests.chaos.cluster import Cluster
from tests.chaos.documents import write_documents
from tests.chaos.kafka import STILL_SECONDS, Fleet, drained
from tests.chaos.scaled import Places


@dataclass
class Run:
    """One fault's installation: its processes, its documents, and what was asked for.

    Attributes:
        folder: Scratch of this run.
        away: Seconds that what is taken away stays away.
        spoiled: Ids of documents that must end as dead letters.
    """

    fleet: Fleet
    places: Places
    folder: Path
    documents: list[Path]
    kills: int
    away: float
    spoiled: set[str] = field(default_factory=set)

    def submit(self, documents: list[Path]) -> None:
        """Submit some documents."""
        self.fleet.submit(documents)

    def ended(self) -> int:
        """Return how many documents have their record or their review."""
        messages = asyncio.run(self.fleet.cluster.messages())
        ends = ("records.completed", "reviews.requested")
        return len({message["subject"] for topic, message, _ in messages if topic in ends})

    def under_way(self) -> None:
        """Wait until a tenth of the documents have ended: what comes now comes in the middle of work.

        Raises:
            RuntimeError: Nothing moves.
        """
        until = time.monotonic() + STILL_SECONDS
        while self.ended() < max(1, len(self.documents) // 10):
            if time.monotonic() > until:
                raise RuntimeError(f"nothing ended within {STILL_SECONDS} s: {self.fleet.words()}")
            time.sleep(1.0)

    def goes_on(self) -> float:
        """Return how many seconds it takes from now until another document has ended, at the most.

        Raises:
            RuntimeError: Nothing moves.
        """
        began = time.monotonic()
        before = self.ended()
        while self.ended() == before:
            if time.monotonic() > began + STILL_SECONDS:
                raise RuntimeError(f"nothing ended within {STILL_SECONDS} s: {self.fleet.words()}")
        return time.monotonic() - began

    def finish(self) -> bool:
        """Wait until everything is read; False where it stands still before."""
        return asyncio.run(drained(self.fleet.cluster))


def installed(
    places: Places,
    folder: Path,
    documents: list[Path],
    *,
    seed: int,
    kills: int,
    away: float = 60.0,
) -> Run:
    """Return an installation of its own on these services, ready to be manned.

    Raises:
        RuntimeError: ``doctrail init`` failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(places.brokers, f"chaos-{uuid.uuid4().hex[:8]}.")
    fleet = Fleet(
        folder / "home", cluster, random.Random(seed), folder / "log", places=places.environment, alone=()
    )
    if fleet.start("init", "--wait", "60").wait():
        raise RuntimeError(f"doctrail init failed: {fleet.words()}")
    return Run(fleet, places, folder, documents, kills, away)


def prepared(places: Places, folder: Path, *, seed: int, documents: int, kills: int, away: float) -> Run:
    """Return an installation with documents of its own to be submitted."""
    written = write_documents(folder / "documents", documents, seed)
    return installed(places, folder, written, seed=seed, kills=kills, away=away)


def look(run: Run) -> Findings:
    """Have the checker decide by topics, bucket and database."""
    objects = run.folder / "objects"
    run.places.copy_objects(objects)
    return check_all(
        objects,
        [path.read_bytes() for path in run.documents],
        asyncio.run(run.fleet.cluster.messages()),
        unread=asyncio.run(run.fleet.cluster.unread()),
        facts=run.places.facts(),
        spoiled=run.spoiled,
    )


def carry_out(run: Run, processes: int, fault: Callable[[Run], str]) -> tuple[bool, Findings, str]:
    """Man the installation, do harm to it, let it finish; return whether all went well, and the findings."""
    started = time.monotonic()
    run.fleet.man(processes)
    try:
        said = fault(run)
        quiet = run.finish()
    finally:
        bad = run.fleet.stop()
    findings = look(run)
    words = (
        f"{said}, {processes} processes per agent, {'all read' if quiet else 'NOT ALL READ'}, "
        f"{bad} stopped badly, {time.monotonic() - started:.0f} s"
    )
    return findings.clean and quiet and not bad, findings, words
