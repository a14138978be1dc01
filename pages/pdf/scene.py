"""What a PDF page paints besides text, in painting order: the shapes and images text may hide behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pages.parts import UnreadableError
from pages.pdf import pdfium
from pages.pdf.pdfium import Colour, Edges, Handle, Matrix
from schemas.classification import RejectReason

# A page of more objects than this is looked at no further: what it paints is then unknown.
MOST_OBJECTS = 300_000
MOST_NESTING = 12
# Thinner than this a shape is a rule or a border, which hides nothing. Points.
LEAST_SIZE = 2.5
_GRID = 40


class Shape(NamedTuple):
    """Something painted over an area: a filled path, an image, a shading; ``colour`` None: of many."""

    order: int
    edges: Edges
    colour: Colour | None
    is_image: bool


class Frame(NamedTuple):
    """What the forms around a text object do to it: a transformation, a clip."""

    matrix: Matrix
    clip: Edges | None


@dataclass(slots=True)
class Scene:
    """Everything a page paints, in order.

    Attributes:
        shapes: What may hide text.
        texts: Every text object, and when it is painted.
        frames: Of the text objects inside forms.
        paths: How many paths are drawn, the smallest ones included.
        complete: Whether all of the page was looked at.
    """

    shapes: list[Shape] = field(default_factory=list)
    texts: dict[Handle, int] = field(default_factory=dict)
    frames: dict[Handle, Frame] = field(default_factory=dict)
    paths: int = 0
    complete: bool = True

    @property
    def images(self) -> list[Shape]:
        """The images among the shapes."""
        return [shape for shape in self.shapes if shape.is_image]

    @property
    def is_blank(self) -> bool:
        """Whether nothing but text is painted."""
        return not self.shapes and not self.paths


def look_at(page: Any, *, most_pixels: int) -> Scene:
    """Return what ``page`` paints.

    Raises:
        UnreadableError: An image declares more than ``most_pixels``.
    """
    scene = Scene()
    root = pdfium.handle(page)
    objects = (pdfium.page_object(root, index) for index in range(pdfium.count_objects(root)))
    _walk(scene, objects, pdfium.IDENTITY, None, most_pixels, depth=0)
    return scene


def image_share(scene: Scene, page: Edges) -> float:
    """Return the share of the page's area that images cover."""
    return len(_covered(scene, page)) / _GRID**2


def unwritten_share(scene: Scene, page: Edges, places: Iterable[tuple[float, float]]) -> float:
    """Return the share of the page's area under images that no text stands on.

    Images that touch are taken for one, for scans are often cut into strips.

    Args:
        scene: What the page paints.
        page: The page's edges.
        places: Where text stands on the page.
    """
    left = _covered(scene, page)
    images = np.array([shape.edges for shape in scene.images]).reshape(-1, 4)
    width, height = page[2] - page[0], page[3] - page[1]
    for x, y in places:
        column, row = int((x - page[0]) / width * _GRID), int((y - page[1]) / height * _GRID)
        near = [(column, row), *_beside(column, row)]
        if left.isdisjoint(near):
            continue
        on = (images[:, 0] <= x) & (x <= images[:, 2]) & (images[:, 1] <= y) & (y <= images[:, 3])
        if on.any():
            _take_out(left, near)
    return len(left) / _GRID**2


def _take_out(cells: set[tuple[int, int]], starts: list[tuple[int, int]]) -> None:
    """Take the cells at ``starts`` out, and all that hang together with them."""
    while starts:
        cell = starts.pop()
        if cell in cells:
            cells.remove(cell)
            starts += _beside(*cell)


def _beside(column: int, row: int) -> list[tuple[int, int]]:
    return [(column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)]


def _covered(scene: Scene, page: Edges) -> set[tuple[int, int]]:
    width, height = page[2] - page[0], page[3] - page[1]
    covered: set[tuple[int, int]] = set()
    for shape in scene.images:
        left, bottom, right, top = shape.edges
        columns = _cells(left - page[0], right - page[0], width)
        rows = _cells(bottom - page[1], top - page[1], height)
        covered.update((column, row) for column in columns for row in rows)
    return covered


def _cells(start: float, end: float, size: float) -> range:
    first = round(max(0.0, min(1.0, start / size)) * _GRID)
    return range(first, round(max(0.0, min(1.0, end / size)) * _GRID))


def _walk(
    scene: Scene,
    objects: Iterator[Handle | None],
    matrix: Matrix,
    clip: Edges | None,
    most_pixels: int,
    depth: int,
) -> None:
    for obj in objects:
        order = len(scene.texts) + len(scene.shapes) + scene.paths
        if order > MOST_OBJECTS:
            scene.complete = False
            return
        kind = pdfium.object_type(obj) if obj else 0
        if not obj:
            continue
        if kind == pdfium.TEXT:
            scene.texts[obj] = order
            if depth:
                scene.frames[obj] = Frame(matrix, clip)
        elif kind == pdfium.FORM:
            if depth >= MOST_NESTING:
                scene.complete = False
                continue
            inner = pdfium.multiply(pdfium.matrix(obj), matrix)
            own = pdfium.clip_bounds(obj)
            inside = narrowed(clip, pdfium.transform(own, matrix) if own else None)
            parts = (pdfium.form_object(obj, index) for index in range(pdfium.count_form_objects(obj)))
            _walk(scene, parts, inner, inside, most_pixels, depth + 1)
        else:
            _add_shape(scene, obj, kind, matrix, order, most_pixels)


def _add_shape(scene: Scene, obj: Handle, kind: int, matrix: Matrix, order: int, most_pixels: int) -> None:
    colour: Colour | None = None
    if kind == pdfium.PATH:
        scene.paths += 1
        if not pdfium.is_filled(obj):
            return
        colour = pdfium.colour(obj)
    elif kind == pdfium.IMAGE:
        width, height = pdfium.pixel_size(obj)
        if width * height > most_pixels:
            raise UnreadableError(RejectReason.TOO_LARGE, f"an image of {width} x {height} pixels")
    edges = pdfium.bounds(obj)
    if edges is None:
        return
    edges = pdfium.transform(edges, matrix)
    if edges[2] - edges[0] >= LEAST_SIZE and edges[3] - edges[1] >= LEAST_SIZE:
        scene.shapes.append(Shape(order, edges, colour, kind == pdfium.IMAGE))


def narrowed(one: Edges | None, other: Edges | None) -> Edges | None:
    """Return what two clips leave; None where neither clips."""
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
