"""Chaos on the embedded default: documents go in while the processes that handle them are killed.

Usage: python -m tests.chaos.embedded [--seed 1] [--documents 200] [--kills 50] [--home DIR]

Submits documents in small batches, starts ``doctrail run`` again and again and kills it (``kill -9``, the
whole process group) at random moments, some of the ``submit`` commands too. When the kills are spent it
lets one run finish, and then the checker, which reads only bus, store and catalog, decides.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.checker import Findings, check
from tests.chaos.documents import write_documents

DRAIN_SECONDS = 1200


@dataclass
class Laboratory:
    """One home, its documents, and a seeded hand on the switch."""

    home: Path
    random: random.Random
    log: Path

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a doctrail command in a process group of its own."""
        environment = {
            **os.environ,
            "DOCTRAIL_HOME": str(self.home),
            "DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES": "true",
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_after(self, process: subprocess.Popen[bytes], seconds: float) -> bool:
        """Kill the process's group after ``seconds``; False where it ended before."""
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        return False


def torment(lab: Laboratory, documents: list[Path], kills: int) -> int:
    """Submit everything while killing ``kills`` times; return how many kills hit a living process."""
    waiting, done = list(documents), 0
    batch = max(1, len(documents) // max(1, kills))
    while done < kills:
        now, waiting = waiting[:batch], waiting[batch:]
        if now:
            submit = lab.start("submit", *map(str, now))
            if lab.random.random() < 0.2:
                if lab.kill_after(submit, lab.random.uniform(0.2, 1.5)):
                    done += 1
                    waiting = now + waiting
            else:
                submit.wait()
        done += lab.kill_after(lab.start("run"), lab.random.uniform(0.4, 5.0))
    for position in range(0, len(waiting), 50):
        lab.start("submit", *map(str, waiting[position : position + 50])).wait()
    return done


def drain(lab: Laboratory) -> int:
    """Let one run finish everything; return its exit code."""
    return lab.start("run", "--drain").wait(timeout=DRAIN_SECONDS)


def report(findings: Findings) -> None:
    """Print a line per promise, and what breaks it."""
    for name, found in vars(findings).items():
        print(f"{name.replace('_', ' '):18} {len(found)}")
        for sentence in found[:5]:
            print(f"    {sentence}")


def main() -> int:
    """Run the chaos and return 0 if every promise held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-chaos-") as folder:
        home = options.home or Path(folder, "home")
        lab = Laboratory(home, random.Random(options.seed), Path(folder, "log"))
        documents = write_documents(Path(folder, "documents"), options.documents, options.seed)
        started = time.monotonic()
        hits = torment(lab, documents, options.kills)
        code = drain(lab)
        findings = check(home, [path.read_bytes() for path in documents])
        print(
            f"chaos: seed {options.seed}, {len(documents)} documents, {hits} kills, "
            f"last run exit {code}, {time.monotonic() - started:.0f} s"
        )
        report(findings)
        if not findings.clean or code:
            print(lab.log.read_text(errors="replace")[-4000:])
            return 1
        return 0


if __name__ == "__main__":
    sys.exit(main())
