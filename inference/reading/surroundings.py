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
    count = len(document.segments)
    first = np.full((count + 1, 6), NOWHERE, dtype=np.int64)
    last = np.full((count + 1, 5), NOWHERE, dtype=np.int64)
    bounds = document.first_token
    for index in range(count):
        words = tokens[bounds[index] : bounds[index + 1]]
        first[index, : min(6, len(words))] = words[:6]
        tail = words[-5:][::-1]
        last[index, : len(tail)] = tail
    return Labels(first, last)


def block_heads(document: Document) -> tuple[Ints, Ints]:
    """Return, per segment, the first segment of the block it stands in and how many lines down it is."""
    head = np.arange(len(document.segments), dtype=np.int64)
    depth = np.zeros(len(document.segments), dtype=np.int64)
    order = sorted(range(len(document.segments)), key=lambda i: document.segments[i].row)
    for index in order:
        above = int(document.above[index])
        if above == NOWHERE:
            continue
        me, other = document.segments[index], document.segments[above]
        height = max(me.y1 - me.y0, other.y1 - other.y0, 0.004)
        if other.row < me.row and me.y0 - other.y1 < 0.9 * height and abs(me.x0 - other.x0) < 0.08:
            head[index], depth[index] = head[above], depth[above] + 1
    return head, depth


def definitions_of(document: Document) -> Ints:
    """Return, per token, the hash of the term that a bracket after it defines, as in (the "Tenant")."""
    words = document.words
    out = np.full(len(words) + 1, NOWHERE, dtype=np.int64)
    term, at = NOWHERE, 0
    for index in range(len(words) - 1, -1, -1):
        if words[index] in _QUOTES and index + 1 < len(words) and _opens(words, index):
            term, at = int(document.token_hash[index + 1]), index
        if term != NOWHERE and at - index <= _DEFINITION_REACH:
            out[index] = term
    return out


def _opens(words: tuple[str, ...], index: int) -> bool:
    return "(" in words[max(0, index - 4) : index]
