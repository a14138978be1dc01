"""One night: what people found of tonight's audits, held against the days before; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import log

from evals.drift.chances import WATCH, deviations, surprising, worse_by_chance
from evals.production import NEVER, Cell, drawn_alike
from evals.scoring.intervals import wilson

RECENT = timedelta(days=3)
POOL = timedelta(days=7)
SHARES = (0.005, 0.025, 0.075)
"""Shares of false alerts that tonight, three nights and seven nights may have, each among all figures.

Chosen by simulation (``benchmarks.drift``): one night sees a collapse, three a fall of ten points, seven one
of five, which needs most; together they cry wolf in about seven nights of a hundred at 20 figures.
"""
BASELINE = timedelta(days=30)
LEAST_BASE = 20
"""Reviewed fields below which a baseline says nothing."""
_DAY = timedelta(days=1)
_SEARCHED = 14


@dataclass(frozen=True, slots=True)
class Counted:
    """Right ones among reviewed ones."""

    errors: int
    count: int

    @property
    def right(self) -> float:
        """Share that is right; 1 where nothing was counted."""
        return 1 - self.errors / self.count if self.count else 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the night.

    Attributes:
        name: ``type.field``, or ``type`` for documents with every reviewed field right.
        night: Tonight.
        recent: The last three days, tonight included.
        pool: The last seven days, likewise.
        base: The thirty days before those.
        z: Deviations of tonight from the baseline; negative is worse.
        chance: How probably what stands out most is as bad by chance.
        shown: Which of the three stands out most.
        alert: Stands out among all figures.
        since: The day from which on it is worse.
    """

    name: str
    night: Counted
    recent: Counted
    pool: Counted
    base: Counted
    z: float
    chance: float
    shown: Counted
    alert: bool = False
    since: date | None = None

    @property
    def watch(self) -> bool:
        """Whether it is beyond the two-sigma line, either way."""
        return not self.alert and abs(self.z) > WATCH

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of what stands out."""
        return wilson(self.shown.right, self.shown.count)


@dataclass(frozen=True, slots=True)
class Night:
    """Everything that was found about right and wrong.

    Attributes:
        documents: Audited documents scored tonight.
        base_documents: Of the baseline.
        untested: Names without enough of a baseline.
        mix: How much of the change of overall accuracy the types' shares account for, in shares.
        within: How much the types themselves do.
        worst: Tonight's documents with the most wrong fields.
    """

    at: datetime
    documents: int
    base_documents: int
    figures: tuple[Figure, ...]
    untested: tuple[str, ...]
    mix: float
    within: float
    worst: tuple[str, ...]

    @property
    def alerts(self) -> tuple[Figure, ...]:
        """The figures that stand out."""
        return tuple(figure for figure in self.figures if figure.alert)

    @property
    def watched(self) -> tuple[Figure, ...]:
        """The figures beyond two sigma that do not stand out."""
        return tuple(figure for figure in self.figures if figure.watch)


def look(cells: Sequence[Cell], now: datetime, drawn_at: Mapping[date, float] = NEVER) -> Night:
    """Return what tonight shows, of documents that were drawn at random alone.

    Args:
        cells: Of the last forty days.
        now: The end of the night.
        drawn_at: By day, the rate that audits were drawn at.
    """
    drawn = [cell for cell in drawn_alike(cells, drawn_at) if cell.at <= now]
    tonight = [cell for cell in drawn if now - cell.at < _DAY]
    recent = [cell for cell in drawn if now - cell.at < RECENT]
    pool = [cell for cell in drawn if now - cell.at < POOL]
    base = [cell for cell in drawn if POOL <= now - cell.at < POOL + BASELINE]
    sides = [_counted(side) for side in (tonight, recent, pool, base)]
    names = sorted(sides[0].keys() | sides[2].keys())
    tested = [name for name in names if _at(sides[3], name).count >= LEAST_BASE]
    figures = judged({name: [_at(side, name) for side in sides] for name in tested})
    figures = [_dated(figure, drawn, now) if figure.alert or figure.watch else figure for figure in figures]
    mix, within = attribution(base, pool)
    return Night(
        at=now,
        documents=len({cell.document_id for cell in tonight}),
        base_documents=len({cell.document_id for cell in base}),
        figures=tuple(figures),
        untested=tuple(name for name in names if name not in tested),
        mix=mix,
        within=within,
        worst=_worst(tonight, figures),
    )


_NONE = Counted(0, 0)


def _counted(cells: Sequence[Cell]) -> dict[str, Counted]:
    """Return errors by field, and by type the documents with one."""
    wrong: dict[str, int] = {}
    count: dict[str, int] = {}
    documents: dict[tuple[str, str], bool] = {}
    for cell in cells:
        name = f"{cell.doc_type}.{cell.field}"
        count[name] = count.get(name, 0) + 1
        wrong[name] = wrong.get(name, 0) + (not cell.right)
        key = (cell.doc_type, cell.document_id)
        documents[key] = documents.get(key, True) and cell.right
    for (name, _), right in documents.items():
        count[name] = count.get(name, 0) + 1
        wrong[name] = wrong.get(name, 0) + (not right)
    return {name: Counted(wrong[name], count[name]) for name in count}


def _at(side: Mapping[str, Counted], name: str) -> Counted:
    return side.get(name, _NONE)


def judged(counted: Mapping[str, Sequence[Counted]]) -> list[Figure]:
    """Return the figures, those that stand out among all of them marked.

    Args:
        counted: By name: tonight, three days, seven days with tonight in them, and the baseline.
    """
    base = [sides[3] for sides in counted.values()]
    windows: list[dict[str, float]] = []
    for at in range(3):
        seen = [sides[at] for sides in counted.values()]
        chances = worse_by_chance(
            [one.errors for one in seen],
            [one.count for one in seen],
            [one.errors for one in base],
            [one.count for one in base],
        )
        windows.append(dict(zip(counted, chances, strict=True)))
    stands = set().union(
        *(surprising(one, share, group=_type_of) for one, share in zip(windows, SHARES, strict=True))
    )
    out = []
    for name, sides in counted.items():
        by_window = [one[name] for one in windows]
        most = by_window.index(min(by_window))
        night, recent, pool, before = sides
        z = deviations(night.errors, night.count, before.errors, before.count)
        out.append(
            Figure(name, night, recent, pool, before, z, by_window[most], sides[most], alert=name in stands)
        )
    return out


def _type_of(name: str) -> str:
    return name.partition(".")[0]


def _dated(figure: Figure, drawn: Sequence[Cell], now: datetime) -> Figure:
    """Return the figure with the day from which on its errors are most unlike those before."""
    days = [now.date() - timedelta(days=back) for back in range(_SEARCHED)]
    mine = _by_day(figure.name, drawn)
    rate = (figure.base.errors + 0.5) / (figure.base.count + 1)
    best, since = 0.0, now.date()
    errors = count = 0
    for day in days:
        counted = mine.get(day, _NONE)
        errors, count = errors + counted.errors, count + counted.count
        gain = _likelier(errors, count, rate)
        if gain > best + 1e-9:
            best, since = gain, day
    return replace(figure, since=since)


def _by_day(name: str, drawn: Sequence[Cell]) -> dict[date, Counted]:
    by_day: dict[date, list[Cell]] = {}
    for cell in drawn:
        if name in (cell.doc_type, f"{cell.doc_type}.{cell.field}"):
            by_day.setdefault(cell.at.date(), []).append(cell)
    return {day: _counted(cells).get(name, _NONE) for day, cells in by_day.items()}


def _likelier(errors: int, count: int, rate: float) -> float:
    """Return how much likelier the errors are at their own rate than at the baseline's, in logarithms."""
    if not count or errors / count <= rate:
        return 0.0
    own = errors / count
    right = count - errors
    return errors * log(own / rate) + (right * log((1 - own) / (1 - rate)) if right else 0.0)


