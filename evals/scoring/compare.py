"""Comparators: is an answered field what people found; rows by assignment, then cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from doctypes.definition import FieldSpec
from doctypes.forms.characters import letters_and_digits
from doctypes.normalise import compare, similar_key
from evals.sets.form import TruthValue
from inference.extractor.fields import FieldSketch, sketch_of
from inference.extractor.learning_data import ALIKE
from inference.tables.scores import score_table

_LONG = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer compares with the truth, in cells.

    Attributes:
        right: The whole field is as people found it.
        tp: Cells that are right.
        fd: Cells with another value than the true one.
        fa: Values where there is none: made up.
        fn: Values that were not found.
        tn: Absences that were told.
        rows: Rows wanted and found, for tables.
        likeness: How near the text is, 0..1, for reports alone: partial credit hides wrong values.
    """

    right: bool
    tp: int = 0
    fd: int = 0
    fa: int = 0
    fn: int = 0
    tn: int = 0
    rows: tuple[int, int] = (0, 0)
    likeness: float = 1.0


def comparator_of(spec: FieldSpec) -> str:
    """Return how a field is compared, in words; what its type does not declare is told as inferred."""
    if spec.columns:
        return f"rows({', '.join(spec.column_names)})"
    base = {"exact": "exact", "fuzzy": f"text({ALIKE})", "amount": "number", "date": "date"}
    said = base.get(spec.comparator, f"{spec.kind.value} (inferred)")
    return f"list({said})" if spec.many else said


def judge(
    spec: FieldSpec, truth: TruthValue, values: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> Verdict:
    """Return how an answer to one field compares with its truth."""
    if spec.columns:
        wanted = [dict(row) for row in truth if isinstance(row, dict)] if isinstance(truth, list) else []
        return _table(spec, wanted, rows)
    wanted_values = [] if truth is None else [truth] if isinstance(truth, str) else [str(v) for v in truth]
    if spec.many:
        return _list(spec, wanted_values, values)
    return _plain(spec, wanted_values, values)


def _plain(spec: FieldSpec, wanted: Sequence[str], given: Sequence[str]) -> Verdict:
    if not wanted:
        return Verdict(right=not given, fa=len(given[:1]), tn=int(not given), likeness=float(not given))
    if not given:
        return Verdict(right=False, fn=1, likeness=0.0)
    right = len(given) == 1 and same(spec, given[0], wanted[0])
    near = 1.0 if right else _near(given[0], wanted[0])
    return Verdict(right=right, tp=int(right), fd=int(not right), likeness=near)


def _list(spec: FieldSpec, wanted: Sequence[str], given: Sequence[str]) -> Verdict:
    missing, extra = _unmatched(spec, wanted, given)
    tp = len(given) - extra
    wrong = min(missing, extra)
    return Verdict(
        right=not missing and not extra,
        tp=tp,
        fd=wrong,
        fa=extra - wrong,
        fn=missing - wrong,
        tn=int(not wanted and not given),
        likeness=2 * tp / (len(wanted) + len(given)) if wanted or given else 1.0,
    )


def _unmatched(spec: FieldSpec, wanted: Sequence[str], given: Sequence[str]) -> tuple[int, int]:
    """Return how many wanted values were not found, and how many given ones nobody wanted."""
    left = Counter(_key(spec, value) for value in wanted)
    extra = []
    for value in given:
        key = _key(spec, value)
        if left[key] > 0:
            left[key] -= 1
        else:
            extra.append(value)
    open_ = list(left.elements())
    for value in list(extra):
        match = next((key for key in open_ if spec.comparator == "fuzzy" and _alike(value, key)), None)
        if match is not None:
            open_.remove(match)
            extra.remove(value)
    return len(open_), len(extra)


def _key(spec: FieldSpec, value: str) -> str:
    return value if spec.comparator == "exact" else similar_key(spec.kind, value)


def _table(spec: FieldSpec, wanted: list[dict[str, str]], given: Sequence[Mapping[str, str]]) -> Verdict:
    columns = _sketches(spec.columns)
    found = score_table(given, wanted, columns, frozenset(spec.column_names))
    missing = found.counts.wanted - found.counts.right
    extra = found.counts.given - found.counts.right
    wrong = min(missing, extra)
    total = found.counts.wanted + found.counts.given
    return Verdict(
        right=found.right,
        tp=found.counts.right,
        fd=wrong,
        fa=extra - wrong,
        fn=missing - wrong,
        tn=int(not wanted and not given),
        rows=(len(wanted), len(wanted) - found.missed),
        likeness=2 * found.counts.right / total if total else 1.0,
    )


@lru_cache(maxsize=256)
def _sketches(columns: tuple[FieldSpec, ...]) -> tuple[FieldSketch, ...]:
    return tuple(sketch_of(column) for column in columns)


def same(spec: FieldSpec, given: str, wanted: str) -> bool:
    """Whether two values of a field mean the same."""
    if given == wanted:
        return True
    if spec.comparator == "exact":
        return False
    return compare(spec.kind, given, wanted) or (spec.comparator == "fuzzy" and _alike(given, wanted))


def _alike(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _LONG and _near(one, other) >= ALIKE


def _near(one: str, other: str) -> float:
    from rapidfuzz.distance import Levenshtein

    return float(
        Levenshtein.normalized_similarity(
            letters_and_digits(one), letters_and_digits(other), score_cutoff=0.5
        )
    )
