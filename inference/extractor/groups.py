"""Candidates that mean the same, as one group with dense features: what stage two ranks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.extractor.fields import FieldSketch
from inference.reading.document import NOWHERE, Document, Floats, Ints
from inference.reading.spans import Span
from inference.reading.values import NAMED_KINDS
from schemas.fields import FieldKind

FEATURES = (
    "best", "below_top", "occurrences", "mass", "first_at", "best_at", "row_share", "row",
    "row_from_end", "x0", "page", "last_page", "memory", "memory_share", "length", "pieces", "spaces",
    "upper", "digits", "rank", "rank_share", "magnitude", "groups", "whole", "label", "label_margin",
    "sum", "larger_part", "smaller_part", "rival", "over_rival", "margin", "better", "container",
    "contained", "over_container", "over_contained", "iban", "vat", "marked",
)  # fmt: skip
"""Names of the dense features, in their order."""

LABELLED = (*FEATURES, "label_other", "label_over", "section")
"""The same of a type that states labels."""

WIDTH = len(FEATURES)
_FAR = -9.0
_NESTED_TOP = 40
_CENT = 0.011
_NUMERIC = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.QUANTITY, FieldKind.PERCENTAGE})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:E[+-]?\d{1,3})?")
_LARGEST = 1e12
_CURRENCY_MARK = re.compile(r"[A-Za-z€$£¥₹]")


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates with one key; ``members`` are indices into the spans, the best one first."""

    key: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What labels say of a field's candidates, per span.

    Attributes:
        own: How strongly they name the field.
        other: How strongly they name anything else.
        section: 1 below the field's own heading, -1 below another's, 0 below none.
        stated: Whether the type states any labels.
    """

    own: Floats
    other: Floats
    section: Floats
    stated: bool


def group_spans(spans: tuple[Span, ...]) -> tuple[Group, ...]:
    """Return the spans grouped by key, in order of first occurrence."""
    by_key: dict[str, list[int]] = {}
    for index, span in enumerate(spans):
        by_key.setdefault(span.key, []).append(index)
    return tuple(Group(key, tuple(members)) for key, members in by_key.items())


class KindView:
    """What every field of one kind shares in one document: groups and features that need no model."""

    def __init__(self, document: Document, spans: tuple[Span, ...], kind: FieldKind) -> None:
        self.document = document
        self.spans = spans
        self.kind = kind
        self.groups = group_spans(spans)
        self._group_of = np.zeros(len(spans), dtype=np.int64)
        for number, group in enumerate(self.groups):
            self._group_of[list(group.members)] = number

    @cached_property
    def first_tokens(self) -> Ints:
        """The token that each span begins with."""
        starts = np.array([span.start for span in self.spans], dtype=np.int64)
        return np.searchsorted(self.document.token_end, starts, side="right").astype(np.int64)

    @cached_property
    def segments(self) -> Ints:
        """The segment that each span begins in."""
        return np.array([span.pieces[0].segment for span in self.spans], dtype=np.int64)

    def features(self, logits: Floats, field: int, memory: Floats, said: Said) -> tuple[Floats, Ints]:
        """Return one row of dense features per group, and each group's best span.

        Args:
            logits: Stage one, a row per span, a column per field of this kind.
            field: The column of the field asked for.
            memory: How often each group's value was a label of the field in training.
            said: What labels say of each span.
        """
        count = len(self.groups)
        own = logits[:, field]
        best_first = np.argsort(-own, kind="stable")
        best_span = best_first[np.unique(self._group_of[best_first], return_index=True)[1]]
        best = own[best_span]
        mass = np.zeros(count)
        np.add.at(mass, self._group_of, 1 / (1 + np.exp(-np.clip(own, -30, 30))))
        labels = np.zeros(count)
        np.maximum.at(labels, self._group_of, said.own)
        top = best.max()
        columns = {
            "best": best,
            "below_top": best - top,
            "mass": np.minimum(mass, 20),
            "memory": np.log1p(memory),
            "memory_share": memory / max(1.0, memory.sum()),
            "label": labels,
            "label_margin": labels - labels.max(),
            "best_at": self._of_spans["at"][best_span],
        }
        columns |= {name: told[best_span] for name, told in self._of_spans.items()} | self._of_groups
        columns |= self._rivals(logits, field, best) | self._margins(best)
        columns |= _heard(said, labels, best_span)
        names = LABELLED if said.stated else FEATURES
        return np.stack([columns[name] for name in names], axis=1), best_span

    @cached_property
    def _of_spans(self) -> dict[str, Floats]:
        """What can be told of each span by itself: its place, its size, its signs."""
        document, segments = self.document, self.document.segments
        begins = [segments[index] for index in self.segments.tolist()]
        row = np.array([segment.row for segment in begins], dtype=float)
        page = np.array([segment.page for segment in begins], dtype=float)
        rows = len(document.rows)
        starts = np.array([span.start for span in self.spans], dtype=np.int64)
        ends = np.array([span.end for span in self.spans], dtype=np.int64)
        sizes = np.maximum(1, ends - starts).astype(float)
        texts = [document.text[span.start : span.end] for span in self.spans]
        whole = [
            span.start - first.start < 2 and segments[span.pieces[-1].segment].end - span.end < 2
            for span, first in zip(self.spans, begins, strict=True)
        ]
        return {
            "at": starts / max(1, len(document.text)),
            "row_share": row / max(1, rows),
            "row": np.minimum(row, 40),
            "row_from_end": np.minimum(rows - row, 40),
            "x0": np.array([segment.x0 for segment in begins]),
            "page": np.minimum(page, 5),
            "last_page": (page == segments[-1].page).astype(float),
            "length": np.minimum(sizes, 200),
            "pieces": np.array([len(span.pieces) for span in self.spans], dtype=float),
            "spaces": np.array([text.count(" ") for text in texts], dtype=float),
            "upper": (document.upper_before[ends] - document.upper_before[starts]) / sizes,
            "digits": (document.digits_before[ends] - document.digits_before[starts]) / sizes,
            "whole": np.array(whole, dtype=float),
            "marked": np.array([bool(_CURRENCY_MARK.search(text)) for text in texts], dtype=float),
        }

    @cached_property
    def _of_groups(self) -> dict[str, Floats]:
        """What can be told of each group by itself."""
        order, share, magnitude = _value_ranks(self.groups, self.kind)
        sums = _sum_roles(self.groups, self.kind)
        return {
            "occurrences": np.log1p(np.array([len(group.members) for group in self.groups])),
            "first_at": self._of_spans["at"][[group.members[0] for group in self.groups]],
            "groups": np.full(len(self.groups), np.log1p(len(self.groups))),
            "rank": order,
            "rank_share": share,
            "magnitude": magnitude,
            "sum": sums[:, 0],
            "larger_part": sums[:, 1],
            "smaller_part": sums[:, 2],
            "iban": self._proposed_as("iban"),
            "vat": self._proposed_as("vat"),
        }

    def _proposed_as(self, origin: str) -> Floats:
        """Return 1 for groups that hold a candidate of this origin."""
        marks = np.zeros(len(self.groups))
        marks[self._group_of[[span.origin == origin for span in self.spans]]] = 1
        return marks

    def _rivals(self, logits: Floats, field: int, best: Floats) -> dict[str, Floats]:
        """Compare with what the other fields of this kind think of the same candidates."""
        count = len(self.groups)
        rival = np.full(count, _FAR)
        for other in range(logits.shape[1]):
            if other != field:
                np.maximum.at(rival, self._group_of, logits[:, other])
        return {"rival": rival, "over_rival": np.clip(best - rival, -12, 12)}

    def _margins(self, best: Floats) -> dict[str, Floats]:
        ordered = np.sort(best)[::-1]
        second = ordered[1] if len(ordered) > 1 else ordered[0]
        margin = np.where(best == ordered[0], best - second, best - ordered[0])
        better = np.searchsorted(-ordered, -best, side="left").astype(float)
        container, contained = self._nested(best)
        return {
            "margin": margin,
            "better": better,
            "container": container,
            "contained": contained,
            "over_container": np.where(container > _FAR, best - container, 9.0),
            "over_contained": np.where(contained > _FAR, best - contained, 9.0),
        }

    def _nested(self, best: Floats) -> tuple[Floats, Floats]:
        """Return the score of the best group that contains each one, and of the best one it contains."""
        container = np.full(len(best), _FAR)
        contained = np.full(len(best), _FAR)
        if self.kind not in NAMED_KINDS:
            return container, contained
        keys = [group.key for group in self.groups]
        top = np.argsort(-best, kind="stable")[:_NESTED_TOP]
        for other in top[::-1].tolist():
            strong = keys[other]
            container[[n for n, key in enumerate(keys) if key in strong and n != other]] = best[other]
            contained[[n for n, key in enumerate(keys) if strong in key and n != other]] = best[other]
        return container, contained


def _heard(said: Said, own: Floats, best_span: Ints) -> dict[str, Floats]:
    other = said.other[best_span]
    return {"label_other": other, "label_over": own - other, "section": said.section[best_span]}


def _value_ranks(groups: tuple[Group, ...], kind: FieldKind) -> tuple[Floats, Floats, Floats]:
    """Return rank, rank share and magnitude: the largest number first, the earliest date first."""
    count = len(groups)
    nothing = np.full(count, -1.0)
    if kind in _NUMERIC:
        values = np.array([number_of(group.key) for group in groups])
        order = np.argsort(np.argsort(-values, kind="stable"), kind="stable").astype(float)
        return order, order / max(1, count), np.log1p(np.abs(values))
    if kind is FieldKind.DATE:
        keys = sorted({group.key for group in groups})
        rank = {key: float(place) for place, key in enumerate(keys)}
        order = np.array([rank[group.key] for group in groups])
        return order, order / max(1, count), nothing
    return nothing, nothing, nothing


def number_of(key: str) -> float:
    """Return the number a key begins with (it may be 1.7E+2, or carry a unit); 0 without one."""
    match = _NUMBER.match(key)
    return min(max(float(match.group()), -_LARGEST), _LARGEST) if match else 0.0


def _sum_roles(groups: tuple[Group, ...], kind: FieldKind) -> Floats:
    """Mark amounts that are the sum of two others, or the larger or smaller part of such a sum."""
    roles = np.zeros((len(groups), 3))
    if kind is not FieldKind.MONEY:
        return roles
    values = np.array([abs(number_of(group.key)) for group in groups])
    largest = [i for i in np.argsort(-values, kind="stable")[:30] if values[i] > 0]
    for total in largest:
        for part in largest:
            rest = values[total] - values[part]
            if values[part] >= rest > _CENT:
                matches = np.flatnonzero(np.abs(values - rest) < _CENT)
                if len(matches):
                    roles[total, 0] = roles[part, 1] = 1
                    roles[matches, 2] = 1
    return roles


def label_similarity(view: KindView, field: FieldSketch) -> Floats:
    """Return, per span, the share of the field's cues among the words left of it, beside it and above it."""
    document = view.document
    if not field.cues or not view.spans:
        return np.zeros(len(view.spans))
    known, beginnings = document.beginnings
    heard = [known[cue] for cue in field.cues if cue in known]
    if not heard:
        return np.zeros(len(view.spans))
    cue = np.zeros(len(known), dtype=np.bool_)
    cue[heard] = True
    cumulated = np.concatenate([[0], np.cumsum(np.append(cue[beginnings], False))])
    first, segment = view.first_tokens, view.segments
    near = cumulated[first] - cumulated[np.maximum(0, first - 8)]
    per_segment = cumulated[document.first_token[1:]] - cumulated[document.first_token[:-1]]
    per_segment = np.concatenate([per_segment, [0]])
    beside = per_segment[np.where(document.left[segment] == NOWHERE, -1, document.left[segment])]
    above = per_segment[np.where(document.above[segment] == NOWHERE, -1, document.above[segment])]
    score = np.minimum(1.0, near / len(field.cues)) + 0.8 * np.minimum(1.0, beside / len(field.cues))
    return np.asarray(score + 0.5 * np.minimum(1.0, above / len(field.cues)), dtype=float)
