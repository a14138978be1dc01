"""Precedents: what became of decisions about pages that look alike, where pages of a layout come back.

A model is sure of what it has learned on average; what one layout calls by another name, or one labeller
counts otherwise, it has wrong with the same sureness each time. The pages learned from tell: what was
decided about each while it was held out, whether that was right, and where the right value stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.extractor.decisions import Decision
from inference.extractor.ranker import Ranked
from inference.extractor.sketches import PLACE, Rarity, Sketch, alike, place_of
from inference.reading.document import Document, Floats, Ints
from inference.reading.spans import Span

PRECEDENT_SIGNALS = 5
"""Numbers that describe a decision by its precedents."""
NO_PLACE: Sketch = np.zeros(PLACE, dtype=np.uint8)
"""Stands for where nothing was chosen, or nothing is right."""

_NEAREST, _SAME, _NEAR = 8, 10, 25
"""How many pages that look alike are asked; how many decisions alike, of how many pages."""
_RIVALS = 4
# Shares and their differences are small beside the log odds that the head weighs them against.
_SCALE = 10.0


@dataclass(frozen=True)
class Past:
    """What was decided about one field while each document was held out, a row per document.

    Attributes:
        documents: Rows of the pages.
        right: 1 where the decision was right, 0 elsewhere.
        given: Whether a value was given; ``chosen`` is the sketch of where the first one stands.
        found: Whether a candidate is right; ``wanted`` is the sketch of where it stands.
    """

    documents: Ints
    right: Ints
    given: NDArray[np.bool_]
    chosen: Sketch
    found: NDArray[np.bool_]
    wanted: Sketch


@dataclass(frozen=True)
class Places:
    """Sketches of where candidates stand: the first value chosen (None: absent), and its best rivals."""

    chosen: Sketch | None
    rivals: tuple[Sketch, ...]


@dataclass(frozen=True)
class Precedents:
    """The pages learned from, as sketches, and what became of the decisions about them.

    Attributes:
        rarity: By which pages are sketched.
        pages: A row per document.
        fields: By field name.
    """

    rarity: Rarity
    pages: Sketch
    fields: dict[str, Past]

    def likeness(self, document: Document) -> Floats:
        """Return how much each page learned from looks like ``document``."""
        return alike(self.pages, self.rarity.page(document))

    def signals(self, field: str, likeness: Floats, places: Places) -> Floats:
        """Return what the precedents say of a decision.

        Args:
            field: Decided about.
            likeness: Of each page; pages that must not be asked have none.
            places: Where the value chosen stands, and its rivals.
        """
        past = self.fields.get(field)
        if past is None:
            return np.zeros(PRECEDENT_SIGNALS)
        near = likeness[past.documents]
        rows = np.argsort(-near, kind="stable")[:_NEAR]
        rows = rows[near[rows] > 0]
        if not len(rows):
            return np.zeros(PRECEDENT_SIGNALS)
        outcomes = np.asarray(past.right - past.right.mean(), dtype=np.float64)
        closest = rows[:_NEAREST]
        same = near[rows] * _alike_decided(past, rows, places)
        order = np.argsort(-same, kind="stable")[:_SAME]
        told = float((near[closest] ** 2) @ outcomes[closest])
        done = float((same[order] ** 2) @ outcomes[rows[order]])
        margin = _margin(past, closest, near[closest], places)
        return _SCALE * np.array([told, near[closest[0]], margin, done, same[order[0]]])


def with_precedents(
    decision: Decision,
    precedents: Precedents,
    field: str,
    likeness: Floats,
    document: Document,
    spans: Sequence[Span],
    ranked: Ranked,
) -> Decision:
    """Return the decision with the signals of its precedents behind its own."""
    places = _places(document, spans, ranked, decision.groups)
    told = precedents.signals(field, likeness, places)
    return replace(decision, signals=np.concatenate([decision.signals, told]))


def _places(document: Document, spans: Sequence[Span], ranked: Ranked, groups: Sequence[int]) -> Places:
    """Return where the first value that was chosen stands, and where the likeliest others do."""
    if not groups:
        return Places(None, ())
    best = np.argsort(-ranked.probabilities, kind="stable")[:_RIVALS].tolist()
    rivals = (sketch_at(document, spans, ranked, group) for group in best if group != groups[0])
    return Places(sketch_at(document, spans, ranked, groups[0]), tuple(rivals))


def sketch_at(document: Document, spans: Sequence[Span], ranked: Ranked, group: int) -> Sketch:
    """Return the sketch of where the span that stands for a group stands."""
    return place_of(document, spans[int(ranked.best[group])])


def _alike_decided(past: Past, rows: Ints, places: Places) -> Floats:
    """Return how much each decision was one like this: a value from such a place, or absent."""
    if places.chosen is None:
        return (~past.given[rows]).astype(float)
    return np.where(past.given[rows], alike(past.chosen[rows], places.chosen), 0.0)


def _margin(past: Past, rows: Ints, near: Floats, places: Places) -> float:
    """Return how much more the chosen place is one where right values stood than any rival's is."""
    kept = past.found[rows]
    if places.chosen is None or not kept.any():
        return 0.0
    weights, wanted = near[kept] ** 2, past.wanted[rows[kept]]

    def stood(place: Sketch) -> float:
        return float((weights * alike(wanted, place)).sum() / weights.sum())

    return stood(places.chosen) - max(map(stood, places.rivals), default=0.0)
