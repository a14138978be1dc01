"""Whether two names that are not the same may still be one, misprinted.

All that differs must be a misprint, and a clear one. A word that is known as a word of its own is none:
where there is a Meyer, "Meyer Bau" is not a misprinted "Meier Bau". A text that lies as near to another
known word is not clearly a misprint of this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from mcp_servers.names import Name, likeness, looks, spellings
from mcp_servers.words import Words

OTHER_WORDS = 0.9
"""What remains of a likeness where the names differ by more than clear misprints: below any match."""
SHORTEST = 4
"""Letters of a word from which on another letter may be a misprint: initials and numbers must agree."""
MOST_MISPRINTED = 2
"""Words of a name that may be misprinted, one letter each."""
_ROMAN = frozenset("ivx")


def judged(asked: Name, known: Name, words: Words) -> float:
    """Return how alike a name that is asked for and a known one are, from 0 to 1.

    Args:
        asked: As somebody printed it.
        known: As it is known.
        words: Of all known names.
    """
    asked = _with_form(asked, known, words)
    score = likeness(asked, known)
    if asked.letters == known.letters or _misprinted(asked, known, words):
        return score
    return score * OTHER_WORDS


def _with_form(asked: Name, known: Name, words: Words) -> Name:
    """Return the name without a last word that is the known one's legal form, misprinted or stuck to it."""
    if asked.form or not known.form or not asked.letters.startswith(known.letters):
        return asked
    tail, forms = asked.letters[len(known.letters) :], spellings(known.form)
    if tail in forms or (tail not in words and any(_is_form(tail, form) for form in forms)):
        return Name(known.key, None)
    return asked


def _is_form(tail: str, form: str) -> bool:
    if looks(tail) == looks(form) or _doubled(tail, form):
        return True
    return min(len(tail), len(form)) >= SHORTEST - 1 and OSA.distance(tail, form, score_cutoff=1) <= 1


def _doubled(text: str, word: str) -> bool:
    """Whether ``text`` is ``word`` with a letter twice; another Roman number is another number."""
    if set(word) <= _ROMAN:
        return False
    return any(text == word[:at] + word[at] + word[at:] for at in range(len(word)))


def _misprinted(asked: Name, known: Name, words: Words) -> bool:
    mine, theirs = _differing(asked.key.split(), known.key.split())
    if not mine and not theirs:
        return not any((right, left) in known.joined for left, right in asked.joined)
    if not mine or not theirs:
        return _only_initials(mine or theirs) and not (asked.form or known.form)
    if all(word in words for word in mine):
        return False
    if len(mine) != len(theirs):
        return _misprint("".join(mine), "".join(theirs), words)
    pairs = list(zip(mine, theirs, strict=True))
    return len(pairs) <= MOST_MISPRINTED and all(_misprint(one, other, words) for one, other in pairs)


def _only_initials(words: Sequence[str]) -> bool:
    """Whether people may be named with and without these: an initial, where no company is meant."""
    return len(words) == 1 and len(words[0]) == 1 and words[0].isalpha()


def _differing(mine: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that only one of the names has, in order."""
    common = Counter(mine) & Counter(theirs)
    return _without(mine, common), _without(theirs, common)


def _without(words: Sequence[str], common: Counter[str]) -> list[str]:
    left, kept = Counter(common), []
    for word in words:
        if left[word]:
            left[word] -= 1
        else:
            kept.append(word)
    return kept


def _misprint(text: str, word: str, words: Words) -> bool:
    """Whether ``text`` is a misprint of ``word``, and of no other."""
    if text in words:
        return False
    if looks(text) == looks(word):
        return True
    shortest = min(len(text), len(word)) + (len(text) != len(word))
    if _digits(text) != _digits(word) or (shortest < SHORTEST and not _doubled(text, word)):
        return False
    return OSA.distance(text, word, score_cutoff=1) <= 1 and words.near(text) <= {word}


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
