"""What years in a cabinet and a scanner do to a log: fading, stains, skew, grain, a hard threshold."""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from samples.sample import chance

Pixels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wear:
    """What happened to a log.

    Attributes:
        fade: 0 for fresh ink, 1 for none left; worst along one side.
        noise: Grain of the sensor, in grey levels.
        blur: Radius in pixels.
        skew: Degrees it lies crooked.
        specks: Dots of dirt per million pixels.
        bilevel: Whether the scanner knew black and white only.
        jpeg: Quality it was saved with; None for PNG.
    """

    fade: float
    noise: float
    blur: float
    skew: float
    specks: int
    bilevel: bool
    jpeg: int | None


def wear(rng: random.Random) -> Wear:
    """Return a log's fate."""
    bilevel = chance(rng, 0.15)
    return Wear(
        fade=rng.uniform(0.0, 0.35 if bilevel else 0.6),
        noise=rng.uniform(0.0, 11.0),
        blur=rng.uniform(0.0, 0.9),
        skew=rng.uniform(-1.8, 1.8),
        specks=rng.randrange(0, 90),
        bilevel=bilevel,
        jpeg=None if bilevel or chance(rng, 0.6) else rng.randrange(45, 85),
    )


def ruin(rng: random.Random) -> Wear:
    """Return the fate of a log that can hardly be read any more, if at all."""
    return Wear(
        fade=rng.uniform(0.6, 0.97),
        noise=rng.uniform(14.0, 42.0),
        blur=rng.uniform(0.8, 2.4),
        skew=rng.uniform(-3.0, 3.0),
        specks=rng.randrange(60, 900),
        bilevel=chance(rng, 0.3),
        jpeg=None,
    )


def scan(
    rng: random.Random, page: Image.Image, mask: Image.Image, fate: Wear
) -> tuple[Image.Image, Image.Image]:
    """Return the scan of a page, and its mask turned with it (``turned`` tells where a place went)."""
    noise = np.random.default_rng(rng.getrandbits(64))
    paper = Image.new("RGB", page.size, (250, 248, 243))
    pixels = np.asarray(page, dtype=np.float32)
    ground = np.asarray(paper, dtype=np.float32)
    gone = fate.fade * _slope(rng, page.height, page.width)
    pixels = ground - (ground - pixels) * (1.0 - gone[:, :, None])
    pixels -= 14.0 * _clouds(noise, page.height, page.width)[:, :, None]
    crooked = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).rotate(
        fate.skew, Image.Resampling.BICUBIC, fillcolor=(247, 245, 240)
    )
    if fate.blur > 0.2:
        crooked = crooked.filter(ImageFilter.GaussianBlur(fate.blur))
    pixels = np.asarray(crooked, dtype=np.float32)
    grain = noise.normal(0.0, 1.0, pixels.shape[:2]).astype(np.float32)[:, :, None]
    pixels = pixels + fate.noise * grain
    for y, x in zip(*_specks(noise, page, fate), strict=True):
        pixels[y : y + 2, x : x + 2] = 60.0
    scanned = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if fate.bilevel:
        scanned = scanned.convert("L").point(lambda level: 255 if level > 165 else 0).convert("1")
    return scanned, mask.rotate(fate.skew, Image.Resampling.NEAREST)


def turned(page: Image.Image, fate: Wear, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the page lies in its scan."""
    angle = math.radians(fate.skew)
    dx, dy = x - page.width / 2, y - page.height / 2
    return (
        page.width / 2 + dx * math.cos(angle) + dy * math.sin(angle),
        page.height / 2 - dx * math.sin(angle) + dy * math.cos(angle),
    )


def encode(image: Image.Image, fate: Wear) -> tuple[bytes, str]:
    """Return the scan's file and its suffix."""
    buffer = io.BytesIO()
    if fate.jpeg is None:
        image.save(buffer, "PNG", dpi=(200, 200))
        return buffer.getvalue(), ".png"
    image.save(buffer, "JPEG", quality=fate.jpeg, dpi=(200, 200))
    return buffer.getvalue(), ".jpg"


def _specks(
    noise: np.random.Generator, page: Image.Image, fate: Wear
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    count = fate.specks * page.height * page.width // 1_000_000
    return noise.integers(0, page.height - 2, count), noise.integers(0, page.width - 2, count)


def _clouds(noise: np.random.Generator, height: int, width: int) -> Pixels:
    small = (noise.random((9, 5)) * 255).astype(np.uint8)
    waves = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(waves, dtype=np.float32) / 255.0


def _slope(rng: random.Random, height: int, width: int) -> Pixels:
    across = np.linspace(0.15, 1.0, width, dtype=np.float32)[None, :]
    down = np.linspace(0.3, 1.0, height, dtype=np.float32)[:, None]
    across = across[:, ::-1] if chance(rng, 0.5) else across
    down = down[::-1] if chance(rng, 0.5) else down
    return np.asarray(0.5 * across + 0.5 * down, dtype=np.float32)
