"""Numbers as a spreadsheet shows them: by the format of their cell, dates included."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from functools import lru_cache
from itertools import pairwise
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from pages.office.xlsx_dates import date_text

GENERAL = "General"
# Formats that files name by number only. What shows by each reader's own country is shown by ISO 8601.
BUILT_IN = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    41: "#,##0;(#,##0)",
    42: "#,##0;(#,##0)",
    43: "#,##0.00;(#,##0.00)",
    44: "#,##0.00;(#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[\$(?P<symbol>[^\]-]*)[^\]]*\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<bracket>[^\]]*)\]|(?P<half>AM/PM|A/P)|(?P<power>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+)|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)")
_HOLDS = {"<": lt, "<=": le, "=": eq, "<>": ne, ">=": ge, ">": gt}
_MOST_CODE = 255
_MOST_DIGITS = 20
# Up to here a number is whole digits for every program, and so are account numbers typed as numbers.
_EXACT = Decimal(10) ** 15


class _Token(NamedTuple):
    kind: str
    text: str


class _Condition(NamedTuple):
    """Which numbers a section is for, as in ``[>=100000]``."""

    sign: str
    limit: Decimal

    def holds(self, number: Decimal) -> bool:
        return bool(_HOLDS[self.sign](number, self.limit))


class _Section(NamedTuple):
    tokens: tuple[_Token, ...]
    is_date: bool
    condition: _Condition | None = None

    @property
    def is_text(self) -> bool:
        return any(token.kind == "other" and token.text == "@" for token in self.tokens)

    @property
    def writes_sign(self) -> bool:
        return any({"-", "("} & set(token.text) for token in self.tokens if token.kind != "power")


def shown(value: str, code: str, *, from_1904: bool = False) -> str:
    """Return what a cell shows that holds the number ``value``; '' where its format shows nothing.

    Args:
        value: As stored; what is no number is returned as it is.
        code: The cell's format.
        from_1904: Whether the file counts days from 1904.
    """
    try:
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            return value
        return _shown(number, code[:_MOST_CODE], from_1904=from_1904)
    except DecimalException:
        return value


def shows_nothing(code: str) -> bool:
    """Whether a format shows no number at all, as ``;;;`` does."""
    return ";" in code and all(not section.tokens for section in _sections(code[:_MOST_CODE])[:3])


def _shown(number: Decimal, code: str, *, from_1904: bool) -> str:
    sections = _sections(code)
    if len(sections) > 1 and sections[-1].is_text:
        sections = sections[:-1]
    sections = sections[:3]
    place = _place(sections, number)
    if place is None:
        return _general(number)
    section = sections[place]
    if number < 0 and _is_for_negatives(sections, place):
        number = -number
    if section.is_date:
        return date_text(section.tokens, number, from_1904=from_1904) or _general(number)
    if len(section.tokens) == 1 and section.tokens[0].text in (GENERAL, "@"):
        return _general(number)
    return _number(section.tokens, number)


def _place(sections: tuple[_Section, ...], number: Decimal) -> int | None:
    """Return which section shows a number: the first that is for it."""
    usual = (number > 0 or (number == 0 and len(sections) < 3) or len(sections) == 1, number < 0, True)
    for place, section in enumerate(sections):
        last = place == len(sections) - 1 > 0
        if section.condition.holds(number) if section.condition else usual[place] or last:
            return place
    return next((place for place, section in enumerate(sections) if not section.condition), None)


@lru_cache(maxsize=1024)
def _is_for_negatives(sections: tuple[_Section, ...], place: int) -> bool:
    """Whether no other number is shown by a section: the minus sign is then its own to show."""
    own = sections[place].condition
    if (len(sections) == 1 and not own) or (own and own.limit and not sections[place].writes_sign):
        return False
    limits = [section.condition.limit for section in sections if section.condition]
    # Between two limits all numbers fare alike.
    marks = sorted({Decimal(0), *(limit for limit in limits if limit > 0)})
    between = [(one + other) / 2 for one, other in pairwise([*marks, marks[-1] + 2])]
    return all(_place(sections, number) != place for number in (*marks, *between))


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    sections = []
    tokens: list[_Token] = []
    condition = None
    for found in _TOKEN.finditer(code.replace(GENERAL, "\x00") + ";"):
        kind = found.lastgroup or "other"
        text = found[kind]
        if kind == "other" and text == ";":
            is_date = any(token.kind in ("date", "elapsed") for token in tokens)
            sections.append(_Section(tuple(tokens), is_date, condition))
            tokens, condition = [], None
        elif text == "\x00":
            tokens.append(_Token("other", GENERAL))
        elif kind in ("quoted", "escaped", "symbol"):
            tokens.append(_Token("literal", text))
        elif kind == "space":
            tokens.append(_Token("literal", " "))
        elif kind == "bracket":
            asked = _CONDITION.fullmatch(text.strip())
            condition = _Condition(asked[1], Decimal(asked[2])) if asked else condition
        elif kind != "fill":
            tokens.append(_Token(kind, text))
    return tuple(sections)


def _general(number: Decimal) -> str:
    if number == number.to_integral_value() and abs(number) < _EXACT:
        return str(int(number))
    rounded = number.quantize(Decimal(1).scaleb(max(number.adjusted(), 0) - 10)) if number else number
    text = f"{rounded:f}" if -6 < number.adjusted() < 15 else f"{number:.5E}"
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


class _Shape(NamedTuple):
    """The part of a format that is digits."""

    whole: int
    decimals: int
    kept: int
    grouped: bool
    scale: int
    split: bool


def _number(tokens: tuple[_Token, ...], number: Decimal) -> str:
    if any(token.kind == "power" for token in tokens):
        decimals = sum(token.kind == "digit" for token in _after_point(tokens) if token.kind != "power")
        return f"{number:.{max(0, min(decimals - 2, 10))}E}"
    if any(token.text == "/" and token.kind == "other" for token in tokens):
        return _general(number)
    shape = _shape(tokens)
    percent = sum(token.text == "%" and token.kind == "other" for token in tokens)
    number = number.scaleb(2 * percent - 3 * shape.scale)
    number = number.quantize(Decimal(1).scaleb(-shape.decimals), rounding=ROUND_HALF_UP)
    digits = f"{abs(number):f}"
    whole, _, fraction = digits.partition(".")
    whole = whole.lstrip("0").rjust(shape.whole, "0")
    while len(fraction) > shape.kept and fraction.endswith("0"):
        fraction = fraction[:-1]
    sign = "-" if number < 0 else ""
    if shape.split:
        return sign + _spread(tokens, whole)
    if shape.grouped and whole:
        whole = f"{int(whole):,}" if not whole.startswith("0") else whole
    written = f"{whole}.{fraction}" if fraction else whole
    return sign + _with_literals(tokens, written)


def _after_point(tokens: tuple[_Token, ...]) -> tuple[_Token, ...]:
    for place, token in enumerate(tokens):
        if token.kind == "other" and token.text == ".":
            return tokens[place + 1 :]
    return ()


def _shape(tokens: tuple[_Token, ...]) -> _Shape:
    digits = [place for place, token in enumerate(tokens) if token.kind == "digit"]
    if not digits:
        return _Shape(0, 0, 0, grouped=False, scale=0, split=False)
    point = len(tokens) - len(_after_point(tokens)) if _after_point(tokens) else len(tokens)
    before = [tokens[place] for place in digits if place < point]
    after = [tokens[place] for place in digits if place >= point]
    commas = [place for place, token in enumerate(tokens) if token.kind == "other" and token.text == ","]
    last = digits[-1]
    within = [token for token in tokens[digits[0] : last] if token.kind == "literal" and token.text.strip()]
    return _Shape(
        whole=sum(token.text == "0" for token in before),
        decimals=len(after),
        kept=sum(token.text == "0" for token in after),
        grouped=any(digits[0] < place < last for place in commas),
        scale=sum(place > last for place in commas),
        split=bool(within or any(token.text == "-" for token in tokens[digits[0] : last])) and not after,
    )


def _spread(tokens: tuple[_Token, ...], whole: str) -> str:
    """Return digits among the signs that stand between them, as in 000-00-0000."""
    left = list(whole)
    out: list[str] = []
    places = [place for place, token in enumerate(tokens) if token.kind == "digit"]
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.kind != "digit":
            out.append(token.text)
        elif left:
            out.append(left.pop())
        if place == places[0]:
            out.extend(reversed(left))
            left = []
    return "".join(reversed(out)).strip()


def _with_literals(tokens: tuple[_Token, ...], written: str) -> str:
    out: list[str] = []
    written_yet = not any(token.kind == "digit" for token in tokens)
    for token in tokens:
        if token.kind == "digit":
            if not written_yet:
                out.append(written)
                written_yet = True
        elif token.kind == "literal" or token.text not in ".,":
            out.append(token.text)
    return "".join(out).strip()
