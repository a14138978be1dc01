"""Characters that look alike made alike, before anything is parsed."""

from __future__ import annotations

import re
import unicodedata

_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"
_SINGLE_QUOTES = "\u2018\u2019\u02bc\u00b4`"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u00ab\u00bb"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
"""Soft hyphens, zero-width spaces and direction marks: they change how text looks, not what it says."""

_LOOKALIKES = {
    **{ord(c): "-" for c in _HYPHENS},
    **{ord(c): "'" for c in _SINGLE_QUOTES},
    **{ord(c): '"' for c in _DOUBLE_QUOTES},
    **{ord(c): None for c in _INVISIBLE},
}
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """Return ``text`` trimmed, its runs of white space replaced by single spaces."""
    return " ".join(text.split())


def clean(text: str) -> str:
    """Return ``text`` with compatibility forms, dashes, quotes, digits and spaces made plain."""
    if text.isascii():
        return squeeze(text.replace("`", "'"))
    plain = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    return squeeze(_OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain))


def fold(text: str) -> str:
    """Return ``clean(text)`` in lower case without accents, for looking words up."""
    plain = clean(text).casefold()
    if plain.isascii():
        return plain
    apart = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in apart if not unicodedata.combining(c))


def letters_and_digits(text: str) -> str:
    """Return only letters and digits in one case: equal for texts that differ in punctuation alone."""
    if text.isascii():
        return _NOT_ALPHANUMERIC.sub("", text).lower()
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", clean(text)).casefold())
