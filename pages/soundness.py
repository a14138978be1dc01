"""Whether text is text: garbled encodings, bidirectional controls, words of mixed scripts."""

from __future__ import annotations

import re

from pages.parts import ReadPage
from schemas.layout import NoteKind

# Above this share of characters that stand for nothing, the words around them can't be relied on.
MOST_BAD = 0.12
# Vowels among the letters of running text in the languages of Latin script: .36 to .48. Enciphered
# by a font without a character map, letters are spread evenly.
LEAST_VOWELS, MOST_VOWELS = 0.21, 0.65
ENOUGH_LETTERS = 120

_BAD = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f\ufff0-\uffff\U000f0000-\U0010ffff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LATIN_LETTERS = re.compile("[A-Za-z]")
_VOWELS = re.compile("[AEIOUYaeiouy]")
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
# Greek and Cyrillic letters, without the Greek block's punctuation.
_OTHER = "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fbc\u0400-\u052f"
_MIXED = re.compile(rf"[{_LATIN}][^\W\d_]*[{_OTHER}]|[{_OTHER}][^\W\d_]*[{_LATIN}]")
_FOREIGN = re.compile(f"[{_OTHER}]")
# Units and formulas join one Greek letter to Latin ones: µm, kΩ, Δt.
_UNITS = re.compile("[\u03bc\u03a9\u0394\u03c0\u03bb\u03b1\u03b2\u03c3\u03c1]")


def bad_share(text: str) -> float:
    """Return the share of characters that stand for nothing: replacements, private use, controls."""
    if text.isascii() and text.isprintable():
        return 0.0
    return len(_BAD.findall(text)) / max(1, len(text))


def is_enciphered(text: str) -> bool:
    """Whether Latin letters are spread as in no language, as a font without a character map leaves them."""
    letters = len(_LATIN_LETTERS.findall(text))
    if letters < ENOUGH_LETTERS or letters < 0.3 * len(text):
        return False
    return not LEAST_VOWELS <= len(_VOWELS.findall(text)) / letters <= MOST_VOWELS


def note_odd_text(page: ReadPage) -> None:
    """Add notes about text that does not read as it looks; the text itself stays as it is."""
    texts = [word.text for line in page.lines for word in line]
    if all(map(str.isascii, texts)):
        return
    bidi = sum(bool(_BIDI.search(text)) for text in texts)
    if bidi:
        page.note(
            NoteKind.BIDI_CONTROLS, f"{_words(bidi)} with controls that change the direction of reading"
        )
    mixed = sum(map(is_mixed, texts))
    if mixed:
        page.note(
            NoteKind.MIXED_SCRIPTS, f"{_words(mixed)} with letters of different scripts that look alike"
        )


def is_mixed(word: str) -> bool:
    """Whether a word joins Latin letters with Greek or Cyrillic ones, as look-alikes do and units do not."""
    if word.isascii() or not _MIXED.search(word):
        return False
    return bool(_FOREIGN.search(_UNITS.sub("", word)))


def _words(count: int) -> str:
    return "1 word" if count == 1 else f"{count} words"
