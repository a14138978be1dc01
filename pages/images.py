"""PNG, JPEG and TIFF: every picture is a page, read by OCR."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pages import soundness
from pages.limits import ReadLimits
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.results import RejectReason

Pixels = NDArray[np.uint8]
_KINDS = ("PNG", "JPEG", "TIFF")
# What Pillow raises on broken files, by its own documentation and by its decoders' practice.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError)


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of an image file; see ``pages.parts.Format``."""
    from pages.scan import scanned_page

    reading = Reading([])
    with _opened(data) as image:
        for number in range(1, _frames(image, limits.pages) + 1):
            progress(number)
            pixels = _pixels(image, number, limits.page_pixels)
            page = scanned_page(number, pixels[:, :, ::-1], points_per_pixel=1.0)
            soundness.note_odd_text(page)
            reading.pages.append(page)
    return reading


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
    """Return one picture as PNG, never larger than it is; see ``pages.parts.Format``."""
    with _opened(data) as image:
        pixels = _pixels(image, rendering.page, limits.page_pixels)
    scale = rendering.dpi / 72
    if scale < 1.0:
        picture = Image.fromarray(pixels)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    return encode_png(pixels, rendering.rotation)


def encode_png(pixels: Pixels, rotation: int) -> bytes:
    """Return rows of red, green, blue as PNG, turned clockwise by ``rotation`` degrees."""
    turned = np.ascontiguousarray(np.rot90(pixels, -(rotation // 90)))
    out = io.BytesIO()
    Image.fromarray(turned).save(out, "PNG", compress_level=4)
    return out.getvalue()


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    # The budget is checked against the declared size, page by page, before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_KINDS) as image:
                yield image
    except (UnidentifiedImageError, Image.DecompressionBombError, *_BROKEN) as error:
        raise UnreadableError(
            RejectReason.UNREADABLE, f"the picture is broken ({type(error).__name__})"
        ) from error


def _frames(image: Image.Image, most: int) -> int:
    """Return how many pages the file holds, found by going there: a TIFF's chain may lie or loop."""
    if image.format != "TIFF":
        return 1
    count = 0
    try:
        while count <= most:
            image.seek(count)
            count += 1
    except EOFError:
        return count
    raise UnreadableError(RejectReason.TOO_MANY_PAGES, f"more than {most} pages")


def _pixels(image: Image.Image, number: int, most: int) -> Pixels:
    """Return page ``number`` as rows of red, green, blue, the way a viewer shows it."""
    if number > 1 or image.format == "TIFF":
        image.seek(number - 1)
    width, height = image.size
    if width * height > most:
        raise UnreadableError(RejectReason.TOO_LARGE, f"a picture of {width} x {height} pixels")
    upright: Any = ImageOps.exif_transpose(image)
    return np.asarray(_on_white(upright), dtype=np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        most = 65535.0 if image.mode.startswith("I") else max(1.0, float(values.max(initial=0)))
        image = Image.fromarray((np.clip(values / most, 0, 1) * 255).astype(np.uint8))
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("RGB")
