"""What models are worth: how much goes without a person, what goes out wrong, what a caught error costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from ops.audit.marks import marks_of
from ops.audit.seen import Period, Seen
from ops.intervals import Rate, rate
from schemas.certificates import Certificate
from schemas.fields import FieldState
from schemas.layout import Frozen
from schemas.results import FieldDecision
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState

Promises = Mapping[str, Certificate]
"""What was certified of the live types' fields offline, by ``type.field``."""
LEAST_LOOKED_AT = 20
"""Accepted values of a field that people looked at, below which it is not held against its certificate."""


class Share(Frozen):
    """A rate with its 95 % interval."""

    hits: int
    cases: int
    low: float
    high: float

    @property
    def counted(self) -> Rate:
        """The same, with its words."""
        return Rate(self.hits, self.cases, self.low, self.high)


class Gap(Frozen):
    """How a field's accepted values do live, and how they did out of fold.

    Attributes:
        live: Wrong ones among accepted values that people looked at.
        offline: Wrong ones among accepted decisions out of fold.
        bound: What the certificate promises at most.
    """

    field: str
    live: Share
    offline: Share
    bound: float


class Figures(Frozen):
    """What the models are worth for one type, over the whole period.

    Attributes:
        alone: Documents accepted without a person, of those that ended.
        wrong: Wrong ones among accepted values that people looked at.
        minutes: Minutes of review per error that people caught; None where nobody measured, or none was.
        dollars: What models cost per right value that went out without a person; None where a price is
            unknown or nothing went out.
        gaps: Fields that are certified and looked at often enough, the widest gap first.
    """

    doc_type: str
    alone: Share
    wrong: Share
    minutes: float | None
    dollars: float | None
    gaps: tuple[Gap, ...] = ()


def figures(period: Period, promises: Promises) -> tuple[Figures, ...]:
    """Return the figures of every type of a period that had a record, by name."""
    types: dict[str, list[Seen]] = {}
    for seen in period.documents:
        if seen.record is not None and seen.way.ending is not None:
            types.setdefault(seen.record.doc_type, []).append(seen)
    return tuple(_of_type(name, types[name], promises) for name in sorted(types))


def _of_type(name: str, documents: Sequence[Seen], promises: Promises) -> Figures:
    looked, wrong = Counter[str](), Counter[str]()
    for seen in documents:
        for measure, value in marks_of(seen):
            if measure.name == "field.wrong":
                looked[measure.subject] += 1
                wrong[measure.subject] += bool(value)
    alone = sum(seen.way.accepted is not None for seen in documents)
    error = _share(wrong.total(), looked.total())
    return Figures(
        doc_type=name,
        alone=_share(alone, len(documents)),
        wrong=error,
        minutes=_minutes(documents),
        dollars=_dollars(documents, error.counted.value),
        gaps=tuple(_gaps(name, looked, wrong, promises)),
    )


def _gaps(name: str, looked: Counter[str], wrong: Counter[str], promises: Promises) -> Iterator[Gap]:
    found = []
    for field, cases in looked.items():
        promised = promises.get(f"{name}.{field}")
        if promised is None or promised.threshold is None or cases < LEAST_LOOKED_AT:
            continue
        live, offline = _share(wrong[field], cases), _share(promised.errors, promised.decisions)
        found.append(Gap(field=field, live=live, offline=offline, bound=promised.bound))
    yield from sorted(found, key=lambda one: (one.offline.counted.value - one.live.counted.value, one.field))


def _minutes(documents: Sequence[Seen]) -> float | None:
    """Return the minutes that people worked per error they caught, over the reviews that were timed."""
    worked, caught = 0, 0
    for seen in documents:
        for said in seen.reviewed:
            if said.active_ms is not None:
                worked += said.active_ms
                caught += _caught(seen, said)
    return worked / 60_000 / caught if caught and worked else None


def _caught(seen: Seen, said: ReviewedRecord) -> int:
    read = {one.field.name: one.model_field or one.field for one in seen.record.fields} if seen.record else {}

    def wrong(field: ReviewedField) -> bool:
        if field.state is ReviewedState.ABSENT:
            return field.name in read and read[field.name].state is FieldState.VALUE
        return field.state is ReviewedState.CORRECTED

    return sum(wrong(field) for field in said.fields)


def _dollars(documents: Sequence[Seen], error: float) -> float | None:
    costs = [attempt.cost for seen in documents for attempt in seen.attempts]
    out = sum(
        one.decision is FieldDecision.ACCEPTED
        for seen in documents
        if seen.way.accepted is not None and seen.record is not None
        for one in seen.record.fields
    )
    right = out * (1 - error)
    return None if None in costs or not right else sum(cost or 0.0 for cost in costs) / right


def _share(hits: int, cases: int) -> Share:
    return Share(**asdict(rate(hits, cases)))


def figure_lines(found: Sequence[Figures]) -> Iterator[str]:
    """Yield the figures in words, a line or two a type."""
    for one in found:
        said = [f"{one.alone.counted.words()} without a person"]
        if one.wrong.cases:
            said.append(f"{one.wrong.counted.words()} accepted values that people saw were wrong")
        else:
            said.append("nobody looked at accepted values")
        if one.minutes is not None:
            said.append(f"{one.minutes:.1f} min of review per error caught")
        if one.dollars is not None:
            said.append(f"${one.dollars:.4f} per right value" if one.dollars else "no model cost anything")
        yield f"  {one.doc_type}: {'; '.join(said)}"
        for gap in one.gaps[:2]:
            yield (
                f"    {gap.field}: {gap.live.counted.words()} wrong live, {gap.offline.counted.words()} out "
                f"of fold, certified for at most {100 * gap.bound:.1f} %"
            )
