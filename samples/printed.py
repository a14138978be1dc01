"""How dates, amounts and lengths of time are printed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from samples.places import Country, pick

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
CONTRACT_DATES = (
    "d month y", "d month y", "dth month y", "month d, y", "dth day of month y", "dth day of month, y",
)  # fmt: skip
_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_NUMBER_WORDS = {
    **dict(enumerate(_WORDS.split(), start=1)),
    18: "eighteen", 20: "twenty", 24: "twenty-four", 30: "thirty", 36: "thirty-six", 48: "forty-eight",
    60: "sixty", 120: "one hundred twenty", 180: "one hundred eighty",
}  # fmt: skip


def ordinal(day: int) -> str:
    """Return ``1st``, ``2nd``, …."""
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def print_date(day: date, style: str, language: str = "en") -> str:
    """Return ``day`` in one of the printed styles."""
    month = MONTHS[language].split()[day.month - 1]
    match style:
        case "d month y":
            return f"{day.day}{'.' if language == 'de' else ''} {month} {day.year}"
        case "dth month y":
            return f"{ordinal(day.day)} {month} {day.year}"
        case "month d, y":
            return f"{month} {day.day}, {day.year}"
        case "dth day of month y":
            return f"{ordinal(day.day)} day of {month} {day.year}"
        case "dth day of month, y":
            return f"{ordinal(day.day)} day of {month}, {day.year}"
        case "d mon y":
            return f"{day.day:02d} {month[:3]} {day.year}"
        case "d-mon-y":
            return f"{day.day:02d}-{month[:3].upper()}-{day.year}"
        case "d mon yy":
            return f"{day.day:02d} {month[:3].upper()} {day.year % 100:02d}"
        case _:
            return day.strftime(style)


def some_day(rng: random.Random, first: date, last: date) -> date:
    """Return a day between ``first`` and ``last``, both included."""
    return first + timedelta(days=rng.randint(0, (last - first).days))


def number_word(number: int) -> str:
    """Return a number as a word where this module knows one, else its digits."""
    return _NUMBER_WORDS.get(number, str(number))


def print_length(rng: random.Random, count: int, unit: str) -> str:
    """Return a length of time: "three (3) years", "3 years", "three years"."""
    units = unit if count == 1 else unit + "s"
    shape = rng.random()
    if shape < 0.5:
        return f"{number_word(count)} ({count}) {units}"
    return f"{count} {units}" if shape < 0.85 else f"{number_word(count)} {units}"


@dataclass(frozen=True, slots=True)
class Figures:
    """How a document writes its numbers: separators of decimals and of thousands."""

    point: str = "."
    group: str = ","
    always_cents: bool = True

    def print(self, amount: Decimal) -> str:
        """Return ``amount`` with two decimals, or none where whole amounts go without."""
        sign = "-" if amount < 0 else ""
        whole, cents = f"{abs(amount):.2f}".split(".")
        grouped = ""
        while len(whole) > 3:
            grouped, whole = self.group + whole[-3:] + grouped, whole[:-3]
        if not self.always_cents and cents == "00":
            return sign + whole + grouped
        return sign + whole + grouped + self.point + cents


@dataclass(frozen=True, slots=True)
class Money:
    """How a document prints amounts: its figures, with a currency's sign before or after.

    Attributes:
        sign: ``£{}``, ``{} EUR``, …
        figures: How the number is written.
        names_currency: Whether the sign tells the currency without doubt.
    """

    sign: str
    figures: Figures
    names_currency: bool

    def __call__(self, amount: Decimal) -> str:
        """Return ``amount`` as printed."""
        return self.sign.format(self.figures.print(amount))


def some_money(rng: random.Random, country: Country) -> Money:
    """Return a way to print money in an English contract."""
    plain = bool(country.plain_sign) and rng.random() < 0.3
    sign = country.plain_sign if plain else pick(rng, country.signs)
    return Money(sign, Figures(always_cents=rng.random() < 0.6), not plain)


def round_to(amount: float, step: int) -> Decimal:
    """Return ``amount`` rounded to a multiple of ``step``."""
    return Decimal(round(amount / step) * step)


def plain(amount: Decimal) -> str:
    """Return the normal form of an amount."""
    return f"{amount:.2f}"
