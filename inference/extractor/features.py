"""What surrounds a candidate, as hashed codes: neighbouring words, labels beside and above, place, shape.

Every code is a 32 bit token hash mixed with the role it plays, so that a whole document's candidates are
described by gathers from a few arrays; no word is kept anywhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inference.extractor.labels import Hearing, Labelling, Placed
from inference.reading.codes import EMPTY, coded, first_of, joined, mixed, salt
from inference.reading.concepts import NO_CONCEPT, concept_of
from inference.reading.document import NOWHERE, Document, Ints, shape
from inference.reading.lexicon import NO_LABELS, PARTIES, Lexicon
from inference.reading.spans import Span
from inference.reading.surroundings import block_heads, definitions_of, labels_of
from inference.reading.values import NAMED_KINDS
from schemas.fields import FieldKind

_LEFT_WINDOW = 12
_RIGHT_WINDOW = 10
_INSIDE = 24
_CLAUSE = 70
_SHAPED = 20


@dataclass(frozen=True)
class Described:
    """Candidates as stage one sees them.

    Attributes:
        codes: One row per candidate; EMPTY where a feature does not apply.
        hearing: What labels say of the candidates.
    """

    codes: NDArray[np.int32]
    hearing: Hearing


class Describer:
    """Describes candidates of one document; what does not depend on the candidate is computed once."""

    def __init__(self, document: Document, lexicon: Lexicon = NO_LABELS) -> None:
        self._document = document
        self._lexicon = lexicon
        self._labelling = Labelling(document, lexicon)
        # One token before the first and one after the last stand for the edges of the document.
        self._tokens = np.concatenate([document.token_hash, [salt("edge")]]).astype(np.int64)
        self._definitions = definitions_of(document)
        self._labels = labels_of(document, self._tokens)
        self._concepts = np.append(document.of_words(_concept_hash), NOWHERE)
        self._label_concepts = labels_of(document, self._concepts)

    def named(self, spans: tuple[Span, ...], kind: FieldKind) -> tuple[Span, ...]:
        """Return the candidates without those that are nothing but labels, where names are looked for."""
        if not self._lexicon or kind not in PARTIES or not spans:
            return spans
        labels = self._labelling.is_label(self._where(spans))
        return tuple(span for span, label in zip(spans, labels, strict=True) if not label)

    def describe(self, spans: tuple[Span, ...], kind: FieldKind) -> Described:
        """Return candidates of ``kind`` described, in their order."""
        where = self._where(spans)
        hearing = self._labelling.hear(where)
        if not spans:
            return Described(np.zeros((0, 0), dtype=np.int32), hearing)
        codes = np.concatenate(list(self._parts(spans, kind, where, hearing)), axis=1)
        return Described(codes.astype(np.int32), hearing)

    def _parts(
        self, spans: tuple[Span, ...], kind: FieldKind, where: Placed, hearing: Hearing
    ) -> Iterator[Ints]:
        if kind is FieldKind.PRESENCE:
            # What a clause is about stands in it, not around it.
            yield self._places(where)
            yield self._shapes(spans, where)
            yield self._inside(where, _CLAUSE)
            yield self._word_pairs(where)
            return
        yield self._neighbours(where)
        yield self._segment_context(where)
        yield self._meanings(where)
        yield self._blocks(where)
        yield self._places(where)
        yield self._shapes(spans, where)
        if kind in NAMED_KINDS:
            yield self._inside(where, _INSIDE)
        if self._lexicon:
            yield self._labelling.codes(where, hearing)
            if kind in PARTIES:
                yield self._labelling.party_codes(where)

    def _where(self, spans: tuple[Span, ...]) -> Placed:
        document = self._document
        starts = np.array([span.start for span in spans], dtype=np.int64)
        ends = np.array([span.end for span in spans], dtype=np.int64)
        return Placed(
            first=np.searchsorted(document.token_end, starts, side="right").astype(np.int64),
            after=np.searchsorted(document.token_start, ends).astype(np.int64),
            segment=np.array([span.pieces[0].segment for span in spans], dtype=np.int64),
            last_segment=np.array([span.pieces[-1].segment for span in spans], dtype=np.int64),
        )

    def _token(self, index: Ints) -> Ints:
        last = len(self._tokens) - 1
        return self._tokens[np.where((index < 0) | (index >= last), last, index)]

    def _neighbours(self, where: Placed) -> Ints:
        left = [self._token(where.first - step) for step in (1, 2, 3, 4)]
        right = [self._token(where.after + step) for step in (0, 1, 2)]
        columns = [mixed(column, salt(f"L{i}")) for i, column in enumerate(left)]
        columns += [mixed(column, salt(f"R{i}")) for i, column in enumerate(right)]
        columns += [
            mixed(joined(left[1], left[0]), salt("L12")),
            mixed(joined(left[2], left[1], left[0]), salt("L123")),
            mixed(joined(right[0], right[1]), salt("R12")),
            mixed(joined(left[0], right[0]), salt("LR")),
        ]
        bag = [
            self._bag(where.first[:, None] - np.arange(1, _LEFT_WINDOW + 1), "LW"),
            self._bag(where.after[:, None] + np.arange(_RIGHT_WINDOW), "RW"),
            self._same_segment(where),
        ]
        return np.concatenate([np.stack(columns, axis=1), *bag], axis=1)

    def _bag(self, index: Ints, role: str) -> Ints:
        inside = (index >= 0) & (index < len(self._tokens) - 1)
        return np.where(inside, mixed(self._token(index), salt(role)), EMPTY)

    def _same_segment(self, where: Placed) -> Ints:
        """Return the words left of the candidate in its own segment, singly and joined."""
        index = where.first[:, None] - np.arange(1, 9)
        start = self._document.first_token[where.segment][:, None]
        words = np.where(index >= start, mixed(self._token(index), salt("SL")), EMPTY)
        near = np.where(index[:, :3] >= start, self._token(index[:, :3]), 0)
        together = mixed(joined(near[:, 2], near[:, 1], near[:, 0]), salt("same"))
        return np.concatenate([words, together[:, None]], axis=1)

    def _segment_context(self, where: Placed) -> Ints:
        """Return the words of the segments left, right, above and below, and of the row's first one."""
        document = self._document
        left, right = document.left[where.segment], document.right[where.last_segment]
        above, below = document.above[where.segment], document.below[where.last_segment]
        above2 = np.where(above == NOWHERE, NOWHERE, document.above[above])
        row_first = _row_firsts(document, where)
        return np.concatenate(
            [
                self._labels.tail(left, "RL"),
                self._labels.head(row_first, "RF"),
                self._labels.head(right, "RR"),
                self._labels.head(above, "AB"),
                self._labels.tail_joined(above, "AB$"),
                self._labels.head(above2, "A2"),
                self._labels.head(below, "BL"),
                self._labels.tail_joined(left, "RL$"),
            ],
            axis=1,
        )

    def _meanings(self, where: Placed) -> Ints:
        """Return what the words beside the candidate are about, whatever the language they say it in."""
        document = self._document
        last = len(self._concepts) - 1
        before = where.first[:, None] - np.arange(1, 9)
        start = document.first_token[where.segment][:, None]
        own = np.where(before >= start, self._concepts[np.clip(before, 0, last)], NOWHERE)
        after = where.after[:, None] + np.arange(4)
        left, above = document.left[where.segment], document.above[where.segment]
        row_first = _row_firsts(document, where)
        beside = self._label_concepts.last[left]
        nearest = first_of(own, beside, self._label_concepts.last[above])
        return np.concatenate(
            [
                coded(own, "cL"),
                coded(self._concepts[np.clip(after, 0, last)], "cR"),
                coded(beside, "cRL"),
                coded(self._label_concepts.first[row_first], "cRF"),
                coded(self._label_concepts.first[above], "cAB"),
                coded(nearest[:, None], "cN"),
                coded(first_of(own, beside)[:, None], "cNL"),
            ],
            axis=1,
        )

    def _blocks(self, where: Placed) -> Ints:
        """Return the head of the block the candidate stands in, its line there, and the term defined next."""
        head, depth = self._heads
        index = where.segment
        depth_code = mixed(np.minimum(depth[index], 8), salt("depth"))
        block_head = np.where(head[index] == index, NOWHERE, head[index])
        defined = self._definitions[np.minimum(where.after, len(self._definitions) - 1)]
        definition = np.where(defined == NOWHERE, EMPTY, mixed(defined, salt("defined")))
        return np.concatenate(
            [self._labels.head(block_head, "BH"), depth_code[:, None], definition[:, None]], axis=1
        )

    @cached_property
    def _heads(self) -> tuple[Ints, Ints]:
        return block_heads(self._document)

    def _places(self, where: Placed) -> Ints:
        document = self._document
        rows = max(1, len(document.rows))
        segments = [document.segments[index] for index in where.segment.tolist()]
        row = np.array([segment.row for segment in segments], dtype=np.int64)
        x0 = np.array([segment.x0 for segment in segments])
        y0 = np.array([segment.y0 for segment in segments])
        page = np.array([segment.page for segment in segments], dtype=np.int64)
        in_row = np.array([len(document.rows[number]) for number in row.tolist()], dtype=np.int64)
        place = document.place_in_row[where.segment]
        columns = [
            mixed(row * 8 // rows, salt("Y")),
            mixed((y0 * 10).astype(np.int64) + 100 * np.minimum(page, 3), salt("YP")),
            mixed((x0 * 5).astype(np.int64), salt("X")),
            mixed(np.minimum(page, 3), salt("page")),
            mixed(np.minimum(in_row, 4), salt("in_row")),
            mixed(np.minimum(place, 3), salt("place")),
            np.where(row < 14, mixed(row, salt("row")), EMPTY),
            np.where(rows - row < 8, mixed(rows - row, salt("row_from_end")), EMPTY),
            mixed(np.zeros_like(row), salt("always")),
        ]
        return np.stack(columns, axis=1)

    def _shapes(self, spans: tuple[Span, ...], where: Placed) -> Ints:
        text = self._document.text
        segments = self._document.segments
        ends = [(span.start, span.end) for span in spans]
        full = [
            start - segments[first].start < 2 and segments[last].end - end < 2
            for (start, end), first, last in zip(
                ends, where.segment.tolist(), where.last_segment.tolist(), strict=True
            )
        ]
        shapes = [
            zlib.crc32(shape(text[start : min(end, start + _SHAPED)]).encode("utf-8", "replace"))
            for start, end in ends
        ]
        salts = {origin: salt(origin) for origin in {span.origin for span in spans}}
        origins = [salts[span.origin] for span in spans]
        columns = [
            mixed(np.array(full, dtype=np.int64), salt("full")),
            mixed(np.array(shapes, dtype=np.int64), salt("shape")),
            mixed(np.array(origins, dtype=np.int64), salt("origin")),
            mixed(np.minimum(where.after - where.first, 12), salt("length")),
        ]
        return np.stack(columns, axis=1)

    def _word_pairs(self, where: Placed) -> Ints:
        index = where.first[:, None] + np.arange(_CLAUSE)
        pairs = mixed(joined(self._token(index), self._token(index + 1)), salt("W2"))
        return np.where(index + 1 < where.after[:, None], pairs, EMPTY)

    def _inside(self, where: Placed, most: int) -> Ints:
        index = where.first[:, None] + np.arange(most)
        words = np.where(index < where.after[:, None], mixed(self._token(index), salt("W")), EMPTY)
        last, before = self._token(where.after - 1), self._token(np.maximum(where.first, where.after - 2))
        columns = [
            mixed(self._token(where.first), salt("WF")),
            mixed(last, salt("WL")),
            mixed(joined(before, last), salt("WL2")),
        ]
        return np.concatenate([words, np.stack(columns, axis=1)], axis=1)


def _row_firsts(document: Document, where: Placed) -> Ints:
    """Return the first segment of each candidate's row, or NOWHERE if the candidate stands in it."""
    firsts = document.row_first[where.segment]
    return np.where(firsts == where.segment, NOWHERE, firsts)


def _concept_hash(word: str) -> int:
    concept = concept_of(word)
    return NOWHERE if concept == NO_CONCEPT else salt(concept)
