"""Where a new document begins in a file of several: a probability per page, and the ranges that follow.

    edges       = two linear models over a page's hashed words: it begins a document, it ends one
    features    = edges of the page and its neighbours, likeness of their words, printed page numbers,
                  stamps, running lines, numbering of clauses, shared codes, geometry (splitter_features)
    probability = logistic of slope · (boosted trees over the features) + offset

The first page always begins a document; ranges are what lies between beginnings, so no page is ever lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.learned.trees import Trees
from inference.reading.document import Floats
from inference.splitter.features import Edges, features, hashed
from inference.splitter.pages import PageView, view_of
from schemas.layout_block import BlockPage

EVEN = 0.5
"""A page that is more likely than not to begin a document begins one."""


@dataclass(frozen=True)
class Splitter:
    """A trained splitter.

    Attributes:
        slope: Calibration of the trees' log odds; ``offset`` likewise.
    """

    edges: Edges
    trees: Trees
    slope: float
    offset: float


def begin_probabilities(splitter: Splitter, pages: Sequence[BlockPage]) -> Floats:
    """Return for each page the calibrated probability that a document begins on it; 1 for the first."""
    views = [view_of(page) for page in pages]
    return np.concatenate([np.ones(min(1, len(views))), probabilities(splitter, views)])


def probabilities(splitter: Splitter, views: Sequence[PageView]) -> Floats:
    """Return the probability for every page but the first; a blank page belongs to what is before it."""
    if len(views) < 2:
        return np.zeros(0)
    rows = features(splitter.edges, views, [hashed(view) for view in views])
    odds = splitter.slope * splitter.trees.score(rows) + splitter.offset
    blank = np.array([view.blank for view in views[1:]])
    return np.where(blank, 0.0, calibrated(odds))


def calibrated(odds: Floats) -> Floats:
    """Return the logistic of log odds, never quite 0 or 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -9, 9))), dtype=float)


def confidence_of(chances: Floats) -> float:
    """Return how sure the least sure page is: what all pages together can be believed to."""
    return float(np.maximum(chances, 1 - chances).min()) if len(chances) else 1.0
