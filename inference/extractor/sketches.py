"""Sketches: what a page says, and what stands around a candidate, in bytes that nothing is read out of.

Of a set of hashed things, each with a weight, a sketch keeps for each of its places the thing that comes
first in an order of that place's own, drawn so that a thing comes first as often as its share of the weight;
and of that thing eight bits. The share of places at which two sketches agree is about the share of weight
that their sets have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.reading.codes import joined, mixed, salt
from inference.reading.document import Document, Floats, Ints
from inference.reading.spans import Span

Sketch = NDArray[np.uint8]

SKETCHES_VERSION = 1
"""Raised whenever sketches are drawn otherwise, so that no precedents are asked with other ones."""
PAGE, PLACE = 256, 64
"""Places of the sketch of a page, and of a candidate's surroundings."""
BUCKETS = 1 << 15
_MOST_WORDS = 1500
_COMMON = 0.1
_LEFT, _ROW, _RIGHT, _ABOVE, _BELOW = 4, 6, 3, 8, 6
_ROWS, _ROW_STEP = 15, 3
_FOLD = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Rarity:
    """How rare words and pairs of words are among the pages learned from, by bucket, in steps of a tenth.

    What stands on one page alone (names, numbers of accounts) has none and is not heard.
    """

    tenths: NDArray[np.uint8]

    def page(self, document: Document) -> Sketch:
        """Return the sketch of a document's words and pairs of words, rare ones counting more."""
        buckets = words_of(document)
        weights = self.tenths[buckets] / 10
        return _least(buckets[weights > 0], weights[weights > 0], PAGE)


def rarity_of(pages: Sequence[Document]) -> Rarity:
    """Return how rare words and their pairs are among ``pages``."""
    seen = np.zeros(BUCKETS)
    for page in pages:
        seen[words_of(page)] += 1
    rare = np.log((1 + len(pages)) / (1 + seen)) + _COMMON
    return Rarity(np.round(10 * np.where(seen > 1, rare, 0.0)).astype(np.uint8))


def words_of(document: Document) -> Ints:
    """Return the buckets of a document's words and of pairs within a line, each once, ascending."""
    count = min(len(document.words), _MOST_WORDS)
    hashes, lines = document.token_hash[:count], document.token_segment[:count]
    telling = np.array([len(word) > 1 and word.isalpha() for word in document.words[:count]], dtype=np.bool_)
    pair = telling[:-1] & telling[1:] & (lines[:-1] == lines[1:])
    known = np.concatenate([hashes[telling], joined(hashes[:-1][pair], hashes[1:][pair])])
    return np.unique(mixed(known, salt("page")) % BUCKETS)


def place_of(document: Document, span: Span) -> Sketch:
    """Return the sketch of what stands around a candidate: in its row, in the rows above and below."""
    tokens = document.token_hash
    first = int(np.searchsorted(document.token_end, span.start, side="right"))
    after = int(np.searchsorted(document.token_start, span.end))
    row = document.segments[span.pieces[0].segment].row
    begin, _ = _tokens_of(document, row)
    _, end = _tokens_of(document, document.segments[span.pieces[-1].segment].row)
    left, right = tokens[begin:first][::-1], tokens[after:end]
    around = [
        *(mixed(left[i : i + 1], salt(f"left{i}")) for i in range(min(_LEFT, len(left)))),
        *(mixed(right[i : i + 1], salt(f"right{i}")) for i in range(min(_RIGHT, len(right)))),
        mixed(left[:_ROW], salt("in the row")),
        mixed(_words_in(document, row - 1)[:_ABOVE], salt("above")),
        mixed(_words_in(document, row + 1)[:_BELOW], salt("below")),
        mixed(np.array([min(row // _ROW_STEP, _ROWS)], dtype=np.int64), salt("row")),
    ]
    codes = np.unique(np.concatenate(around))
    return _least(codes, np.ones(len(codes)), PLACE)


def _tokens_of(document: Document, row: int) -> tuple[int, int]:
    """Return the first token of a row and the one after its last; nothing outside of the page."""
    if not 0 <= row < len(document.rows):
        return 0, 0
    lines = document.rows[row]
    return int(document.first_token[min(lines)]), int(document.first_token[max(lines) + 1])


def _words_in(document: Document, row: int) -> Ints:
    begin, end = _tokens_of(document, row)
    lettered = np.array(
        [len(word) > 1 and word.isalpha() for word in document.words[begin:end]], dtype=np.bool_
    )
    return document.token_hash[begin:end][lettered]


def _least(values: Ints, weights: Floats, places: int) -> Sketch:
    """Return eight bits of the value that comes first at each place; zeros where there are no values."""
    if not len(values):
        return np.zeros(places, dtype=np.uint8)
    hashed = _spread(values.astype(np.uint64)[None, :], np.arange(places, dtype=np.uint64)[:, None])
    waits = -np.log((hashed.astype(np.float64) + 0.5) / 2.0**32) / weights
    first = waits.argmin(axis=1)
    return np.asarray(hashed[np.arange(places), first] >> np.uint64(8), dtype=np.uint64).astype(np.uint8)


def _spread(values: NDArray[np.uint64], place: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 32 well mixed bits of each value for each place."""
    bits = (values * np.uint64(0x9E3779B1) + place * np.uint64(0x85EBCA77) + np.uint64(0x165667B1)) & _FOLD
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits ^= bits >> np.uint64(shift)
        bits = (bits * np.uint64(factor)) & _FOLD
    return bits ^ (bits >> np.uint64(16))


def alike(sketches: Sketch, one: Sketch) -> Floats:
    """Return the share of places at which each sketch agrees with ``one``."""
    return np.asarray((sketches == one).mean(axis=-1), dtype=float)
