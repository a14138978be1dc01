"""What a type's pages call its fields: labels in several languages, found in a document by their words.

A label is found where its words stand side by side in one cell, whatever their case, accents and marks;
of labels within one another the longest is meant, so that a due date is no date and a Verkäufer no Käufer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from doctypes.definition import DocType
from inference.reading.document import Document
from schemas.fields import FieldKind

PARTIES = frozenset({FieldKind.PARTY, FieldKind.PERSON, FieldKind.ADDRESS})
"""Kinds whose labels may head a block of lines."""

_WORD = re.compile(r"\w+")
_STEM = "*"
_TORN = 6
"""Letters of the shortest label that is known when it is torn in two."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What labels may be about: a field, or something that is none; a party may head a block of lines."""

    name: str
    labels: tuple[str, ...]
    party: bool = False


class Mention(NamedTuple):
    """A label in a document: which meaning of the lexicon, its first token, the token after its last."""

    meaning: int
    first: int
    after: int


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    meaning: int


@dataclass(frozen=True)
class Lexicon:
    """All labels of a type; empty for one that states none."""

    meanings: tuple[Meaning, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.meanings)

    def place(self, name: str) -> int | None:
        """Return the number of a meaning, None where it has no labels."""
        return next((n for n, meaning in enumerate(self.meanings) if meaning.name == name), None)

    def mentions(self, document: Document) -> list[Mention]:
        """Return the labels in a document in the order they end, none within a longer one."""
        spoken = [(i, folded(word)) for i, word in enumerate(document.words) if word[0].isalnum()]
        cells = cell_starts(document)
        known: dict[str, tuple[_Phrase, ...]] = {}
        found: list[Mention] = []
        for at, (token, word) in enumerate(spoken):
            if word not in known:
                known[word] = self._beginning_with(word)
            for phrase in known[word]:
                last = at + len(phrase.words) - 1
                if last < len(spoken) and _agree(phrase.words, spoken, at):
                    end = spoken[last][0]
                    if cells[document.token_segment[token]] == cells[document.token_segment[end]]:
                        found.append(Mention(phrase.meaning, token, end + 1))
            found += self._torn(document, spoken, at)
        return sorted(_longest(found), key=lambda mention: (mention.after, mention.first, mention.meaning))

    def _torn(self, document: Document, spoken: Sequence[tuple[int, str]], at: int) -> Iterator[Mention]:
        """Yield the labels of one word that a page tears into two, as kerning does: ``Ver käufer``."""
        if at + 1 == len(spoken):
            return
        (first, word), (last, rest) = spoken[at : at + 2]
        if last == first + 1 and len(word) + len(rest) >= _TORN:
            for phrase in self._phrases.get(word + rest, ()):
                if len(phrase.words) == 1 and document.token_segment[first] == document.token_segment[last]:
                    yield Mention(phrase.meaning, first, last + 1)

    def _beginning_with(self, word: str) -> tuple[_Phrase, ...]:
        stems = (phrase for phrase in self._stems if word.startswith(phrase.words[0][:-1]))
        return (*self._phrases.get(word, ()), *stems)

    @cached_property
    def _phrases(self) -> dict[str, tuple[_Phrase, ...]]:
        out: dict[str, tuple[_Phrase, ...]] = {}
        for phrase in self._all():
            if not phrase.words[0].endswith(_STEM):
                out[phrase.words[0]] = (*out.get(phrase.words[0], ()), phrase)
        return out

    @cached_property
    def _stems(self) -> tuple[_Phrase, ...]:
        return tuple(phrase for phrase in self._all() if phrase.words[0].endswith(_STEM))

    def _all(self) -> Iterator[_Phrase]:
        for number, meaning in enumerate(self.meanings):
            for label in meaning.labels:
                words = tuple(folded(word) for word in _words_of(label))
                if words:
                    yield _Phrase(words, number)


NO_LABELS = Lexicon()


def lexicon_of(doc_type: DocType) -> Lexicon:
    """Return the labels that a type's schema states."""
    fields = (Meaning(f.name, f.labels, f.kind in PARTIES) for f in doc_type.fields if f.labels)
    others = (Meaning(other.name, other.labels, other.party) for other in doc_type.others)
    return Lexicon((*fields, *others))


def cell_starts(document: Document) -> list[int]:
    """Return, per segment, the first of the segments that read as one with it."""
    out: list[int] = []
    for index, segment in enumerate(document.segments):
        out.append(out[-1] if index and segment.joined else index)
    return out


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """Return a word without accents, in lower case."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _words_of(label: str) -> list[str]:
    """Return the words of a label, a star still at the end of those that are stems."""
    return [match.group() for match in re.finditer(rf"{_WORD.pattern}\{_STEM}?", label)]


def _agree(words: Sequence[str], spoken: Sequence[tuple[int, str]], at: int) -> bool:
    for step, wanted in enumerate(words[1:], start=1):
        said = spoken[at + step][1]
        if not (said.startswith(wanted[:-1]) if wanted.endswith(_STEM) else said == wanted):
            return False
    return True


def _longest(found: list[Mention]) -> Iterator[Mention]:
    """Yield the mentions that lie within no longer one; several meanings of the same words stay."""
    reach = -1
    whole = (-1, -1)
    for mention in sorted(found, key=lambda m: (m.first, -m.after, m.meaning)):
        place = (mention.first, mention.after)
        if mention.after > reach or place == whole:
            yield mention
            if mention.after > reach:
                reach, whole = mention.after, place
