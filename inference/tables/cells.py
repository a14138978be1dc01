"""The cells of a document: what stands apart in its rows, and the numbers among it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from doctypes.forms.currencies import CODES
from inference.reading.document import Document
from inference.reading.patterns import CURRENCY_ALONE
from inference.reading.pieces import Piece, text_of
from inference.tables.memo import Memo

MOST_ROWS = 24_000
"""Rows of a document that are looked at; what follows them is not searched for tables."""

_SIGNS = frozenset({"%", "€", "$", "£", "¥", "₹", "zł"}) | CODES
_SIGN_GAP = 0.02
_LONG_ENOUGH, _FEWEST, _EVEN, _MOSTLY, _TYPED = 6, 12, 0.04, 0.8, 2.2
_GROUPED = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_SIGN = rf"(?:[A-Z]{{0,2}}\$|€|£|¥|₹|zł|(?:{'|'.join(sorted(CODES))})(?![A-Za-z]))"
_NUMBER = re.compile(
    rf"(?P<open>\(?)(?P<minus>[\-–\u2212]?)\s?(?:{_SIGN}\s?)?(?P<minus2>[\-–\u2212]?)(?P<digits>{_GROUPED})"
    rf"(?P<after>[\-–\u2212]?)\)?(?P<gap>\s?)(?P<rest>\D{{0,14}})"
)
_CENTS = re.compile(r"[.,]\d{2}(?!\d)")
_GROUPS_ONLY = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SPACES = re.compile(r"['’ \u00a0\u202f]")
_COMMA = re.compile(r"\d,\d{2}(?!\d)")
_POINT = re.compile(r"(?<![\d.])\d+\.\d{2}(?![\d.])")
_POINT_SURELY = re.compile(r"\d,\d{3}\.\d")
_COMMA_SURELY = re.compile(r"\d\.\d{3},\d")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at the beginning of a cell.

    Attributes:
        value: As the document's decimal sign has it.
        digits: Its characters, as offsets into the cell's text; a sign or bracket before it included.
        rest: What follows it: a unit, a currency, a per cent sign, or nothing.
        decimals: How many digits stand behind the decimal sign.
    """

    value: float
    digits: tuple[int, int]
    rest: str
    decimals: int

    @property
    def percent(self) -> bool:
        """Whether a per cent sign follows."""
        return self.rest.startswith("%")

    @property
    def currency(self) -> bool:
        """Whether a currency follows."""
        return self.rest in _SIGNS - {"%"} or CURRENCY_ALONE.fullmatch(self.rest) is not None


@dataclass(frozen=True, slots=True)
class GridCell:
    """What stands apart in a row: one or more segments that read as one; places in fractions of the page."""

    row: int
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    pieces: tuple[Piece, ...]
    number: Number | None

    @property
    def height(self) -> float:
        """How high it is, at least a hair."""
        return max(self.y1 - self.y0, 0.004)


