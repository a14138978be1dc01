"""A reader of plain lines: a page is a form feed, a picture is a name, a container is JSON."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from pages.reader import ReadDocument, Refusal, Unpacked, UnpackedPart
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.layout import PageQuality, Quality
from schemas.packets import LeftOut
from tests.unit.agents.layouts import layout


class LineReader:
    """Reads UTF-8 text as lines, a form feed between pages; a first line ``REFUSE <reason>`` is refused.

    A JSON object is a container: ``{"holds": {name: text, or a reject reason}, "left_out": [name]}``.
    """

    def __init__(self) -> None:
        self.reads = 0
        self.quality = 0.9
        self.drawn: list[tuple[int, int, int]] = []
        self.picture_bytes = 100

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        """Return a small picture; what was drawn is remembered."""
        self.drawn.append((page, dpi, rotation))
        return picture(page, self.picture_bytes * dpi // 72)

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Return the lines as a layout, or what a container holds."""
        self.reads += 1
        text = data.decode()
        if text.startswith("REFUSE "):
            reason = RejectReason(text.split()[1])
            return Refusal(reason, REJECT_SENTENCES[reason], "application/pdf")
        if text.startswith("{"):
            return _unpacked(json.loads(text)) if unpack else _too_deep()
        pages = [tuple(line for line in page.splitlines() if line) for page in text.split("\f")]
        each = tuple(
            PageQuality(page=number, score=self.quality, parts=()) for number in range(1, len(pages) + 1)
        )
        return ReadDocument("text/plain", layout(*pages), Quality(score=self.quality, pages=each))


def picture(number: int, size: int) -> bytes:
    """Return a PNG of at least ``size`` bytes, different for each number."""
    head = struct.pack(">IIBBBBB", 10, 10, 8, 0, 0, 0, 0)
    filling = bytes([number % 256]) * max(size, 1)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 110)), (b"teXt", filling), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _unpacked(held: dict[str, Any]) -> Unpacked:
    parts = []
    for number, (name, text) in enumerate(held["holds"].items(), start=1):
        reason = RejectReason(text) if text in set(RejectReason) else None
        data = None if reason else text.encode()
        said = REJECT_SENTENCES[reason] if reason else None
        parts.append(UnpackedPart(f"part/{number}", name, data, reason, said))
    left_out = tuple(LeftOut(name=name, why="a logo") for name in held.get("left_out", ()))
    return Unpacked("message/rfc822", tuple(parts), left_out)


def _too_deep() -> Refusal:
    return Refusal(RejectReason.TOO_DEEP, REJECT_SENTENCES[RejectReason.TOO_DEEP], "message/rfc822")
