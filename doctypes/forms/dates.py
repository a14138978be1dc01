"""Dates in the forms documents print them, as ISO 8601 days; never guessed where two readings exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from doctypes.forms.calendars import MONTHS, calendar_of_year, foreign_calendar
from doctypes.forms.characters import clean, fold
from doctypes.forms.result import Normalised, nothing

_TIME = re.compile(r"(?:\bat\s+|t)?\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?|z\b|uhr|h\b)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = r"(?P<day>\d{1,2})"
_MONTH_NAME = r"(?P<name>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![a-z])"
_YEAR = r"(?P<year>\d{4}|'?\d{2})(?!\d|\s*:)"
_GAP = r"[\s\-/.,]*"
_YEAR_ALONE = r"(?P<year>\d{4}|'?\d{2})(?!\d|[.,]\d)"
_OF_DAY = rf"(?:{_GAP}(?:day|tag|jour|dia))?{_GAP}(?:(?:of|de|di|d')\s*)?"
_ORDINAL = r"(?:(?:s ?t|n ?d|r ?d|t ?h|er|ere|eme|o|a|\.)(?![a-z]))?\)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # Neither with the year that ends a date before it, as in 01.02.2020 - 03.04.2020, nor with the day
        # and month that begin one behind it.
        (
            r"(?:(?<=\d{4}[-/.]\d\d[-/.]\d\d[-/.])|(?<!\d)(?<!\d[-/.]))"
            r"(?P<year>\d{4})\s*(?:年|(?P<gap>[-/.]))\s*(?P<month>\d{1,2})\s*(?(gap)(?P=gap)|月)\s*"
            r"(?P<day>\d{1,2})(?!\d|\s?[-/.]\s?\d{4}(?!\d|\s?[-/.]\s?\d))"
        ),
        r"(?<![\d.,])(?P<first>\d{1,2})\s?(?P<mark>[-/.,])\s?(?P<second>\d{1,2})\s?[-/.,]\s?" + _YEAR_ALONE,
        r"(?<!\d)(?P<first>\d{1,2})(?P<mark> )(?P<second>\d{1,2}) (?P<year>\d{4})(?!\d)",
        rf"(?<!\d){_DAY}\s?{_ORDINAL}{_OF_DAY}{_MONTH_NAME}{_GAP}(?:(?:of|de|del)\s*)?{_YEAR}",
        rf"(?<![a-z]){_MONTH_NAME}{_GAP}(?:the\s+)?{_DAY}\s?{_ORDINAL}(?!\d)[\s\-/.,]+{_YEAR}",
        rf"(?<!\d)(?P<year>\d{{4}}){_GAP}{_MONTH_NAME}{_GAP}{_DAY}(?!\d)",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
    )
)
_ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first "
    "twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth "
    "twenty-ninth thirtieth thirty-first"
)
_NAMED_DAYS = {name: str(number) for number, name in enumerate(_ORDINAL_WORDS.split(), start=1)}
_TWO_NUMBERS = re.compile(r"\d\s*[-/.,]\s*\d\d?\s*[-/.,]\s*['`]?\d\d|\d\s+\d\d?\s+\d{4}|\d:\d")
_DIGIT = re.compile(r"[0-9]")
_SPELLED = r"(?:first|second|third|[efhnrx]th)\s"
_SPELLED_DAY = re.compile(rf"{_SPELLED}\s*[-/.,]?\s*['`]?\d|\d\s*[-/.,]\s*[a-z\-]*{_SPELLED}")
_NAMED_DAY = re.compile(
    r"\b(" + "|".join(sorted(_NAMED_DAYS, key=len, reverse=True)) + r")(?=(?: day)?(?: of)? )"
)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as printed: its day where only one reading exists, both readings where two do.

    Attributes:
        day_first: The reading with the day before the month; None where there is no such day.
        month_first: The other reading, likewise; equal to ``day_first`` where the form leaves no choice.
        note: A remark for people.
    """

    day_first: date | None
    month_first: date | None
    note: str | None = None


def find_dates(raw: str) -> tuple[PrintedDate, ...]:
    """Return every date printed in ``raw``, in the order of the forms tried."""
    return _search(_plain(raw))[0]


def _plain(raw: str) -> str:
    """Return a text without times of day, its spelled days as numbers."""
    folded = fold(raw)
    timeless = _TIME.sub(" ", folded) if ":" in folded else folded
    return _NAMED_DAY.sub(lambda m: _NAMED_DAYS[m[1]], timeless)


