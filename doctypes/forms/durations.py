"""Durations as ISO 8601, from figures and from words ("twelve (12) months" is ``P12M``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from doctypes.forms.amounts import parse_amount, plain_decimal
from doctypes.forms.characters import fold
from doctypes.forms.number_words import parse_number_words
from doctypes.forms.result import Normalised, nothing

_UNITS = {
    word: letter
    for letter, words in {
        "Y": "year years yr yrs jahr jahre jahren jahres an ans annee annees ano anos anno anni",
        "M": "month months mo mos monat monate monaten monats mois mes meses mese mesi",
        "W": "week weeks wk wks woche wochen semaine semaines semana semanas",
        "D": "day days tag tage tagen jour jours dia dias giorno giorni",
    }.items()
    for word in words.split()
}
_ISO = re.compile(
    r"P(?:(?P<Y>\d+(?:\.\d+)?)Y)?(?:(?P<M>\d+(?:\.\d+)?)M)?(?:(?P<W>\d+(?:\.\d+)?)W)?(?:(?P<D>\d+(?:\.\d+)?)D)?"
)
_PART = re.compile(
    r"(?P<amount>[\w.,' \-]*?[\w])??\s*(?:\(\s*(?P<figures>[\d.,]+)\s*\))?\s*[- ]?\s*"
    r"(?:full |consecutive |calendar |successive |volle[nr]? |lease |kalender)?"
    r"(?P<unit>\b(?:" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")\b)\.?'?",
)
_NO_LENGTH = (
    (
        re.compile(r"\b(?:indefinite|perpetu|unlimited|month[- ]to[- ]month|unbefristet|indetermin)"),
        "without a fixed end",
    ),
    (
        # Of a year and a half only the year would be found, of 1 1/2 years the two.
        re.compile(r"\bhalf\b|\bquarters? of an?\b|\bhalbe[nrs]?\b|\bdemi|\bmedi[ao]\b|\d\s?[/\u2044]\s?\d"),
        "a part of a unit of time, not computed",
    ),
)
_JOINERS = {"and", "und", "et", "y", "plus", ""}
_ARTICLES = {"a", "an", "ein", "eine", "einen", "un", "une", "una"}
_ANY_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in calendar months and days, which do not convert into each other."""

    months: Decimal
    days: Decimal


def normalise_duration(raw: str) -> Normalised:
    """Return the ISO 8601 duration of ``raw``: units as printed, largest first."""
    if raw.startswith("P") and (duration := _ISO.fullmatch(raw)) and len(raw) > 2:
        return Normalised(_iso({k: Decimal(v) for k, v in duration.groupdict().items() if v}))
    text = fold(raw).strip(" .;,\"'")
    if "(" not in text:
        text = text.replace(")", "")
    if (why := _without_length(text)) is not None:
        return nothing(why)
    parts: dict[str, Decimal] = {}
    position = 0
    for match in _PART.finditer(text):
        if match["amount"] is None and match["figures"] is None:
            continue
        amount = _amount(match, first=not parts)
        if isinstance(amount, Normalised):
            return amount
        letter = _UNITS[match["unit"]]
        if letter in parts or (parts and "(" in text[position : match.start()]):
            # Twelve months (one year) are one year told twice, not two.
            return nothing("more durations than one", ambiguous=True)
        parts[letter] = amount
        position = match.end()
    if not parts:
        return nothing("no number with a unit of time")
    if _ANY_NUMBER.search(text, position):
        return nothing("more numbers than one duration has", ambiguous=True)
    return Normalised(_iso(parts))


def parse_duration(value: str) -> Duration | None:
    """Return what a normal form says: months and days apart; None where it is no duration."""
    match = _ISO.fullmatch(value)
    if match is None or len(value) < 3:
        return None
    part = {k: Decimal(v or 0) for k, v in match.groupdict().items()}
    return Duration(part["Y"] * 12 + part["M"], part["W"] * 7 + part["D"])


def _without_length(text: str) -> str | None:
    """Return why ``text`` has no length that is told in whole units; None where it may have one."""
    return next((why for pattern, why in _NO_LENGTH if pattern.search(text)), None)


def _amount(match: re.Match[str], *, first: bool) -> Decimal | Normalised:
    spelled = _last_number((match["amount"] or "").strip(" -,"), first=first)
    if isinstance(spelled, Normalised):
        return spelled
    if match["figures"] is None:
        return nothing("no number with a unit of time") if spelled is None else spelled
    number = parse_amount(match["figures"], money=False).value
    if number is None:
        return nothing("no number with a unit of time")
    if spelled is not None and spelled != number:
        return nothing(
            f"words say {plain_decimal(spelled)}, figures say {plain_decimal(number)}", ambiguous=True
        )
    return number


def _last_number(text: str, *, first: bool) -> Decimal | Normalised | None:
    """Return the number that ``text`` ends with.

    Words before the first part of a duration may say anything but another number; before a later part
    ("and six months") they only join, or it is another duration.
    """
    words = text.split()
    for start in range(len(words)):
        value = _one_number(" ".join(words[start:]))
        if value is None:
            continue
        before = [word.strip(",-") for word in words[:start]]
        if not first and not set(before) <= _JOINERS:
            return nothing("more durations than one", ambiguous=True)
        if any(_ANY_NUMBER.search(word) or _spells_a_number(word) for word in before):
            return nothing("more numbers than one duration has", ambiguous=True)
        return value
    return None


def _spells_a_number(word: str) -> bool:
    return word not in _ARTICLES and parse_number_words(word) is not None


def _one_number(text: str) -> Decimal | None:
    if text[0].isdigit():
        return parse_amount(text, money=False).value
    spelled = parse_number_words(text)
    return None if spelled is None else Decimal(spelled)


def _iso(parts: dict[str, Decimal]) -> str:
    return "P" + "".join(f"{plain_decimal(parts[unit])}{unit}" for unit in "YMWD" if unit in parts)
