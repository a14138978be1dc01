"""Killing whoever writes a digitised log at every byte: no truncated curve is ever to be seen.

python -m tests.chaos.curves [--step 1]

A child process writes mask, two curves and what names them, and is killed by the kernel (SIGXFSZ) at the
moment a file of its would grow beyond N bytes, for every N up to the longest file. After each death the store
is read like any other reader reads it: whatever stands keeps its contract, and the log stands only with all
its files.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from schemas.digitised import CURVES
from schemas.results import ArtifactKind
from store.artifacts import check_artifact, serialise
from store.log_files import LogFiles, put_log
from store.objects import FileStore
from tests.unit.store import made

CURVE = made.LOG.curves[0]
LOG = made.LOG.model_copy(
    update={"curves": tuple(CURVE.model_copy(update={"name": name}) for name in CURVES)}
)
FILES = LogFiles("chaos", made.KEY, LOG, made.PAINTED, dict.fromkeys(CURVES, made.CURVE_ROWS))
FILES_OF_A_LOG = 4


def main() -> int:
    """Kill and look; 1 where anything half was to be seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.curves")
    parser.add_argument("--step", type=int, default=1, help="bytes between two deaths")
    step = parser.parse_args().step
    longest = len(serialise(LOG)) + 2_000
    killed, wrong = 0, []
    for size in range(0, longest, step):
        with tempfile.TemporaryDirectory() as folder:
            killed += _dies(Path(folder), size)
            wrong += [f"at {size} bytes: {said}" for said in asyncio.run(_seen(Path(folder)))]
    print(f"{killed} of {len(range(0, longest, step))} writers were killed; {len(wrong)} saw something half")
    print(*wrong[:20], sep="\n")
    return 1 if wrong or not killed else 0


def _dies(folder: Path, size: int) -> bool:
    """Let a child write until a file would grow beyond ``size``; whether that killed it."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        asyncio.run(put_log(FileStore(folder), replace(FILES)))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


async def _seen(folder: Path) -> list[str]:
    """Return everything half that a reader can see."""
    store = FileStore(folder)
    stands = [key async for key in store.list("documents")]
    problems = [
        f"{key}: {problem}"
        for key in stands
        for problem in check_artifact(ArtifactKind(key.split("/")[3]), key, await store.fetch(key) or b"")
    ]
    if made.LOG_KEY in stands and len(stands) != FILES_OF_A_LOG:
        problems.append("the log stands without all its files")
    store.close()
    return problems


if __name__ == "__main__":
    sys.exit(main())
