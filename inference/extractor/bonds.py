"""What the fields of one document say of each other: parties differ, parts add up to their total."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from doctypes.definition import DocType
from inference.extractor.decisions import logit
from inference.extractor.fields import FieldSketch
from inference.extractor.groups import number_of
from inference.extractor.ranker import Ranked
from inference.reading.document import Ints
from schemas.fields import FieldKind

DIFFERENT = frozenset({FieldKind.PARTY, FieldKind.IDENTIFIER})
"""Kinds of which no two plain fields of a document hold the same value."""

_BEST = 7
_ADDS_UP = 2.0
_CENT = 0.011
_IMPOSSIBLE = -1e6


@dataclass(frozen=True)
class Bonds:
    """How the fields of a type hang together; a model trained without has none.

    Attributes:
        sums: Each a total and its parts, by field name.
        absent: By field, the share of documents that lack it; empty: fields may share a value.
    """

    sums: tuple[tuple[str, ...], ...]
    absent: Mapping[str, float]


NO_BONDS = Bonds((), {})


def bonds_of(doc_type: DocType, wanted: Iterable[Mapping[str, frozenset[str]]]) -> Bonds:
    """Return the bonds of a type that states labels, from what each labelled document wants; else none."""
    if not any(spec.labels for spec in doc_type.fields):
        return NO_BONDS
    told: dict[str, list[bool]] = {}
    for labels in wanted:
        for name, keys in labels.items():
            told.setdefault(name, []).append(not keys)
    absent = {name: (sum(lacks) + 0.5) / (len(lacks) + 1) for name, lacks in sorted(told.items())}
    return Bonds(tuple((spec.name, *spec.sum_of) for spec in doc_type.fields if spec.sum_of), absent)


def bound(fields: Sequence[FieldSketch], rankings: Sequence[Ranked], bonds: Bonds) -> list[Ranked]:
    """Return the rankings of one kind's fields in one document, as they agree with one another."""
    names = [field.name for field in fields]
    out = list(rankings)
    for total, *parts in bonds.sums:
        if {total, *parts} <= set(names):
            places = [names.index(name) for name in (total, *parts)]
            for place, ranked in zip(places, _added_up([out[place] for place in places]), strict=True):
                out[place] = ranked
    plain = [n for n, field in enumerate(fields) if not field.many and len(out[n].keys)]
    if bonds.absent and len(plain) > 1 and fields[plain[0]].kind in DIFFERENT:
        apart = _set_apart([out[n] for n in plain], [bonds.absent.get(names[n], 0.5) for n in plain])
        for n, ranked in zip(plain, apart, strict=True):
            out[n] = ranked
    return out


def _added_up(rankings: list[Ranked]) -> list[Ranked]:
    """Return total and parts led by the values that add up, where those are not much less probable."""
    tops = [_best_of(ranked) for ranked in rankings]
    chosen, most, alone = None, -math.inf, 0.0
    gains = [[logit(float(r.probabilities[g])) for g in top] for r, top in zip(rankings, tops, strict=True)]
    if not all(gains):
        return rankings
    alone = sum(max(gain) for gain in gains)
    values = [[abs(number_of(r.keys[g])) for g in top] for r, top in zip(rankings, tops, strict=True)]
    for places in product(*(range(len(top)) for top in tops)):
        total, *parts = (values[n][place] for n, place in enumerate(places))
        if total > 0 and abs(total - sum(parts)) < _CENT:
            gain = sum(gains[n][place] for n, place in enumerate(places)) + _ADDS_UP * len(places)
            if gain > most:
                chosen, most = places, gain
    if chosen is None or most < alone:
        return rankings
    return [_led(r, int(tops[n][chosen[n]])) for n, r in enumerate(rankings)]


def _led(ranked: Ranked, group: int) -> Ranked:
    """Return a ranking led by ``group``, which became more probable."""
    sure = 1 / (1 + math.exp(-(logit(float(ranked.probabilities[group])) + _ADDS_UP)))
    others = np.minimum(ranked.probabilities, 0.999 * sure)
    others[group] = sure
    return replace(ranked, probabilities=others)


def _set_apart(rankings: list[Ranked], absent: list[float]) -> list[Ranked]:
    """Return the rankings, none led by a value that suits another field better.

    Of all ways to give each field a value of its own, or none, the most probable is taken; what one field
    got becomes impossible for the others.
    """
    tops = [_best_of(ranked) for ranked in rankings]
    leaders = [ranked.keys[int(top[0])] for ranked, top in zip(rankings, tops, strict=True)]
    if len(set(leaders)) == len(leaders):
        return rankings
    given = _assigned(rankings, tops, absent)
    out: list[Ranked] = []
    for n, ranked in enumerate(rankings):
        others = {key for m, key in given.items() if m != n}
        taken = np.array([key in others for key in ranked.keys])
        out.append(replace(ranked, probabilities=np.where(taken, 0.0, ranked.probabilities)))
    return out


def _assigned(rankings: list[Ranked], tops: list[Ints], absent: list[float]) -> dict[int, str]:
    """Return the value that each field gets; a field that had better have none is left out."""
    from scipy.optimize import linear_sum_assignment

    keys = sorted({r.keys[int(g)] for r, top in zip(rankings, tops, strict=True) for g in top})
    gains = np.full((len(rankings), len(keys) + len(rankings)), _IMPOSSIBLE)
    for row, (ranked, top) in enumerate(zip(rankings, tops, strict=True)):
        gains[row, len(keys) + row] = logit(absent[row])
        for group in top:
            gains[row, keys.index(ranked.keys[int(group)])] = logit(float(ranked.probabilities[group]))
    rows, columns = linear_sum_assignment(-gains)
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: keys[column] for row, column in chosen if column < len(keys)}


def _best_of(ranked: Ranked) -> Ints:
    return np.argsort(-ranked.probabilities, kind="stable")[:_BEST]