def _search(text: str) -> tuple[tuple[PrintedDate, ...], str]:
    """Return the dates of the first form that finds any, and the text without them."""
    for form in _FORMS:
        # What one form consumed must not be read again by a later, looser one.
        if found := tuple(_read(match.groupdict()) for match in form.finditer(text)):
            return found, form.sub(" | ", text)
    return (), text


def normalise_date(raw: str, *, day_first: bool | None = None) -> Normalised:
    """Return the ISO date of ``raw``.

    ``03/04/2014`` has two readings: without ``day_first`` it has no value and is flagged. Points
    (``03.04.2014``) are written day first, whatever ``day_first`` says. Dates of other calendars have no
    value and are flagged.
    """
    if _ISO.fullmatch(raw):
        return _one(_read({"year": raw[:4], "month": raw[5:7], "day": raw[8:]}), None)
    if (calendar := foreign_calendar(clean(raw).casefold())) is not None:
        return nothing(f"a date of the {calendar} calendar, not converted")
    found, rest = _search(_plain(raw))
    if not found:
        return nothing("no complete date")
    results = [_one(printed, day_first) for printed in found]
    if len({result.value for result in results}) > 1 or _says_otherwise(rest, results[0].value):
        return nothing("several dates", ambiguous=True)
    return results[0]


def _says_otherwise(rest: str, day: str | None) -> bool:
    """Whether what is left of a text holds a date in another form that can't be read as ``day``."""
    while day is not None and _DIGIT.search(rest):
        found, rest = _search(rest)
        if not found:
            return False
        for printed in found:
            days = {read.isoformat() for read in (printed.day_first, printed.month_first) if read}
            if days and day not in days:
                return True
    return False


def infer_day_first(raws: Iterable[str]) -> bool | None:
    """Return the order that a document's own dates prove, None where they prove none or both.

    ``17/11/2017`` proves the day first, ``11/17/2017`` the month first.
    """
    proofs = set()
    for raw in raws:
        for printed in find_dates(raw) if _may_prove(raw) else ():
            if (printed.day_first is None) != (printed.month_first is None):
                proofs.add(printed.day_first is not None)
    return proofs.pop() if len(proofs) == 1 else None


def _may_prove(raw: str) -> bool:
    """Whether ``raw`` may hold a date in numbers alone: only those can be read in two orders."""
    # Times are taken out and named days become numbers before dates are looked for.
    text = raw if raw.isascii() else fold(raw)
    if _DIGIT.search(text) is None:
        return False
    return bool(_TWO_NUMBERS.search(text) or _SPELLED_DAY.search(text.lower()))


def _one(printed: PrintedDate, day_first: bool | None) -> Normalised:
    a, b = printed.day_first, printed.month_first
    notes = (printed.note,) if printed.note else ()
    if a is None and b is None:
        return Normalised(None, False, notes or ("no such day in the calendar",))
    if a is None or b is None or a == b:
        return Normalised((a or b).isoformat(), False, notes)  # type: ignore[union-attr]  # one is a date
    if day_first is None:
        return nothing(f"day or month first: {a.isoformat()} or {b.isoformat()}", ambiguous=True)
    chosen, order = (a, "day") if day_first else (b, "month")
    return Normalised(chosen.isoformat(), False, (*notes, f"read with the {order} first"))


def _read(parts: dict[str, str | None]) -> PrintedDate:
    year, note = _year(parts["year"] or "")
    if (calendar := calendar_of_year(year)) is not None:
        name = "no known calendar" if calendar == "unknown" else f"the {calendar} calendar"
        return PrintedDate(None, None, f"its year belongs to {name}, not converted")
    if parts.get("first") is None:
        month = MONTHS[parts["name"] or ""] if parts.get("name") else int(parts["month"] or 0)
        day = _day(year, month, int(parts["day"] or 0))
        return PrintedDate(day, day, note)
    first, second = int(parts["first"] or 0), int(parts["second"] or 0)
    by_day, by_month = _day(year, second, first), _day(year, first, second)
    if parts.get("mark") == "." and by_day is not None:
        return PrintedDate(by_day, by_month if by_month == by_day else None, note)
    return PrintedDate(by_day, by_month, note)


def _year(digits: str) -> tuple[int, str | None]:
    if len(digits) == 4:
        return int(digits), None
    short = int(digits.strip("'"))
    year = 2000 + short if short < 69 else 1900 + short
    return year, f"two-digit year read as {year}"


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
