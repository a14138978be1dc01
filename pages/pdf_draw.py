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
from pages.pdf_words import FoundWord
from pages.pdfium import Edges
from schemas.results import RejectReason


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn page: pixels as rows of blue, green, red; what part of the page space they show."""

    pixels: NDArray[np.uint8]
    edges: Edges
    rotation: int
    scale: float

    def place(self, word: FoundWord) -> tuple[int, int, int, int]:
        """Return the pixels (x0, y0, x1, y1) that ``word`` covers."""
        x0, y0, x1, y1 = upright((word.left, word.bottom, word.right, word.top), self.edges, self.rotation)
        height, width = self.pixels.shape[:2]
        return (
            max(0, math.floor(x0 * self.scale)),
            max(0, math.floor(y0 * self.scale)),
            min(width, math.ceil(x1 * self.scale)),
            min(height, math.ceil(y1 * self.scale)),
        )


def page_edges(page: Any) -> Edges:
    """Return the visible part of the page's own space: left, bottom, right, top in points."""
    box = raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box)):
        raise UnreadableError(RejectReason.UNREADABLE, "a page without a size")
    if not (box.right - box.left > 0 and box.top - box.bottom > 0):
        raise UnreadableError(RejectReason.UNREADABLE, "a page without a size")
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


def draw_page(page: Any, *, dpi: int, most_pixels: int) -> Drawing:
    """Return ``page`` drawn on white as a viewer shows it, with its annotations.

    Raises:
        UnreadableError: pdfium can't draw it.
    """
    edges, rotation = page_edges(page), page_rotation(page)
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    if rotation in (90, 270):
        width, height = height, width
    scale = min(dpi / 72, math.sqrt(most_pixels / (width * height)))
    columns, rows = max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))
    if columns * rows > 2 * most_pixels:
        raise UnreadableError(RejectReason.TOO_LARGE, f"a page of {width:.0f} x {height:.0f} points")
    pixels = np.full((rows, columns, 4), 255, dtype=np.uint8)
    bitmap = raw.FPDFBitmap_CreateEx(
        columns, rows, raw.FPDFBitmap_BGRx, pixels.ctypes.data_as(ctypes.c_void_p), columns * 4
    )
    if not bitmap:
        raise UnreadableError(RejectReason.TOO_LARGE, f"a drawing of {columns} x {rows} pixels")
    try:
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, raw.FPDF_ANNOT)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return Drawing(pixels[:, :, :3], edges, rotation, scale)
