"""Has a measure moved? A rolling baseline against the last days, by exact tests and a least effect; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

WINDOWS = (1, 2, 3, 5, 7)
"""Last days that are held against the baseline: what began yesterday must not drown in a week."""
RECENT = 7
LEAST_BASE = 40
"""Baseline points without which nothing is said."""
LEAST_RECENT = 6
ALPHA = 1e-6
"""Chance of a false word per test: a thousand series in five windows, week after week, stay silent."""


@dataclass(frozen=True, slots=True)
class Point:
    """One document's mark.

    Attributes:
        place: Of the document among those read.
    """

    day: date
    place: int
    value: bool | float | str


@dataclass(frozen=True, slots=True)
class Shift:
    """A measure that moved.

    Attributes:
        before: Its level in the baseline (a share, or a median).
        after: Its level since.
        since: The first day of the new level.
        places: The documents that show it.
        of: How many documents were looked at since then.
        what: The kind that is new, for kinds.
    """

    before: float
    after: float
    since: date
    places: tuple[int, ...]
    of: int
    what: str = ""


def share_shift(points: Sequence[Point], today: date, *, floor: float) -> Shift | None:
    """Return the rise of a share by at least ``floor``, or None."""
    base, recent = split(points, today)
    if len(base) < LEAST_BASE:
        return None
    hits, phi = sum(bool(p.value) for p in base), _spread(base)
    found = _best(recent, today, lambda some: _rise(hits, len(base), some, phi, floor))
    if found is None:
        return None
    before = hits / len(base)
    after = sum(bool(p.value) for p in found) / len(found)
    since = _since(recent, today, lambda some: _share(some) > (before + after) / 2)
    some = [p for p in recent if p.day >= since]
    return Shift(before, _share(some), since, tuple(p.place for p in some if p.value), len(some))


def number_shift(points: Sequence[Point], today: date, *, floor: float, sign: int = 0) -> Shift | None:
    """Return the shift of a median by at least ``floor`` (upwards for sign 1, downwards for -1), or None."""
    base, recent = split(points, today)
    if len(base) < LEAST_BASE:
        return None
    old = sorted(float(p.value) for p in base)
    before = median(old)
    found = _best(recent, today, lambda some: _moved(old, before, some, floor, sign))
    if found is None:
        return None
    after = median(float(p.value) for p in found)
    middle = (before + after) / 2

    def over(some: Sequence[Point]) -> bool:
        now = median(float(p.value) for p in some)
        return now > middle if after > before else now < middle

    since = _since(recent, today, over)
    some = [p for p in recent if p.day >= since]
    beyond = [p for p in some if (float(p.value) > middle) == (after > before)]
    return Shift(before, after, since, tuple(p.place for p in beyond), len(some))


def kind_shift(points: Sequence[Point], today: date, *, floor: float) -> Shift | None:
    """Return the kinds that were rare before and are common now, the commonest of them named; or None."""
    base, _ = split(points, today)
    if len(base) < LEAST_BASE:
        return None
    known = Counter(str(p.value) for p in base)
    rare = 0.02 * len(base)
    marked = [Point(p.day, p.place, known[str(p.value)] <= rare) for p in points]
    found = share_shift(marked, today, floor=floor)
    if found is None:
        return None
    places = set(found.places)
    named = Counter(str(p.value) for p in points if p.place in places and p.day >= found.since)
    what = named.most_common(1)[0][0]
    return Shift(found.before, found.after, found.since, found.places, found.of, what)


def one_value(points: Sequence[Point], today: date, *, floor: float) -> Shift | None:
    """Return the rise of a single value's share by at least ``floor``: something fills it in; or None."""
    _, recent = split(points, today)
    if len(recent) < LEAST_RECENT:
        return None
    common = Counter(str(p.value) for p in recent).most_common(1)[0][0]
    found = share_shift([Point(p.day, p.place, p.value == common) for p in points], today, floor=floor)
    return found and Shift(found.before, found.after, found.since, found.places, found.of, common)


def split(points: Sequence[Point], today: date) -> tuple[list[Point], list[Point]]:
    """Return the points of the baseline and those of the last days."""
    edge = today - timedelta(days=RECENT - 1)
    return [p for p in points if p.day < edge], [p for p in points if p.day >= edge]


def _best(
    recent: Sequence[Point], today: date, chance: Callable[[Sequence[Point]], float | None]
) -> Sequence[Point] | None:
    """Return the window whose points are least likely by chance, where that is below ALPHA."""
    best: tuple[float, Sequence[Point]] | None = None
    for days in WINDOWS:
        edge = today - timedelta(days=days - 1)
        some = [p for p in recent if p.day >= edge]
        if len(some) < LEAST_RECENT:
            continue
        found = chance(some)
        if found is not None and found < ALPHA and (best is None or found < best[0]):
            best = found, some
    return best[1] if best else None


def _rise(hits: int, size: int, some: Sequence[Point], phi: float, floor: float) -> float | None:
    from scipy.stats import hypergeom

    now = sum(bool(p.value) for p in some)
    if now / len(some) - hits / size < floor:
        return None
    # Days differ more than chance alone lets them: counts are worth less by that much.
    new, n_new = round(now / phi), max(round(len(some) / phi), 1)
    old, n_old = round(hits / phi), round(size / phi)
    return float(hypergeom.sf(new - 1, n_old + n_new, old + new, n_new))


def _moved(
    old: Sequence[float], before: float, some: Sequence[Point], floor: float, sign: int
) -> float | None:
    from scipy.stats import mannwhitneyu

    new = [float(p.value) for p in some]
    change = median(new) - before
    if abs(change) < floor or (sign and change * sign < 0):
        return None
    return float(mannwhitneyu(new, old, alternative="two-sided", method="asymptotic").pvalue)


def _spread(base: Sequence[Point]) -> float:
    """Return by how much the days of a baseline vary more than chance, 1 to 4."""
    days: dict[date, list[bool]] = defaultdict(list)
    for point in base:
        days[point.day].append(bool(point.value))
    overall = sum(map(sum, days.values())) / len(base)
    if not 0 < overall < 1 or len(days) < 3:
        return 1.0
    chi = sum((sum(d) - len(d) * overall) ** 2 / (len(d) * overall * (1 - overall)) for d in days.values())
    return min(max(chi / (len(days) - 1), 1.0), 4.0)


def _share(points: Sequence[Point]) -> float:
    return sum(bool(p.value) for p in points) / len(points) if points else 0.0


def _since(recent: Sequence[Point], today: date, over: Callable[[Sequence[Point]], bool]) -> date:
    """Return the first day from which on, without a break, every day shows the new level."""
    since = today
    for back in range(RECENT):
        day = today - timedelta(days=back)
        some = [p for p in recent if p.day == day]
        if some and not over(some):
            break
        if some:
            since = day
    return since
