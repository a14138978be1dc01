"""What labels say of a candidate: those before it, beside it, above it, and the heading of its section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inference.reading.codes import EMPTY, coded, joined, mixed, salt
from inference.reading.concepts import concept_of
from inference.reading.document import NOWHERE, Document, Floats, Ints
from inference.reading.lexicon import Lexicon, Mention, cell_starts

LABELS_VERSION = 1
"""Raised whenever what labels say is coded otherwise, so that no weights are used for other features."""

_SECTION_ROWS = 14
_SECTION_LEFT = 0.03
_SECTION_RIGHT = 0.4
_MORE_WORDS = 2
_NEAR = 1.0
_ADDRESS_REACH = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """Where candidates stand, as arrays over them: first token, token after the last, segments of both."""

    first: Ints
    after: Ints
    segment: Ints
    last_segment: Ints


@dataclass(frozen=True, slots=True)
class Voice:
    """What one place says about every candidate: a meaning (NOWHERE: nothing), and how strongly."""

    meaning: Ints
    strength: Floats


@dataclass(frozen=True)
class Hearing:
    """What the labels of a document say of the candidates of one kind.

    Attributes:
        voices: By place, the nearest first.
        section: The meaning of the heading each candidate stands below, NOWHERE for none.
    """

    lexicon: Lexicon
    voices: dict[str, Voice]
    section: Ints

    def names(self, field: str) -> bool:
        """Whether the type states labels of a field."""
        return self.lexicon.place(field) is not None

    def strengths(self, field: str) -> tuple[Floats, Floats]:
        """Return, per candidate, how strongly labels name ``field``, and how strongly anything else."""
        wanted = self.lexicon.place(field)
        own, other = np.zeros(len(self.section)), np.zeros(len(self.section))
        for voice in self.voices.values():
            mine = voice.meaning == wanted
            np.maximum(own, np.where(mine, voice.strength, 0.0), out=own)
            np.maximum(other, np.where(mine, 0.0, voice.strength), out=other)
        return own, other

    def sections(self, field: str) -> Floats:
        """Return 1 for candidates below the field's own heading, -1 below another's, 0 below none."""
        below = np.where(self.section == self.lexicon.place(field), 1.0, -1.0)
        return np.where(self.section == NOWHERE, 0.0, below)


class Labelling:
    """The labels of one document, and what they say of candidates; computed once a document."""

    def __init__(self, document: Document, lexicon: Lexicon) -> None:
        self._document = document
        self._lexicon = lexicon
        self._mentions = lexicon.mentions(document) if lexicon else []
        self._cells = np.array([*cell_starts(document), NOWHERE], dtype=np.int64)
        self._meanings = np.array([*(m.meaning for m in self._mentions), NOWHERE], dtype=np.int64)
        self._ends = np.array([m.after for m in self._mentions], dtype=np.int64)

    def hear(self, placed: Placed) -> Hearing:
        """Return what is said of candidates; nothing where the type states no labels."""
        if not self._lexicon:
            return Hearing(self._lexicon, {}, np.full(len(placed.first), NOWHERE, dtype=np.int64))
        return Hearing(self._lexicon, self._voices(placed), self.section(placed)[0])

    def _voices(self, placed: Placed) -> dict[str, Voice]:
        document = self._document
        cell = self._cells[placed.segment]
        own, own2 = self._before(placed, cell, 0), self._before(placed, cell, 1)
        left = self._cells[document.left[cell]]
        row_first = self._cells[document.row_first[placed.segment]]
        row_first = np.where(row_first == cell, NOWHERE, row_first)
        above = document.above[placed.segment]
        above2 = np.where(above == NOWHERE, NOWHERE, document.above[above])
        return {
            "own": own,
            "own2": own2,
            "left": self._of_cells(left, self._tails, 2.6),
            "row": self._of_cells(row_first, self._heads, 2.0),
            "above": self._above(placed, self._cells[above], 2.2),
            "above2": self._above(placed, self._cells[above2], 1.6),
        }

    def section(self, placed: Placed) -> tuple[Ints, Ints]:
        """Return the meaning of the heading each candidate stands below, NOWHERE for none, and how far."""
        meaning, depth = self._sections
        return meaning[placed.segment], depth[placed.segment]

    def is_label(self, placed: Placed) -> NDArray[np.bool_]:
        """Whether a candidate is nothing but a label, so that it names nobody."""
        words = self._document.words
        covered = np.zeros(len(words) + 1, dtype=np.int64)
        for mention in self._mentions:
            covered[mention.first : mention.after] = 1
        silent = [not word[0].isalnum() for word in words]
        free = np.concatenate([[0], np.cumsum((covered[:-1] == 0) & ~np.array(silent, dtype=np.bool_))])
        return np.asarray(free[placed.after] == free[placed.first], dtype=np.bool_)

    def inside(self, placed: Placed) -> Ints:
        """Return the meaning of a label among the candidates' own words, NOWHERE where there is none."""
        if not self._mentions:
            return np.full(len(placed.first), NOWHERE, dtype=np.int64)
        index = np.minimum(np.searchsorted(self._ends, placed.first, side="right"), len(self._ends) - 1)
        firsts = np.array([m.first for m in self._mentions], dtype=np.int64)[index]
        within = (firsts < placed.after) & (self._ends[index] > placed.first)
        return np.where(within, self._meanings[index], NOWHERE)

    def codes(self, placed: Placed, hearing: Hearing) -> Ints:
        """Return one row of codes per candidate; EMPTY where nothing is said."""
        voices = hearing.voices
        said = {name: voice.meaning[:, None] for name, voice in voices.items()}
        strong = {name: (2 * voice.strength).astype(np.int64)[:, None] for name, voice in voices.items()}
        meanings = np.stack([voice.meaning for voice in voices.values()], axis=1)
        strengths = np.stack([voice.strength for voice in voices.values()], axis=1)
        loudest = strengths.argmax(axis=1)
        at = np.arange(len(loudest))
        near = np.where(strengths[at, loudest] >= _NEAR, meanings[at, loudest], NOWHERE)[:, None]
        section, depth = (array[:, None] for array in self.section(placed))
        columns = [coded(said[name], f"m:{name}") for name in said]
        columns += [_coupled(said[name], strong[name], f"m:{name}#") for name in said]
        columns += [
            mixed(near + 1, salt("m:near")),
            mixed(joined(near + 1, loudest[:, None]), salt("m:near@")),
            _coupled(said["own"], said["own2"] + 1, "m:own+own2"),
            _coupled(said["left"], said["above"] + 1, "m:left+above"),
            coded(self.inside(placed)[:, None], "m:in"),
            mixed(section + 1, salt("m:section")),
            _coupled(section, np.minimum(depth // 2, 5), "m:section#"),
            mixed(joined(section + 1, near + 1), salt("m:section+near")),
        ]
        return np.concatenate(columns, axis=1)

    def party_codes(self, placed: Placed) -> Ints:
        """Return codes for names: legal form, lines of an address below, size of letters, section."""
        document = self._document
        words = document.words
        ends = [salt(concept_of(words[i - 1])) if i else 0 for i in placed.after]
        below = np.zeros(len(placed.first), dtype=np.int64)
        at = placed.last_segment
        for _ in range(_ADDRESS_REACH):
            at = np.where(at == NOWHERE, NOWHERE, document.below[at])
            below += self._addressed[at]
        size = self._sizes[placed.segment]
        section, _ = self.section(placed)
        legal = np.array(ends, dtype=np.int64)
        columns = [
            mixed(legal, salt("p:last")),
            mixed(below, salt("p:below")),
            mixed(size, salt("p:size")),
            mixed(joined(legal, below), salt("p:last+below")),
            mixed(joined(section + 1, below), salt("p:section+below")),
            mixed(joined(section + 1, legal), salt("p:section+last")),
            mixed(joined(size, below), salt("p:size+below")),
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def _tails(self) -> Ints:
        """The last mention of each segment's cell, by its number; NOWHERE where there is none."""
        return self._by_cell(range(len(self._mentions)))

    @cached_property
    def _heads(self) -> Ints:
        return self._by_cell(range(len(self._mentions) - 1, -1, -1))

    def _by_cell(self, order: range) -> Ints:
        by_cell = {self._cell_of(self._mentions[number]): number for number in order}
        return np.array([*(by_cell.get(int(cell), NOWHERE) for cell in self._cells)], dtype=np.int64)

    def _cell_of(self, mention: Mention) -> int:
        return int(self._cells[self._document.token_segment[mention.first]])

    @cached_property
    def _covered(self) -> Floats:
        """How much of its cell's words each mention is; one more for none."""
        sizes: dict[int, int] = {}
        for segment, word in zip(self._document.token_segment.tolist(), self._document.words, strict=True):
            cell = int(self._cells[segment])
            sizes[cell] = sizes.get(cell, 0) + word[0].isalnum()
        words = self._document.words
        shares = [
            sum(word[0].isalnum() for word in words[m.first : m.after]) / max(1, sizes[self._cell_of(m)])
            for m in self._mentions
        ]
        return np.array([*shares, 0.0])

    def _before(self, placed: Placed, cell: Ints, back: int) -> Voice:
        """Return the last label (or the one before it) in the candidates' own cells, left of them."""
        index = np.searchsorted(self._ends, placed.first, side="right") - 1 - back
        index = np.where(index < 0, NOWHERE, index)
        cells = np.array([*map(self._cell_of, self._mentions), NOWHERE - 1], dtype=np.int64)
        index = np.where(cells[index] == cell, index, NOWHERE)
        ends = np.append(self._ends, 0)
        gap = np.clip(placed.first - ends[index], 0, 12)
        strength = np.where(index == NOWHERE, 0.0, (3.0 - 0.4 * back) - 0.15 * gap)
        return Voice(self._meanings[index], strength)

    def _of_cells(self, cells: Ints, mentions: Ints, strength: float) -> Voice:
        """Return what cells say by one mention each; a label lost in running text speaks low."""
        index = np.where(cells == NOWHERE, NOWHERE, mentions[cells])
        covered = self._covered[index]
        return Voice(
            self._meanings[index], np.where(index == NOWHERE, 0.0, strength * np.minimum(1, 0.3 + covered))
        )

    def _above(self, placed: Placed, cells: Ints, strength: float) -> Voice:
        rows = np.array([*(segment.row for segment in self._document.segments), 0], dtype=np.int64)
        voice = self._of_cells(cells, self._heads, strength)
        distance = np.clip(rows[placed.segment] - rows[cells] - 1, 0, 4)
        return Voice(voice.meaning, np.where(voice.meaning == NOWHERE, 0.0, voice.strength - 0.3 * distance))

    @cached_property
    def _sections(self) -> tuple[Ints, Ints]:
        """The party whose heading each segment stands below, and how many rows down; the nearest counts."""
        segments = self._document.segments
        meaning = np.full(len(segments), NOWHERE, dtype=np.int64)
        depth = np.full(len(segments), _SECTION_ROWS + 1, dtype=np.int64)
        rows = np.array([segment.row for segment in segments], dtype=np.int64)
        pages = np.array([segment.page for segment in segments], dtype=np.int64)
        lefts = np.array([segment.x0 for segment in segments])
        headings = [mention for n, mention in enumerate(self._mentions) if self._heads_section(n, mention)]
        for mention in sorted(headings, key=self._place_of):
            index = self._cell_of(mention)
            down = rows - rows[index]
            right = lefts - lefts[index]
            below = (down > 0) & (down <= _SECTION_ROWS) & (pages == pages[index])
            reached = below & (right >= -_SECTION_LEFT) & (right <= _SECTION_RIGHT)
            meaning[reached], depth[reached] = mention.meaning, down[reached]
        return meaning, depth

    def _place_of(self, mention: Mention) -> tuple[int, float]:
        segment = self._document.segments[self._cell_of(mention)]
        return segment.row, segment.x0

    def _heads_section(self, number: int, mention: Mention) -> bool:
        """Whether a mention is a heading: of a party, at the beginning of a cell that says little else."""
        if not self._lexicon.meanings[mention.meaning].party or self._covered[number] < 1 / (1 + _MORE_WORDS):
            return False
        cell = self._cell_of(mention)
        first = int(self._document.first_token[cell])
        words = self._document.words
        return first == mention.first or not any(word[0].isalnum() for word in words[first : mention.first])

    @cached_property
    def _addressed(self) -> Ints:
        """Whether each segment looks like a line of an address: words and a number, nothing else."""
        bounds, words = self._document.first_token, self._document.words
        marks = [_is_address(words[bounds[i] : bounds[i + 1]]) for i in range(len(self._document.segments))]
        return np.array([*marks, 0], dtype=np.int64)

    @cached_property
    def _sizes(self) -> Ints:
        """How high each line is beside the usual one: 0 lower, 1 alike, 2 higher, 3 much higher."""
        heights = np.array([segment.y1 - segment.y0 for segment in self._document.segments])
        usual = float(np.median(heights)) if len(heights) else 1.0
        return np.searchsorted([0.85, 1.2, 1.6], heights / max(usual, 1e-6)).astype(np.int64)


def _is_address(words: tuple[str, ...]) -> bool:
    numbers = sum(word.strip("Aa") == "9" for word in words)
    letters = sum(word[0].isalpha() for word in words)
    return 1 <= numbers <= 2 and 1 <= letters <= 6 and not any(word in ":%€$£@" for word in words)


def _coupled(meaning: Ints, other: Ints, role: str) -> Ints:
    return np.where(meaning == NOWHERE, EMPTY, mixed(joined(meaning + 1, other), salt(role)))
