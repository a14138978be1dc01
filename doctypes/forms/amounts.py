"""Amounts of money, numbers, percentages and quantities as exact decimals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from doctypes.forms.characters import clean, fold
from doctypes.forms.currencies import THREE_DECIMALS, currency_of
from doctypes.forms.number_words import parse_number_words
from doctypes.forms.result import Normalised, nothing

_PLAIN = re.compile(r"-?\d{1,12}\.\d\d")
_LABEL = re.compile(r"[^\d:]*:\s*(?=\S)")
_LETTER_AMONG_DIGITS = re.compile(
    r"\d[.,]?[OolI][.,]?\d|(?<![A-Za-z])[OolI][.,]?\d|[.,]\d?[OolI](?![A-Za-z])"
)
_SPACED_SEPARATOR = re.compile(r"(?<=\d) ?([.,]) ?(?=\d)")
_SHAPE = re.compile(
    r"(?P<before>[^\d]*?)(?P<number>\d[\d.,' ]*?)[.,]?\s*"
    r"(?P<scale>million|mio\.?|billion|thousand)?\s*(?P<after>[^\d]*)",
    re.IGNORECASE,
)
_NO_CENTS = re.compile(r"(?<=\d)(?:[.,]\s?-{1,2}|\s?/-)(?!\d)")
_PER_TIME = re.compile(
    r"[,/]?\s*\b(?:per|a|each|p\.?)\s?(?:calendar )?(?:month|m\.?|cm\.?|year|annum|a\.?)(?!\w)"
    r"|\b(?:monthly|pcm|monatlich|mtl\.?|par mois|mensuels?)(?!\w)",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*")
_WESTERN_OR_INDIAN = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3}")
_IN_WORDS = re.compile(
    r"(?P<words>[^\d()]*[^\W\d_]{3}[^\d()]*)\(\s*(?P<digits>[^()]*\d[^()]*)\)(?P<after>[^\d()]*)"
)
_WORDS_AFTER = re.compile(r"(?P<digits>[^()]*\d[^()]*)\((?P<words>[^\d()]{3,})\)\s*")
_IN_BRACKETS = re.compile(r"\(([^()]*\d[^()]*)\)")
_SCALES = {"thousand": 10**3, "million": 10**6, "mio": 10**6, "billion": 10**9}
_MONEY_WORDS = re.compile(
    r"\b(?:us|u\.s\.|united states|singapore|australian|canadian)?\s*"
    r"(?:dollars?|euros?|pounds?(?: sterling)?|ringgit(?: malaysia)?|swiss francs?|francs?|only)\b"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A parsed number; ``value`` is None where the text is not one number."""

    value: Decimal | None
    ambiguous: bool = False
    notes: tuple[str, ...] = ()


def parse_amount(raw: str, *, money: bool) -> Amount:
    """Parse a printed amount; for money a lone ``1.980`` counts thousands, for numbers decimals."""
    if _PLAIN.fullmatch(raw):
        return Amount(Decimal(raw))
    text = _LABEL.sub("", clean(raw).strip("*"), count=1).strip("* ")
    if money:
        text = _PER_TIME.sub("", _NO_CENTS.sub(",00", text)).strip()
    if not any(c.isdigit() for c in text):
        return _spelled(text)
    written = _IN_WORDS.fullmatch(text) or _WORDS_AFTER.fullmatch(text)
    if written and currency_of(written["words"].strip()) is None:
        return _written_twice(written["words"], written["digits"], money)
    if _LETTER_AMONG_DIGITS.search(text):
        return Amount(None, notes=("a letter stands among the digits",))
    return _figures(text, money)


def _figures(text: str, money: bool) -> Amount:
    # Brackets around the number take it away; around a currency beside it they do not.
    bare, negative = _IN_BRACKETS.subn(r" \1 ", text, count=1)
    shape = _SHAPE.fullmatch(_SPACED_SEPARATOR.sub(r"\1", bare.strip()))
    if shape is None:
        return Amount(None, notes=("not one number",))
    signs = _signs(shape["before"], shape["after"])
    if signs is None:
        return Amount(None, notes=("words beside the number are no currency",))
    minus, currency, notes = signs
    parsed = _number(shape["number"].strip(), money=money, three_decimals=currency in THREE_DECIMALS)
    if parsed.value is None:
        return parsed
    value = parsed.value * _SCALES.get((shape["scale"] or "").lower().rstrip("."), 1)
    if negative or minus:
        value = -value
    return Amount(value, parsed.ambiguous, parsed.notes + notes)


def _signs(before: str, after: str) -> tuple[bool, str | None, tuple[str, ...]] | None:
    """Return (negative, currency, notes) of what stands around a number; None if it is something else."""
    minus, currency = False, None
    notes: tuple[str, ...] = ()
    for side in (before, after):
        token = side.strip()
        if token.startswith("-") or token.endswith("-"):
            minus = True
        token = token.strip("-+ ").strip()
        if token.startswith("(") and token.endswith(")"):
            token = token[1:-1].strip()
        if token.upper() in {"CR", "CR.", "DR", "DR."}:
            minus = minus or token.upper().startswith("CR")
            notes = ("a credit, read as negative",) if token.upper().startswith("CR") else ()
        elif token:
            found = currency_of(token) if len(token) < 30 else None
            if found is None:
                return None
            currency = found or currency
    return minus, currency, notes


