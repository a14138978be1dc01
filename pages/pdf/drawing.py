"""Drawing a PDF page to pixels, never more of them than the budget allows."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as raw
from numpy.typing import NDArray

from pages.parts import UnreadableError
from pages.pdf.pdfium import Edges
from pages.pdf.words import FoundWord
from schemas.classification import RejectReason


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn page, or a part of it: pixels as rows of blue, green, red.

    Attributes:
        pixels: The first one is ``left`` from the page's left edge and ``top`` from its top.
        edges: The page in its own space.
        rotation: Degrees clockwise by which it is shown turned.
        scale: Pixels per point.
    """

    pixels: NDArray[np.uint8]
    edges: Edges
    rotation: int
    scale: float
    left: int = 0
    top: int = 0

    def place(self, word: FoundWord) -> tuple[int, int, int, int]:
        """Return the pixels (x0, y0, x1, y1) that ``word`` covers."""
        x0, y0, x1, y1 = upright((word.left, word.bottom, word.right, word.top), self.edges, self.rotation)
        height, width = self.pixels.shape[:2]
        return (
            max(0, math.floor(x0 * self.scale) - self.left),
            max(0, math.floor(y0 * self.scale) - self.top),
            min(width, math.ceil(x1 * self.scale) - self.left),
            min(height, math.ceil(y1 * self.scale) - self.top),
        )


def page_edges(page: Any) -> Edges | None:
    """Return the visible part of the page's own space: left, bottom, right, top in points; None: no size."""
    box = raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box)):
        return None
    if not (box.right - box.left > 0 and box.top - box.bottom > 0):
        return None
    return box.left, box.bottom, box.right, box.top


def page_rotation(page: Any) -> int:
    """Return the degrees clockwise by which a viewer turns the page."""
    return int(raw.FPDFPage_GetRotation(page)) % 4 * 90


def upright(edges: Edges, page: Edges, rotation: int) -> Edges:
    """Return ``edges`` as x0, y0, x1, y1 in points from the top left of the page turned by ``rotation``."""
    left, bottom, right, top = edges
    match rotation:
        case 90:
            return bottom - page[1], left - page[0], top - page[1], right - page[0]
        case 180:
            return page[2] - right, bottom - page[1], page[2] - left, top - page[1]
        case 270:
            return page[3] - top, page[2] - right, page[3] - bottom, page[2] - left
        case _:
            return left - page[0], page[3] - top, right - page[0], page[3] - bottom


def draw_page(page: Any, *, dpi: int, most_pixels: int, part: Edges | None = None) -> Drawing:
    """Return ``page`` drawn on white as a viewer shows it, with its annotations.

    Args:
        page: pdfium's page.
        dpi: Dots per inch; fewer where the page would be larger than ``most_pixels``.
        most_pixels: The budget.
        part: In the page's own space, where only a part is wanted.

    Raises:
        UnreadableError: pdfium can't draw it.
    """
    edges, rotation = page_edges(page), page_rotation(page)
    if edges is None:
        raise UnreadableError(RejectReason.UNREADABLE, "a page without a size")
    x0, y0, x1, y1 = upright(edges, edges, rotation)
    scale = min(dpi / 72, math.sqrt(most_pixels / ((x1 - x0) * (y1 - y0))))
    whole = _Window(0, 0, max(1, math.ceil(x1 * scale)), max(1, math.ceil(y1 * scale)))
    if whole.columns * whole.rows > 2 * most_pixels:
        raise UnreadableError(RejectReason.TOO_LARGE, f"a page of {x1:.0f} x {y1:.0f} points")
    window = whole if part is None else whole.narrowed(upright(part, edges, rotation), scale)
    return Drawing(_painted(page, whole, window), edges, rotation, scale, window.left, window.top)


@dataclass(frozen=True, slots=True)
class _Window:
    """Pixels of a drawn page: where they begin, and how many there are."""

    left: int
    top: int
    columns: int
    rows: int

    def narrowed(self, part: Edges, scale: float) -> _Window:
        """Return the pixels of this window that ``part`` covers, with a rim of two."""
        left = min(self.columns - 1, max(0, math.floor(part[0] * scale) - 2))
        top = min(self.rows - 1, max(0, math.floor(part[1] * scale) - 2))
        right = min(self.columns, math.ceil(part[2] * scale) + 2)
        bottom = min(self.rows, math.ceil(part[3] * scale) + 2)
        return _Window(left, top, max(1, right - left), max(1, bottom - top))


def _painted(page: Any, whole: _Window, window: _Window) -> NDArray[np.uint8]:
    pixels = np.full((window.rows, window.columns, 4), 255, dtype=np.uint8)
    bitmap = raw.FPDFBitmap_CreateEx(
        window.columns,
        window.rows,
        raw.FPDFBitmap_BGRx,
        pixels.ctypes.data_as(ctypes.c_void_p),
        window.columns * 4,
    )
    if not bitmap:
        size = f"{window.columns} x {window.rows}"
        raise UnreadableError(RejectReason.TOO_LARGE, f"a drawing of {size} pixels")
    try:
        raw.FPDF_RenderPageBitmap(
            bitmap, page, -window.left, -window.top, whole.columns, whole.rows, 0, raw.FPDF_ANNOT
        )
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return pixels[:, :, :3]
