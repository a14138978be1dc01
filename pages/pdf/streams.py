"""A look into a PDF's compressed streams for what pdfium does not tell: damage, and scripts."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from pages.pdf.lzw import is_whole

ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch)\b")

# Enough for text, fonts and objects; what is larger is pictures. The rest goes unlooked at.
MOST_STREAM = 1_000_000
MOST_PACKED = 4_000_000
MOST_UNPACKED = 8_000_000
_DICTIONARY_BYTES = 400
_CHUNK = 1 << 20
_STREAM = re.compile(rb"stream\r?\n")
# Flate alone or first in the chain; behind another filter the bytes are none of zlib's.
_FLATE = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\b")
_LZW = re.compile(rb"/Filter\s*\[?\s*/(?:LZWDecode|LZW)\b")
_LATE = re.compile(rb"/EarlyChange\s+0")
# Old files only use it, for pages of text; looking at a byte of it costs a hundred times one of Flate.
MOST_LZW = 300_000
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b")


@dataclass(frozen=True, slots=True)
class Streams:
    """What was found: how many streams break off in the middle, and whether one holds a script or action."""

    broken: int
    active: bool


def look_into_streams(data: bytes) -> Streams:
    """Return what the Flate and LZW streams of ``data`` give reason to remark, within bounds."""
    if b"/Encrypt" in data:
        return Streams(0, active=False)
    broken, active, packed, unpacked, looked = 0, False, 0, 0, 0
    for match in _STREAM.finditer(data):
        if data[match.start() - 3 : match.start()] == b"end":
            continue
        head = data[max(0, match.start() - _DICTIONARY_BYTES) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        is_lzw = _LZW.search(head) is not None
        if not (is_lzw or _FLATE.search(head)) or _PICTURE.search(head):
            continue
        end = data.find(b"endstream", match.end(), match.end() + MOST_STREAM)
        if end < 0:
            continue
        if is_lzw:
            looked += end - match.end()
            if looked <= MOST_LZW:
                broken += not is_whole(data[match.end() : end], early=_LATE.search(head) is None)
            continue
        packed += end - match.end()
        if packed > MOST_PACKED or unpacked > MOST_UNPACKED:
            break
        whole, text, size = _unpacked(data[match.end() : end], keep=_OBJECTS.search(head) is not None)
        broken += not whole
        unpacked += size
        active = active or ACTIVE.search(text) is not None
    return Streams(broken, active)


def _unpacked(stream: bytes, *, keep: bool) -> tuple[bool, bytes, int]:
    """Return whether ``stream`` unpacks without an error, its first bytes if ``keep``, and its size."""
    unpacker = zlib.decompressobj()
    kept, size, rest = b"", 0, stream
    try:
        while rest and size <= MOST_UNPACKED:
            part = unpacker.decompress(rest, _CHUNK)
            size += len(part)
            if keep and len(kept) < _CHUNK:
                kept += part
            if unpacker.eof or not part:
                break
            rest = unpacker.unconsumed_tail
    except zlib.error:
        return False, kept, size
    return True, kept, size