def _number(digits: str, *, money: bool, three_decimals: bool) -> Amount:
    if not _GROUPED.fullmatch(digits):
        return Amount(None, notes=("not one number: its digits are grouped in no known way",))
    plain = digits.replace(" ", "").replace("'", "")
    commas, dots = plain.count(","), plain.count(".")
    if commas and dots:
        return _both_separators(plain)
    mark = "," if commas else "."
    count = commas + dots
    if count == 0:
        return Amount(Decimal(plain))
    whole, _, rest = plain.partition(mark)
    if count > 1:
        comma_grouped = plain.replace(".", ",")
        if not _WESTERN_OR_INDIAN.fullmatch(comma_grouped):
            return Amount(None, notes=("not one number: its digits are grouped in no known way",))
        return Amount(Decimal(plain.replace(mark, "")))
    if plain != digits or len(rest) != 3 or whole == "0" or len(whole) > 3 or three_decimals:
        return Amount(Decimal(f"{whole}.{rest}"))
    return _one_mark_three_digits(whole, mark, rest, money)


def _one_mark_three_digits(whole: str, mark: str, rest: str, money: bool) -> Amount:
    if mark == ",":
        return Amount(Decimal(whole + rest))
    note = ("the point may separate thousands or decimals",)
    return Amount(Decimal(whole + rest) if money else Decimal(f"{whole}.{rest}"), True, note)


def _both_separators(plain: str) -> Amount:
    decimal_mark = "," if plain.rfind(",") > plain.rfind(".") else "."
    group_mark = "." if decimal_mark == "," else ","
    whole, _, fraction = plain.rpartition(decimal_mark)
    if decimal_mark in whole or not _WESTERN_OR_INDIAN.fullmatch(whole.replace(group_mark, ",")):
        return Amount(None, notes=("not one number: its separators contradict each other",))
    return Amount(Decimal(f"{whole.replace(group_mark, '')}.{fraction}"))


def _spelled(text: str) -> Amount:
    number = parse_number_words(_MONEY_WORDS.sub(" ", fold(text)).strip())
    return Amount(None, notes=("no digits",)) if number is None else Amount(Decimal(number))


def _written_twice(words: str, digits: str, money: bool) -> Amount:
    figures = _figures(digits.strip(), money)
    spelled = _spelled(words.strip())
    if spelled.value is not None and figures.value is not None and spelled.value != figures.value:
        return Amount(None, True, (f"words say {spelled.value}, figures say {figures.value}",))
    return figures


def plain_decimal(value: Decimal) -> str:
    """Return ``value`` without exponent and without trailing zeros after the point."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def normalise_money(raw: str) -> Normalised:
    """Return a plain decimal with at least two places; three are written as four, which no one misreads."""
    amount = parse_amount(raw, money=True)
    if amount.value is None:
        return Normalised(None, amount.ambiguous, amount.notes)
    return Normalised(money_text(amount.value), amount.ambiguous, amount.notes)


def money_text(value: Decimal) -> str:
    """Return an amount of money in normal form."""
    whole, _, fraction = plain_decimal(value).partition(".")
    places = 4 if len(fraction) == 3 else max(2, len(fraction))
    return f"{whole}.{fraction.ljust(places, '0')}"


def normalise_number(raw: str) -> Normalised:
    """Return a plain decimal without trailing zeros."""
    amount = parse_amount(raw, money=False)
    value = None if amount.value is None else plain_decimal(amount.value)
    return Normalised(value, amount.ambiguous, amount.notes)


_PERCENT = re.compile(
    r"%|\b(?:percent|per cent|prozent|pour ?cent|por ciento|v\. ?h\.|p\.a\.|per annum)", re.IGNORECASE
)


def normalise_percentage(raw: str) -> Normalised:
    """Return the number of hundredths: ``19`` for "19,00 %" and for "nineteen per cent (19%)"."""
    return normalise_number(_PERCENT.sub(" ", clean(raw)).strip())


_QUANTITY = re.compile(r"(?P<number>-?\d[\d.,' ]*)\s*(?P<unit>[^\d\s][^\d]{0,20}\d?)?")
_UNITS = {
    unit: name
    for name, units in {
        "pcs": "pc pcs piece pieces st stk stck stuck stueck pce pces unit units ea each x u unidad pieces",
        "h": "h hr hrs hour hours std stunde stunden heure heures",
        "d": "day days tag tage jour jours",
        "kg": "kg kgs kilogram kilograms kilo",
        "g": "g gr gram grams",
        "t": "t ton tonne tonnes tons",
        "l": "l ltr liter litre liters litres",
        "m": "m meter metre meters metres",
        "m2": "m2 sqm qm",
        "m3": "m3 cbm",
        "km": "km",
        "kWh": "kwh",
        "box": "box boxes karton kartons ctn carton cartons",
    }.items()
    for unit in units.split()
}


def normalise_quantity(raw: str) -> Normalised:
    """Return ``<number> <unit>`` (``3.5 kg``), or the number alone where no unit is printed."""
    shape = _QUANTITY.fullmatch(clean(raw))
    if shape is None:
        return nothing("no number with a unit")
    number = normalise_number(shape["number"].strip())
    unit = fold(shape["unit"] or "").rstrip(". ")
    if number.value is None or not unit:
        return number
    return Normalised(f"{number.value} {_UNITS.get(unit, unit)}", number.ambiguous, number.notes)