@dataclass(frozen=True)
class Line:
    """One row of a document with its cells from left to right."""

    row: int
    page: int
    y0: float
    y1: float
    cells: tuple[GridCell, ...]
    numbers: tuple[GridCell, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(cell.text for cell in self.cells)


@dataclass(frozen=True)
class Grid:
    """A document as lines of cells.

    Attributes:
        decimal: The decimal sign that its amounts prove.
        memo: Of what the document alone decides: training asks for it again with every model it fits.
    """

    document: Document
    lines: tuple[Line, ...]
    decimal: str
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    @cached_property
    def line_of(self) -> dict[int, int]:
        """Return the line of each row of the document that has one."""
        return {line.row: number for number, line in enumerate(self.lines)}


def grid_of(document: Document) -> Grid:
    """Return the cells of a document, row by row."""
    decimal, typed = decimal_sign(document.text), _typed_gap(document)
    lines: list[Line] = []
    for row, members in enumerate(document.rows[:MOST_ROWS]):
        cells = tuple(_cells(document, row, members, decimal, typed))
        if cells:
            lines.append(
                Line(
                    row,
                    cells[0].page,
                    min(cell.y0 for cell in cells),
                    max(cell.y1 for cell in cells),
                    cells,
                    tuple(cell for cell in cells if cell.number is not None),
                )
            )
    return Grid(document, tuple(lines), decimal)


def _cells(
    document: Document, row: int, members: Sequence[int], decimal: str, typed: float
) -> list[GridCell]:
    groups: list[list[int]] = []
    for index in members:
        if groups and _reads_on(document, groups[-1][-1], index, decimal, typed):
            groups[-1].append(index)
        else:
            groups.append([index])
    return [_cell(document, row, group, decimal) for group in groups]


def _reads_on(document: Document, before: int, index: int, decimal: str, typed: float) -> bool:
    """Whether a segment belongs to the cell of the one before it: a word's gap, or a sign behind a number."""
    gap = document.segments[index].x0 - document.segments[before].x1
    joined = document.segments[index].joined and before == index - 1
    if not joined and gap >= max(typed, _SIGN_GAP):
        return False
    number = _is_number(document, before, decimal)
    if number and document.segment_text(index).strip() in _SIGNS:
        return gap < _SIGN_GAP
    if number and _is_number(document, index, decimal):
        return False
    return joined or gap < typed


def _typed_gap(document: Document) -> float:
    """Return the widest gap between words of a document in letters of one width; 0 for any other."""
    advances = [
        (segment.x1 - segment.x0) / (segment.end - segment.start)
        for segment in document.segments
        if segment.end - segment.start >= _LONG_ENOUGH
    ]
    if len(advances) < _FEWEST:
        return 0.0
    usual = float(np.median(advances))
    even = sum(abs(advance - usual) < _EVEN * usual for advance in advances)
    return _TYPED * usual if even > _MOSTLY * len(advances) else 0.0


def _is_number(document: Document, segment: int, decimal: str) -> bool:
    return number_in(document.segment_text(segment), decimal) is not None


def _cell(document: Document, row: int, group: Sequence[int], decimal: str) -> GridCell:
    segments = [document.segments[index] for index in group]
    pieces = tuple(Piece(index, s.start, s.end) for index, s in zip(group, segments, strict=True))
    text = " ".join(text_of(document, (piece,)) for piece in pieces)
    return GridCell(
        row,
        segments[0].page,
        segments[0].x0,
        min(s.y0 for s in segments),
        segments[-1].x1,
        max(s.y1 for s in segments),
        text,
        pieces,
        number_in(text, decimal),
    )


def decimal_sign(text: str) -> str:
    """Return the sign before the decimals, as the amounts of a text prove it; a comma where they don't."""
    comma = len(_COMMA.findall(text)) + 2 * len(_COMMA_SURELY.findall(text))
    point = len(_POINT.findall(text)) + 2 * len(_POINT_SURELY.findall(text))
    return "," if comma >= point else "."


@lru_cache(maxsize=32768)
def number_in(text: str, decimal: str) -> Number | None:
    """Return the number that a cell begins with; None where it holds more than a number and its unit."""
    text = text.strip()
    if not text or len(text) > 40 or not any(c.isdigit() for c in text):
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    rest = match["rest"].strip()
    if len(rest.split()) > 2 and not rest.startswith("%"):
        return None
    if rest[:1] in {"-", "/", ".", ":", ","} or (rest and not match["gap"] and rest[:1].isalpha()):
        return None
    value, decimals = _value(match["digits"], decimal)
    minus = bool(match["minus"] or match["minus2"] or match["after"] or match["open"])
    start = match.start() if minus else match.start("digits")
    return Number(-value if minus else value, (start, match.end("digits")), rest, decimals)


def _value(digits: str, decimal: str) -> tuple[float, int]:
    plain = _SPACES.sub("", digits)
    other = "." if decimal == "," else ","
    if decimal in plain and other in plain:
        last = max(plain.rfind("."), plain.rfind(","))
        plain = re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :]
    elif plain.count(decimal) == 1:
        plain = plain.replace(decimal, ".")
    elif decimal in plain or _GROUPS_ONLY.fullmatch(plain):
        plain = re.sub(r"[.,]", "", plain)
    else:
        plain = plain.replace(other, ".", 1).replace(other, "")
    return float(plain), len(plain.partition(".")[2])


def looks_like_money(cell: GridCell) -> bool:
    """Whether a cell holds an amount: two decimals, or a currency."""
    number = cell.number
    return number is not None and not number.percent and (number.decimals == 2 or number.currency)
