"""Fifty people at the review queue's API, killed and restarted: how long they wait, and what must hold.

``python -m benchmarks.review_load [--pending 100000] [--reviewers 50] [--seconds 120] [--think 4] [--kills 3]
[--database postgresql://…]``. The server is ``doctrail review serve --auth``, the people are processes of ten
each. With ``--kills`` the server is killed with -9 that often, each time with one process of people, both are
started again, and leases are ended in the database, as time would. Every answer is written down by whoever
got it; afterwards the database is held against that. Exits with 1 where a promise is broken.

The first tasks have documents and runs of their own; page images are drawn by the server. Times are taken by
the client, on the machine that also runs the server; the server's own CPU time is printed beside them, and
once more the times of those answers during which the host let this machine have its cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx2
import psutil
from sqlalchemy import text

from app.settings import Settings
from benchmarks.reviewers.checking import Findings, Line, check, read_journals
from benchmarks.reviewers.clients import READY, Journal, Orders
from benchmarks.reviewers.material import fill, hire, read_documents
from benchmarks.stolen import UNDISTURBED, Stolen
from catalog.engine import open_engine, writing
from tests.services import free_port

TARGETS = {"claim": 100.0, "submit": 100.0, "heartbeat": 30.0, "image": 150.0}
COLD, COLD_SECONDS = 800.0, 5.0
"""Milliseconds that a claim may take (95 of 100) of a server just started; so long it counts as that."""
A_PROCESS, STARTS = 10, 300.0
_ENDED = 5


class Load:
    """An installation under load.

    Args:
        home: An empty folder.
        asked: The command's options.
    """

    def __init__(self, home: Path, asked: argparse.Namespace) -> None:
        self.home, self.asked = home, asked
        self.port = free_port()
        self.environment = {
            **os.environ,
            "DOCTRAIL_HOME": str(home / "installation"),
            "DOCTRAIL_REVIEW_RELEASE_SECONDS": "5",
        }
        if asked.database:
            self.environment["DOCTRAIL_DATABASE_URL"] = asked.database
        os.environ.update(self.environment)
        self.settings = Settings()
        self.engine = open_engine(self.settings.reviews)
        self.people: list[tuple[str, str]] = []
        self.used = Counter[str]()
        self.stolen = Stolen()
        self.whims = random.Random(asked.seed)

    async def prepare(self) -> None:
        """Read documents, multiply their tasks, hire people."""
        (self.home / "installation").mkdir(exist_ok=True)
        read_documents(self.environment)
        await fill(self.settings, self.asked.pending, self.asked.reachable)
        self.people = await hire(self.settings, self.asked.reviewers)

    def run(self) -> list[Line]:
        """Let everybody work and kill what is to be killed; return what was written down."""
        pause = self.asked.seconds / (self.asked.kills + 1)
        own = Journal(str(self.home / "driver.jsonl"))
        with ExitStack() as stack:
            stack.enter_context(self.stolen)
            server = stack.enter_context(self._server())
            groups = [
                stack.enter_context(self._group(number, self.asked.seconds))
                for number in range(-(-len(self.people) // A_PROCESS))
            ]
            _begin(groups)
            end = time.monotonic() + self.asked.seconds
            for number in range(self.asked.kills):
                time.sleep(pause)
                self._end_leases(own)
                self._note(server)
                server.kill()
                groups[number % len(groups)].kill()
                server = stack.enter_context(self._server())
                left = max(1.0, end - time.monotonic())
                groups.append(stack.enter_context(self._group(number % len(groups), left)))
                _begin(groups[-1:])
            for group in groups:
                group.wait()
            self._note(server)
        return read_journals(self.home.glob("*.jsonl"))

    def found(self, journal: Sequence[Line]) -> Findings:
        """Hold the database against what was written down."""
        with self.engine.connect() as connection:
            return check(connection, journal)

    @contextmanager
    def _server(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "app", "review", "serve", "--auth", "--port", str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        try:
            self._wait(process)
            # What starting takes is no answer's.
            self.used["cpu"] -= _cpu_ms(process)
            yield process
        finally:
            process.kill()
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + STARTS
        while time.monotonic() < end and process.poll() is None:
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/v1/openapi.json", timeout=5)
            except httpx2.TransportError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit(f"the server did not start: {(self.home / 'server.log').read_text()[-2000:]}")

    @contextmanager
    def _group(self, number: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
        orders = Orders(
            url=f"http://127.0.0.1:{self.port}",
            journal=str(self.home / f"people-{number}-{int(seconds * 1000)}.jsonl"),
            people=self.people[number * A_PROCESS : (number + 1) * A_PROCESS],
            seconds=seconds,
            think=self.asked.think,
            # Whoever starts again does not repeat himself: keys are used for one decision alone.
            seed=self.whims.getrandbits(32),
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reviewers.clients"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(json.dumps(asdict(orders)), file=process.stdin, flush=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _end_leases(self, journal: Journal) -> None:
        """End some leases, as time would; it is written down before it is done."""
        with writing(self.engine) as connection:
            held = connection.execute(text("SELECT task_id, until FROM review_leases")).all()
            ended = self.whims.sample(held, min(_ENDED, len(held)))
            for row in ended:
                journal.write(event="ended", task=row.task_id)
                connection.execute(
                    text("UPDATE review_leases SET until = beat_at WHERE task_id = :task"),
                    {"task": row.task_id},
                )

    def _note(self, server: subprocess.Popen[bytes]) -> None:
        self.used["cpu"] += _cpu_ms(server)


def _begin(groups: Sequence[subprocess.Popen[str]]) -> None:
    """Let people begin together, once all of them are ready."""
    for group in groups:
        if group.stdout is None or group.stdout.readline().strip() != READY:
            raise SystemExit("a process of people did not start")
    for group in groups:
        if group.stdin is not None:
            group.stdin.close()


def _cpu_ms(process: subprocess.Popen[bytes]) -> int:
    times = psutil.Process(process.pid).cpu_times()
    return int((times.user + times.system) * 1000)


def told(load: Load, journal: Sequence[Line], findings: Findings) -> Iterator[str]:
    """Yield what is printed."""
    answers = [line for line in journal if line["event"] == "answer"]
    database = load.settings.reviews.partition(":")[0]
    yield f"{load.asked.pending} pending, {load.asked.reviewers} people, {database}"
    warm = min((line["at"] for line in answers), default=0.0) + COLD_SECONDS
    kinds = dict.fromkeys((*TARGETS, *sorted({line["what"] for line in answers})))
    yield from _table([line for line in answers if line["at"] >= warm], kinds)
    cold = sorted(line["ms"] for line in answers if line["what"] == "claim" and line["at"] < warm)
    if cold:
        p95 = cold[int(0.95 * (len(cold) - 1))]
        yield (
            f"  the first {COLD_SECONDS:.0f} s apart: {len(cold)} claims, p95 {p95:.1f} ms, "
            f"{p95 / COLD:.2f}× of {COLD:.0f} ms"
        )
    yield f"the host took {load.stolen.share:.1%} of the cores; where it took under {UNDISTURBED:.0%}:"
    alone = [line for line in answers if line["at"] >= warm and not _disturbed(load.stolen, line)]
    yield from _table(alone, TARGETS)
    statuses = Counter(f"{line['what']} {line['status']}" for line in answers if line["status"] >= 400)
    yield f"refused: {dict(sorted(statuses.items())) or 'none'}"
    yield f"unanswered: {sum(line['event'] == 'unanswered' for line in journal)}"
    decided = sum(line["event"] == "decided" for line in journal)
    cpu = load.used["cpu"] / max(1, len(answers))
    yield f"{decided} decisions told, {cpu:.1f} ms of server CPU an answer"
    for what, wrong in vars(findings).items():
        yield f"{what.replace('_', ' ')}: {len(wrong)} {wrong[:3] if wrong else ''}".rstrip()
    yield f"load of the machine: {os.getloadavg()[0]:.1f}"


def _disturbed(stolen: Stolen, line: Line) -> bool:
    return stolen.disturbed(line["at"] - line["ms"] / 1000, line["at"])


def _table(answers: Sequence[Line], kinds: Iterable[str]) -> Iterator[str]:
    for what in kinds:
        took = sorted(line["ms"] for line in answers if line["what"] == what)
        if took:
            yield _figures(what, took)


def _figures(what: str, took: Sequence[float]) -> str:
    def at(share: float) -> float:
        return took[min(len(took) - 1, int(share * len(took)))]

    target = TARGETS.get(what)
    ratio = f", {at(0.99) / target:.2f}× of {target:.0f} ms" if target else ""
    return (
        f"  {what:9} n {len(took):6}  p50 {at(0.5):7.1f}  p95 {at(0.95):7.1f}  p99 {at(0.99):7.1f} ms{ratio}"
    )


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what is asked on the command line."""
    parser = argparse.ArgumentParser(description="The review queue under load.")
    for name, default in (("pending", 100_000), ("reviewers", 50), ("kills", 3), ("reachable", 6_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, seconds in (("seconds", 120.0), ("think", 4.0)):
        parser.add_argument(f"--{name}", type=float, default=seconds)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", default="", help="an empty PostgreSQL; without it SQLite")
    return parser.parse_args(arguments)


def main(asked: Any) -> int:
    """Prepare, run, hold to account; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        load = Load(Path(folder), asked)
        asyncio.run(load.prepare())
        journal = load.run()
        findings = load.found(journal)
        print(*told(load, journal, findings), sep="\n")
        load.engine.dispose()
    return 0 if findings.clean else 1


if __name__ == "__main__":
    sys.exit(main(options()))
