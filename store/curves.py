"""The files of a digitised log, each with the one serialiser that production, tests and benches use; pure."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.digitised import ROWS

HEAD = "depth,value"
DEPTH_DIGITS, VALUE_DIGITS = 3, 5
PNG = b"\x89PNG\r\n\x1a\n"
PALETTE = bytes((255, 255, 255, 214, 39, 40, 31, 119, 180))
"""White paper, red for the first curve, blue for the second."""
CLASSES = b"\x00\x01\x02"
LARGEST_SIDE = 20_000
_DEEPEST = 8, 3
"""Bits a pixel, and the PNG colour type of a palette."""


class CurveFileError(ValueError):
    """A curve's file can't be read; the sentence names the row."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A class per pixel, row by row: 0 for background, 1 and 2 for the curves."""

    width: int
    height: int
    classes: bytes


Row = tuple[float, float]


def curve_bytes(rows: Sequence[Row]) -> bytes:
    """Return the CSV of a curve: one line per row, depth and value."""
    lines = [f"{depth:.{DEPTH_DIGITS}f},{value:.{VALUE_DIGITS}f}" for depth, value in rows]
    return "\n".join([HEAD, *lines, ""]).encode("ascii")


def read_curve(data: bytes) -> tuple[Row, ...]:
    """Return the rows in a curve's CSV.

    Raises:
        CurveFileError: It is no such file, or cut off.
    """
    try:
        head, *lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise CurveFileError(f"not ASCII at byte {error.start}") from error
    if head != HEAD:
        raise CurveFileError(f"it does not begin with {HEAD!r}")
    if not lines or lines.pop() != "":
        raise CurveFileError("its last row does not end: it is cut off")
    return tuple(_row(number, line) for number, line in enumerate(lines, start=1))


def _row(number: int, line: str) -> Row:
    try:
        depth, value = (float(part) for part in line.split(","))
    except ValueError as error:
        raise CurveFileError(f"row {number} is no depth and value") from error
    return depth, value


def curve_problems(data: bytes) -> list[str]:
    """Return what breaks the contract of a curve: its row count, its depths, numbers that are none."""
    try:
        rows = read_curve(data)
    except CurveFileError as error:
        return [str(error)]
    found = [] if len(rows) == ROWS else [f"it has {len(rows)} rows, not {ROWS}"]
    broken = [n for n, row in enumerate(rows, start=1) if not all(math.isfinite(part) for part in row)]
    if broken:
        return [*found, f"row {broken[0]} holds a number that is none"]
    flat = [n for n, (one, two) in enumerate(pairwise(rows), start=2) if two[0] <= one[0]]
    if flat:
        found.append(f"row {flat[0]} lies no deeper than the one before it")
    if not found and curve_bytes(rows) != data:
        found.append("the bytes are not as doctrail writes them")
    return found


def mask_bytes(mask: Mask) -> bytes:
    """Return the PNG of a mask, its classes as places in a palette of three."""
    stride = mask.width
    lines = b"".join(
        b"\x00" + mask.classes[start : start + stride] for start in range(0, stride * mask.height, stride)
    )
    head = struct.pack(">IIBBBBB", mask.width, mask.height, *_DEEPEST, 0, 0, 0)
    return b"".join(
        (PNG, _chunk(b"IHDR", head), _chunk(b"PLTE", PALETTE), _chunk(b"IDAT", zlib.compress(lines, 6)),
         _chunk(b"IEND", b""))
    )  # fmt: skip


def read_mask(data: bytes) -> Mask:
    """Return the mask in a PNG that ``mask_bytes`` wrote.

    Raises:
        CurveFileError: It is no such PNG, or cut off.
    """
    chunks = _chunks(data)
    if [kind for kind, _ in chunks] != [b"IHDR", b"PLTE", b"IDAT", b"IEND"]:
        raise CurveFileError("it is not in the form of a mask")
    width, height, *form = struct.unpack(">IIBBBBB", chunks[0][1])
    if form != [*_DEEPEST, 0, 0, 0] or not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise CurveFileError("it is not in the form of a mask")
    size = (width + 1) * height
    inflater = zlib.decompressobj()
    try:
        lines = inflater.decompress(chunks[2][1], size + 1)
    except zlib.error as error:
        raise CurveFileError("its pixels can't be unpacked") from error
    if len(lines) != size or any(lines[:: width + 1]):
        raise CurveFileError(f"it does not hold {width} by {height} pixels")
    rows = (lines[start + 1 : start + 1 + width] for start in range(0, size, width + 1))
    return Mask(width, height, b"".join(rows))


def mask_problems(data: bytes) -> list[str]:
    """Return what breaks the contract of a mask: its form, or classes that are none of the three."""
    try:
        mask = read_mask(data)
    except CurveFileError as error:
        return [str(error)]
    strange = mask.classes.translate(None, CLASSES)
    return [f"it holds a class {strange[0]}"] if strange else []


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    if not data.startswith(PNG):
        raise CurveFileError("it is no PNG")
    found, at = [], len(PNG)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4].ljust(4, b"\xff"))
        whole = data[at + 4 : at + 12 + length]
        if len(whole) < length + 8 or _sum_of(whole) != zlib.crc32(whole[:-4]):
            raise CurveFileError("it is cut off, or was changed")
        found.append((whole[:4], whole[4:-4]))
        at += 12 + length
    return found


def _sum_of(whole: bytes) -> int:
    return int.from_bytes(whole[-4:], "big")
