"""One request to a reading process and its answer, within the limits of one file."""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import time
from dataclasses import dataclass

from pages.limits import ReadLimits
from pages.process.running import Running, command
from pages.process.wire import HEADER_BYTES, Kind, Request, frame, parse_header
from schemas.classification import RejectReason
from schemas.errors import InvariantError

MOST_OF_MEMORY = 0.7
_TICK_SECONDS = 0.1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended, or has to be ended, without an answer."""

    reason: RejectReason
    detail: str
    from_outside: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The process's answer to a request; ``parts`` are the bytes of what a container holds."""

    kind: Kind
    payload: bytes
    parts: tuple[bytes, ...] = ()


class Exchange:
    """One request and its answer; who asked ends a process that gave none."""

    def __init__(self, process: Running, limits: ReadLimits, request: Request, data: bytes) -> None:
        self._process = process
        self._limits = limits
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
        """Return the answer, or why there is none.

        Raises:
            InvariantError: The process does not even start.
        """
        source, sink = self._process.pipes()
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
                    self._process.used()
                    return answer
            overrun = self._overrun()
            if overrun is not None:
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
        used = self._process.used()
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

    def _lacked_memory(self, code: int, peak: int) -> bool:
        enough = MOST_OF_MEMORY * self._limits.memory_bytes
        born_with = self._process.inherited_bytes
        if peak <= born_with and born_with > enough:
            # Its own peak is hidden under the one it was born with. Refused memory, pdfium aborts, and hardly
            # anything else does: a process that goes wrong in another way is ended by the system.
            return code == -signal.SIGABRT or self._process.peak_bytes > enough
        # It ends below the limit, by no more than the piece that it asked for.
        return max(peak if peak > born_with else 0, self._process.peak_bytes) > enough

    def _gone(self) -> Ended:
        """Say why a process that ended by itself did."""
        code, peak = self._process.ending()
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
                f"run {shlex.join(command(self._limits))} to see why"
            )
        if code == -signal.SIGXCPU:
            return Ended(
                RejectReason.TIME_LIMIT, f"more than {self._limits.document_seconds:g} s of computing"
            )
        return Ended(RejectReason.UNREADABLE, f"the reading process broke off (exit {code}){self._where()}")
