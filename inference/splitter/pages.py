"""A page as the splitter sees it: its words, its edges, its numbers; read from a layout block alone."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from inference.reading.document import Ints, token_form
from schemas.layout_block import BlockLine, BlockPage

EDGE_LINES = 5
"""Lines at either end of a page that letterheads, running titles and page numbers stand in."""
TOP_LINES = 12
BOTTOM_LINES = 8
STAMP_DIGITS = 6
"""Digits that make a line at the edge of a page a stamp."""
MOST_TOKENS = 4000
"""Words of one page beyond which no more are looked at."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_OF = r"(?:of|von|de|sur|di|van|af|av|/)"
_STRONG = re.compile(
    r"\b(?:page|pg|seite|p[aá]gina|pagina|blatt|side|sida)\b\.?\s*:?\s*#?\s*(\d{1,4})"
    rf"(?:\s*{_OF}\s*(\d{{1,4}}))?(?!\d)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"^\W*(\d{1,3})\s*(?:of|von|/)\s*(\d{1,3})\W*$", re.IGNORECASE)
_BARE = re.compile(r"^\W{0,3}(?:[A-Z]{1,3}\s?-\s?)?(\d{1,3})\W{0,3}$")
_ROMAN = re.compile(r"^\W{0,3}([ivxl]{1,6})\W{0,3}$")
_CLAUSE = re.compile(r"^(?:section|article|§|clause)?\s*(\d{1,2})(?:\.\d{1,2})*[.)]?\s+\S", re.IGNORECASE)
_CODE = re.compile(r"(?=(?:\S*\d){4})[\w./-]{5,}")
_CODE_EDGES = ".,;:()"
_TERMINAL = (".", "!", "?", ":", ";", "。", '"', "”")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(frozen=True, slots=True)
class PageNumber:
    """A printed page number; ``total`` 0 where only the number stands there."""

    number: int
    total: int


@dataclass(frozen=True)
class PageView:
    """What the splitter knows of one page.

    Attributes:
        words: Hash of every word, in order; values are hashed as their shapes.
        top: Hashes of the words of the first lines; ``bottom`` of the last ones.
        first: Hashes of the first lines, digits masked; ``last`` of the last ones.
        stamps: Of the lines at both edges that hold many digits, by the hash of the masked line: the hash
            of the line as it stands. Pages of one fax, filing or invoice carry the same ones.
        strong: The number that says so itself ("Page 2 of 4", "2/4").
        bare: A number that stands alone at an edge of the page, a Roman one included.
        codes: Hashes of numbers, dates and identifiers printed on the page.
        clauses: First and last number at the beginning of a line, 0 without any.
        begins_lower: Its first words go on with something.
        ends_open: Its last words do not end a sentence.
        tall: Largest height of a line among the first, over the usual one.
        upper: Share of capitals among the letters of the first lines.
        line_height: The usual one, in points.
        left: Where most lines begin, ``right`` where the longest end, ``high`` where the first begins,
            ``low`` where the last one ends: fractions of the page.
    """

    width: float
    height: float
    lines: int
    words: Ints
    top: Ints
    bottom: Ints
    first: tuple[int, ...]
    last: tuple[int, ...]
    stamps: Mapping[int, int]
    strong: PageNumber | None
    bare: int | None
    codes: frozenset[int]
    clauses: tuple[int, int]
    begins_lower: bool
    ends_open: bool
    tall: float
    upper: float
    line_height: float
    left: float
    right: float
    high: float
    low: float

    @property
    def blank(self) -> bool:
        """Whether nothing is printed on it."""
        return self.lines == 0


def view_of(page: BlockPage) -> PageView:
    """Return what the splitter knows of ``page``."""
    lines = [line for line in page.lines if line.text.strip()]
    texts = [line.text.strip() for line in lines]
    edges = texts[:EDGE_LINES] + texts[max(EDGE_LINES, len(texts) - EDGE_LINES) :]
    body = [text for text in texts if not _is_number(text)]
    heights = np.array([line.box.y1 - line.box.y0 for line in lines]) * page.height / 1000
    usual = float(np.median(heights)) if lines else 0.0
    tops = np.array([line.box.y0 for line in lines])
    head = heights[tops < 400] if lines else heights
    return PageView(
        width=page.width,
        height=page.height,
        lines=len(lines),
        words=_hashed(texts),
        top=_hashed(texts[:TOP_LINES]),
        bottom=_hashed(texts[-BOTTOM_LINES:]),
        first=tuple(_masked(text) for text in texts[:EDGE_LINES]),
        last=tuple(_masked(text) for text in texts[-EDGE_LINES:]),
        stamps={_masked(text): _crc(text) for text in edges if sum(map(str.isdigit, text)) >= STAMP_DIGITS},
        strong=_strong(texts, edges),
        bare=_bare(edges),
        codes=_codes(texts),
        clauses=_clauses(texts),
        begins_lower=bool(body) and body[0][:1].islower(),
        ends_open=bool(body) and not body[-1].endswith(_TERMINAL),
        tall=float(head.max() / usual) if len(head) and usual > 0 else 0.0,
        upper=_upper(texts[:EDGE_LINES]),
        line_height=usual,
        **_extent(lines),
    )


def _extent(lines: Sequence[BlockLine]) -> dict[str, float]:
    if not lines:
        return {"left": 0.0, "right": 0.0, "high": 0.0, "low": 0.0}
    left = np.array([line.box.x0 for line in lines])
    right = np.array([line.box.x1 for line in lines])
    return {
        "left": float(np.quantile(left, 0.1)) / 1000,
        "right": float(np.quantile(right, 0.9)) / 1000,
        "high": min(line.box.y0 for line in lines) / 1000,
        "low": max(line.box.y1 for line in lines) / 1000,
    }


@lru_cache(maxsize=50_000)
def _word_hash(word: str) -> int:
    return _crc(token_form(word))


def _hashed(texts: Sequence[str]) -> Ints:
    found: list[int] = []
    for text in texts:
        found += map(_word_hash, _TOKEN.findall(text))
        if len(found) > MOST_TOKENS:
            break
    return np.array(found[:MOST_TOKENS], dtype=np.int64)


def _masked(text: str) -> int:
    masked = "".join("0" if c.isdigit() else c for c in text.casefold() if not c.isspace())
    return _crc(masked)


def _crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _is_number(text: str) -> bool:
    return bool(_BARE.match(text) or _COUNTED.match(text) or (len(text) < 24 and _STRONG.search(text)))


def _strong(texts: Sequence[str], edges: Sequence[str]) -> PageNumber | None:
    """Return the number that calls itself one: at the edges first, with a total before without one."""
    # The word and its number may stand in lines of their own.
    joined = [" ".join(pair) for pair in pairwise([*edges, ""])]
    found = [_numbered(match) for text in joined for match in _STRONG.finditer(text)]
    found += [_numbered(match) for text in edges if (match := _COUNTED.match(text))]
    # A page is long and its header may be deep: only "page 2 of 4" is believed anywhere.
    found += [one for text in texts for match in _STRONG.finditer(text) if (one := _numbered(match)).total]
    found = [one for one in found if one.number and (not one.total or one.number <= one.total)]
    return next((one for one in found if one.total), found[0] if found else None)


def _numbered(match: re.Match[str]) -> PageNumber:
    return PageNumber(int(match[1]), int(match[2] or 0))


def _bare(edges: Sequence[str]) -> int | None:
    """Return the number that stands alone nearest to the end of the page."""
    for text in reversed(edges):
        if match := _BARE.match(text):
            return int(match[1])
        if match := _ROMAN.match(text):
            return _roman(match[1])
    return None


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if any(w > v for w in values[i + 1 : i + 2]) else v for i, v in enumerate(values))


def _codes(texts: Sequence[str]) -> frozenset[int]:
    found = (match[0].strip(_CODE_EDGES) for text in texts for match in _CODE.finditer(text))
    return frozenset(_crc(code) for code in found)


def _clauses(texts: Sequence[str]) -> tuple[int, int]:
    numbers = [int(match[1]) for text in texts if (match := _CLAUSE.match(text))]
    return (numbers[0], numbers[-1]) if numbers else (0, 0)


def _upper(texts: Sequence[str]) -> float:
    letters = [c for text in texts for c in text if c.isalpha()]
    return sum(c.isupper() for c in letters) / len(letters) if letters else 0.0
