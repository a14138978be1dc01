"""How values of each kind are printed: the patterns that propose candidates; the normalisers decide."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A search skips to the next character that a match may begin with only where a pattern begins with a plain
# set of characters, in any case (a look-behind, \b or a word without regard to case is tried everywhere). So
# long texts are searched by first characters, and what must not stand before a match is asked behind them.
_WORD_BEGINS = r"(?<!\w.)"

PASSED = "passed"
"""The group of what a pattern passes over: where no match begins at a run's start, none begins within it.

Else a run would be tried again from each of its characters; with a short one that is sooner done.
"""
_LONG_RUN = "{32,}"


def _words(by_letter: Mapping[str, str]) -> str:
    """Return words, given as what follows each first letter."""
    return "|".join(f"{letter}(?:{rest})" for letter, rest in by_letter.items())


def _behind_first(by_letter: Mapping[str, str]) -> str:
    """Return what follows the first letters, which were matched before."""
    return "|".join(f"(?<={letter})(?:{rest})" for letter, rest in by_letter.items())


def _first(by_letter: Mapping[str, str]) -> str:
    """Return the first letters in both cases, as a set's inside; a long s is an s without regard to case."""
    letters = "".join(by_letter)
    return letters + letters.upper() + "\u017f" * ("s" in letters)


