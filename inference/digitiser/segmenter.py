"""The learned segmenter: which ink of a track is a curve, and which is grid, border, label or dirt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.ink import darkness
from inference.digitiser.picture import Floats

INK = 0.12
"""Ink below which a pixel is paper and nobody asks what it is."""
NAMES = (
    "dark", "red", "green", "blue", "colour", "down_12", "down_40", "across_12", "across_40", "column",
    "row", "beyond_grid", "off_grid_colour", "around_2", "around_5", "aslant", "best_line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the segmenter's network."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Segmenter:
    """A small network over what surrounds a pixel.

    Attributes:
        mean: Of each feature in training; spread likewise.
        layers: The last one gives the logarithm of the odds that the ink is a curve's.
    """

    mean: Floats
    spread: Floats
    layers: tuple[Layer, ...]

    def probability(self, features: Floats) -> Floats:
        """Return for each row of features how sure it is that this ink belongs to a curve."""
        values = (features - self.mean) / self.spread
        for layer in self.layers[:-1]:
            values = np.maximum(values @ layer.weights + layer.bias, 0.0)
        logits = values @ self.layers[-1].weights + self.layers[-1].bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits[:, 0], -30, 30))), dtype=np.float32)

    def curve_map(self, ink: Floats) -> Floats:
        """Return for each pixel of a track how sure it is that a curve runs there; 0 on paper."""
        where = inked(ink)
        found = np.zeros(ink.shape[:2], dtype=np.float32)
        found[where] = self.probability(features_at(ink, where))
        return found


def inked(ink: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of the pixels that hold ink."""
    rows, columns = np.nonzero(darkness(ink) > INK)
    return rows, columns


def features_at(ink: Floats, where: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Floats:
    """Return what surrounds each pixel of ``where``, one column per name in ``NAMES``."""
    dark = darkness(ink)
    faint = np.minimum(np.minimum(ink[:, :, 0], ink[:, :, 1]), ink[:, :, 2])
    column, row = np.median(dark, axis=0), np.median(dark, axis=1)
    grid = _grid_colour(ink, column)
    tone = ink / np.maximum(np.linalg.norm(ink, axis=2, keepdims=True), 1e-3)
    down, across = (ndimage.uniform_filter1d(dark, 25, axis=axis) for axis in (0, 1))
    aslant = np.maximum(_along(dark, 1), _along(dark, -1))
    planes = (
        dark,
        ink[:, :, 0],
        ink[:, :, 1],
        ink[:, :, 2],
        dark - faint,
        down,
        ndimage.uniform_filter1d(dark, 81, axis=0),
        across,
        ndimage.uniform_filter1d(dark, 81, axis=1),
        np.broadcast_to(column[None, :], dark.shape),
        np.broadcast_to(row[:, None], dark.shape),
        dark - np.maximum(column[None, :], row[:, None]),
        np.linalg.norm(tone - grid, axis=2),
        ndimage.uniform_filter(dark, 5),
        ndimage.uniform_filter(dark, 11),
        aslant,
        np.maximum(aslant, np.maximum(_along(dark, 2), _along(dark, -2))),
    )
    return np.stack([plane[where] for plane in planes], axis=1).astype(np.float32)


def _grid_colour(ink: Floats, column: Floats) -> Floats:
    """Return the tone of the lines that run down the whole track, its borders left out."""
    inner = column.copy()
    inner[:6] = inner[-6:] = 0
    lines = np.argsort(inner)[-max(4, len(inner) // 40) :]
    colour = np.median(ink[:, lines], axis=(0, 1))
    return np.asarray(colour / max(float(np.linalg.norm(colour)), 1e-3), dtype=np.float32)


def _along(dark: Floats, slope: int, reach: int = 4) -> Floats:
    """Return the mean ink along a slanting line through each pixel: ``slope`` columns a row."""
    total = np.zeros_like(dark)
    for step in range(-reach, reach + 1):
        total += np.roll(dark, (step, step * slope), axis=(0, 1))
    return np.asarray(total / (2 * reach + 1), dtype=np.float32)
