"""Numbers written as words, as contracts write them: English in full, others up to what terms need."""

from __future__ import annotations

import re

_UNITS = {
    word: value
    for value, words in {
        0: "zero null",
        1: "one a an ein eine einen eins un une uno una",
        2: "two zwei deux dos",
        3: "three drei trois tres",
        4: "four vier quatre cuatro",
        5: "five funf fuenf cinq cinco",
        6: "six sechs seis",
        7: "seven sieben sept siete",
        8: "eight acht huit ocho",
        9: "nine neun neuf nueve",
        10: "ten zehn dix diez",
        11: "eleven elf onze once",
        12: "twelve zwolf zwoelf douze doce",
        13: "thirteen dreizehn treize trece",
        14: "fourteen vierzehn quatorze catorce",
        15: "fifteen funfzehn quinze quince",
        16: "sixteen sechzehn seize",
        17: "seventeen siebzehn",
        18: "eighteen achtzehn",
        19: "nineteen neunzehn",
        20: "twenty zwanzig vingt veinte",
        24: "vierundzwanzig",
        30: "thirty dreissig trente treinta",
        36: "sechsunddreissig",
        40: "forty vierzig quarante cuarenta",
        48: "achtundvierzig",
        50: "fifty funfzig cinquante cincuenta",
        60: "sixty sechzig soixante sesenta",
        70: "seventy siebzig",
        80: "eighty achtzig",
        90: "ninety neunzig noventa",
    }.items()
    for word in words.split()
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_NOUGHT = {"zero", "null"}
_JOINERS = {"and", "und", "et", "y"}
_WORD = re.compile(r"[a-z]+")


def parse_number_words(folded: str) -> int | None:
    """Return the number that ``folded`` (lower case, no accents) spells, None if it spells none.

    Every word must be part of the number: "sixty days" spells none.
    """
    words = _WORD.findall(folded)
    if not words or "".join(words) != re.sub(r"[\s,\-]", "", folded):
        return None
    total = group = 0
    scale = None
    before = ""
    for word in words:
        if word in _UNITS:
            if not _goes_on(group % 100, _UNITS[word], before):
                return None
            group += _UNITS[word]
        elif word == "hundred" and 0 < group < 100:
            group *= 100
        elif word in _SCALES and group and (scale is None or _SCALES[word] < scale):
            scale = _SCALES[word]
            total, group = total + group * scale, 0
        elif word not in _JOINERS or not before:
            return None
        before = word
    return total + group


def _goes_on(so_far: int, more: int, before: str) -> bool:
    """Whether ``more`` continues a number below a hundred: "a two" and "one two" are two numbers."""
    if so_far == 0:
        return before not in _NOUGHT
    if so_far in (60, 80):
        # Soixante-quinze.
        return more < 20
    return (so_far >= 20 and so_far % 10 == 0 and more < 10) or (
        # Zwei und dreißig.
        so_far < 10 and before == "und" and more >= 20 and more % 10 == 0
    )
