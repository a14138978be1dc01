"""How fast the machine is right now: fixed work beside a measurement, so that figures of two days compare."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

SLICES = 5
QUIET_MS = 3.1
"""CPU of one slice on two virtual cores of an EPYC with nothing beside it."""
_WORDS = [{"line": f"1.{n}", "text": "rent is due monthly", "box": [n / 997, 0.1, 0.2]} for n in range(250)]
_FILES = 8


@dataclass(frozen=True, slots=True)
class Machine:
    """How fast the machine was.

    Attributes:
        slowness: CPU that fixed work took, against what it takes where nothing else runs.
        synced: CPU ms of a bare file of 4 kB, brought to disk with its name.
    """

    slowness: float
    synced: float


def machine(folder: Path) -> Machine:
    """Measure how fast the machine is, in some 20 ms; ``folder`` lies on the disk that is meant."""
    slices = [_slice() for _ in range(SLICES)]
    return Machine(statistics.median(slices) / QUIET_MS, _synced(folder))


def together(found: list[Machine]) -> Machine:
    """Return what lies in the middle of several measurements."""
    return Machine(
        statistics.median(one.slowness for one in found), statistics.median(one.synced for one in found)
    )


def _slice() -> float:
    """Return the CPU ms of what an agent does all day: JSON read and written, digests, calls."""
    began = time.process_time()
    for _ in range(4):
        text = json.dumps(_WORDS, sort_keys=True)
        kept = [word for word in json.loads(text) if word["box"][0] >= 0]
        hashlib.sha256(text.encode()).hexdigest()
        max(sum(word["box"]) for word in kept)
    return (time.process_time() - began) * 1000


def _synced(folder: Path) -> float:
    began = time.process_time()
    for number in range(_FILES):
        path = folder / f"calibration-{number}"
        opened = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(opened, b"x" * 4096)
        os.fsync(opened)
        os.close(opened)
        held = os.open(folder, os.O_RDONLY)
        os.fsync(held)
        os.close(held)
        path.unlink()
    return (time.process_time() - began) / _FILES * 1000
