"""What entered, left and changed between two sets, and how the mix moved; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.sets.form import Manifest, SetRecord


@dataclass(frozen=True, slots=True)
class SetDiff:
    """The difference of two sets.

    Attributes:
        entered: Documents that only the second has.
        left: Documents that only the first has.
        changed: Documents whose truth differs, by the fields that do.
        mix: By type, its share before and after.
        records: By type, how many there are, before and after.
    """

    before: Manifest
    after: Manifest
    entered: tuple[str, ...]
    left: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    mix: Mapping[str, tuple[float, float]]
    records: Mapping[str, tuple[int, int]]


def diff_sets(
    before: tuple[Manifest, Sequence[SetRecord]], after: tuple[Manifest, Sequence[SetRecord]]
) -> SetDiff:
    """Return how the second set differs from the first."""
    one = {record.doc.id: record for record in before[1]}
    other = {record.doc.id: record for record in after[1]}
    changed = {
        key: tuple(
            sorted(
                n
                for n in one[key].truth.keys() | other[key].truth.keys()
                if _differs(one[key], other[key], n)
            )
        )
        for key in sorted(one.keys() & other.keys())
        if one[key].rid != other[key].rid
    }
    types = sorted(before[0].mix.keys() | after[0].mix.keys())
    return SetDiff(
        before=before[0],
        after=after[0],
        entered=tuple(sorted(other.keys() - one.keys())),
        left=tuple(sorted(one.keys() - other.keys())),
        changed=changed,
        mix={name: (float(before[0].mix.get(name, 0)), float(after[0].mix.get(name, 0))) for name in types},
        records={
            name: (
                sum(r.doc_type == name for r in before[1]),
                sum(r.doc_type == name for r in after[1]),
            )
            for name in types
        },
    )


def _differs(one: SetRecord, other: SetRecord, name: str) -> bool:
    return (name in one.truth) != (name in other.truth) or one.truth.get(name) != other.truth.get(name)
