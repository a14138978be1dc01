"""Pictures that are more, or less, than they declare."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

RENT_HEIC = Path(__file__).with_name("rent.heic").read_bytes()
"""A picture of three short lines, made for this test."""


def declared_png(width: int, height: int) -> bytes:
    """Return a PNG that declares a size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def declared_webp(width: int, height: int) -> bytes:
    """Return a WebP that declares a size and holds nothing."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body
