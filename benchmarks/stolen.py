"""What the host took of this machine's cores while something was measured.

On a virtual machine whose host is busy, a process waits for a core that ``top`` shows as idle; Linux counts
it as steal. What was measured in such a second says something about the host, nothing about us.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from types import TracebackType
from typing import Self

import psutil

UNDISTURBED = 0.03
"""Of all cores' time, so much may be taken in a second that counts as undisturbed."""
_STEP = 0.5
_MARGIN = 1.0


class Stolen:
    """Watches, from entering to leaving, what the host takes; nothing where the system does not count it."""

    def __init__(self) -> None:
        self._at: list[float] = []
        self._share: list[float] = []
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()

    @property
    def share(self) -> float:
        """What was taken of all cores' time, between 0 and 1."""
        return sum(self._share) / len(self._share) if self._share else 0.0

    def disturbed(self, begin: float, end: float) -> bool:
        """Whether the host took more than `UNDISTURBED` at some time from a second before to one after.

        Args:
            begin: Seconds since 1970, as `time.time` has them.
            end: The same.
        """
        first = bisect_left(self._at, begin - _MARGIN)
        last = bisect_left(self._at, end + _MARGIN) + 1
        return any(share > UNDISTURBED for share in self._share[first:last])

    def note(self, at: float, share: float) -> None:
        """Note what was taken of all cores' time from the last look to ``at``."""
        self._at.append(at)
        self._share.append(share)

    def _watch(self) -> None:
        before, since = _taken(), time.time()
        while not self._over.wait(_STEP):
            taken, now = _taken(), time.time()
            self.note(now, (taken - before) / ((now - since) * (psutil.cpu_count() or 1)))
            before, since = taken, now


def _taken() -> float:
    return float(getattr(psutil.cpu_times(), "steal", 0.0))
