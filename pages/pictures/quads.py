"""Lines on a picture as four corners, clockwise from the top left of what they say; pure geometry."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Quads = NDArray[np.float32]
Quad = NDArray[np.float32]

# A line is long from so many of its heights on; shorter ones do not tell which way they run.
LONG = 2.0
SIDEWAYS_SHARE = 0.6
SLOPE_LENGTH = 4.0
# Below this it is the rounding of the corners.
LEAST_SLOPE = math.tan(math.radians(0.2))
# Taller than this many widths, on an upright page, a line runs up or down.
STANDING = 2.2
# Of a line's height, above and below: a crop without a rim cuts the tops of letters off.
RIM = 0.04
# Pixels by which a line's ends may differ and still be cut out straight.
LEVEL = 1.5


def widths(quads: Quads) -> NDArray[np.float32]:
    """Return the length of each line along its text."""
    return np.asarray(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1), dtype=np.float32)


def heights(quads: Quads) -> NDArray[np.float32]:
    """Return the height of each line across its text."""
    return np.asarray(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), dtype=np.float32)


def lie_sideways(quads: Quads) -> bool:
    """Whether most of the page's text runs up or down."""
    across, along = widths(quads), heights(quads)
    long = np.maximum(across, along) >= LONG * np.minimum(across, along)
    lengths = np.where(long, np.maximum(across, along), 0)
    total = float(lengths.sum())
    return total > 0 and float(lengths[along > across].sum()) >= SIDEWAYS_SHARE * total


def standing(quads: Quads) -> NDArray[np.bool_]:
    """Return which lines of an upright page run up or down."""
    return np.asarray(heights(quads) > STANDING * widths(quads))


def upwards(quad: Quad) -> Quad:
    """Return the corners of a standing line that is read from its lower end up."""
    return np.roll(quad, 1, axis=0)


def downwards(quad: Quad) -> Quad:
    """Return the corners of a standing line that is read from its upper end down."""
    return np.roll(quad, -1, axis=0)


def turned(image: Image, quads: Quads, degrees: int) -> tuple[Image, Quads]:
    """Return image and corners turned clockwise by 90 or 180 degrees."""
    height, width = image.shape[:2]
    x, y = quads[..., 0], quads[..., 1]
    if degrees == 90:
        image = np.ascontiguousarray(np.rot90(image, -1))
        # What was the bottom left corner of a line's box is now its top left one.
        moved = np.roll(np.stack([height - y, x], axis=-1), 1, axis=1)
    else:
        image = np.ascontiguousarray(image[::-1, ::-1])
        moved = np.roll(np.stack([width - x, height - y], axis=-1), 2, axis=1)
    return image, moved.astype(np.float32)


def slope_of(quads: Quads) -> float:
    """Return the tangent of the angle at which lines run, from the long ones; positive: downwards."""
    across, along = widths(quads), heights(quads)
    long = quads[(across >= SLOPE_LENGTH * along) & (across > 0)]
    if not len(long):
        return 0.0
    ends = long[:, 1] - long[:, 0]
    slope = float(np.median(ends[:, 1] / np.maximum(ends[:, 0], 1)))
    return slope if abs(slope) >= LEAST_SLOPE else 0.0


def crop(image: Image, quad: Quad) -> Image:
    """Return the line cut out, with a rim, and laid flat."""
    quad = _padded(quad)
    if _is_level(quad):
        x0, y0 = np.maximum(np.round(quad[0]), 0).astype(int)
        x1, y1 = np.round(quad[2]).astype(int)
        straight = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        if straight.size:
            return straight
    width = max(1, round(float(np.linalg.norm(quad[1] - quad[0]))))
    height = max(1, round(float(np.linalg.norm(quad[3] - quad[0]))))
    # From its surroundings only: the cost of a warp grows with the image it is taken from.
    corner = np.maximum(np.floor(quad.min(axis=0)) - 2, 0).astype(int)
    opposite = np.ceil(quad.max(axis=0)).astype(int) + 3
    around = np.ascontiguousarray(image[corner[1] : opposite[1], corner[0] : opposite[0]])
    if not around.size:
        return np.full((height, width, 3), 255, np.uint8)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(quad - corner, np.float32), flat)
    laid = cv2.warpPerspective(
        around, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_LINEAR
    )
    return np.asarray(laid, dtype=np.uint8)


def _is_level(quad: Quad) -> bool:
    top, right, bottom, left = np.abs(np.roll(quad, -1, axis=0) - quad)
    slanted = max(top[1], bottom[1], left[0], right[0]) > LEVEL
    return not slanted and bool(quad[1][0] > quad[0][0] and quad[3][1] > quad[0][1])


def _padded(quad: Quad) -> Quad:
    rim = RIM * (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    return np.stack([quad[0] - rim, quad[1] - rim, quad[2] + rim, quad[3] + rim]).astype(np.float32)
