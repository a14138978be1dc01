"""What the records of the time say about an incident: alerts, the registry, dead letters, late documents."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from catalog.database import Catalog
from catalog.due import due
from catalog.history import history
from ops.alerts.state import load_state
from ops.incidents.keeping import Incident
from schemas.layout import Frozen
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry

BEFORE = timedelta(hours=24)
"""What changed so long before the damage may have caused it."""
WITHIN = timedelta(hours=1)


class Moment(Frozen):
    """One line of the timeline."""

    at: datetime
    what: str


class Account(Frozen):
    """An incident with everything that is on record about it.

    Attributes:
        came: Documents that came in while it lasted, and those of them that are still not done.
        deaths: Messages given up while it lasted, by agent and reason.
        changes: What was promoted, published or rolled back from a day before on.
    """

    incident: Incident
    moments: tuple[Moment, ...]
    came: int
    undone: int
    deaths: dict[str, int]
    changes: int
    until: datetime


async def account(store: ObjectStore, catalog: Catalog, found: Incident, now: datetime) -> Account:
    """Return an incident with its timeline, drafted from the records."""
    began = found.began
    until = (found.closed.began or found.closed.at) if found.closed else now
    moments = [Moment(at=began, what="damage began")]
    moments += [Moment(at=step.at, what=_said(step.kind, step.by, step.text)) for step in found.steps]
    if found.closed is not None:
        moments.append(Moment(at=until, what="recovered"))
    moments += await _alerts(store, began, until)
    changes = await _registry(store, began, until)
    deaths = await _deaths(catalog, began, until)
    came = await due(catalog, began, until + WITHIN, WITHIN)
    return Account(
        incident=found,
        moments=tuple(sorted([*moments, *changes, *_first_deaths(deaths)], key=lambda one: one.at)),
        came=came.due,
        undone=came.undone,
        deaths=dict(Counter(what for _, what in deaths)),
        changes=len(changes),
        until=until,
    )


def _said(kind: str, by: str, text: str) -> str:
    return {"opened": f"opened by {by}: {text}", "note": f"{by}: {text}"}.get(kind, f"closed by {by}: {text}")


async def _alerts(store: ObjectStore, began: datetime, until: datetime) -> list[Moment]:
    state = await load_state(store)
    told = []
    for one in state.ended:
        if one.over_at >= began and one.fired_at <= until:
            name = f"{one.rule}/{one.subject}" if one.subject else one.rule
            answered = f", answered by {one.ack_by}" if one.ack_by else ""
            told += [
                Moment(at=one.fired_at, what=f"alert {name} fired{answered}"),
                Moment(at=one.over_at, what=f"alert {name} over"),
            ]
    for alert in state.alerts.values():
        if alert.fired_at is not None and alert.fired_at <= until:
            answered = f", answered by {alert.ack_by}" if alert.ack_by else ""
            told.append(Moment(at=alert.fired_at, what=f"alert {alert.key} fired{answered}, still does"))
    acted = [Moment(at=one.at, what=f"by itself: {one.what}") for one in state.acted]
    return told + [one for one in acted if began <= one.at <= until]


async def _registry(store: ObjectStore, began: datetime, until: datetime) -> list[Moment]:
    told = []
    async for entry in Registry(store).entries(RELEASE_SLOT):
        said = entry.statement
        if began - BEFORE <= said.at <= until:
            what = f"release {said.what[:8]} became live, {said.mark} by {said.by} (entry {entry.number})"
            told.append(Moment(at=said.at, what=what))
    return told


async def _deaths(catalog: Catalog, began: datetime, until: datetime) -> list[tuple[datetime, str]]:
    return [
        (fact.at, f"{fact.agent}: {fact.reason}")
        async for fact in history(catalog, began, until)
        if fact.topic == "dead_letters"
    ]


def _first_deaths(deaths: list[tuple[datetime, str]]) -> list[Moment]:
    first: dict[str, datetime] = {}
    for at, what in deaths:
        first[what] = min(first.get(what, at), at)
    return [Moment(at=at, what=f"first message given up by {what}") for what, at in first.items()]
