"""Which way text runs: order of words on a line, width of characters, letters in their plain forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_RIGHT = re.compile(f"[{RIGHT_TO_LEFT}]")
_STRONG = re.compile(rf"[{RIGHT_TO_LEFT}]|[^\W\d_]")
# Glyphs that old encodings gave a code of their own: the letters they show are what is meant. Ornate
# brackets and the ligatures of whole phrases (U+FDF0 and after) stand for themselves.
_FORMS = re.compile("[\ufb1d-\ufb4f\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc]+")
_UPON_LETTERS = ("Mn", "Me", "Cf")
# Numbers run to the right within words that run to the left.
_NUMBER_OR_SIGN = re.compile(r"\d+(?:[.,:/]\d+)*|.", re.DOTALL)
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def plain_forms(text: str) -> str:
    """Return ``text`` with Hebrew and Arabic presentation forms as the letters they show."""
    if text.isascii() or not _FORMS.search(text):
        return text
    return _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def runs_left(text: str) -> bool:
    """Whether a reader begins ``text`` at the right, told by its first letter."""
    if text.isascii():
        return False
    first = _STRONG.search(text)
    return first is not None and _RIGHT.match(first[0]) is not None


def has_right_to_left(text: str) -> bool:
    """Whether any letter of ``text`` is of a script that runs from right to left."""
    return not text.isascii() and _RIGHT.search(text) is not None


def drawn_order(words: Sequence[str], *, leftwards: bool) -> list[int]:
    """Return the places of ``words`` from left to right as they are drawn; they come as they are read.

    Whole words are ordered, by the neighbours they stand between: numbers and signs go with the direction
    of the line unless both neighbours run the other way.
    """
    if not leftwards and all(map(str.isascii, words)):
        return list(range(len(words)))
    sides = _sides(words, leftwards=leftwards)
    order: list[int] = []
    begin = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or sides[place] != sides[begin]:
            run = range(begin, place)
            order += reversed(run) if sides[begin] != leftwards else run
            begin = place
    return order[::-1] if leftwards else order


def read_order(words: Sequence[str]) -> list[int]:
    """Return the places of ``words`` in the order they are read; they come from left to right as drawn."""
    if not any(map(has_right_to_left, words)):
        return list(range(len(words)))
    strong = [runs_left(word) for word in words if _STRONG.search(word)]
    leftwards = 2 * sum(strong) > len(strong) or (2 * sum(strong) == len(strong) and strong[-1])
    seen = list(reversed(range(len(words)))) if leftwards else list(range(len(words)))
    sides = _sides([words[place] for place in seen], leftwards=leftwards)
    order: list[int] = []
    begin = 0
    for end in range(1, len(seen) + 1):
        if end == len(seen) or sides[end] != sides[begin]:
            run = seen[begin:end]
            order += reversed(run) if sides[begin] != leftwards else run
            begin = end
    return order


def width_of(text: str) -> int:
    """Return how many cells of a grid ``text`` takes: two for ideographs, none for marks upon letters."""
    if text.isascii():
        return len(text)
    return max(1, sum(map(_cells, text)))


def as_drawn(word: str) -> str:
    """Return the characters of ``word`` from left to right, for a pen that knows no other direction."""
    if not has_right_to_left(word):
        return word
    return "".join(reversed(_NUMBER_OR_SIGN.findall(word))).translate(_MIRRORED)


def _cells(character: str) -> int:
    if unicodedata.category(character) in _UPON_LETTERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _sides(words: Sequence[str], *, leftwards: bool) -> list[bool]:
    """Return for each word whether it runs leftwards."""
    own = [None if _STRONG.search(word) is None else runs_left(word) for word in words]
    before: list[bool] = []
    last = leftwards
    for side in own:
        last = last if side is None else side
        before.append(last)
    out = []
    after = leftwards
    for side, left in zip(reversed(own), reversed(before), strict=True):
        after = after if side is None else side
        out.append(left if side is None and left == after else leftwards if side is None else side)
    return out[::-1]
