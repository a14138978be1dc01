"""What surrounds a candidate, as hashed codes: neighbouring words, labels beside and above, place, shape.

Every code is a 32 bit token hash mixed with the role it plays, so that a whole document's candidates are
described by gathers from a few arrays; no word is kept anywhere.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from inference.concepts import NO_CONCEPT, concept_of
from inference.document import NOWHERE, Document, Floats, Ints, shape
from inference.spans import Span
from inference.values import NAMED_KINDS
from schemas.fields import FieldKind

FEATURES_VERSION = 2
"""Raised whenever codes or candidates change, so that no weights are used for other features."""
CODE_BITS = 17
CODES = 1 << CODE_BITS
"""Buckets of the hashed feature space."""
EMPTY = CODES
"""The code of a feature that does not apply; its weight is always zero."""

_QUOTES = frozenset("\"'\u201c\u201e\u2018")
_MIX = 0x9E3779B1
_FOLD = 0xFFFFFFFF
_LEFT_WINDOW = 12
_RIGHT_WINDOW = 10
_INSIDE = 24
_SHAPED = 20
_DEFINITION_REACH = 60


def _salt(name: str) -> int:
    return zlib.crc32(name.encode())


def _mixed(values: Ints, salt: int) -> Ints:
    """Spread ``values`` (or their combination) over the buckets in the role that ``salt`` stands for."""
    mixed = ((values ^ salt) * _MIX) & _FOLD
    mixed ^= mixed >> 15
    mixed = (mixed * 0x85EBCA6B) & _FOLD
    return (mixed >> (32 - CODE_BITS)) & (CODES - 1)


def _joined(*columns: Ints) -> Ints:
    out = columns[0]
    for column in columns[1:]:
        out = ((out * 31) ^ column) & _FOLD
    return out


@dataclass(frozen=True, slots=True)
class _Where:
    """Arrays over candidates: first token, token after the last, first segment, last segment."""

    first: Ints
    after: Ints
    segment: Ints
    last_segment: Ints


class Describer:
    """Describes candidates of one document; what does not depend on the candidate is computed once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        # One token before the first and one after the last stand for the edges of the document.
        self._tokens = np.concatenate([document.token_hash, [_salt("edge")]]).astype(np.int64)
        self._definitions = _definitions(document)
        self._labels = _labels(document, self._tokens)
        self._concepts = np.array([*map(_concept_hash, document.words), NOWHERE], dtype=np.int64)
        self._label_concepts = _labels(document, self._concepts)

    def codes(self, spans: tuple[Span, ...], kind: FieldKind) -> Ints:
        """Return one row of codes per span; EMPTY where a feature does not apply."""
        if not spans:
            return np.zeros((0, 0), dtype=np.int64)
        where = self._where(spans)
        parts = [
            self._neighbours(where),
            self._segment_context(where),
            self._meanings(where),
            self._blocks(where),
            self._places(where),
            self._shapes(spans, where),
        ]
        if kind in NAMED_KINDS or kind is FieldKind.PRESENCE:
            parts.append(self._inside(where))
        return np.concatenate(parts, axis=1)

    def _where(self, spans: tuple[Span, ...]) -> _Where:
        document = self._document
        starts = np.array([span.start for span in spans], dtype=np.int64)
        ends = np.array([span.end for span in spans], dtype=np.int64)
        return _Where(
            first=np.searchsorted(document.token_end, starts, side="right").astype(np.int64),
            after=np.searchsorted(document.token_start, ends).astype(np.int64),
            segment=np.array([span.pieces[0].segment for span in spans], dtype=np.int64),
            last_segment=np.array([span.pieces[-1].segment for span in spans], dtype=np.int64),
        )

    def _token(self, index: Ints) -> Ints:
        last = len(self._tokens) - 1
        return self._tokens[np.where((index < 0) | (index >= last), last, index)]

    def _neighbours(self, where: _Where) -> Ints:
        left = [self._token(where.first - step) for step in (1, 2, 3, 4)]
        right = [self._token(where.after + step) for step in (0, 1, 2)]
        columns = [_mixed(column, _salt(f"L{i}")) for i, column in enumerate(left)]
        columns += [_mixed(column, _salt(f"R{i}")) for i, column in enumerate(right)]
        columns += [
            _mixed(_joined(left[1], left[0]), _salt("L12")),
            _mixed(_joined(left[2], left[1], left[0]), _salt("L123")),
            _mixed(_joined(right[0], right[1]), _salt("R12")),
            _mixed(_joined(left[0], right[0]), _salt("LR")),
        ]
        bag = [
            self._bag(where.first[:, None] - np.arange(1, _LEFT_WINDOW + 1), "LW"),
            self._bag(where.after[:, None] + np.arange(_RIGHT_WINDOW), "RW"),
            self._same_segment(where),
        ]
        return np.concatenate([np.stack(columns, axis=1), *bag], axis=1)

    def _bag(self, index: Ints, role: str) -> Ints:
        inside = (index >= 0) & (index < len(self._tokens) - 1)
        return np.where(inside, _mixed(self._token(index), _salt(role)), EMPTY)

    def _same_segment(self, where: _Where) -> Ints:
        """Return the words left of the candidate in its own segment, singly and joined."""
        index = where.first[:, None] - np.arange(1, 9)
        start = self._document.first_token[where.segment][:, None]
        words = np.where(index >= start, _mixed(self._token(index), _salt("SL")), EMPTY)
        near = np.where(index[:, :3] >= start, self._token(index[:, :3]), 0)
        joined = _mixed(_joined(near[:, 2], near[:, 1], near[:, 0]), _salt("same"))
        return np.concatenate([words, joined[:, None]], axis=1)

    def _segment_context(self, where: _Where) -> Ints:
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

    def _meanings(self, where: _Where) -> Ints:
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
        nearest = _first_of(own, beside, self._label_concepts.last[above])
        return np.concatenate(
            [
                _coded(own, "cL"),
                _coded(self._concepts[np.clip(after, 0, last)], "cR"),
                _coded(beside, "cRL"),
                _coded(self._label_concepts.first[row_first], "cRF"),
                _coded(self._label_concepts.first[above], "cAB"),
                _coded(nearest[:, None], "cN"),
                _coded(_first_of(own, beside)[:, None], "cNL"),
            ],
            axis=1,
        )

    def _blocks(self, where: _Where) -> Ints:
        """Return the head of the block the candidate stands in, its line there, and the term defined next."""
        head, depth = _block_heads(self._document)
        index = where.segment
        depth_code = _mixed(np.minimum(depth[index], 8), _salt("depth"))
        block_head = np.where(head[index] == index, NOWHERE, head[index])
        defined = self._definitions[np.minimum(where.after, len(self._definitions) - 1)]
        definition = np.where(defined == NOWHERE, EMPTY, _mixed(defined, _salt("defined")))
        return np.concatenate(
            [self._labels.head(block_head, "BH"), depth_code[:, None], definition[:, None]], axis=1
        )

    def _places(self, where: _Where) -> Ints:
        document = self._document
        rows = max(1, len(document.rows))
        row = np.array([segment.row for segment in document.segments], dtype=np.int64)[where.segment]
        x0 = np.array([segment.x0 for segment in document.segments])[where.segment]
        y0 = np.array([segment.y0 for segment in document.segments])[where.segment]
        page = np.array([segment.page for segment in document.segments], dtype=np.int64)[where.segment]
        in_row = np.array([len(document.rows[number]) for number in row], dtype=np.int64)
        place = document.place_in_row[where.segment]
        columns = [
            _mixed(row * 8 // rows, _salt("Y")),
            _mixed((y0 * 10).astype(np.int64) + 100 * np.minimum(page, 3), _salt("YP")),
            _mixed((x0 * 5).astype(np.int64), _salt("X")),
            _mixed(np.minimum(page, 3), _salt("page")),
            _mixed(np.minimum(in_row, 4), _salt("in_row")),
            _mixed(np.minimum(place, 3), _salt("place")),
            np.where(row < 14, _mixed(row, _salt("row")), EMPTY),
            np.where(rows - row < 8, _mixed(rows - row, _salt("row_from_end")), EMPTY),
            _mixed(np.zeros_like(row), _salt("always")),
        ]
        return np.stack(columns, axis=1)

    def _shapes(self, spans: tuple[Span, ...], where: _Where) -> Ints:
        text = self._document.text
        segments = self._document.segments
        full = [
            span.start - segments[span.pieces[0].segment].start < 2
            and segments[span.pieces[-1].segment].end - span.end < 2
            for span in spans
        ]
        shapes = [
            zlib.crc32(
                shape(text[span.start : min(span.end, span.start + _SHAPED)]).encode("utf-8", "replace")
            )
            for span in spans
        ]
        origins = [_salt(span.origin) for span in spans]
        columns = [
            _mixed(np.array(full, dtype=np.int64), _salt("full")),
            _mixed(np.array(shapes, dtype=np.int64), _salt("shape")),
            _mixed(np.array(origins, dtype=np.int64), _salt("origin")),
            _mixed(np.minimum(where.after - where.first, 12), _salt("length")),
        ]
        return np.stack(columns, axis=1)

    def _inside(self, where: _Where) -> Ints:
        index = where.first[:, None] + np.arange(_INSIDE)
        words = np.where(index < where.after[:, None], _mixed(self._token(index), _salt("W")), EMPTY)
        last, before = self._token(where.after - 1), self._token(np.maximum(where.first, where.after - 2))
        columns = [
            _mixed(self._token(where.first), _salt("WF")),
            _mixed(last, _salt("WL")),
            _mixed(_joined(before, last), _salt("WL2")),
        ]
        return np.concatenate([words, np.stack(columns, axis=1)], axis=1)


def _row_firsts(document: Document, where: _Where) -> Ints:
    """Return the first segment of each candidate's row, or NOWHERE if the candidate stands in it."""
    firsts = np.array([document.rows[document.segments[i].row][0] for i in where.segment], dtype=np.int64)
    return np.where(firsts == where.segment, NOWHERE, firsts)


def _concept_hash(word: str) -> int:
    concept = concept_of(word)
    return NOWHERE if concept == NO_CONCEPT else _salt(concept)


def _coded(values: Ints, role: str) -> Ints:
    return np.where(values == NOWHERE, EMPTY, _mixed(values, _salt(role)))


def _first_of(*columns: Ints) -> Ints:
    """Return the first value of each row that is not NOWHERE, or NOWHERE."""
    whole = np.concatenate(columns, axis=1)
    return np.asarray(whole[np.arange(len(whole)), (whole != NOWHERE).argmax(axis=1)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Labels:
    """The first and last words of every segment, hashed; one more row stands for no segment."""

    first: Ints
    last: Ints

    def head(self, index: Ints, role: str) -> Ints:
        return self._codes(self.first[index], role)

    def tail(self, index: Ints, role: str) -> Ints:
        return self._codes(self.last[index], role)

    def tail_joined(self, index: Ints, role: str) -> Ints:
        words = np.maximum(self.last[index][:, :3], 0)
        return _mixed(_joined(words[:, 2], words[:, 1], words[:, 0]), _salt(role))[:, None]

    def _codes(self, words: Ints, role: str) -> Ints:
        return np.where(words == NOWHERE, EMPTY, _mixed(words, _salt(role)))


def _labels(document: Document, tokens: Ints) -> _Labels:
    count = len(document.segments)
    first = np.full((count + 1, 6), NOWHERE, dtype=np.int64)
    last = np.full((count + 1, 5), NOWHERE, dtype=np.int64)
    bounds = document.first_token
    for index in range(count):
        words = tokens[bounds[index] : bounds[index + 1]]
        first[index, : min(6, len(words))] = words[:6]
        tail = words[-5:][::-1]
        last[index, : len(tail)] = tail
    return _Labels(first, last)


def _block_heads(document: Document) -> tuple[Ints, Ints]:
    """Return, per segment, the first segment of the block it stands in and how many lines down it is."""
    head = np.arange(len(document.segments), dtype=np.int64)
    depth = np.zeros(len(document.segments), dtype=np.int64)
    order = sorted(range(len(document.segments)), key=lambda i: document.segments[i].row)
    for index in order:
        above = int(document.above[index])
        if above == NOWHERE:
            continue
        me, other = document.segments[index], document.segments[above]
        height = max(me.y1 - me.y0, other.y1 - other.y0, 0.004)
        if other.row < me.row and me.y0 - other.y1 < 0.9 * height and abs(me.x0 - other.x0) < 0.08:
            head[index], depth[index] = head[above], depth[above] + 1
    return head, depth


def _definitions(document: Document) -> Ints:
    """Return, per token, the hash of the term that a bracket after it defines, as in (the "Tenant")."""
    words = document.words
    out = np.full(len(words) + 1, NOWHERE, dtype=np.int64)
    term, at = NOWHERE, 0
    for index in range(len(words) - 1, -1, -1):
        if words[index] in _QUOTES and index + 1 < len(words) and _opens(words, index):
            term, at = int(document.token_hash[index + 1]), index
        if term != NOWHERE and at - index <= _DEFINITION_REACH:
            out[index] = term
    return out


def _opens(words: tuple[str, ...], index: int) -> bool:
    return "(" in words[max(0, index - 4) : index]


def gather(codes: Ints, weights: Floats) -> Floats:
    """Return the sum of the weights of each row's codes; ``weights`` has CODES + 1 entries."""
    return weights[codes].sum(axis=1) if codes.size else np.zeros(len(codes))
