"""Which words of a page share their place with something else that is painted there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages.pdf.pdfium import Colour
from pages.pdf.scene import Shape
from pages.pdf.words import FoundWord

# Of 255: colours that differ less look the same.
ALIKE = 24
# Comparing every word with every shape is done in pieces of so many pairs.
_PAIRS = 4_000_000


class Shadows:
    """For the words of a page: under something painted later, or over something of their colour.

    Attributes:
        over: Places of the words over which something was painted.
        alike: Places of the words that lie on something of their own colour, or of many colours.
    """

    def __init__(
        self,
        shapes: Sequence[Shape],
        words: Sequence[FoundWord],
        orders: Sequence[int],
        colours: Sequence[Colour | None],
    ) -> None:
        self.over: set[int] = set()
        self.alike: set[int] = set()
        if not words or not shapes:
            return
        inks = sorted({colour for colour in colours if colour is not None})
        first = min(orders)
        telling = [
            shape
            for shape in shapes
            if shape.order > first or shape.colour is None or any(_same(shape.colour, ink) for ink in inks)
        ]
        if not telling:
            return
        step = max(1, _PAIRS // len(telling))
        for start in range(0, len(words), step):
            end = start + step
            self._compare(telling, words[start:end], orders[start:end], colours[start:end], start)

    def _compare(
        self,
        shapes: Sequence[Shape],
        words: Sequence[FoundWord],
        orders: Sequence[int],
        colours: Sequence[Colour | None],
        start: int,
    ) -> None:
        hits = _overlaps(np.array([word[1:5] for word in words]), np.array([shape.edges for shape in shapes]))
        if not hits.any():
            return
        later = np.array([shape.order for shape in shapes]) > np.array(orders)[:, None]
        self.over.update((np.flatnonzero((hits & later).any(axis=1)) + start).tolist())
        for index, place in zip(*(found.tolist() for found in np.nonzero(hits & ~later)), strict=True):
            under, ink = shapes[place].colour, colours[index]
            if under is None or ink is None or _same(under, ink):
                self.alike.add(index + start)


def _same(one: Colour, other: Colour) -> bool:
    return (
        abs(one[0] - other[0]) <= ALIKE
        and abs(one[1] - other[1]) <= ALIKE
        and abs(one[2] - other[2]) <= ALIKE
    )


def _overlaps(words: NDArray[np.float64], shapes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return, words down and shapes across, whether they share more than an edge."""
    # The middle half of a word: a rule under it or a cell's border beside it hides nothing.
    inset_x = (words[:, 2] - words[:, 0]) * 0.25
    inset_y = (words[:, 3] - words[:, 1]) * 0.25
    left, right = (words[:, 0] + inset_x)[:, None], (words[:, 2] - inset_x)[:, None]
    bottom, top = (words[:, 1] + inset_y)[:, None], (words[:, 3] - inset_y)[:, None]
    return np.asarray(
        (left < shapes[:, 2]) & (right > shapes[:, 0]) & (bottom < shapes[:, 3]) & (top > shapes[:, 1])
    )
