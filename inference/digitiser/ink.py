"""Ink on paper: stains and shadows taken off, faded print brought back to full strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.picture import Floats, Pixels

_PAPER_BLOCK = 16
_INK_BLOCK = 96
_LEAST_CONTRAST = 0.3
"""Of the darkest ink of the page: what is fainter than that is not print that faded, but dirt."""


def ink_of(pixels: Pixels) -> Floats:
    """Return how much ink each pixel holds per colour channel: 0 for paper, about 1 for fresh black."""
    light = pixels.astype(np.float32) / 255.0
    ink = np.empty_like(light)
    for channel in range(3):
        paper = _per_block(light[:, :, channel], _PAPER_BLOCK, 90, grow=3, smooth=1.0)
        ink[:, :, channel] = np.clip(paper - light[:, :, channel], 0.0, 1.0) / np.maximum(paper, 0.2)
    full = _per_block(darkness(ink), _INK_BLOCK, 99.5, grow=5, smooth=1.5)
    full = np.maximum(full, max(_LEAST_CONTRAST * float(full.max()), 0.1))
    return np.asarray(np.clip(ink / full[:, :, None], 0.0, 1.5), dtype=np.float32)


def darkness(ink: Floats) -> Floats:
    """Return the ink of each pixel's darkest channel."""
    return np.maximum(np.maximum(ink[:, :, 0], ink[:, :, 1]), ink[:, :, 2])


def _per_block(plane: Floats, block: int, percentile: float, *, grow: int, smooth: float) -> Floats:
    """Return a percentile of each neighbourhood, spread smoothly over the plane."""
    height, width = plane.shape
    rows, columns = -(-height // block), -(-width // block)
    padded = np.pad(plane, ((0, rows * block - height), (0, columns * block - width)), mode="edge")
    blocks = padded.reshape(rows, block, columns, block).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    # A third of the pixels tell as much of a percentile.
    levels = np.percentile(blocks[:, :, ::3], percentile, axis=2).astype(np.float32)
    levels = ndimage.gaussian_filter(ndimage.maximum_filter(levels, grow), smooth)
    ys = (np.arange(height) + 0.5) / block - 0.5
    xs = (np.arange(width) + 0.5) / block - 0.5
    return _spread(_spread(levels, ys).T, xs).T


def _spread(levels: Floats, at: NDArray[np.float64]) -> Floats:
    """Return rows of ``levels`` at fractional places, by straight lines between them."""
    at = np.clip(at, 0, len(levels) - 1)
    below = np.minimum(at.astype(np.int64), max(len(levels) - 2, 0))
    above = np.minimum(below + 1, len(levels) - 1)
    part = (at - below).astype(np.float32)[:, None]
    return np.asarray(levels[below] * (1 - part) + levels[above] * part, dtype=np.float32)
