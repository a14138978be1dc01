"""Names found by their letters: which of a hundred thousand may be meant, in about a millisecond.

Each name is known by its runs of three letters. A name asked for is looked up by its rarest runs, and only
what shares enough of them is compared letter by letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_servers.misprints import judged
from mcp_servers.names import Name
from mcp_servers.words import Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKETS = 1 << 18
MOST_COMPARED = 100
"""Names that are compared letter by letter."""
MOST_LOOKED_AT = 60_000
"""Entries of the index that are looked at; the rarest runs come first."""
ENOUGH = 0.3
"""Share of the looked-up runs that a name must have to be compared."""


class NameIndex:
    """Finds names like a given one; the same question always has the same answer.

    Args:
        names: The names; found by their position.
    """

    def __init__(self, names: Sequence[Name]) -> None:
        import numpy as np

        self._names = names
        self._words = Words(names)
        owners, runs = _all_runs([name.letters for name in names])
        order = np.lexsort((owners, runs))
        self._owners = owners[order].astype(np.int32)
        self._starts = np.searchsorted(runs[order], np.arange(BUCKETS + 1))

    def __len__(self) -> int:
        return len(self._names)

    def alike(self, wanted: Name, at_least: float) -> list[tuple[int, float]]:
        """Return (position, likeness) of names at least so like ``wanted``, the likest first."""
        near = [(int(at), judged(wanted, self._names[at], self._words)) for at in self._near(wanted)]
        return sorted(((at, s) for at, s in near if s >= at_least), key=lambda one: (-one[1], one[0]))

    def _near(self, wanted: Name) -> NDArray[np.int64]:
        import numpy as np

        runs = np.unique(_runs(wanted.letters))
        counts = self._starts[runs + 1] - self._starts[runs]
        rarest = runs[np.argsort(counts, kind="stable")]
        taken: list[NDArray[np.int32]] = []
        looked_at = 0
        for run in rarest:
            start, end = self._starts[run], self._starts[run + 1]
            if taken and looked_at + end - start > MOST_LOOKED_AT:
                break
            looked_at += end - start
            taken.append(self._owners[start:end])
        if not taken:
            return np.empty(0, dtype=np.int64)
        found, shared = np.unique(np.concatenate(taken), return_counts=True)
        enough = shared >= max(1, round(ENOUGH * len(taken)))
        found, shared = found[enough], shared[enough]
        best = np.lexsort((found, -shared))[:MOST_COMPARED]
        return found[best].astype(np.int64)


def _all_runs(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every run of every text as (whose, which)."""
    import numpy as np

    padded = [f"\x02\x02{text}\x03" for text in texts]
    lengths = np.array([len(text) for text in padded], dtype=np.int64)
    if not len(lengths):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), dtype="<u4").astype(np.int64)
    runs = _mixed(letters)
    owners = np.repeat(np.arange(len(texts)), lengths)
    ends = np.cumsum(lengths)
    whole = np.ones(len(letters), dtype=bool)
    # A run must not reach from one text into the next.
    whole[ends - 1] = whole[ends - 2] = False
    whole = whole[: len(runs)]
    return owners[: len(runs)][whole], runs[whole]


def _runs(text: str) -> NDArray[np.int64]:
    return _all_runs([text])[1]


def _mixed(letters: NDArray[np.int64]) -> NDArray[np.int64]:
    mixed = (letters[:-2] * 1_000_003 + letters[1:-1]) * 1_000_003 + letters[2:]
    return (mixed ^ (mixed >> 17)) & (BUCKETS - 1)
