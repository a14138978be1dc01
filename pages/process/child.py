"""A reading process seen by those who ask it: started when needed, replaced when it ended."""

from __future__ import annotations

import threading

from pages.limits import ReadLimits
from pages.process.exchange import Answer, Ended, Exchange
from pages.process.running import Running, command
from pages.process.wire import Request
from schemas.classification import RejectReason

__all__ = ["Answer", "Child", "Ended"]

OUTSIDE_TRIES = 3


class Child:
    """One reading process; used by one caller at a time, from any thread."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._process: Running | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._asked = False

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

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._closed = True
            asked = self._asked
        if asked:
            self._signal()
        else:
            self._kill()

    def _ask_once(self, request: Request, data: bytes, abandoned: threading.Event) -> Answer | Ended:
        try:
            process = self._started(abandoned)
            if process is None:
                return Ended(RejectReason.UNREADABLE, "nobody waits for it any more")
            answer = Exchange(process, self._limits, request, data).run()
        except BaseException:
            self._kill()
            raise
        else:
            if isinstance(answer, Ended):
                self._kill()
            return answer
        finally:
            self._rest()

    def _started(self, abandoned: threading.Event) -> Running | None:
        if self._process is not None and self._process.is_gone():
            self._kill()
        with self._lock:
            if self._closed:
                raise RuntimeError("this reader is closed")
            if abandoned.is_set():
                return None
            if self._process is None:
                self._process = Running(self._command())
            self._asked = True
            return self._process

    def _rest(self) -> None:
        """Nobody asks any more; what was closed meanwhile ends now."""
        with self._lock:
            self._asked = False
            closed = self._closed
        if closed:
            self._kill()

    def _signal(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.signal()

    def _kill(self) -> None:
        """End the process, if there is one; the next request starts another. For the thread that asks."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _command(self) -> list[str]:
        return command(self._limits)
