"""A reading process seen from outside: started, asked, watched, and killed when it overruns."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from pages.limits import ReadLimits
from pages.process.wire import HEADER_BYTES, Kind, Request, frame, parse_header
from schemas.classification import RejectReason
from schemas.errors import InvariantError

WORKER = "pages.process.worker"
_TICK_SECONDS = 0.1
_CHUNK = 1 << 20
MOST_OF_MEMORY = 0.7
OUTSIDE_TRIES = 3
# What a Python program may need to find its libraries; no more, so no secret is within reach.
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended, or was ended, without an answer."""

    reason: RejectReason
    detail: str
    from_outside: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The process's answer to a request; ``parts`` are the bytes of what a container holds."""

    kind: Kind
    payload: bytes
    parts: tuple[bytes, ...] = ()


def peak_bytes(usage: resource.struct_rusage) -> int:
    """Return the most memory that a process ever had, as the system counts it."""
    # Kilobytes on Linux, bytes on macOS.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Child:
    """One reading process; used by one caller at a time, from any thread."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: psutil.Process | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._asked = False
        self.peak_bytes = 0
        self.inherited_bytes = 0
        """What the system counts as the process's peak before it has begun: ours, when it was started."""

    def ask(self, request: Request, data: bytes, abandoned: threading.Event | None = None) -> Answer | Ended:
        """Return the answer, or why there is none; the process is gone in the latter case.

        A process killed from outside (by an operator, by a machine out of memory) says nothing about the
        file, so the file is read again.

        Args:
            abandoned: Set by ``abandon``: nobody waits for the answer any more.

        Raises:
            InvariantError: The process does not even start.
        """
        abandoned = abandoned or threading.Event()
        for left in reversed(range(OUTSIDE_TRIES)):
            answer = self._ask_once(request, data, abandoned)
            if not (isinstance(answer, Ended) and answer.from_outside and left):
                break
        return answer

    def abandon(self, abandoned: threading.Event) -> None:
        """End the call of ``ask`` that was given ``abandoned``, whether it has begun or not."""
        abandoned.set()
        self._signal()

    def _signal(self) -> None:
        """Kill the process, and leave its pipes to the thread that waits at them.

        Closed under it, that thread would wait until a limit, or read what got their numbers next.
        """
        with self._lock:
            process = self._process
            if process is not None and process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)

    def _ask_once(self, request: Request, data: bytes, abandoned: threading.Event) -> Answer | Ended:
        try:
            process = self._started(abandoned)
            if process is None:
                return Ended(RejectReason.UNREADABLE, "nobody waits for it any more")
            return _Exchange(self, process, request, data).run()
        except BaseException:
            self.kill()
            raise
        finally:
            self._rest()

    def kill(self) -> None:
        """End the process, if there is one; the next request starts another. For the thread that asks."""
        with self._lock:
            process, self._process, self._watched = self._process, None, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # Unbuffered: closing has nothing left to write to an end that is gone.
                pipe.close()

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._closed = True
            asked = self._asked
        if asked:
            self._signal()
        else:
            self.kill()

    def used(self) -> tuple[int, float] | None:
        """Return the process's memory in bytes and CPU seconds; None once it is gone."""
        watched = self._watched
        if watched is None:
            return None
        try:
            with watched.oneshot():
                times = watched.cpu_times()
                memory = int(watched.memory_info().rss)
        except psutil.Error:
            return None
        self.peak_bytes = max(self.peak_bytes, memory)
        return memory, times.user + times.system

    @property
    def limits(self) -> ReadLimits:
        """The limits it is held to."""
        return self._limits

    def _started(self, abandoned: threading.Event) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._process.poll() is not None:
            self.kill()
        with self._lock:
            if self._closed:
                raise RuntimeError("this reader is closed")
            if abandoned.is_set():
                return None
            if self._process is None:
                self.inherited_bytes = peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
                self._process = self._start()
                self._watched = psutil.Process(self._process.pid)
            self._asked = True
            return self._process

    def _rest(self) -> None:
        """Nobody asks any more; what was closed meanwhile ends now."""
        with self._lock:
            self._asked = False
            closed = self._closed
        if closed:
            self.kill()

    def _command(self) -> list[str]:
        return [
            sys.executable,
            # Not from the folder somebody stands in: a types/ or random/ there is no library of ours.
            "-P",
            "-m",
            WORKER,
            str(os.getpid()),
            str(self._limits.memory_bytes),
        ]

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # Spawned, not forked: a fork of a program with threads may inherit a held lock.
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module, no shell)
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            bufsize=0,
        )


