"""Brokers of our own, to be killed: started by a folder's script ``kafka``, with data of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PORT = 21092
HEAP = "-Xms128m -Xmx320m"


@dataclass(frozen=True)
class Brokers:
    """A cluster that the script keeps."""

    script: Path
    count: int

    @property
    def addresses(self) -> str:
        """Where the brokers listen."""
        return ",".join(f"127.0.0.1:{PORT + number}" for number in range(self.count))

    def start(self) -> None:
        """Start whichever do not run, with the data they had."""
        self._run("start")

    def kill(self, number: int) -> None:
        """Kill broker ``number`` (1, 2, …) as a power cut would."""
        self._run("kill", str(number))

    def clean(self) -> None:
        """Stop all and take their data away."""
        self._run("clean")

    @property
    def settings(self) -> dict[str, str]:
        """What the script is told."""
        return {
            "KAFKA_PORT": str(PORT),
            "KAFKA_BROKERS": str(self.count),
            "KAFKA_HEAP": HEAP,
            "KAFKA_WAIT": "600",
        }

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [str(self.script), *arguments],
            env={**os.environ, **self.settings},
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=900,
        )


@contextmanager
def own_brokers(services: Path, count: int) -> Iterator[Brokers]:
    """Brokers for the block."""
    brokers = Brokers(services / "kafka", count)
    brokers.clean()
    brokers.start()
    try:
        yield brokers
    finally:
        brokers.clean()
