"""From lines of till type to the picture a scanner or a telephone takes of them."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Pixels = npt.NDArray[np.float64]

_TYPES = {
    "till": "cob_____.pfb",
    "thin": "com_____.pfb",
    "sans": "_a______.pfb",
    "sans-bold": "_ab_____.pfb",
    "wide": "Vera.ttf",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: texts at the left, middle or right, at a size relative to the slip's."""

    left: str = ""
    middle: str = ""
    right: str = ""
    size: float = 1.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What happened to a slip between the till and the file.

    Attributes:
        type: Key of the type it is printed in.
        points: Size of the type in pixels.
        narrow: Horizontal squeeze of the type.
        fade: 0 for fresh print, 1 for print that is gone; worst along one side.
        noise: Grain of the sensor, in grey levels.
        blur: Radius in pixels.
        skew: Degrees it lies crooked.
        creases: How many folds cross it.
        dropout: Share of dots the print head missed.
        bilevel: Whether the scanner knew black and white only.
        turned: Degrees clockwise by which the whole picture is turned.
    """

    type: str = "till"
    points: int = 26
    narrow: float = 0.82
    fade: float = 0.15
    noise: float = 5.0
    blur: float = 0.6
    skew: float = 0.6
    creases: int = 2
    dropout: float = 0.0
    bilevel: bool = False
    turned: int = 0


def picture(rng: random.Random, rows: list[Row], condition: Condition) -> Image.Image:
    """Return the scan of a slip with ``rows`` in ``condition``."""
    slip = _print(rows, condition)
    ink = 1.0 - np.asarray(slip, dtype=np.float64) / 255.0
    height, width = ink.shape
    if condition.dropout:
        ink = ink * (_grain(rng, height, width, 1) > condition.dropout * 255.0)
    ink = ink * (1.0 - condition.fade * _slope(rng, height, width))
    paper = 247.0 - 10.0 * _clouds(rng, height, width)
    for _ in range(condition.creases):
        paper = paper - _crease(rng, height, width)
    grey = paper * (1.0 - ink) + 38.0 * ink
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    image = _on_the_glass(rng, image, condition)
    if condition.blur:
        image = image.filter(ImageFilter.GaussianBlur(condition.blur))
    pixels = np.asarray(image, dtype=np.float64)
    if condition.noise:
        pixels = pixels + condition.noise * (_grain(rng, image.height, image.width, 4) - 127.5) / 37.0
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if condition.bilevel:
        image = image.point(lambda level: 255 if level > 150 else 0).convert("1")
    return image.rotate(-condition.turned, expand=True) if condition.turned else image


def encode(image: Image.Image, suffix: str) -> bytes:
    """Return the picture's file: ``.png``, or ``.jpg`` as scanners save it."""
    buffer = io.BytesIO()
    if suffix == ".png":
        image.save(buffer, "PNG", optimize=True, dpi=(200, 200))
    else:
        image.save(buffer, "JPEG", quality=52, dpi=(200, 200))
    return buffer.getvalue()


def font(name: str, points: int) -> Any:
    """Return a type by its key in ``_TYPES``, ``points`` pixels high."""
    import reportlab

    return ImageFont.truetype(Path(reportlab.__file__).parent / "fonts" / _TYPES[name], points)


def _print(rows: list[Row], condition: Condition) -> Image.Image:
    """Set the rows in type, wide first, then squeezed as tills print."""
    width = 880
    step = condition.points * 1.32
    height = int(sum(step * row.size for row in rows) + 150)
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    y = 60.0
    for row in rows:
        face = font(
            "sans-bold" if row.bold and condition.type == "sans" else condition.type,
            int(condition.points * row.size),
        )
        draw.text((46, y), row.left, font=face, fill=0)
        draw.text((width / 2, y), row.middle, font=face, fill=0, anchor="ma")
        draw.text((width - 46, y), row.right, font=face, fill=0, anchor="ra")
        y += step * row.size
    return image.resize((int(width * condition.narrow), height), Image.Resampling.BICUBIC)


def _on_the_glass(rng: random.Random, image: Image.Image, condition: Condition) -> Image.Image:
    """Lay the slip a little crooked on the scanner's white glass."""
    edge = rng.randint(12, 40)
    glass = Image.new("L", (image.width + 2 * edge, image.height + 2 * edge), 253)
    glass.paste(image, (edge, edge))
    return glass.rotate(condition.skew, Image.Resampling.BICUBIC, fillcolor=252)


def _grain(rng: random.Random, height: int, width: int, layers: int) -> Pixels:
    """Return random levels of mean 127.5; the more layers, the closer to a bell curve."""
    total = np.zeros((height, width))
    for _ in range(layers):
        layer = np.frombuffer(rng.randbytes(height * width), dtype=np.uint8).reshape(height, width)
        total += layer
    return total / layers


def _clouds(rng: random.Random, height: int, width: int) -> Pixels:
    """Return slow waves between 0 and 1: paper that does not lie flat."""
    small = np.frombuffer(rng.randbytes(48), dtype=np.uint8).reshape(8, 6)
    waves = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(waves, dtype=np.float64) / 255.0


def _slope(rng: random.Random, height: int, width: int) -> Pixels:
    """Return how much each place has faded, 0 to 1: more to one side, in patches."""
    side = np.linspace(0.2, 1.0, width)[None, :]
    if rng.random() < 0.5:
        side = side[:, ::-1]
    return np.clip(0.55 * side + 0.6 * _clouds(rng, height, width) - 0.1, 0.0, 1.0)


def _crease(rng: random.Random, height: int, width: int) -> Pixels:
    """Return the shadow of one fold across the slip."""
    y0, y1 = rng.uniform(0.1, 0.9) * height, rng.uniform(0.1, 0.9) * height
    ys = np.arange(height)[:, None]
    line = y0 + (y1 - y0) * np.linspace(0.0, 1.0, width)[None, :]
    distance = ys - line
    return np.asarray(
        rng.uniform(10, 26) * np.exp(-np.abs(distance) / rng.uniform(4, 14)) * np.sign(distance + 1e-9)
    )