def attribution(base: Sequence[Cell], now: Sequence[Cell]) -> tuple[float, float]:
    """Return how much of the change of overall accuracy comes from the mix of types, and from within them.

    Where there is nothing before or nothing now there is no change.
    """
    before, after = _types(base), _types(now)
    if not before or not after:
        return 0.0, 0.0
    old, new = _shares(before), _shares(after)
    mix = within = 0.0
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        was = one.right if one else (other.right if other else 1.0)
        is_ = other.right if other else was
        mix += (new.get(name, 0.0) - old.get(name, 0.0)) * was
        within += new.get(name, 0.0) * (is_ - was)
    return mix, within


def _types(cells: Sequence[Cell]) -> dict[str, Counted]:
    out: dict[str, Counted] = {}
    for name in {cell.doc_type for cell in cells}:
        mine = [cell.right for cell in cells if cell.doc_type == name]
        out[name] = Counted(len(mine) - sum(mine), len(mine))
    return out


def _shares(counted: Mapping[str, Counted]) -> dict[str, float]:
    whole = sum(one.count for one in counted.values())
    return {name: one.count / whole for name, one in counted.items()} if whole else {}


def _worst(tonight: Sequence[Cell], figures: Sequence[Figure]) -> tuple[str, ...]:
    named = {figure.name for figure in figures if figure.alert or figure.watch}
    wrong: dict[str, int] = {}
    for cell in tonight:
        if not cell.right:
            weight = 100 if f"{cell.doc_type}.{cell.field}" in named else 1
            wrong[cell.document_id] = wrong.get(cell.document_id, 0) + weight
    return tuple(sorted(wrong, key=lambda key: (-wrong[key], key))[:3])
