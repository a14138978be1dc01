"""Incidents: kept step by step, with a timeline drafted from the records of the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.database import Catalog
from ops.alerts.state import AlertState, Ended, keep_state
from ops.incidents.keeping import Incident, IncidentError, close, incident, incidents, note, open_incident
from ops.incidents.timeline import account
from ops.incidents.words import incident_lines, report_lines
from store.memory import MemoryStore
from store.registry import RELEASE_SLOT, Registry, Statement
from tests.planted.faults import died
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
OPENED = BEGAN + timedelta(minutes=45)
RECOVERED = BEGAN + timedelta(hours=3)


async def opened(store: MemoryStore) -> Incident:
    return await open_incident(
        store, "leases are given up", by="ann", severity="page", began=BEGAN, now=OPENED
    )


async def test_an_incident_is_numbered_and_its_recovery_counts_from_the_beginning_of_the_damage() -> None:
    store = MemoryStore()
    first = await opened(store)
    second = await opened(store)
    await note(store, 1, "rolled lease back", by="ben", now=OPENED + timedelta(hours=1))
    done = await close(store, 1, "a prompt without its date", by="ann", recovered=RECOVERED, now=RECOVERED)

    assert (first.number, second.number) == (1, 2)
    assert done.recovery == timedelta(hours=3)
    assert [step.kind for step in done.steps] == ["opened", "note", "closed"]
    assert [one.number for one in await incidents(store) if one.closed is None] == [2]
    assert "recovered in 3 h 00 min" in incident_lines(await incidents(store))[1]


async def test_an_incident_that_is_not_there_or_closed_or_ends_before_it_began_is_refused() -> None:
    store, year = MemoryStore(), timedelta(days=365)
    with pytest.raises(IncidentError, match="can't have begun in the future, 2027-11-21"):
        await open_incident(store, "x", by="ann", severity="page", began=BEGAN + year, now=OPENED)
    with pytest.raises(IncidentError, match="there is no incident 1"):
        await incident(store, 1)
    await opened(store)
    with pytest.raises(IncidentError, match="can't end before that"):
        await close(store, 1, "x", by="a", recovered=BEGAN - timedelta(hours=1), now=RECOVERED)
    with pytest.raises(IncidentError, match="can't have ended in the future, 2027-11-21"):
        await close(store, 1, "x", by="ann", recovered=RECOVERED + year, now=RECOVERED)
    await close(store, 1, "x", by="ann", recovered=RECOVERED, now=RECOVERED)
    with pytest.raises(IncidentError, match="was closed by ann"):
        await close(store, 1, "y", by="ben", recovered=RECOVERED, now=RECOVERED)


async def test_the_report_draws_its_timeline_from_alerts_registry_and_dead_letters(
    workshop: Workshop, catalog: Catalog
) -> None:
    store = workshop.store
    live = Statement(at=BEGAN - timedelta(hours=2), what="d" * 64, mark="approved", by="eve")
    await Registry(store).append(RELEASE_SLOT, live)
    fired = Ended(
        rule="dead-letters", subject="extraction", severity="page", fired_at=BEGAN + timedelta(minutes=5),
        over_at=RECOVERED, ack_by="ann",
    )  # fmt: skip
    await keep_state(store, AlertState(ended=(fired,)))
    await died(catalog, BEGAN.date(), 3)
    await workshop.submit(SURE)
    await opened(store)
    found = await close(
        store,
        1,
        "a prompt without its date",
        by="ann",
        recovered=BEGAN + timedelta(hours=5),
        now=BEGAN + timedelta(hours=5),
    )

    told = await account(store, catalog, found, BEGAN + timedelta(hours=5))

    assert told.deaths == {"extraction: model_answer_shape": 3}
    assert (told.came, told.undone, told.changes) == (1, 0, 1)
    whats = [moment.what for moment in told.moments]
    assert whats[0].startswith("release dddddddd became live, approved by eve")
    assert "alert dead-letters/extraction fired, answered by ann" in whats
    assert any(what.startswith("first message given up by extraction") for what in whats)
    text = "\n".join(report_lines(told))
    assert "- 3 messages given up: extraction: model_answer_shape" in text
    assert "a prompt without its date" in text
    assert "opened by ann 45 min after damage began" in text
