"""How much a document is like others of its type: the part of it that a few directions of the type explain.

A softmax says nothing about types never seen. Here each type has, for each *view* of a document (all its
words; the words it begins with), the directions in which its own documents lie. A document of the type is
explained by them to a large part; one of another kind is not, however surely it is no other known type.

    rarity     = how rare a word is among the type's documents; 0 for words of one document: names, numbers
    sketch     = the view's words, log counts times rarity, folded to SKETCH signed sums of length one
    explained  = squared length of the sketch along the first 10, 20, 40 directions
    strangeness= minus the sum over views and depths of the log share of the type's own documents, held out,
                 that are explained no better
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.classifier.profile import HEAD, lettered, spread
from inference.reading.document import Document, Floats, Ints

VIEW_BITS = 15
BUCKETS = 1 << VIEW_BITS
SKETCH = 2048
DEPTHS = (10, 20, 40)
"""Numbers of directions at which is measured how much they explain."""
VIEWS = 2
_MOST_WORDS = 6000
_COMMON = 0.1

_ALL = np.arange(BUCKETS, dtype=np.int64)
_PLACE = spread(_ALL, 0x68E31DA4, SKETCH.bit_length() - 1)
_SIGN = 1.0 - 2.0 * spread(_ALL, 0x3C6EF372, 1)


@dataclass(frozen=True, slots=True)
class View:
    """Buckets of words, and the logarithm of how often each occurs, plus one."""

    buckets: Ints
    counts: Floats


def views_of(document: Document) -> tuple[View, ...]:
    """Return what a document looks like: by all its words, and by those it begins with."""
    hashes = spread(lettered(document), 0x1B873593, VIEW_BITS)
    return _view(hashes[:_MOST_WORDS]), _view(hashes[:HEAD])


def _view(hashes: Ints) -> View:
    buckets, counts = np.unique(hashes, return_counts=True)
    return View(buckets, 1 + np.log(counts))


@dataclass(frozen=True)
class Kind:
    """What the documents of one type look like in one view.

    Attributes:
        rarity: Per bucket, in 127 steps of ``step``.
        directions: Rows of length one, the most telling first, as eight bits hold them.
    """

    rarity: Ints
    step: float
    directions: Floats

    def explained(self, view: View) -> list[float]:
        """Return the share of the view that the first directions explain, for each depth."""
        part = self.directions @ self.sketch(view)
        return [float((part[:depth] ** 2).sum()) for depth in DEPTHS]

    def eight_bits(self) -> Floats:
        """Return the directions in 127 steps each, the largest part positive: only their ratios matter."""
        rows = np.arange(len(self.directions))
        largest = self.directions[rows, np.abs(self.directions).argmax(axis=1)]
        return np.asarray(np.round(127 * self.directions / largest[:, None]), dtype=float)

    def sketch(self, view: View) -> Floats:
        """Return the view's words folded to SKETCH signed sums, of length one; zeros without known words."""
        weights = view.counts * self.rarity[view.buckets] * _SIGN[view.buckets]
        folded = np.bincount(_PLACE[view.buckets], weights=weights, minlength=SKETCH)
        norm = np.sqrt((folded**2).sum())
        return np.asarray(folded / norm if norm > 0 else folded, dtype=float)


def explained(kinds: Sequence[Kind], views: Sequence[View]) -> Floats:
    """Return how well each view is explained at each depth, one after the other."""
    return np.array([e for kind, view in zip(kinds, views, strict=True) for e in kind.explained(view)])


def fit_kind(views: Sequence[View]) -> Kind:
    """Return what the views of one type's documents have in common; nothing where there are no documents."""
    seen = np.zeros(BUCKETS)
    for view in views:
        seen[view.buckets] += 1
    rarity = np.where(seen > 1, np.log((1 + len(views)) / (1 + seen)) + _COMMON, 0.0)
    step = float(np.float32(rarity.max(initial=0) / 127)) or 1.0
    kind = Kind(np.round(rarity / step).astype(np.int64), step, np.zeros((0, SKETCH)))
    if not views:
        return kind
    rows = np.array([kind.sketch(view) for view in views])
    # The directions of few long rows follow from the few products of the rows.
    values, vectors = np.linalg.eigh(rows @ rows.T)
    count = min(DEPTHS[-1], max(1, len(views) // 4), int((values > 1e-9).sum()))
    if not count:
        return kind
    directions = (rows.T @ vectors[:, ::-1][:, :count]).T
    return Kind(kind.rarity, step, of_length_one(Kind(kind.rarity, step, directions).eight_bits()))


def of_length_one(rows: NDArray[Any]) -> Floats:
    """Return rows with their length made one; one of zeros stays."""
    values = rows.astype(np.float64)
    return np.asarray(values / np.maximum(np.sqrt((values**2).sum(axis=1, keepdims=True)), 1e-9), dtype=float)


@dataclass(frozen=True)
class Familiar:
    """What a type's own documents reached when they were held out.

    Attributes:
        explained: A row per document, sorted down each column by itself.
        strangeness: Of these documents, sorted.
    """

    explained: Floats
    strangeness: Floats

    def strange(self, row: Floats) -> float:
        """Return the strangeness of a document from how well it is explained."""
        below = [
            np.searchsorted(column, value, side="right")
            for column, value in zip(self.explained.T, row, strict=True)
        ]
        return float(-np.log((np.array(below) + 0.5) / (len(self.explained) + 1)).sum())

    def novelty(self, row: Floats) -> float:
        """Return the share of the type's own documents that are less strange; 1 where there are none.

        A document that nothing explains worse in any view is as strange as can be: 1 too, though a page
        of the type's own that nobody could read may be no less strange. A file keeps strangeness in
        single precision, and so it is compared: how a number was rounded does not decide whether a
        document is stranger than itself.
        """
        if not len(self.strangeness):
            return 1.0
        own, strange = self.strangeness.astype(np.float32), np.float32(self.strange(row))
        if strange >= np.float32(self.strange(self.explained[0])):
            return 1.0
        return float(np.searchsorted(own, strange, side="left") / len(own))


NOT_FAMILIAR = Familiar(np.zeros((0, VIEWS * len(DEPTHS))), np.zeros(0))


def familiar(rows: Floats, most: int) -> Familiar:
    """Return a type's reference from how well its held-out documents were explained; ``most`` of them."""
    if not len(rows):
        return NOT_FAMILIAR
    columns = np.sort(rows, axis=0)
    if len(columns) > most:
        columns = columns[np.round(np.linspace(0, len(columns) - 1, most)).astype(int)]
    columns = columns.astype(np.float32).astype(np.float64)
    sums = Familiar(columns, np.zeros(0))
    strangeness = np.sort([sums.strange(row) for row in rows])
    if len(strangeness) > most:
        strangeness = strangeness[np.round(np.linspace(0, len(strangeness) - 1, most)).astype(int)]
    return Familiar(columns, strangeness.astype(np.float32).astype(np.float64))
