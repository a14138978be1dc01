"""Pictures as arrays: read from the PNG that the page reader drew, and turned by fractions of a degree."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from schemas.digitised import turned

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Classes = NDArray[np.uint8]
PAPER = (255, 255, 255)


def decode(png: bytes) -> Pixels:
    """Return a PNG that we drew ourselves as rows of red, green, blue."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn about its centre that makes a picture upright.

    Attributes:
        degrees: By which its lines lie crooked, anticlockwise.
    """

    width: int
    height: int
    degrees: float

    def upright(self, pixels: Pixels) -> Pixels:
        """Return the picture with its lines upright, of the same size."""
        turned = Image.fromarray(pixels).rotate(-self.degrees, Image.Resampling.BICUBIC, fillcolor=PAPER)
        return np.asarray(turned, dtype=np.uint8)

    def classes_upright(self, classes: Classes) -> Classes:
        """Return a mask turned as the picture is."""
        turned = Image.fromarray(classes).rotate(-self.degrees, Image.Resampling.NEAREST)
        return np.asarray(turned, dtype=np.uint8)

    def classes_back(self, classes: Classes) -> Classes:
        """Return a mask of the upright picture as it lies on the page."""
        turned = Image.fromarray(classes).rotate(self.degrees, Image.Resampling.NEAREST)
        return np.asarray(turned, dtype=np.uint8)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the page lies in the upright picture."""
        return turned(x, y, (self.width, self.height), self.degrees)

    def back(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the upright picture lies on the page."""
        return turned(x, y, (self.width, self.height), -self.degrees)
