"""Which offset may be committed: pure bookkeeping of one partition, no clock and no bus."""

from __future__ import annotations

from collections import deque

from schemas.errors import InvariantError


class Progress:
    """The records of one partition from being taken to being committed.

    Offsets are taken in ascending order, may have gaps, and are finished in any order. Only a prefix
    of what was taken is ever committable: an offset is never committed over an unfinished one.
    """

    def __init__(self) -> None:
        self._open: deque[int] = deque()
        self._finished: set[int] = set()
        self._settled: deque[int] = deque()
        self._last = -1
        self.position = 0
        """The last offset that was committed here, or 0."""

    @property
    def outstanding(self) -> int:
        """Records taken and not yet covered by a commit, finished ones included."""
        return len(self._open) + len(self._settled)

    @property
    def unfinished(self) -> bool:
        """Whether something that was taken is not finished."""
        return len(self._finished) < len(self._open)

    @property
    def committable(self) -> int | None:
        """The next offset to commit: one after the highest of the unbroken finished prefix, if it moved."""
        return self._settled[-1] + 1 if self._settled else None

    def take(self, offset: int) -> None:
        """Note that ``offset`` is being worked on.

        Raises:
            InvariantError: It is not after everything taken before.
        """
        if offset <= self._last:
            raise InvariantError(
                f"offset {offset} was taken after offset {self._last}; the bus broke its order"
            )
        self._last = offset
        self._open.append(offset)

    def finish(self, offset: int) -> None:
        """Note that nothing of ``offset`` can be lost any more."""
        self._finished.add(offset)
        while self._open and self._open[0] in self._finished:
            self._finished.remove(self._open[0])
            self._settled.append(self._open.popleft())

    def committed(self, offset: int) -> None:
        """Note that ``offset``, a former ``committable``, is on disk."""
        self.position = offset
        while self._settled and self._settled[0] < offset:
            self._settled.popleft()