_MONTH_NAMES = {
    "j": r"an(?:uar[iy]?|uary|vier|\.)?|uni?|ui?n|une|uil(?:let|\.)?|ul[iy]?|unio|ulio",
    "f": r"[eé]b(?:ruar[iy]?|ruary|\.)?|[eé]v(?:rier|r|\.)?|ebrero",
    "m": r"[aä]r(?:ch|z|s|zo|\.)?|rz|ars|a[yi]|arzo|ayo",
    "a": r"[pv]r(?:il|\.)?|vril|o[uû]t|ug(?:ust|\.)?|bril|gosto",
    "s": r"ep(?:t(?:ember|embre|iembre|\.)?|\.)?",
    "o": r"[ck]t(?:ober|obre|\.)?|ctubre",
    "n": r"ov(?:ember|embre|iembre|\.)?",
    "d": r"[eéi][czs](?:ember|embre|iembre|\.)?",
    "e": r"nero",
}
_YEAR = r"(?:(?:1[89]|20|2[1-9])\d\d|['’]?\d\d)"
DATES = (
    # Behind a hyphen only where a date ends there, as in 02/26/20-03/03/20.
    re.compile(
        r"\d(?:(?<![\d/.\-].)|(?<=[/.]\d\d-.)|(?<=[/.]\d{4}-.))"
        r"\d{0,3}[ ]?([/\-.])[ ]?\d{1,2}[ ]?\1[ ]?(?:(?:19|20)\d\d|\d\d)(?!\d(?!\d:))"
    ),
    re.compile(
        rf"\d(?<!\d.)\d?(?:st|nd|rd|th|er|º|\.)?[\s\-/.,]*(?:day[ \n]+of[ \n]+|de[ \n]+)?"
        rf"(?:{_words(_MONTH_NAMES)})[\s\-/.,'’]*(?:de[ \n]+)?{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"[{_first(_MONTH_NAMES)}]{_WORD_BEGINS}(?i:(?:{_behind_first(_MONTH_NAMES)})"
        rf"[ \n\-]*\d{{1,2}}(?:st|nd|rd|th)?[\s,.\-/]+{_YEAR}(?!\d))"
    ),
    re.compile(r"(?:19|20)(?<!\d..)\d\d年\d{1,2}月\d{1,2}日"),
)
_CURRENCY = (
    r"(?:(?<![A-Za-z])(?:RM|Rs\.?|Rp|kr\.?|zł|Kč|(?<![-–])Fr\.|(?:US|A|C|S|HK|NZ)\$"
    r"|(?:EUR|USD|GBP|CHF|MYR|SGD|AUD|CAD|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|ZAR|BRL|MXN|HKD|NZD|AED|THB"
    r"|IDR|PHP|VND|KRW|TRY|RUB|ILS|SAR)(?![A-Za-z]))|[€$£¥₹₩₽₫฿])"
)
_AMOUNT = r"(?:\d{1,3}(?:[,.'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,3})?|\d+(?:[.,]\d{1,4})?)"
MONEY = re.compile(
    rf"(?<![\w.,/])[\-–(]?[ ]?(?P<currency>{_CURRENCY}[ ]?)?[\-–]?(?P<amount>{_AMOUNT})(?:[.,][\-–]{{1,2}})?"
    rf"(?P<after>[ ]?{_CURRENCY})?\)?(?![\d%]|[.,:/]\d|[ ]?%)",
    re.IGNORECASE,
)
CENTS = re.compile(r"[.,]\d{2}$")
THOUSANDS = re.compile(r"[,.'’ \u00a0\u202f]\d{3}")
NUMBER = re.compile(rf"(?<![\w.,/])[\-–]?{_AMOUNT}(?![\d%])")
PERCENT = re.compile(
    r"(?<![\w.,/])\d+(?:[.,]\d+)?[ ]?(?:%|(?:per[ ]?cent|Prozent|pour[ ]cent|v\.[ ]?H\.))", re.IGNORECASE
)
QUANTITY = re.compile(
    rf"(?<![\w.,/]){_AMOUNT}(?:[ ]?(?:sq\.?[ ]?(?:ft|m|feet|met(?:er|re)s)\.?|m²|m2|ft²|kg|g|t|km|m|l|hours?|"
    r"pcs|pieces?|units?|Stk\.?|Stück|acres?|hectares?|ha|kWh|square[ \n](?:feet|met(?:er|re)s)))?(?![\w%])",
    re.IGNORECASE,
)
CURRENCY_ALONE = re.compile(
    rf"{_CURRENCY}"
    r"|\bU\.S\.[ \n]?\$"
    r"|\b(?:(?:US|U\.S\.|United[ \n]States|Singapore|Australian|Canadian|Hong[ \n]Kong)[ \n]dollars?"
    r"|euros?|pounds?(?:[ \n]sterling)?|Swiss[ \n]francs?|Schweizer[ \n]Franken|francs[ \n]suisses)\b",
    re.IGNORECASE,
)
_COUNT_WORDS = {
    "o": r"ne",
    "t": r"wo|hree|en|welve|hirteen|wenty|hirty",
    "f": r"our|ive|ourteen|ifteen|orty|ifty",
    "s": r"ix|even|ixteen|eventeen|ixty|eventy",
    "e": r"ight|leven|ighteen|ighty",
    "n": r"ine|ineteen|inety",
    "h": r"undred",
    "a": r"n?(?=[ \n]hundred)",
}
_UNIT_OF_TIME = (
    r"(?:years?|yrs?|months?|mos?|weeks?|days?|Jahren?|Jahre|Monaten?|Monate|Wochen?|Tagen?|Tage|ans?|mois|jours?"
    r"|años?|meses|días?)"
)
_NEXT_COUNT_WORD = rf"(?:(?:[ \n\-]|[ \n]and[ \n])(?:{_words(_COUNT_WORDS)}))"
DURATION = re.compile(
    rf"[\d{_first(_COUNT_WORDS)}]{_WORD_BEGINS}(?i:(?:(?:{_behind_first(_COUNT_WORDS)})"
    rf"{_NEXT_COUNT_WORD}*(?:[ \n]?[(\[]?[ ]?\d{{1,4}}[ ]?[)\]]?)?"
    rf"|(?<=\d)\d{{0,3}}(?:[ \n]?[(\[][a-z\- ]+[)\]])?)"
    rf"[\s\-]*+(?:(?:full|calendar|consecutive|business|working|net)\s*+)?{_UNIT_OF_TIME}\b"
    rf"|(?P<{PASSED}>(?:{_behind_first(_COUNT_WORDS)}){_NEXT_COUNT_WORD}{_LONG_RUN}))"
)
IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[\-/._](?=[A-Za-z0-9]))*")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \t]?[A-Z0-9]{4}){2,7}(?:[ \t]?[A-Z0-9]{1,4})?\b")
VAT = re.compile(r"\b(?:CHE|[A-Z]{2})[ \t\-]?[A-Z0-9](?:[ \t.\-]?[A-Z0-9]){7,12}\b")
NUMBERED_WORD = re.compile(r"(?<!\S)[(#]*[\w\-/]*\d\S*")
DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
CAPITALS = re.compile(
    r"(?:[A-ZÀ-Þ][\w.&'’\-]*)(?:[ ,\n]{1,2}(?:(?:of|and|&|de|the|for|la|du|von|und|et|d')[ \n]+)?"
    r"(?:[A-ZÀ-Þ0-9][\w.&'’\-]*|&))*"
)
PLACE_RUN = re.compile(
    r"[\dA-ZÀ-Þ](?:(?:(?<=\d)\d*+[A-Za-z]?|(?<!\d)[\w.'’\-]*+)"
    r"(?:[,.]?[ \n]+(?:(?:of|and|&|de|the|la|du|der|am|an|im|rue|le|et)[ \n]+)?"
    r"(?:[A-ZÀ-Þ0-9#][\w.'’\-/]*))+"
    rf"|(?P<{PASSED}>(?<=\d)\d{_LONG_RUN}|(?<!\d)[\w.'’\-]{_LONG_RUN}))"
)
SLASHED = re.compile(
    r"[A-ZÀ-Þ][\w.&'’\-]*+(?: [\w.&'’\-]++){0,4}+"
    r"(?:/ ?[A-ZÀ-Þ][\w.&'’\-]*(?: [A-ZÀ-Þ][\w.&'’\-]*)*)+"
    rf"|(?P<{PASSED}>[A-ZÀ-Þ][\w.&'’\-]{_LONG_RUN})"
)
NEXT_LABEL = re.compile(r"[A-Z](?<=\s.)[\w&'’./#\-]*+[ ]?(?:[A-Z][\w&'’./#\-]*+[ ]?){0,2}:")
SENTENCE = re.compile(r"\s(?<=[.;]\s)\s*(?=[A-Z(\"“\d])")
_LAW_WORDS = {
    "l": r"aws?",
    "c": r"ourts?",
    "j": r"urisdiction",
    "g": r"overned|erichtsstand",
    "r": r"echt",
    "d": r"roit",
    "s": r"tate of",
}
LAW = re.compile(rf"[{_first(_LAW_WORDS)}]{_WORD_BEGINS}(?i:(?:{_behind_first(_LAW_WORDS)})\b)")
SENTENCE_END = re.compile(r"\.(?=[ \n])")
DEFINITION = re.compile(r"\s?\((?:(?:hereinafter|together|each|collectively|the|a|an)\b[^()]{0,30}?)?[\"“„]")
OPENING = re.compile(
    r"\b(?:owns?|sells?|purchases?|acquires?|takes?|lets?|demises?|leases?|of|as|at|in|to|being|namely|and|between)"
    r"[ \n]+|[,:;][ \n]+"
)
MEANS = re.compile(
    r"[\"”“][ \n]+(?:means|shall[ \n]+mean|refers[ \n]+to|is|are|bedeutet|bezeichnet|désigne)[ \n]+(?=\S)"
)
MEANT = re.compile(r"[^;\t]+")
