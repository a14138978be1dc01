"""The words of all known names: what is a word of its own is no misprint of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from mcp_servers.names import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Words:
    """The words of names, and which of them lie within one misprint of a text.

    Two words within one letter of each other (one more, one less, another one, two swapped) have a text in
    common once a letter is left out of either, or of none: words are found by such texts.

    Args:
        names: Whose words are known.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        import numpy as np

        self._known = tuple(sorted({word for name in names for word in name.key.split()}))
        self._set = frozenset(self._known)
        left = (hash(text) for word in self._known for text in _with_one_left_out(word))
        texts = np.fromiter(left, dtype=np.int64)
        lengths = np.fromiter(map(len, self._known), dtype=np.int64)
        order = np.argsort(texts, kind="stable")
        self._texts = texts[order]
        self._owners = np.repeat(np.arange(len(self._known), dtype=np.int32), lengths + 1)[order]

    def __contains__(self, word: str) -> bool:
        return word in self._set

    def near(self, text: str) -> frozenset[str]:
        """Return the known words that are one misprint away from ``text``."""
        found = {self._known[at] for each in _with_one_left_out(text) for at in self._owners_of(hash(each))}
        return frozenset(word for word in found if OSA.distance(text, word, score_cutoff=1) == 1)

    def _owners_of(self, text: int) -> NDArray[np.int32]:
        import numpy as np

        start, end = np.searchsorted(self._texts, (text, text + 1))
        return self._owners[start:end]


def _with_one_left_out(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
