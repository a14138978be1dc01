"""A reading process as the system knows it: started without our secrets, measured, killed."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from pages.limits import ReadLimits

WORKER = "pages.process.worker"
# What a Python program may need to find its libraries; no more, so no secret is within reach.
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


def command(limits: ReadLimits) -> list[str]:
    """Return what starts a reading process of this program."""
    return [
        sys.executable,
        # Not from the folder somebody stands in: a types/ or random/ there is no library of ours.
        "-P",
        "-m",
        WORKER,
        str(os.getpid()),
        str(limits.memory_bytes),
        str(limits.niceness),
    ]


class Running:
    """One process, from its start to its end.

    Attributes:
        inherited_bytes: What the system counts as its peak before it has begun: ours, when it was started.
        peak_bytes: The most memory that it was seen to have.
    """

    def __init__(self, started_by: Sequence[str]) -> None:
        self.inherited_bytes = _peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
        self.peak_bytes = 0
        root = str(Path(__file__).resolve().parents[2])
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # Spawned, not forked: a fork of a program with threads may inherit a held lock.
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module, no shell)
            started_by,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            bufsize=0,
        )
        self._watched = psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def pipes(self) -> tuple[int, int]:
        """Return the files that its answers come from and requests go to."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the reading process has no pipes")
        return self._process.stdout.fileno(), self._process.stdin.fileno()

    def is_gone(self) -> bool:
        """Return whether it has ended."""
        return self._process.poll() is not None

    def used(self) -> tuple[int, float] | None:
        """Return its memory in bytes and CPU seconds; None once it is gone."""
        try:
            with self._watched.oneshot():
                times = self._watched.cpu_times()
                memory = int(self._watched.memory_info().rss)
        except psutil.Error:
            return None
        self.peak_bytes = max(self.peak_bytes, memory)
        return memory, times.user + times.system

    def ending(self) -> tuple[int, int]:
        """Wait for its end; return how it ended, and the most memory it ever had (0 where nobody knows)."""
        if self._process.returncode is None:
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            return self._process.returncode, _peak_bytes(usage)
        return self._process.returncode, 0

    def signal(self) -> None:
        """Kill it, and leave its pipes to the thread that waits at them.

        Closed under it, that thread would wait until a limit, or read what got their numbers next.
        """
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # Unbuffered: closing has nothing left to write to an end that is gone.
                pipe.close()


def _peak_bytes(usage: resource.struct_rusage) -> int:
    """Return the most memory that a process ever had, as the system counts it."""
    # Kilobytes on Linux, bytes on macOS.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
