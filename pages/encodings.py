"""Finding out a text's encoding from its bytes."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Of the characters: text has next to no controls, bytes that are no text have many.
MOST_CONTROLS = 0.002
# Of the bytes at even, or at odd, places: so many nulls mean two bytes a character.
MANY_NULLS = 0.3


def decode_text(data: bytes) -> str | None:
    """Return what ``data`` says if it is text in UTF-8, UTF-16, UTF-32 or Windows-1252; else None."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    wide = _wide_encoding(data)
    if wide is not None:
        return _decoded(data[: len(data) // 2 * 2], wide)
    if b"\x00" in data[:65536]:
        return None
    text = _decoded(data, "utf-8")
    return text if text is not None else _decoded(data, "cp1252")


def _wide_encoding(data: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark, told by where the nulls of Latin letters stand."""
    head = data[:4096]
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    if odd >= MANY_NULLS and even < 0.05:
        return "utf-16-le"
    if even >= MANY_NULLS and odd < 0.05:
        return "utf-16-be"
    return None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if len(_CONTROLS.findall(text)) > MOST_CONTROLS * len(text):
        return None
    return _CONTROLS.sub("\ufffd", text)
