"""``python -m tests.planted.month``: a month with two incidents, and what ``doctrail slo`` then says.

Bills come in for four weeks and are read by the real agents with a scripted model; people audit one in six.
On a Wednesday the validation agent stands still from ten to four and then works off what waited; two weeks
later a source states its totals in cents, which people who audit find, until it is mended the next day.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.connect import connect
from catalog.database import Catalog
from ops.audit.seen import look
from ops.incidents.keeping import Incident, close, incidents, note, open_incident
from ops.incidents.timeline import account
from ops.incidents.words import incident_lines, report_lines, slo_lines
from ops.operations import Operations, Promise
from ops.slo import Objective, objectives
from tests.planted.faults import FAULTS
from tests.planted.running import present
from tests.planted.world import FIRST_DAY, World

DAYS, PER_DAY = 28, 40
STANDSTILL, CENTS = 9, 23
"""Days of the month on which the incidents begin."""
Happens = Callable[[World], Awaitable[None]]
SAID = Operations(finish_hours=4, slo=Promise(owner="documents team", days=DAYS))


@dataclass(frozen=True)
class Month:
    """What a month left behind.

    Attributes:
        found: Every promise and how it stands at the end.
        incidents: The two.
        reports: The retrospective of each, line by line.
        until: Its end.
    """

    found: list[Objective]
    incidents: list[Incident]
    reports: list[list[str]]
    until: datetime

    def of(self, name: str) -> Objective:
        """Return the promise of this name, of the whole."""
        return next(one for one in self.found if (one.name, one.scope) == (name, "all"))


def at(day: int, hour: int) -> datetime:
    """Return an hour of the month, which begins with day 0."""
    return datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, hour, tzinfo=UTC) + timedelta(days=day)


async def play(folder: Path, *, days: int = DAYS, per_day: int = PER_DAY) -> Month:
    """Return what the promises say after a month of so many days, the incidents in it."""
    async with _opened(folder, per_day) as (world, catalog):
        world.plans = [*_standstill(), *_cents()]
        for _ in range(days):
            await world.pass_day()
        now = present(world)
        said = SAID.model_copy(update={"slo": SAID.slo.model_copy(update={"days": max(days, 7)})})
        period = await look(world.store, catalog, since=now - timedelta(days=days), until=now)
        known = await incidents(world.store)
        reports = [report_lines(await account(world.store, catalog, one, now)) for one in known]
        return Month(await objectives(catalog, period, known, said), known, reports, now)


@asynccontextmanager
async def _opened(folder: Path, per_day: int) -> AsyncIterator[tuple[World, Catalog]]:
    world = World(per_day=per_day)
    async with connect(f"sqlite:///{folder / 'month.db'}") as catalog:
        world.hear(catalog)
        yield world, catalog


def _standstill() -> Sequence[tuple[datetime, Happens]]:
    began, seen, over = at(STANDSTILL, 10), at(STANDSTILL, 15), at(STANDSTILL, 16)

    async def stands(world: World) -> None:
        world.down.add("validation")

    async def is_seen(world: World) -> None:
        await open_incident(
            world.store, "bills wait for validation", by="ann", severity="page", began=began, now=seen
        )

    async def goes_on(world: World) -> None:
        await world.up("validation")
        await note(world.store, 1, "started again, it works off what waited", by="ann", now=over)
        await close(
            world.store,
            1,
            "its container was moved and not started again",
            by="ann",
            recovered=over,
            now=over,
        )

    return [(began, stands), (seen, is_seen), (over, goes_on)]


def _cents() -> Sequence[tuple[datetime, Happens]]:
    began, seen, over = at(CENTS, 8), at(CENTS, 15), at(CENTS + 1, 9)

    async def changes(world: World) -> None:
        world.faults = [fault for fault in FAULTS if fault.name == "unit changed to cents"]
        world.wrong = 0.9

    async def is_seen(world: World) -> None:
        await open_incident(
            world.store, "totals of bills are in cents", by="ben", severity="ticket", began=began, now=seen
        )

    async def mended(world: World) -> None:
        world.faults, world.wrong = (), 0.0
        await close(
            world.store,
            2,
            "the source changed its unit; it states euros again",
            by="ben",
            recovered=over,
            now=over,
        )

    return [(began, changes), (seen, is_seen), (over, mended)]


def main() -> None:
    """Play the month and print what was promised, what was reached, and both retrospectives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-day", type=int, default=PER_DAY)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        month = asyncio.run(play(Path(folder), per_day=wanted.per_day))
    page = slo_lines(month.found, days=DAYS, until=month.until)
    print("$ doctrail slo", *page, "", "$ doctrail incident list", sep="\n")
    print(*incident_lines(month.incidents), sep="\n")
    for number, lines in enumerate(month.reports, start=1):
        print("", f"$ doctrail incident report {number}", *lines, sep="\n")


if __name__ == "__main__":
    main()
