"""Telling what a person can see on a PDF page from what only a program would read.

Cheap signs decide the plain cases. Where they only raise a doubt (pale text, text under or over
something of its colour, text at the edge of a clip) the page is drawn with and without the doubtful
text: what changes no pixel is not there for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pages import pdfium
from pages.pdf_draw import draw_page
from pages.pdf_scene import Scene
from pages.pdf_words import FoundWord
from pages.pdfium import Colour, Edges, Handle

# Of 255. Text paler than PALE on white paper is doubted; what changes pixels less than SEEN is unseen.
PALE = 176
FAINT = 96
SEEN = 20
ALIKE = 24
TINY = 1.0
DOUBT_DPI = 144
DOUBT_PIXELS = 6_000_000


class Hidden(StrEnum):
    """How text is kept from being seen, in words for a note."""

    INVISIBLE = "drawn in the invisible mode"
    TRANSPARENT = "fully transparent"
    OUTSIDE = "outside the page"
    TINY = "smaller than one point"
    CLIPPED = "clipped away"
    COLOURLESS = "in the colour of what lies under it"
    COVERED = "covered by something painted over it"


class Look(NamedTuple):
    """How a text object is painted."""

    mode: int
    colour: Colour | None


class Visibility:
    """Decides for the words of one page which of them a person can see."""

    def __init__(self, page: Any, scene: Scene, edges: Edges) -> None:
        self._page = page
        self._scene = scene
        self._edges = edges
        self._looks: dict[Handle, Look] = {}
        self._clips: dict[Handle, Edges | None] = {}

    def look(self, obj: Handle) -> Look:
        """Return how the text object is painted."""
        known = self._looks.get(obj)
        if known is None:
            mode = pdfium.render_mode(obj) if obj else 0
            stroked = mode % 4 == 1
            known = Look(mode, pdfium.colour(obj, stroke=stroked) if obj else None)
            self._looks[obj] = known
        return known

    def split(self, words: Sequence[FoundWord]) -> tuple[list[FoundWord], Counter[Hidden]]:
        """Return the words that can be seen, in order, and how many of the others are hidden how."""
        seen: dict[int, FoundWord] = {}
        hidden: Counter[Hidden] = Counter()
        doubted: list[tuple[int, Hidden]] = []
        shadows = _Shadows(self._scene, words)
        for index, word in enumerate(words):
            why = self._plainly_hidden(word)
            if why is not None:
                hidden[why] += 1
                continue
            seen[index] = word
            doubt = self._doubt(index, word, shadows)
            if doubt is not None:
                doubted.append((index, doubt))
        if doubted:
            twins = self._twins({words[index].object for index, _ in doubted}, words)
            visible = self._changes_pixels([words[index] for index, _ in doubted], twins)
            for (index, why), is_seen in zip(doubted, visible, strict=True):
                if not is_seen:
                    del seen[index]
                    hidden[why] += 1
        return list(seen.values()), hidden

    def _plainly_hidden(self, word: FoundWord) -> Hidden | None:
        look = self.look(word.object)
        if look.mode in (3, 7):
            return Hidden.INVISIBLE
        if look.colour is not None and look.colour[3] == 0:
            return Hidden.TRANSPARENT
        left, bottom, right, top = self._edges
        middle, height = (word.left + word.right) / 2, (word.bottom + word.top) / 2
        if not (left <= middle <= right and bottom <= height <= top):
            return Hidden.OUTSIDE
        across, along = word.right - word.left, word.top - word.bottom
        if min(across, along) < TINY and max(across, along) < TINY * len(word.text):
            return Hidden.TINY if any(map(str.isalnum, word.text)) else None
        return None

    def _doubt(self, index: int, word: FoundWord, shadows: _Shadows) -> Hidden | None:
        place = self._scene.texts.get(word.object)
        clip = self._clip(word.object)
        if clip is not None and not _inside(word, clip):
            return Hidden.CLIPPED
        colour = self.look(word.object).colour
        if colour is not None and (min(colour[:3]) >= PALE or colour[3] < FAINT):
            return Hidden.COLOURLESS
        if place is None:
            # Not met on the walk (a page of too many objects): only the pixels can tell.
            return None if self._scene.complete else Hidden.COVERED
        if shadows.over(index, place.order):
            return Hidden.COVERED
        if colour is None or shadows.alike_under(index, place.order, colour):
            return Hidden.COLOURLESS
        return None

    def _clip(self, obj: Handle) -> Edges | None:
        if obj not in self._clips:
            own = pdfium.clip_bounds(obj) if obj else None
            place = self._scene.texts.get(obj)
            if place is not None:
                own = pdfium.transform(own, place.matrix) if own else None
                inherited = place.clip
                if own is None or inherited is None:
                    own = own or inherited
                else:
                    own = (
                        max(own[0], inherited[0]),
                        max(own[1], inherited[1]),
                        min(own[2], inherited[2]),
                        min(own[3], inherited[3]),
                    )
            self._clips[obj] = own
        return self._clips[obj]

    def _twins(self, doubted: set[Handle], words: Sequence[FoundWord]) -> list[Handle]:
        """Return text objects without words of their own that are drawn just where a doubted one is.

        pdfium leaves out text that is drawn twice at one place, and it is the second drawing, over
        whatever was painted in between, that a person sees.
        """
        owners = {word.object for word in words}
        places = {self._place(obj) for obj in doubted} - {None}
        return [obj for obj in self._scene.texts if obj not in owners and self._place(obj) in places]

    def _place(self, obj: Handle) -> tuple[int, ...] | None:
        """Return the bounds of a text object on the page, to half a point."""
        edges = pdfium.bounds(obj) if obj else None
        place = self._scene.texts.get(obj)
        if edges is None or place is None:
            return None
        return tuple(round(edge * 2) for edge in pdfium.transform(edges, place.matrix))

    def _changes_pixels(self, words: Sequence[FoundWord], twins: Sequence[Handle]) -> list[bool]:
        """Tell for each word whether drawing it makes a difference that an eye can see."""
        objects = {word.object for word in words if word.object} | set(twins)
        with_text = draw_page(self._page, dpi=DOUBT_DPI, most_pixels=DOUBT_PIXELS)
        try:
            for obj in objects:
                pdfium.set_active(obj, 0)
            without = draw_page(self._page, dpi=DOUBT_DPI, most_pixels=DOUBT_PIXELS)
        finally:
            for obj in objects:
                pdfium.set_active(obj, 1)
        difference = np.abs(with_text.pixels.astype(np.int16) - without.pixels.astype(np.int16)).max(axis=2)
        return [_most(difference, with_text.place(word)) >= SEEN for word in words]


class _Shadows:
    """For each word, the shapes that share its place."""

    def __init__(self, scene: Scene, words: Sequence[FoundWord]) -> None:
        self._shapes = scene.shapes
        self._orders = np.array([shape.order for shape in scene.shapes])
        self._hits: NDArray[np.bool_] | None = None
        if scene.shapes and words:
            self._hits = _overlaps(
                np.array([word[1:5] for word in words]), np.array([shape.edges for shape in scene.shapes])
            )

    def over(self, index: int, order: int) -> bool:
        """Whether something was painted over word ``index`` after it."""
        return self._hits is not None and bool((self._hits[index] & (self._orders > order)).any())

    def alike_under(self, index: int, order: int, colour: Colour) -> bool:
        """Whether something of the word's own colour (or of many colours) lies under it."""
        if self._hits is None:
            return False
        for position in np.flatnonzero(self._hits[index] & (self._orders < order)):
            under = self._shapes[position].colour
            if under is None or max(abs(a - b) for a, b in zip(under[:3], colour[:3], strict=True)) <= ALIKE:
                return True
        return False


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


def _inside(word: FoundWord, clip: Edges) -> bool:
    across, along = (word.right - word.left) / 4, (word.top - word.bottom) / 4
    return (
        clip[0] - across <= word.left
        and word.right <= clip[2] + across
        and clip[1] - along <= word.bottom
        and word.top <= clip[3] + along
    )


def _most(difference: NDArray[np.int16], place: tuple[int, int, int, int]) -> int:
    x0, y0, x1, y1 = place
    part = difference[y0:y1, x0:x1]
    return int(part.max()) if part.size else 0
