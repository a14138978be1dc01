"""Whose turn it is at what: what a person owes a lane first, then what is overdue, then worth; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from review.queue.lanes import Lane

LAPSED = "-"
"""Before a lane's name: claims that it was owed while it had no work."""


@dataclass(frozen=True, slots=True)
class Place:
    """A task that waits, and what tells its place; the rest of it is a hundred times as long."""

    task_id: str
    run_id: str
    lane: Lane
    rank: float
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """A task that somebody gets unless somebody else was quicker.

    Attributes:
        counts: What is counted of him then: its lane, and those that lapsed.
    """

    task_id: str
    counts: tuple[str, ...]


class Line:
    """What waits for somebody, as he found it; what was picked of it is gone, and so is its run.

    Args:
        places: Of every lane, what is overdue apart from the rest.
        whole: Whether nothing else waits.
    """

    def __init__(self, places: Iterable[Place], *, whole: bool) -> None:
        self._places = list(places)
        self.whole = whole
        self._tasks: set[str] = set()
        self._runs: set[str] = set()

    def pick(self, lanes: Collection[Lane], *, overdue: bool) -> Place | None:
        """Take the best of the lanes out: of what is overdue the first due, else the highest rank."""
        free = (
            one
            for one in self._places
            if one.overdue == overdue
            and one.lane in lanes
            and one.task_id not in self._tasks
            # Nobody gets two tasks of one run.
            and one.run_id not in self._runs
        )
        best = min(free, key=_due if overdue else _ranked, default=None)
        return self.take(best) if best is not None else None

    def take(self, place: Place) -> Place | None:
        """Take a place out, whether it stood in the line or not; None where its run is gone."""
        if place.run_id in self._runs:
            return None
        self._tasks.add(place.task_id)
        self._runs.add(place.run_id)
        return place


class Turn:
    """Somebody's turn at a line.

    Args:
        quotas: Share of his claims that is kept for a lane.
        lanes: What he is handed out of beside gold.
        account: By lane, what he has claimed so far; by ``LAPSED`` and its name, what it missed.
        gold: Returns a gold task for him, which stands in no line; asked once at most.
    """

    def __init__(
        self,
        quotas: Mapping[Lane, float],
        lanes: Collection[Lane],
        account: Mapping[str, int],
        gold: Callable[[], Place | None],
    ) -> None:
        self._quotas = quotas
        self._lanes = lanes
        self._account = Counter(account)
        self._gold: Callable[[], Place | None] | None = gold

    def picks(self, line: Line, count: int) -> list[Pick]:
        """Return the next ``count`` tasks, fewer where no more wait."""
        found: list[Pick] = []
        while len(found) < count and (one := self._pick(line)) is not None:
            self._account.update(one.counts)
            found.append(one)
        return found

    def missed(self, pick: Pick) -> None:
        """Take back what was counted of a task that somebody else got."""
        self._account.subtract(pick.counts)

    def _pick(self, line: Line) -> Pick | None:
        lapsed: list[str] = []
        for lane in self._owed():
            place = self._met_gold(line) if lane is Lane.GOLD else line.pick((lane,), overdue=False)
            if place is not None:
                return Pick(place.task_id, (*lapsed, lane.value))
            # A share is kept while there is work for it; nobody makes up for a year without in a week.
            lapsed.append(f"{LAPSED}{lane.value}")
        for overdue in (True, False):
            place = line.pick(self._lanes, overdue=overdue)
            if place is not None:
                return Pick(place.task_id, (*lapsed, place.lane.value))
        return None

    def _owed(self) -> list[Lane]:
        """Return the lanes of which this person has claimed less than their share, the most owed first."""
        claimed = self._account
        total = sum(count for name, count in claimed.items() if not name.startswith(LAPSED)) + 1
        owed = {
            lane: share * total - claimed[lane.value] - claimed[f"{LAPSED}{lane.value}"]
            for lane, share in self._quotas.items()
        }
        return [lane for lane in sorted(owed, key=lambda one: -owed[one]) if owed[lane] >= 1]

    def _met_gold(self, line: Line) -> Place | None:
        gold, self._gold = self._gold, None
        place = gold() if gold else None
        return line.take(place) if place else None


def _due(one: Place) -> tuple[datetime, str]:
    return one.due_at, one.task_id


def _ranked(one: Place) -> tuple[float, str]:
    return -one.rank, one.task_id
