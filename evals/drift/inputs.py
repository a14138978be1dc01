"""What can be seen without truth: what comes in, how it reads, how sure the model is, what is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evals.drift.chances import Stability, classes_differ, numbers_differ, stability, surprising
from schemas.classification import Classification
from schemas.fields import FieldState
from schemas.results import Record


@dataclass
class Profile:
    """What a sample of production looks like.

    Attributes:
        types: Documents by type.
        quality: Of each document, 0..1.
        confidence: By ``type.field``.
        empty: By ``type.field``, how many fields were empty and how many were not.
        lengths: By ``type.field``, the length of what was read: its distribution stands for the values'.
    """

    types: Counter[str] = field(default_factory=Counter)
    quality: list[float] = field(default_factory=list)
    confidence: dict[str, list[float]] = field(default_factory=dict)
    empty: dict[str, list[int]] = field(default_factory=dict)
    lengths: dict[str, list[float]] = field(default_factory=dict)

    def add(self, record: Record, found: Classification) -> None:
        """Count a document in."""
        self.types[record.doc_type] += 1
        if found.quality is not None:
            self.quality.append(found.quality.score)
        for judged in record.fields:
            read = judged.model_field or judged.field
            name = f"{record.doc_type}.{read.name}"
            self.empty.setdefault(name, [0, 0])[int(read.state is FieldState.VALUE)] += 1
            if read.confidence is not None:
                self.confidence.setdefault(name, []).append(read.confidence)
            if read.readings:
                self.lengths.setdefault(name, []).append(float(sum(len(r.raw) for r in read.readings)))


@dataclass(frozen=True, slots=True)
class Moved:
    """One distribution, before and now.

    Attributes:
        what: ``mix``, ``quality``, ``confidence type.field``, ``empty type.field``, ``length type.field``.
        chance: How probably both come from one distribution.
        stands_out: Among all that were looked at.
        said: The figures in words.
    """

    what: str
    chance: float
    stands_out: bool
    said: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What moved on the way in and on the way out, without any truth."""

    mix: Stability
    moved: tuple[Moved, ...]
    documents: int
    base_documents: int

    @property
    def alarming(self) -> tuple[Moved, ...]:
        """What stands out among all that were looked at."""
        return tuple(one for one in self.moved if one.stands_out)


def compare_profiles(
    before: Profile, now: Profile, mix: tuple[Mapping[str, int], Mapping[str, int]]
) -> Inputs:
    """Return what moved from one sample to another.

    Args:
        before: Of the baseline.
        now: Of tonight.
        mix: Documents by type, of all production, before and now.
    """
    names = sorted(mix[0].keys() | mix[1].keys())
    counts = [[side.get(name, 0) for name in names] for side in mix]
    found: dict[str, tuple[float, str]] = {
        "mix": (classes_differ(*counts), _mix_words(names, *counts)),
        "quality": (numbers_differ(before.quality, now.quality), _mean(before.quality, now.quality)),
    }
    for name in sorted(before.confidence.keys() & now.confidence.keys()):
        one, other = before.confidence[name], now.confidence[name]
        found[f"confidence {name}"] = (numbers_differ(one, other), _mean(one, other))
    for name in sorted(before.lengths.keys() & now.lengths.keys()):
        one, other = before.lengths[name], now.lengths[name]
        found[f"length {name}"] = (numbers_differ(one, other), _mean(one, other))
    for name in sorted(before.empty.keys() & now.empty.keys()):
        one_, other_ = before.empty[name], now.empty[name]
        found[f"empty {name}"] = (classes_differ(one_, other_), _share(one_, other_))
    out = surprising({name: chance for name, (chance, _) in found.items()})
    return Inputs(
        mix=stability(*counts),
        moved=tuple(Moved(name, chance, name in out, said) for name, (chance, said) in found.items()),
        documents=sum(now.types.values()),
        base_documents=sum(before.types.values()),
    )


def _mix_words(names: Sequence[str], before: Sequence[int], now: Sequence[int]) -> str:
    if not sum(before) or not sum(now):
        return "nothing to compare"
    n, m = sum(before), sum(now)
    gaps = [(abs(b / m - a / n), name, a / n, b / m) for name, a, b in zip(names, before, now, strict=True)]
    return "  ".join(
        f"{name} {one:.0%}→{other:.0%}" for _, name, one, other in sorted(gaps, reverse=True)[:2]
    )


def _mean(before: Sequence[float], now: Sequence[float]) -> str:
    if not before or not now:
        return "nothing to compare"
    return f"mean {sum(before) / len(before):.2f} → {sum(now) / len(now):.2f}"


def _share(before: Sequence[int], now: Sequence[int]) -> str:
    one, other = (side[0] / max(1, sum(side)) for side in (before, now))
    return f"empty {one:.0%} → {other:.0%}"
