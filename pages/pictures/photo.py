"""Photographs of pages: the page found on what it lies on, and laid flat."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float32]

# The page is looked for on a small copy: its edges are long.
_SIDE = 800
_LEAST_AREA, _MOST_AREA = 0.12, 0.985
# Of the brightness scale, by which paper is brighter than what it lies on.
_BRIGHTER = 22.0
_PAPER = 95.0
# Corners of a page that lies before a camera: further from a right angle it is no page.
_LEAST_ANGLE, _MOST_ANGLE = 55.0, 125.0
# Of the page's own area, what its four corners may miss or add.
_LEAST_FILL = 0.92
# Where the edges are this straight already, laying it flat would only cost sharpness.
_STRAIGHT_DEGREES, _EQUAL_SIDES = 2.0, 1.04


class Flattened(NamedTuple):
    """A photograph's page laid flat, and by how many degrees its edges were aslant at most."""

    pixels: Pixels
    degrees: float


def flatten(pixels: Pixels) -> Flattened | None:
    """Return the page in a photograph laid flat; None where there is none, or it lies straight.

    Args:
        pixels: Rows of red, green, blue.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    corners = _page(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8))
    if corners is None:
        return None
    degrees, ratio = _aslant(corners)
    if degrees < _STRAIGHT_DEGREES and ratio < _EQUAL_SIDES:
        return None
    return Flattened(_laid_flat(pixels, corners / np.float32(scale)), degrees)


def _page(grey: Pixels) -> Corners | None:
    """Return the corners of the one bright page, clockwise from the top left."""
    soft = cv2.GaussianBlur(grey, (7, 7), 0)
    _, bright = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    # Letters are holes in the page: closed, before its outline is taken.
    kernel = np.ones((15, 15), np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, kernel)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    outline = cv2.convexHull(max(outlines, key=cv2.contourArea))
    area = cv2.contourArea(outline)
    whole = grey.shape[0] * grey.shape[1]
    if not _LEAST_AREA * whole <= area <= _MOST_AREA * whole:
        return None
    for tolerance in (0.02, 0.03, 0.05):
        found = cv2.approxPolyDP(outline, tolerance * cv2.arcLength(outline, closed=True), closed=True)
        if len(found) == 4:
            corners = _ordered(found.reshape(4, 2).astype(np.float32))
            return corners if _is_page(grey, corners, area) else None
    return None


def _ordered(corners: Corners) -> Corners:
    """Return corners clockwise from the one nearest the top left."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(angles)]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(axis=1))), axis=0)


def _is_page(grey: Pixels, corners: Corners, area: float) -> bool:
    inside = np.zeros(grey.shape, np.uint8)
    cv2.fillConvexPoly(inside, corners.astype(np.int32), 255)
    if area < _LEAST_FILL * cv2.contourArea(corners) or cv2.contourArea(corners) < _LEAST_FILL * area:
        return False
    paper, around = grey[inside > 0], grey[inside == 0]
    if not paper.size or not around.size:
        return False
    level = float(np.median(paper))
    if level < _PAPER or level - float(np.median(around)) < _BRIGHTER:
        return False
    # A picture that is cut off at three of its sides has no page to be seen around.
    height, width = grey.shape
    at_edge = (
        (corners[:, 0] <= 2)
        | (corners[:, 1] <= 2)
        | (corners[:, 0] >= width - 3)
        | (corners[:, 1] >= height - 3)
    )
    if int(at_edge.sum()) > 2:
        return False
    angles = _angles(corners)
    return bool((angles >= _LEAST_ANGLE).all() and (angles <= _MOST_ANGLE).all())


def _angles(corners: Corners) -> NDArray[np.float64]:
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosines = (before * after).sum(axis=1) / np.maximum(lengths, 1e-6)
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1, 1))), dtype=np.float64)


def _aslant(corners: Corners) -> tuple[float, float]:
    """Return by how many degrees an edge leans at most, and how unequal opposite edges are."""
    edges = np.roll(corners, -1, axis=0) - corners
    leaning = [math.degrees(math.atan2(min(abs(x), abs(y)), max(abs(x), abs(y)))) for x, y in edges]
    lengths = np.maximum(np.linalg.norm(edges, axis=1), 1e-6)
    ratios = [
        max(one / other, other / one) for one, other in ((lengths[0], lengths[2]), (lengths[1], lengths[3]))
    ]
    return max(leaning), float(max(ratios))


def _laid_flat(pixels: Pixels, corners: Corners) -> Pixels:
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(1, round(float(max(top, bottom)))), max(1, round(float(max(left, right))))
    # Never more pixels than were there: a page seen from the side is not made larger than the picture.
    shrink = min(1.0, math.sqrt(pixels.shape[0] * pixels.shape[1] / (width * height)))
    width, height = max(1, round(width * shrink)), max(1, round(height * shrink))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    laid = cv2.warpPerspective(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(laid, dtype=np.uint8)
