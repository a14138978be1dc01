"""What stands around in a document: words of segments, heads of blocks, terms that brackets define."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.reading.codes import coded, joined, mixed, salt
from inference.reading.document import NOWHERE, Document, Ints

_QUOTES = frozenset("\"'\u201c\u201e\u2018")
_DEFINITION_REACH = 60


@dataclass(frozen=True, slots=True)
class Labels:
    """The first and last words of every segment, hashed; one more row stands for no segment."""

    first: Ints
    last: Ints

    def head(self, index: Ints, role: str) -> Ints:
        """Return the codes of the first words of segments."""
        return coded(self.first[index], role)

    def tail(self, index: Ints, role: str) -> Ints:
        """Return the codes of the last words of segments."""
        return coded(self.last[index], role)

    def tail_joined(self, index: Ints, role: str) -> Ints:
        """Return one code per segment for its last three words together."""
        words = np.maximum(self.last[index][:, :3], 0)
        return mixed(joined(words[:, 2], words[:, 1], words[:, 0]), salt(role))[:, None]


def labels_of(document: Document, tokens: Ints) -> Labels:
    """Return the first and last of ``tokens`` (one hash per token of the document) of every segment."""
    bounds = document.first_token
    begin, end = bounds[:-1, None], bounds[1:, None]
    ahead, back = begin + np.arange(6), end - 1 - np.arange(5)
    nothing = len(tokens) - 1
    first = np.where(ahead < end, tokens[np.minimum(ahead, nothing)], NOWHERE)
    last = np.where(back >= begin, tokens[np.maximum(back, 0)], NOWHERE)
    return Labels(_with_none(first), _with_none(last))


def _with_none(rows: Ints) -> Ints:
    return np.concatenate([rows, np.full((1, rows.shape[1]), NOWHERE, dtype=np.int64)])


def block_heads(document: Document) -> tuple[Ints, Ints]:
    """Return, per segment, the first segment of the block it stands in and how many lines down it is."""
    segments, nearest = document.segments, document.above.tolist()
    head, depth = list(range(len(segments))), [0] * len(segments)
    for index in sorted(head, key=lambda i: segments[i].row):
        above = nearest[index]
        if above == NOWHERE:
            continue
        me, other = segments[index], segments[above]
        height = max(me.y1 - me.y0, other.y1 - other.y0, 0.004)
        if other.row < me.row and me.y0 - other.y1 < 0.9 * height and abs(me.x0 - other.x0) < 0.08:
            head[index], depth[index] = head[above], depth[above] + 1
    return np.array(head, dtype=np.int64), np.array(depth, dtype=np.int64)


def definitions_of(document: Document) -> Ints:
    """Return, per token, the hash of the term that a bracket after it defines, as in (the "Tenant")."""
    words = document.words
    out = np.full(len(words) + 1, NOWHERE, dtype=np.int64)
    # From the last quote to the first, so that of two terms the nearer one stays.
    for index in np.flatnonzero(document.of_words(_QUOTES.__contains__))[::-1].tolist():
        if index + 1 < len(words) and _opens(words, index):
            out[max(0, index - _DEFINITION_REACH) : index + 1] = document.token_hash[index + 1]
    return out


def _opens(words: tuple[str, ...], index: int) -> bool:
    return "(" in words[max(0, index - 4) : index]
