"""Whether an LZW stream of a PDF is whole, told by its codes alone: nothing is unpacked."""

from __future__ import annotations

CLEAR, END = 256, 257
_FIRST, _MOST_CODES = 258, 4096


def is_whole(data: bytes, *, early: bool = True) -> bool:
    """Whether every code of ``data``, up to the end mark, is one that a packer could have written there.

    Args:
        data: The packed bytes.
        early: Whether codes grow one code early, as they do unless a file says otherwise.
    """
    early_by = 1 if early else 0
    bits = held = 0
    width, known, fresh = 9, _FIRST, True
    for byte in data:
        bits = bits << 8 | byte
        held += 8
        if held < width:
            continue
        held -= width
        code = bits >> held
        bits &= (1 << held) - 1
        if code == CLEAR:
            width, known, fresh = 9, _FIRST, True
            continue
        if code == END:
            return True
        # The first code after a clear stands for itself; each later one may name one new entry.
        if code > known or (fresh and code >= CLEAR) or known > _MOST_CODES:
            return False
        if fresh:
            fresh = False
            continue
        known += 1
        if known + early_by >= 1 << width and width < 12:
            width += 1
    return True
