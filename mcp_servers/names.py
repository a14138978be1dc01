"""Names of companies and people: what is compared, and how alike two of them are.

A legal form counts as what it is: "Ltd" and "Limited" are one, "GmbH" and "AG" are two companies, and a
name without any form may be either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

_FORMS = {
    "gmbh": "gmbh|gesellschaft mit beschrankter haftung|ges m b h|gesmbh|mbh",
    "gmbh-co-kg": "gmbh and co kg|gmbh co kg",
    "ug": "ug|ug haftungsbeschrankt",
    "ag": "ag|aktiengesellschaft",
    "kg": "kg|kommanditgesellschaft",
    "ohg": "ohg",
    "ek": "ek|e k|eingetragener kaufmann",
    "gbr": "gbr",
    "ev": "ev|e v",
    "ltd": "ltd|limited|co ltd|company limited",
    "private-ltd": "pvt ltd|private limited",
    "pte-ltd": "pte ltd|pte limited|private limited company",
    "pty-ltd": "pty ltd|pty limited",
    "plc": "plc|public limited company",
    "llp": "llp|limited liability partnership",
    "lp": "lp|limited partnership",
    "llc": "llc|limited liability company",
    "inc": "inc|incorporated",
    "corp": "corp|corporation",
    "co": "co|company",
    "sa": "sa|societe anonyme|sociedad anonima",
    "sas": "sas|societe par actions simplifiee",
    "sarl": "sarl|s a r l|societe a responsabilite limitee",
    "srl": "srl|s r l",
    "spa": "spa|s p a|societa per azioni",
    "bv": "bv|b v|besloten vennootschap",
    "nv": "nv|n v|naamloze vennootschap",
    "ab": "ab|aktiebolag",
    "as": "as|a s",
    "aps": "aps",
    "oy": "oy|osakeyhtio",
    "oyj": "oyj",
    "se": "se|societas europaea",
    "spzoo": "sp z oo|spolka z ograniczona odpowiedzialnoscia",
    "kft": "kft",
    "sl": "sl|s l|sociedad limitada",
    "sdn-bhd": "sdn bhd|sdn berhad|sendirian berhad",
    "bhd": "bhd|berhad",
}
_BY_WORDS = {tuple(said.split()): form for form, said in _FORMS.items() for said in said.split("|")}
_LONGEST = max(len(words) for words in _BY_WORDS)
_DOTTED = re.compile(r"(?<=\b\w)\.(?=\s?\w\b)|['`\u00b4’]")
_WORD = re.compile(r"\w+")
_AND = {"&": " and ", "+": " and ", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
_AND_WORDS = frozenset({"and", "und", "et", "e", "y"})
_JOINING = _AND_WORDS | {"the"}

_SAME_LOOKS = str.maketrans("015i8", "olslb")

MISREAD = 0.96
"""Likeness of names that differ only in letters that readers confuse: 1 and l, rn and m."""
WITHOUT_FORM = 0.98
"""What remains of a likeness where only one of the names has a legal form."""
OTHER_FORM = 0.85
"""What remains of it where both have one, and not the same: these are two companies."""
OTHER_NUMBER = 0.75
"""What remains where the numbers within the names differ: Immobilien 24 is not Immobilien 25."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared.

    Attributes:
        key: Its words without legal form, case, accents and joining words, parted by spaces.
        form: The legal form, where it ends or begins with one.
        joined: The words on both sides of each "and": "Smith & Jones" is not "Jones & Smith".
    """

    key: str
    form: str | None
    joined: tuple[tuple[str, str], ...] = ()

    @property
    def letters(self) -> str:
        """The key without spaces."""
        return self.key.replace(" ", "")


def name_of(text: str) -> Name:
    """Return the comparable form of a printed name."""
    words = _words(text)
    form, words = _without_form(words)
    words = _with_initials(words)
    kept = [word for word in words if word not in _JOINING] or words
    around = zip(words, words[1:], words[2:], strict=False)
    return Name(
        " ".join(kept), form, tuple((left, right) for left, word, right in around if word in _AND_WORDS)
    )


def _with_initials(words: list[str]) -> list[str]:
    """Return the words, single letters in a row as one: "J. P. Morgan" is "JP Morgan"."""
    runs = groupby(words, key=lambda word: len(word) == 1 and word.isalpha())
    return [word for single, run in runs for word in (["".join(run)] if single else run)]


def likeness(one: Name, other: Name) -> float:
    """Return how alike two names are, from 0 to 1; 1 for names that differ in nothing that counts."""
    if not one.key or not other.key:
        return 0.0
    same = one.letters == other.letters
    score = 1.0 if same else max(_alike(one.key, other.key), _misread(one.letters, other.letters))
    if _numbers(one.key) != _numbers(other.key):
        score *= OTHER_NUMBER
    if one.form == other.form:
        return score
    return score * (OTHER_FORM if one.form and other.form else WITHOUT_FORM)


def spellings(form: str) -> tuple[str, ...]:
    """Return how a legal form is written, without spaces."""
    return tuple(said.replace(" ", "") for said in _FORMS[form].split("|"))


def _alike(one: str, other: str) -> float:
    ours, theirs = one.replace(" ", ""), other.replace(" ", "")
    letters = fuzz.ratio(ours, theirs)
    turned = 0.99 * fuzz.token_sort_ratio(one, other)
    return max(float(max(letters, turned)) / 100, _swapped(ours, theirs))


def _swapped(one: str, other: str) -> float:
    """Return the likeness of names of which one has two letters swapped: that of one letter too many."""
    if len(one) != len(other) or OSA.distance(one, other, score_cutoff=1) > 1 or sorted(one) != sorted(other):
        return 0.0
    return 1 - 1 / (2 * len(one))


def _misread(one: str, other: str) -> float:
    return MISREAD if looks(one) == looks(other) else 0.0


def looks(letters: str) -> str:
    """Return letters as OCR may tell them apart no more."""
    return letters.translate(_SAME_LOOKS).replace("rn", "m").replace("vv", "w")


def _numbers(key: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in key.split() if word.isdigit()))


def _words(text: str) -> list[str]:
    for printed, plain in _AND.items():
        text = text.replace(printed, plain).replace(printed.upper(), plain)
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _WORD.findall(_DOTTED.sub("", plain))


def _without_form(words: list[str]) -> tuple[str | None, list[str]]:
    """Return the legal form at the end of a name, or at its beginning, and the words without it."""
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        form = _BY_WORDS.get(tuple(words[-count:]))
        if form is not None:
            return form, words[:-count]
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        form = _BY_WORDS.get(tuple(words[:count]))
        if form is not None and form not in ("as", "co", "se"):
            return form, words[count:]
    return None, words
