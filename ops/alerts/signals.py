"""What is measured at each look; a part that does not answer is a signal itself, and stops no other."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bus.protocol import Bus
from catalog.database import Catalog
from catalog.due import due, newest_submission, oldest_request
from catalog.queries import counts
from catalog.waiting import dead_letters
from evals.drift.nights import standing_night
from evals.shadow.keeping import taken_over
from ops.alerts.engine import Observed
from ops.alerts.plan import Plan
from ops.alerts.state import AlertState
from ops.audit.backlog import last
from ops.lag import lag
from schemas.errors import PipelineError
from store.protocol import ObjectStore

FAST, SLOW = (timedelta(hours=1), timedelta(minutes=5)), (timedelta(days=1), timedelta(hours=2))
"""Windows of the two burn rates, long and short: both must burn, so that what is over stops alerting."""
LEAST_DUE = 20
"""Documents below which a share of them proves nothing."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at.

    Attributes:
        home: A folder on the disk that is watched; None where there is none.
        budget: The share of documents that may stay undone (1 - target).
        within: How long a document may take.
        references: When the live reference data were loaded, with the days they may be old.
        held: How many documents each gate holds.
    """

    store: ObjectStore
    bus: Bus
    catalog: Catalog
    home: Path | None
    budget: float
    within: timedelta
    references: Callable[[], Awaitable[Sequence[tuple[str, datetime, float]]]]
    held: Callable[[], Awaitable[dict[str, int]]]


async def measure(watched: Watched, plan: Plan, state: AlertState, now: datetime) -> list[Observed]:
    """Return every signal of this moment."""
    found: list[Observed] = []
    parts: Sequence[tuple[str, Callable[[], AsyncIterator[Observed]]]] = (
        ("catalog", lambda: _catalog(watched, now)),
        ("bus", lambda: _bus(watched, now)),
        ("store", lambda: _store(watched, now)),
    )
    for name, part in parts:
        try:
            found += [one async for one in part()]
        except (PipelineError, OSError, TimeoutError):
            found.append(Observed("part_down", name, 1.0))
    return [*found, *_own(watched, plan, state, now)]


async def _catalog(watched: Watched, now: datetime) -> AsyncIterator[Observed]:
    yield Observed("unfinished", "", await _burn(watched, now, *FAST))
    yield Observed("unfinished_slow", "", await _burn(watched, now, *SLOW))
    async for one in _deaths(watched.catalog, now):
        yield one
    waiting = sum(count.number for count in await counts(watched.catalog) if count.state == "in_review")
    yield Observed("reviews_waiting", "", waiting)
    oldest = await oldest_request(watched.catalog)
    if oldest is not None:
        yield Observed("review_hours", "", (now - oldest).total_seconds() / 3600)
    newest = await newest_submission(watched.catalog)
    if newest is not None:
        yield Observed("hours_since_submission", "", (now - newest).total_seconds() / 3600)


async def _burn(watched: Watched, now: datetime, long: timedelta, short: timedelta) -> float:
    """Return how many times too fast the budget burns, in the long and in the short window alike."""
    rates = []
    for window in (long, short):
        found = await due(watched.catalog, now - watched.within - window, now, watched.within)
        rates.append(found.share / watched.budget if found.due >= LEAST_DUE or window == short else 0.0)
    return min(rates)


async def _deaths(catalog: Catalog, now: datetime) -> AsyncIterator[Observed]:
    """Yield dead letters of the last hour by agent, and those open for more than a day by class."""
    fresh: Counter[str] = Counter()
    old: Counter[str] = Counter()
    async for letter in dead_letters(catalog):
        if now - letter.at <= timedelta(hours=1):
            fresh[letter.agent] += 1
        if now - letter.at > timedelta(days=1):
            old[letter.error_class] += 1
    for agent, number in fresh.items():
        yield Observed("dead_letters", agent, number)
    for error_class, number in old.items():
        yield Observed("dead_letters_open", error_class, number)


async def _bus(watched: Watched, now: datetime) -> AsyncIterator[Observed]:
    behind: dict[str, float] = {}
    for one in await lag(watched.bus):
        if one.oldest is not None:
            minutes = (now - one.oldest).total_seconds() / 60
            behind[one.agent] = max(behind.get(one.agent, 0.0), minutes)
    for agent, minutes in behind.items():
        yield Observed("agent_minutes", agent, minutes)


async def _store(watched: Watched, now: datetime) -> AsyncIterator[Observed]:
    for gate, number in (await watched.held()).items():
        yield Observed("held", gate, number)
    night = await standing_night(watched.store, now)
    for name in night.fallen if night is not None else ():
        yield Observed("quality_fell", name, 1.0)
    for name in await taken_over(watched.store, now):
        yield Observed("rolled_back", name, 1.0)
    # Asked at each look: what was loaded since must end the alert.
    for name, loaded, days in await watched.references():
        yield Observed("reference_days", name, (now - loaded).total_seconds() / 86400 - days)
    note = await last(watched.store)
    if note is not None:
        yield Observed("audit_days", "", (now - note.at).total_seconds() / 86400)
    for entry in note.entries if note is not None else ():
        yield Observed("audit_damage", entry.key.replace("/", " "), entry.damage)


def _own(watched: Watched, plan: Plan, state: AlertState, now: datetime) -> list[Observed]:
    """Return what needs no other part: the disk, and the alerts themselves."""
    found = []
    if watched.home is not None and watched.home.exists():
        usage = shutil.disk_usage(watched.home)
        found.append(Observed("disk_used", "home", 100 * (1 - usage.free / usage.total)))
    tried = Counter(notice.channel for notice in state.outbox if notice.tries)
    found += [Observed("undelivered", channel, number) for channel, number in tried.items()]
    for channel in plan.channel:
        proved = state.proved.get(channel.name)
        if channel.kind != "log" and proved is not None:
            found.append(Observed("drill_days", channel.name, (now - proved).total_seconds() / 86400))
    return found
