"""Words of a PDF page with their boxes, asked for once a word instead of once a character."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pypdfium2.raw as raw

from pages.pdf import pdfium
from pages.pdf.pdfium import Edges, Handle

# pdfium marks the hyphen of a word broken over two lines so; the next line's half follows at once.
_BROKEN = "\x02\ufffe"
_WORD = re.compile(rf"[^\s\x00\x01\x03-\x20\x7f-\x9f\ufeff{_BROKEN}]+[{_BROKEN}]?")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": "-"}
    | dict.fromkeys(_BROKEN, "-")
)
_ODD = re.compile(f"[\xad{_BROKEN}\ufb00-\ufb06\ud800-\udfff]")
# A word wider than this, in letters as wide as it is high, may be the letters of several table cells.
STRETCHED = 1.25
# Letters further apart than this, in font sizes, are of different words.
JUMP = 0.85
# Text objects whose letters make one word stand no further apart than this, in letters' heights.
PIECE = 0.5
_NOWHERE: Edges = (0.0, 0.0, 0.0, 0.0)
_ANGLE_SAMPLES = 24
_UPRIGHT_SHARE = 0.8


Looks = Callable[[Handle], object]


class FoundWord(NamedTuple):
    """A word where the PDF draws it: edges in the page's own space, the text object it belongs to."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    object: Handle
    start: int


def find_words(textpage: Any, looks: Looks | None) -> list[FoundWord]:
    """Return every word of the page in the order it was drawn, hidden ones included.

    Args:
        textpage: pdfium's text page.
        looks: Tells how a text object is painted; a word painted in two ways becomes two words, so
            that a hidden half can't pass as part of a visible one. None: all in one way.
    """
    page = pdfium.handle(textpage)
    text = _characters(textpage)
    words: list[FoundWord] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        count = pdfium.count_rects(page, start, end - start)
        obj = pdfium.text_object(page, start) or 0
        left, bottom, right, top = pdfium.rect(page, 0) if count == 1 else _NOWHERE
        if count == 1 and _is_compact((left, bottom, right, top), end - start):
            words.append(FoundWord(_clean(match[0]), left, bottom, right, top, obj, start))
        else:
            words.extend(_drawn_apart(page, text, start, end, count, looks))
    return words


def turned_by(textpage: Any, words: Sequence[FoundWord]) -> int:
    """Return the degrees (0, 90, 180, 270, clockwise) at which most words of the page are drawn."""
    page = pdfium.handle(textpage)
    step = max(1, len(words) // _ANGLE_SAMPLES)
    counts = [0, 0, 0, 0]
    for word in words[::step]:
        angle = pdfium.char_angle(page, word.start)
        if angle >= 0:
            counts[round(angle / (math.pi / 2)) % 4] += 1
    best = max(range(4), key=lambda quarter: counts[quarter])
    return best * 90 if counts[best] >= _UPRIGHT_SHARE * sum(counts) else 0


def map_errors(textpage: Any, words: Sequence[FoundWord]) -> float:
    """Return the share of (up to 200 sampled) words whose font tells no character for its glyphs."""
    page = pdfium.handle(textpage)
    sample = words[:: max(1, len(words) // 200)]
    unmapped = [word for word in sample if pdfium.has_map_error(page, word.start) == 1]
    return len(unmapped) / max(1, len(sample))


def _characters(textpage: Any) -> str:
    """Return the page's characters so that index i is pdfium's character i."""
    count = raw.FPDFText_CountChars(textpage)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(textpage, 0, count, buffer) - 1
    text = bytes(buffer)[: 2 * max(0, written)].decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return text
    # Some characters are none in the text, or two: only one by one do the numbers agree.
    page = pdfium.handle(textpage)
    return "".join(_code(pdfium.char_code(page, index)) for index in range(count))


def _code(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _clean(text: str) -> str:
    if text.isascii() and "\x02" not in text:
        return text
    # Letters and their accents as one character each, and one character for each mark (a Greek question
    # mark is a semicolon): equal by the standard, and what everything later compares with.
    if not _ODD.search(text):
        return unicodedata.normalize("NFC", text)
    # Two halves of a surrogate pair become their character again; a lone half is no text.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFC", whole.translate(_LIGATURES))


def _drawn_apart(
    page: Handle, text: str, start: int, end: int, count: int, looks: Looks | None
) -> list[FoundWord]:
    """Return a word that several text objects draw, or one with wide gaps: whole if it is of one piece."""
    if count > 1 and _look_alike(page, start, end, looks):
        box = last = pdfium.rect(page, 0)
        whole = True
        for index in range(1, count):
            found = pdfium.rect(page, index)
            size = max(box[3] - box[1], found[3] - found[1])
            whole = whole and _apart(last, found) <= PIECE * size
            box, last = _union(box, found), found
        if whole and _is_compact(box, end - start):
            return [FoundWord(_clean(text[start:end]), *box, pdfium.text_object(page, start) or 0, start)]
    return _in_pieces(page, text, start, end, looks)


def _look_alike(page: Handle, start: int, end: int, looks: Looks | None) -> bool:
    if looks is None:
        return True
    objects = {pdfium.text_object(page, index) or 0 for index in range(start, end)}
    return len({looks(obj) for obj in objects}) == 1


def _is_compact(box: Edges, letters: int) -> bool:
    across, along = box[2] - box[0], box[3] - box[1]
    return max(across, along) <= STRETCHED * letters * min(across, along)


def _in_pieces(page: Handle, text: str, start: int, end: int, looks: Looks | None) -> list[FoundWord]:
    """Return a word drawn by several text objects: whole, or cut where it jumps or changes its looks."""
    words: list[FoundWord] = []
    piece: list[int] = []
    box: Edges | None = None
    look: object = None
    for index in range(start, end):
        found = pdfium.char_box(page, index)
        if found is None or (found[2] - found[0] <= 0 and found[3] - found[1] <= 0):
            if piece:
                piece.append(index)
            continue
        now = looks(pdfium.text_object(page, index) or 0) if looks else None
        if box is not None and (now != look or _jumps(page, index, _apart(box, found))):
            words.append(_piece(page, text, piece, box))
            piece, box = [], None
        piece.append(index)
        look = now
        box = found if box is None else _union(box, found)
    if box is not None:
        words.append(_piece(page, text, piece, box))
    return words


def _piece(page: Handle, text: str, piece: list[int], box: Edges) -> FoundWord:
    characters = text[piece[0] : piece[-1] + 1]
    return FoundWord(_clean(characters), *box, pdfium.text_object(page, piece[0]) or 0, piece[0])


def _union(one: Edges, other: Edges) -> Edges:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _jumps(page: Handle, index: int, gap: float) -> bool:
    return gap > 0 and gap > JUMP * pdfium.char_size(page, index)


def _apart(box: Edges, found: Edges) -> float:
    """Return how far a character stands from what came before it."""
    across = max(box[0], found[0]) - min(box[2], found[2])
    along = max(box[1], found[1]) - min(box[3], found[3])
    return max(across, along)
