"""Telling what a person can see on a PDF page from what only a program would read.

Cheap signs decide the plain cases. Where they only raise a doubt (pale text, text under or over
something of its colour, text at the edge of a clip) the page is drawn with and without the doubtful
text: what changes no pixel is not there for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from pages.pdf import pdfium
from pages.pdf.drawing import Drawing, draw_page
from pages.pdf.pdfium import Colour, Edges, Handle
from pages.pdf.scene import Scene, narrowed
from pages.pdf.shadows import Shadows
from pages.pdf.words import FoundWord

# Of 255. Text paler than PALE on white paper is doubted; what changes pixels less than SEEN is unseen.
PALE = 176
FAINT = 96
SEEN = 20
TINY = 1.0
DOUBT_DPI = 144
# Of the page's width and height: a scan may leave so much of the page's edge free.
PICTURE_RIM = 0.03
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
    """How a text object is painted: what hides or dims all of it, its colour."""

    hidden: Hidden | None
    pale: bool
    colour: Colour | None


class Visibility:
    """Decides for the words of one page which of them a person can see."""

    def __init__(self, page: Any, scene: Scene, edges: Edges) -> None:
        self._page = page
        self._scene = scene
        self._edges = edges
        self._looks: dict[Handle, Look] = {}
        self._kinds: dict[tuple[int, Colour | None], Look] = {}
        self._clips: dict[Handle, Edges | None] = {}

    def look(self, obj: Handle) -> Look:
        """Return how the text object is painted."""
        known = self._looks.get(obj)
        if known is None:
            mode = pdfium.render_mode(obj) if obj else 0
            kind = mode, pdfium.colour(obj, stroke=mode % 4 == 1) if obj else None
            known = self._kinds.get(kind)
            if known is None:
                known = self._kinds[kind] = _look(*kind)
            self._looks[obj] = known
        return known

    def is_mixed(self) -> bool:
        """Whether the page's text is painted in more than one way."""
        texts = iter(self._scene.texts)
        first = self.look(next(texts, 0))
        return not self._scene.complete or any(self.look(obj) is not first for obj in texts)

    def split(self, words: Sequence[FoundWord]) -> tuple[list[FoundWord], Counter[Hidden]]:
        """Return the words that can be seen, in order, and how many of the others are hidden how."""
        hidden: Counter[Hidden] = Counter()
        candidates: list[FoundWord] = []
        for word in words:
            why = self.look(word.object).hidden or self._out_of_sight(word)
            if why is None:
                candidates.append(word)
            else:
                hidden[why] += 1
        doubts = self._doubts(candidates)
        if len(doubts) == len(candidates) and self._picture_over(candidates):
            hidden[Hidden.COVERED] += len(candidates)
            return [], hidden
        unseen = self._unseen(words, candidates, doubts) if doubts else set()
        hidden.update(doubts[index] for index in unseen)
        return [word for index, word in enumerate(candidates) if index not in unseen], hidden

    def _picture_over(self, words: Sequence[FoundWord]) -> bool:
        """Whether a picture of the whole page was painted over all of its text.

        What may shine through it is part of the picture, and read from there.
        """
        last = max((self._scene.texts.get(word.object, 0) for word in words), default=0)
        left, bottom, right, top = self._edges
        rim_x, rim_y = (right - left) * PICTURE_RIM, (top - bottom) * PICTURE_RIM
        return any(
            shape.order > last
            and shape.edges[0] <= left + rim_x
            and shape.edges[1] <= bottom + rim_y
            and shape.edges[2] >= right - rim_x
            and shape.edges[3] >= top - rim_y
            for shape in self._scene.images
        )

    def _out_of_sight(self, word: FoundWord) -> Hidden | None:
        left, bottom, right, top = self._edges
        _, x0, y0, x1, y1, _, _ = word
        if not (left <= (x0 + x1) / 2 <= right and bottom <= (y0 + y1) / 2 <= top):
            return Hidden.OUTSIDE
        if x1 - x0 >= TINY and y1 - y0 >= TINY:
            return None
        if max(x1 - x0, y1 - y0) < TINY * len(word.text) and any(map(str.isalnum, word.text)):
            return Hidden.TINY
        return None

    def _doubts(self, words: Sequence[FoundWord]) -> dict[int, Hidden]:
        """Return which words may be hidden, by their place in ``words``, and how if they are."""
        looks = [self.look(word.object) for word in words]
        orders = [self._scene.texts.get(word.object, -1) for word in words]
        shadows = Shadows(self._scene.shapes, words, orders, [look.colour for look in looks])
        doubts: dict[int, Hidden] = {}
        for index, (word, look, order) in enumerate(zip(words, looks, orders, strict=True)):
            clip = self._clip(word.object)
            if clip is not None and not _inside(word, clip):
                doubts[index] = Hidden.CLIPPED
            elif look.pale or index in shadows.alike:
                doubts[index] = Hidden.COLOURLESS
            elif index in shadows.over or (order < 0 and not self._scene.complete):
                # Not met on the walk (a page of too many objects): only the pixels can tell.
                doubts[index] = Hidden.COVERED
        return doubts

    def _clip(self, obj: Handle) -> Edges | None:
        if obj not in self._clips:
            own = pdfium.clip_bounds(obj) if obj else None
            frame = self._scene.frames.get(obj)
            if frame is not None:
                own = narrowed(frame.clip, pdfium.transform(own, frame.matrix) if own else None)
            self._clips[obj] = own
        return self._clips[obj]

    def _unseen(
        self, words: Sequence[FoundWord], candidates: Sequence[FoundWord], doubts: dict[int, Hidden]
    ) -> set[int]:
        """Return which of the doubted words make no difference that an eye can see."""
        doubted = {index: candidates[index] for index in doubts}
        objects = {word.object for word in doubted.values() if word.object}
        objects |= set(self._twins(objects, words))
        part = _hull(doubted.values())
        drawn = draw_page(self._page, dpi=DOUBT_DPI, most_pixels=DOUBT_PIXELS, part=part)
        try:
            for obj in objects:
                pdfium.set_active(obj, 0)
            without = draw_page(self._page, dpi=DOUBT_DPI, most_pixels=DOUBT_PIXELS, part=part)
        finally:
            for obj in objects:
                pdfium.set_active(obj, 1)
        return {index for index, word in doubted.items() if _difference(drawn, without, word) < SEEN}

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
        if edges is None:
            return None
        frame = self._scene.frames.get(obj)
        return tuple(round(edge * 2) for edge in (pdfium.transform(edges, frame.matrix) if frame else edges))


def _look(mode: int, colour: Colour | None) -> Look:
    if mode in (3, 7):
        return Look(Hidden.INVISIBLE, pale=False, colour=None)
    if colour is None:
        # A pattern, of whatever colours.
        return Look(None, pale=True, colour=None)
    pale = min(colour[:3]) >= PALE or colour[3] < FAINT
    return Look(Hidden.TRANSPARENT if colour[3] == 0 else None, pale, colour)


def _hull(words: Iterable[FoundWord]) -> Edges:
    boxes = [word[1:5] for word in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _inside(word: FoundWord, clip: Edges) -> bool:
    across, along = (word.right - word.left) / 4, (word.top - word.bottom) / 4
    return (
        clip[0] - across <= word.left
        and word.right <= clip[2] + across
        and clip[1] - along <= word.bottom
        and word.top <= clip[3] + along
    )


def _difference(one: Drawing, other: Drawing, word: FoundWord) -> int:
    """Return the largest difference of a pixel's colour where ``word`` is."""
    x0, y0, x1, y1 = one.place(word)
    first, second = one.pixels[y0:y1, x0:x1], other.pixels[y0:y1, x0:x1]
    return int(np.abs(first.astype(np.int16) - second).max()) if first.size else 0
