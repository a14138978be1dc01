"""Planting faults into a copy of a healthy past, and asking the audit what it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.audit.hand_offs import Monitoring
from ops.audit.report import Audit, audit
from tests.planted.bills import costs
from tests.planted.past import Past
from tests.planted.world import Fault, World

DAYS = 3
"""How long a fault lasts before the audit looks."""


@dataclass(frozen=True)
class Judged:
    """What became of a scenario.

    Attributes:
        found: Of the planted faults, those that a finding names, as itself or as a symptom.
        right: Whether the first-named finding is one of them.
        others: Findings that name nothing planted.
    """

    faults: tuple[Fault, ...]
    audit: Audit
    found: tuple[str, ...]
    right: bool
    others: tuple[str, ...]


def present(world: World) -> datetime:
    """Return the end of the last day that passed."""
    day = world.today
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(seconds=1)


async def plant(past: Past, folder: Path, faults: Sequence[Fault], *, seed: int) -> Judged:
    """Return what the audit says after ``faults`` lasted for some days."""
    async with past.again(folder, seed=seed) as (world, catalog):
        world.faults = faults
        for fault in faults:
            if fault.world is not None:
                fault.world(world)
        for _ in range(DAYS):
            await world.pass_day()
        now = present(world)
        monitoring = next((f.monitoring(now) for f in faults if f.monitoring), Monitoring())
        return judged(faults, await audit(world.store, catalog, costs(), monitoring, now=now))


def judged(faults: Sequence[Fault], found: Audit) -> Judged:
    """Return what of the planted was found."""
    named = {one.check for one in found.findings}
    named |= {key.partition("/")[0] for one in found.findings for key in one.follows}
    expected = {check for fault in faults for check in fault.expected}
    return Judged(
        tuple(faults),
        found,
        tuple(fault.name for fault in faults if named & set(fault.expected)),
        found.first is not None and found.first.check in expected,
        tuple(one.key for one in found.findings if one.check not in expected),
    )


async def healthy_weeks(past: Past, folder: Path, weeks: int, *, seed: int) -> list[tuple[str, str]]:
    """Return every finding, with its day, of weekly audits while nothing is wrong."""
    false: list[tuple[str, str]] = []
    async with past.again(folder, seed=seed) as (world, catalog):
        for _ in range(weeks):
            for _ in range(7):
                await world.pass_day()
            found = await audit(world.store, catalog, costs(), Monitoring(), now=present(world))
            false += [(str(world.today), f"{one.key}: {one.sentence}") for one in found.findings]
    return false
