"""Incidents as they are kept: numbered, step by step, each step written once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from schemas.errors import PermanentError
from schemas.layout import Frozen
from store import ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal


class IncidentError(PermanentError):
    """What was asked of an incident can't be done; the sentence says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="incident")


class Step(Sealed):
    """One thing that happened to an incident.

    Attributes:
        at: When it was said.
        began: For ``opened``: since when damage was done. For ``closed``: when it was recovered.
        severity: For ``opened``: page or ticket.
    """

    kind: Literal["opened", "note", "closed"]
    at: AwareDatetime
    by: str
    text: str
    began: AwareDatetime | None = None
    severity: str | None = None


class Incident(Frozen):
    """One incident, from its steps."""

    number: int
    steps: tuple[Step, ...]

    @property
    def title(self) -> str:
        """As it was opened."""
        return self.steps[0].text

    @property
    def opened(self) -> Step:
        """Its first step."""
        return self.steps[0]

    @property
    def began(self) -> datetime:
        """Since when damage was done."""
        return self.steps[0].began or self.steps[0].at

    @property
    def closed(self) -> Step | None:
        """How it was closed, where it is."""
        return next((step for step in self.steps if step.kind == "closed"), None)

    @property
    def recovery(self) -> timedelta | None:
        """From damage to recovery; None while it is open."""
        return (self.closed.began or self.closed.at) - self.began if self.closed else None


async def open_incident(
    store: ObjectStore, title: str, *, by: str, severity: str, began: datetime, now: datetime
) -> Incident:
    """Open an incident under the next free number.

    Raises:
        IncidentError: It would have begun in the future.
    """
    if began > now:
        raise IncidentError(f"an incident can't have begun in the future, {began:%Y-%m-%d %H:%M} UTC")
    step = Step(kind="opened", at=now, by=by, text=title, began=began, severity=severity)
    number = len(await incidents(store)) + 1
    while not (await store.create(ops_keys.incident(number, 1), seal(step))).created:
        number += 1
    return await incident(store, number)


async def note(store: ObjectStore, number: int, text: str, *, by: str, now: datetime) -> Incident:
    """Add to an incident's timeline; one that is closed may still be added to."""
    await incident(store, number)
    return await _add(store, number, Step(kind="note", at=now, by=by, text=text))


async def close(
    store: ObjectStore, number: int, text: str, *, by: str, recovered: datetime, now: datetime
) -> Incident:
    """Close an incident: ``text`` says what it was.

    Raises:
        IncidentError: There is none of this number, it is closed, or it would have ended before it began or
            in the future.
    """
    found = await incident(store, number)
    if found.closed is not None:
        raise IncidentError(
            f"incident {number} was closed by {found.closed.by}; add to it with incident note"
        )
    if recovered < found.began:
        raise IncidentError(f"incident {number} began {found.began:%Y-%m-%d %H:%M}; it can't end before that")
    if recovered > now:
        raise IncidentError(
            f"incident {number} can't have ended in the future, {recovered:%Y-%m-%d %H:%M} UTC"
        )
    return await _add(store, number, Step(kind="closed", at=now, by=by, text=text, began=recovered))


async def incident(store: ObjectStore, number: int) -> Incident:
    """Return an incident.

    Raises:
        IncidentError: There is none of this number.
    """
    steps: list[Step] = []
    while (data := await store.fetch(ops_keys.incident(number, len(steps) + 1))) is not None:
        steps.append(parse(data, Step, ops_keys.incident(number, len(steps) + 1)))
    if not steps:
        raise IncidentError(f"there is no incident {number}; doctrail incident list has them")
    return Incident(number=number, steps=tuple(steps))


async def incidents(store: ObjectStore) -> list[Incident]:
    """Return every incident in the order they were opened."""
    numbers = [int(name) async for name in store.folders(ops_keys.INCIDENTS)]
    return [await incident(store, number) for number in sorted(numbers)]


async def _add(store: ObjectStore, number: int, step: Step) -> Incident:
    place = len((await incident(store, number)).steps) + 1
    while not (await store.create(ops_keys.incident(number, place), seal(step))).created:
        place += 1
    return await incident(store, number)