class _Exchange:
    """One request and its answer, within the limits."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes], request: Request, data: bytes) -> None:
        self._child = child
        self._process = process
        self._limits = child.limits
        self._outgoing = memoryview(
            frame(Kind.REQUEST, request.model_dump_json().encode()) + frame(Kind.DATA, data)
        )
        self._incoming = bytearray()
        self._begun = self._step = time.monotonic()
        self._step_cpu: float | None = None
        self._page = 0
        self._begun_reading = False
        self._parts: list[bytes] = []

    def run(self) -> Answer | Ended:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the reading process has no pipes")
        source, sink = self._process.stdout.fileno(), self._process.stdin.fileno()
        os.set_blocking(sink, False)
        # Not select(), which knows no file beyond the first 1,024 of a process.
        with selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            ready.register(sink, selectors.EVENT_WRITE)
            return self._exchange(ready, source, sink)

    def _exchange(self, ready: selectors.BaseSelector, source: int, sink: int) -> Answer | Ended:
        sending = True
        while True:
            if sending and not self._outgoing:
                sending = False
                ready.unregister(sink)
            files = {key.fd for key, _ in ready.select(_TICK_SECONDS)}
            if sink in files and not self._send(sink):
                return self._gone()
            if source in files:
                chunk = os.read(source, _CHUNK)
                if not chunk:
                    return self._gone()
                answer = self._receive(chunk)
                if answer is not None:
                    self._child.used()
                    return answer
            overrun = self._overrun()
            if overrun is not None:
                self._child.kill()
                return overrun

    def _send(self, sink: int) -> bool:
        try:
            self._outgoing = self._outgoing[os.write(sink, self._outgoing[:_CHUNK]) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _receive(self, chunk: bytes) -> Answer | None:
        self._incoming += chunk
        while len(self._incoming) >= HEADER_BYTES:
            kind, length = parse_header(bytes(self._incoming[:HEADER_BYTES]))
            if len(self._incoming) < HEADER_BYTES + length:
                return None
            payload = bytes(self._incoming[HEADER_BYTES : HEADER_BYTES + length])
            del self._incoming[: HEADER_BYTES + length]
            if kind is Kind.PART:
                self._parts.append(payload)
                continue
            if kind is not Kind.PROGRESS:
                return Answer(kind, payload, tuple(self._parts))
            self._begun_reading = True
            self._page = int(payload)
            self._step = time.monotonic()
            self._step_cpu = None
        return None

    def _overrun(self) -> Ended | None:
        now = time.monotonic()
        used = self._child.used()
        limits = self._limits
        if used is not None:
            memory, cpu = used
            if memory > limits.memory_bytes:
                return Ended(
                    RejectReason.MEMORY_LIMIT,
                    f"more than {limits.memory_bytes // 1_000_000} MB{self._where()}",
                )
            if self._step_cpu is None:
                self._step_cpu = cpu
            if cpu - self._step_cpu > limits.step_cpu_seconds:
                return Ended(
                    RejectReason.TIME_LIMIT,
                    f"more than {limits.step_cpu_seconds:g} s of computing{self._where()}",
                )
        if now - self._step > limits.step_seconds:
            return Ended(RejectReason.TIME_LIMIT, f"more than {limits.step_seconds:g} s{self._where()}")
        if now - self._begun > limits.document_seconds:
            return Ended(
                RejectReason.TIME_LIMIT, f"more than {limits.document_seconds:g} s for the whole file"
            )
        return None

    def _where(self) -> str:
        return f" on page {self._page}" if self._page else " to open it"

    def _ending(self) -> tuple[int, int]:
        """Return how the process ended, and the most memory it ever had."""
        if self._process.returncode is None:
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            return self._process.returncode, peak_bytes(usage)
        return self._process.returncode, 0

    def _lacked_memory(self, code: int, peak: int) -> bool:
        enough = MOST_OF_MEMORY * self._limits.memory_bytes
        born_with = self._child.inherited_bytes
        if peak <= born_with and born_with > enough:
            # Its own peak is hidden under the one it was born with. Refused memory, pdfium aborts, and hardly
            # anything else does: a process that goes wrong in another way is ended by the system.
            return code == -signal.SIGABRT or self._child.peak_bytes > enough
        # It ends below the limit, by no more than the piece that it asked for.
        return max(peak if peak > born_with else 0, self._child.peak_bytes) > enough

    def _gone(self) -> Ended:
        """Say why a process that ended by itself did."""
        code, peak = self._ending()
        self._child.kill()
        if self._lacked_memory(code, peak):
            return Ended(
                RejectReason.MEMORY_LIMIT,
                f"more than {self._limits.memory_bytes // 1_000_000} MB{self._where()}",
            )
        if code in (-signal.SIGKILL, -signal.SIGTERM):
            detail = f"the reading process was killed from outside{self._where()}"
            return Ended(RejectReason.UNREADABLE, detail, from_outside=True)
        if not self._begun_reading:
            raise InvariantError(
                f"the reading process does not start (exit {code}); no document is to blame: "
                f"run '{sys.executable} -P -m {WORKER} {os.getpid()} {self._limits.memory_bytes}' to see why"
            )
        if code == -signal.SIGXCPU:
            return Ended(
                RejectReason.TIME_LIMIT, f"more than {self._limits.document_seconds:g} s of computing"
            )
        return Ended(RejectReason.UNREADABLE, f"the reading process broke off (exit {code}){self._where()}")
