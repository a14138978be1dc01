"""PNG, JPEG, TIFF, WebP and HEIC: every picture is a page, read by OCR; photographs are laid flat."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pages import soundness
from pages.limits import ReadLimits
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import Note, NoteKind

Pixels = NDArray[np.uint8]
_KINDS = ("PNG", "JPEG", "TIFF", "WEBP", "HEIF")
# Phones photograph into these; what comes as TIFF, or with one bit a pixel, comes from a scanner.
_PHOTOS = frozenset(("JPEG", "WEBP", "HEIF", "PNG"))
# What Pillow raises on broken files, by its own documentation and by its decoders' practice.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError)

# One filter for all rows: looking for the best of each takes twice as long as all else, and gains nothing on
# drawn text. Nor does a higher level.
_PNG_AS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of an image file; see ``pages.parts.Format``."""
    from pages.pictures.scan import scanned_page

    reading = Reading([])
    with _opened(data, limits.page_pixels) as image:
        _note_frames(image, reading)
        for number in range(1, _frames(image, limits.pages) + 1):
            progress(number)
            picture = _picture(image, number, limits.page_pixels)
            page = scanned_page(number, picture.pixels[:, :, ::-1], points_per_pixel=1.0)
            if picture.degrees is not None:
                aslant = f"page {number} was photographed aslant ({picture.degrees:.0f}°), laid flat"
                page.note(NoteKind.ROTATED, aslant)
            soundness.note_odd_text(page)
            reading.pages.append(page)
    return reading


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
    """Return one picture as PNG, as it was read, never larger than it is; see ``pages.parts.Format``."""
    with _opened(data, limits.page_pixels) as image:
        pixels = _picture(image, rendering.page, limits.page_pixels).pixels
    scale = rendering.dpi / 72
    if scale < 1.0:
        picture = Image.fromarray(pixels)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    return encode_png(pixels, rendering.rotation)


def encode_png(pixels: Pixels, rotation: int) -> bytes:
    """Return rows of red, green, blue as PNG, turned clockwise by ``rotation`` degrees.

    A page without a colour is written in greys: encoding is nearly all that drawing costs, and people wait.
    """
    blue, green, red = (
        np.ascontiguousarray(np.rot90(pixels[:, :, band], -(rotation // 90))) for band in (2, 1, 0)
    )
    grey = np.array_equal(red, green) and np.array_equal(green, blue)
    turned = red if grey else cv2.merge((blue, green, red))
    written, out = cv2.imencode(".png", turned, _PNG_AS)
    if not written:
        raise UnreadableError(RejectReason.UNREADABLE, "the drawn page could not be written")
    return out.tobytes()


class _Picture(NamedTuple):
    """A page's pixels, and by how many degrees its page lay aslant, where it was laid flat."""

    pixels: Pixels
    degrees: float | None


@contextmanager
def _opened(data: bytes, most: int) -> Iterator[Image.Image]:
    # The budget is checked against the declared size, page by page, before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    if data[4:8] == b"ftyp":
        from pi_heif import register_heif_opener

        # Nothing but the picture itself: previews and depth maps are no pages.
        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    elif data[:4] == b"RIFF":
        _refuse_above(most, *_webp_size(data))
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


def _note_frames(image: Image.Image, reading: Reading) -> None:
    frames = getattr(image, "n_frames", 1)
    if image.format in ("WEBP", "HEIF") and frames > 1:
        text = f"the file holds {frames} pictures, an animation or a series; the main one was read"
        reading.notes.append(Note(kind=NoteKind.NOT_READ, text=text))


def _picture(image: Image.Image, number: int, most: int) -> _Picture:
    """Return page ``number`` as rows of red, green, blue, the way a viewer shows it, laid flat."""
    if image.format == "TIFF":
        try:
            image.seek(number - 1)
        except EOFError as error:
            raise UnreadableError(RejectReason.UNREADABLE, f"there is no page {number}") from error
    elif number > 1:
        raise UnreadableError(RejectReason.UNREADABLE, f"there is no page {number}")
    _refuse_above(most, *image.size)
    is_photo = image.format in _PHOTOS and image.mode != "1"
    upright: Any = ImageOps.exif_transpose(image)
    pixels = np.asarray(_on_white(upright), dtype=np.uint8)
    if is_photo:
        from pages.pictures.photo import flatten

        flat = flatten(pixels)
        if flat is not None:
            return _Picture(flat.pixels, flat.degrees)
    return _Picture(pixels, None)


def _refuse_above(most: int, width: int, height: int) -> None:
    if width * height > most:
        raise UnreadableError(RejectReason.TOO_LARGE, f"a picture of {width} x {height} pixels")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return the size that a WebP file declares: its decoder would make room for it when it is opened."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


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
