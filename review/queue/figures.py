"""How the queue is doing: what waits, how fast it goes and how well; looked up often, reckoned seldom."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from sys import intern
from typing import Any

from sqlalchemy import func, select

from review.queue.database import Database, Transaction
from review.queue.lanes import Lane
from review.queue.tables import decisions, outbox, tasks
from review.queue.tasks import TaskState, Way

HURRIED_MS = 400
"""A median below it per field is no reading: that person is to be talked to."""
_LOOKED_AT = 20_000
_AT_ONCE = 500
FRESH_SECONDS, STALE_SECONDS = 2.0, 30.0
_SHARE = 50
"""What was reckoned serves for fifty times as long as reckoning it took: at most a fiftieth of a core."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What figures need of a decision; it never changes, for decisions don't.

    Attributes:
        fields: Path, whether it was changed, and milliseconds, of every field decided.
    """

    reviewer_id: str
    lane: str
    queue: str
    decided_at: datetime
    active_ms: int
    hard_case: bool
    fields: tuple[tuple[str, bool, int], ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A decision with what became of it since."""

    decision_id: str
    digest: Digest
    judged: int
    right: int
    refused: bool


class Figures:
    """The newest figures, at most ``STALE_SECONDS`` old; however many ask, they are reckoned once.

    Args:
        database: The queue's.
        clock: Monotonic seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: dict[str, Digest] = {}
        self._found: dict[str, Any] | None = None
        self._until = 0.0

    async def newest(self) -> dict[str, Any]:
        """Return them in plain JSON, with the time they are of; the caller changes nothing in them."""
        async with self._turn:
            now = self._clock()
            if self._found is None or now >= self._until:
                self._found = await self._database.read("count", lambda tx: reckon(tx, self._known))
                took = self._clock() - now
                self._until = now + took + min(max(FRESH_SECONDS, _SHARE * took), STALE_SECONDS)
            return self._found


def reckon(tx: Transaction, known: dict[str, Digest] | None = None) -> dict[str, Any]:
    """Return what waits, how fast it goes, and how well.

    Args:
        tx: The transaction.
        known: Digests that were read before; those that came since are added, those too old removed.
    """
    made = _made(tx, {} if known is None else known)
    people: dict[str, list[_Made]] = {}
    for one in made:
        people.setdefault(one.digest.reviewer_id, []).append(one)
    hour = tx.now - timedelta(hours=1)
    settled = select(func.count()).select_from(tasks).where(tasks.c.lane == Lane.ADJUDICATION)
    waiting = _waiting(tx)
    return {
        "at": tx.now.isoformat(),
        "waiting": waiting,
        "non_response": _non_response(waiting, made),
        "decided": _figures(made),
        "last_hour": sum(one.digest.decided_at > hour for one in made),
        "by_reviewer": {who: _figures(people[who]) for who in sorted(people)},
        "most_corrected": _most_corrected(made),
        "disagreements": int(tx.connection.execute(settled).scalar_one()),
        "refused": [one.decision_id for one in made if one.refused],
    }


def _made(tx: Transaction, known: dict[str, Digest]) -> list[_Made]:
    """Return the decisions of 30 days that stand, newest first, reading only those not known yet."""
    rows = tx.connection.execute(
        select(decisions.c.decision_id, outbox.c.judged, outbox.c.judged_right, outbox.c.problem)
        .select_from(decisions.join(outbox, outbox.c.decision_id == decisions.c.decision_id))
        .where(decisions.c.decided_at > tx.now - timedelta(days=30), outbox.c.state != Way.UNDONE)
        .order_by(decisions.c.decided_at.desc())
        .limit(_LOOKED_AT)
    ).all()
    wanted = {row.decision_id for row in rows}
    for gone in known.keys() - wanted:
        del known[gone]
    new = sorted(wanted - known.keys())
    for start in range(0, len(new), _AT_ONCE):
        known.update(_digests(tx, new[start : start + _AT_ONCE]))
    return [
        _Made(
            row.decision_id,
            known[row.decision_id],
            row.judged or 0,
            row.judged_right or 0,
            refused=row.problem is not None,
        )
        for row in rows
    ]


def _digests(tx: Transaction, ids: Sequence[str]) -> Iterable[tuple[str, Digest]]:
    query = select(
        decisions.c.decision_id,
        decisions.c.reviewer_id,
        decisions.c.lane,
        decisions.c.queue,
        decisions.c.decided_at,
        decisions.c.active_ms,
        decisions.c.hard_case,
        decisions.c.body,
    ).where(decisions.c.decision_id.in_(ids))
    for row in tx.connection.execute(query):
        fields = tuple(
            (intern(one["path"]), one["action"] != "accept", one["ms"]) for one in row.body["fields"]
        )
        yield (
            row.decision_id,
            Digest(
                row.reviewer_id,
                intern(row.lane),
                intern(row.queue),
                row.decided_at,
                row.active_ms,
                hard_case=row.hard_case,
                fields=fields,
            ),
        )


def _waiting(tx: Transaction) -> list[dict[str, Any]]:
    late = func.sum((tasks.c.due_at <= tx.now).cast(tasks.c.version.type))
    rows = tx.connection.execute(
        select(
            tasks.c.queue,
            tasks.c.lane,
            func.count().label("waiting"),
            late.label("late"),
            func.min(tasks.c.requested_at).label("oldest"),
        )
        .where(tasks.c.state == TaskState.OPEN, tasks.c.lane != Lane.GOLD)
        .group_by(tasks.c.queue, tasks.c.lane)
        .order_by(tasks.c.queue, tasks.c.lane)
    ).all()
    return [
        {
            "queue": row.queue,
            "lane": row.lane,
            "waiting": row.waiting,
            "overdue": int(row.late),
            "oldest": row.oldest.isoformat(),
        }
        for row in rows
    ]


def _figures(made: Sequence[_Made]) -> dict[str, Any]:
    fields = [field for one in made for field in one.digest.fields]
    took = [ms for _, _, ms in fields if ms]
    pace = median(took) if took else None
    corrected = sum(changed for _, changed, _ in fields)
    seconds = median(one.digest.active_ms for one in made) / 1000 if made else None
    return {
        "records": len(made),
        "median_active_seconds": None if seconds is None else round(seconds, 1),
        "correction_rate": round(corrected / len(fields), 4) if fields else None,
        **_compared("gold", [one for one in made if one.digest.lane == Lane.GOLD]),
        **_compared("second", [one for one in made if one.digest.lane == Lane.DOUBLE]),
        "hard_cases": sum(one.digest.hard_case for one in made),
        "median_field_ms": pace,
        "hurried": pace is not None and pace < HURRIED_MS,
    }


def _compared(name: str, made: Sequence[_Made]) -> dict[str, int]:
    """Return how many answers were compared with known ones or another person's, and how many were alike."""
    return {
        f"{name}_right": sum(one.right for one in made),
        f"{name}_judged": sum(one.judged for one in made),
    }


def _non_response(waiting: Sequence[dict[str, Any]], made: Sequence[_Made]) -> list[dict[str, Any]]:
    """Return, per lane, how many that should have been answered were not: they are no sample of the rest."""
    answered = Counter(one.digest.lane for one in made)
    late: Counter[str] = Counter()
    for row in waiting:
        late[row["lane"]] += row["overdue"]
    return [
        {
            "lane": lane,
            "asked": answered[lane] + late[lane],
            "unanswered": late[lane],
            "share": round(late[lane] / (answered[lane] + late[lane]), 4),
        }
        for lane in sorted(answered.keys() | {name for name, count in late.items() if count})
        if lane != Lane.GOLD
    ]


def _most_corrected(made: Sequence[_Made]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], list[int]] = {}
    for one in made:
        for path, changed, _ in one.digest.fields:
            seen = counted.setdefault((one.digest.queue, path), [0, 0])
            seen[0] += changed
            seen[1] += 1
    worst = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))[:10]
    return [
        {"queue": queue, "field": name, "corrected": wrong, "decided": decided}
        for (queue, name), (wrong, decided) in worst
        if wrong
    ]
