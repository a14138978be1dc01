"""What ``doctrail alerts`` does: what is looked at, who is told, what is taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.actions.audit import references
from app.actions.gates import check_gates
from app.rounds import in_rounds
from app.wiring import Doctrail, installed_version
from evals.registry.history import standings, steps
from evals.registry.promoting import rollback
from ops.alerts.engine import Observed
from ops.alerts.plan import Plan, load_plan
from ops.alerts.signals import Watched, measure
from ops.alerts.state import Alert, AlertState, load_state
from ops.alerts.work import Round, Watchman
from ops.gates.standing import held_counts
from ops.operations import Operations, load_operations
from ops.words import minute
from schemas.errors import PermanentError, PipelineError
from store.protocol import ObjectStore

log = structlog.get_logger("alerts")

GATES_EVERY = timedelta(minutes=10)
"""How often the gates are checked beside."""
BY = "doctrail alerts"
"""Who is on record for what the alerts roll back."""
ROLLBACKS_APART = timedelta(days=1)
"""What was taken back must show first whether it was the cause."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """The plan, and what is remembered."""

    plan: Plan
    state: AlertState


async def alerts_now(doctrail: Doctrail) -> Alerts:
    """Return the plan and the state, without silences that are over."""
    state, now = await load_state(doctrail.store), doctrail.now()
    silences = tuple(one for one in state.silences if one.until > now)
    plan = load_plan(doctrail.settings.alerts)
    return Alerts(plan, state.model_copy(update={"silences": silences}))


async def watch(
    doctrail: Doctrail, *, every: float | None, on_round: Callable[[Round], None]
) -> Round | None:
    """Look and tell, once or every so many seconds until interrupted; returns the last round."""
    files = _files(doctrail, None)
    man = _watchman(doctrail, lambda: files)
    gated: datetime | None = None

    async def look() -> Round:
        nonlocal gated, files
        files = _files(doctrail, files)
        man.plan = files.plan
        if gated is None or doctrail.now() - gated >= GATES_EVERY:
            gated = doctrail.now() if await _gates_checked(doctrail) else None
        done = await man.look(doctrail.now())
        on_round(done)
        return done

    return await in_rounds(
        "alerts", look, every=every, heartbeat=doctrail.settings.heartbeat, now=doctrail.now
    )


async def _gates_checked(doctrail: Doctrail) -> bool:
    """Check the gates; False where a part is down: whoever is to tell of that must not end with it."""
    try:
        await check_gates(doctrail)
    except (PipelineError, OSError, TimeoutError) as error:
        log.warning("gates.not_checked", why=str(error))
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Files:
    """What the operator's files say."""

    plan: Plan
    said: Operations


def _files(doctrail: Doctrail, last: _Files | None) -> _Files:
    """Return what the files say now: what is changed counts from the next look on, as a drill has it at once.

    One that can't be used ends nothing that runs; what was read last goes on.

    Raises:
        PermanentError: Nothing was read before, and a file can't be used.
    """
    settings = doctrail.settings
    try:
        return _Files(load_plan(settings.alerts), load_operations(settings.operations))
    except PermanentError as error:
        if last is None:
            raise
        log.warning("alerts.file_unusable", why=str(error))
        return last


def _watchman(doctrail: Doctrail, files: Callable[[], _Files]) -> Watchman:
    async def observe(state: AlertState) -> Sequence[Observed]:
        said = files().said
        watched = Watched(
            store=doctrail.store,
            bus=doctrail.bus,
            catalog=doctrail.catalog,
            home=doctrail.settings.home,
            budget=said.unfinished,
            within=timedelta(minutes=said.late_minutes),
            references=lambda: references(doctrail),
            held=lambda: held_counts(doctrail.store),
        )
        return await measure(watched, files().plan, state, doctrail.now())

    async def take_back(alert: Alert) -> str:
        return await roll_back_last(doctrail.store, doctrail, alert)

    return Watchman(doctrail.store, files().plan, observe, take_back)


async def roll_back_last(store: ObjectStore, doctrail: Doctrail, alert: Alert) -> str:
    """Roll back the type that was promoted last, and say what is live now.

    Once a day at the most: several alerts of one trouble take back one promotion, not one each.

    Raises:
        UnknownVariantError: Nothing was promoted, or there is nothing to go back to.
    """
    taken = [step.entry for step in await steps(store) if step.entry.statement.by.startswith(f"{BY}: ")]
    if taken and doctrail.now() - taken[-1].statement.at < ROLLBACKS_APART:
        when, lineage = minute(taken[-1].statement.at), taken[-1].statement.lineage
        what = lineage.doc_type if lineage else "a type"
        return (
            f"nothing more was rolled back: {what} was on {when} (registry entry {taken[-1].number}), and it "
            "fires all the same: mend what it tells"
        )
    promoted = [one for one in await standings(store) if one.back_to is not None]
    if not promoted:
        return "nothing was rolled back: no type has a bundle to go back to"
    last = max(promoted, key=lambda one: one.since.statement.at)
    if doctrail.now() - last.since.statement.at > timedelta(days=7):
        return f"nothing was rolled back: the last promotion ({last.doc_type}) is older than a week"
    commit = doctrail.settings.commit or installed_version()
    entry = await rollback(store, last.doc_type, f"{BY}: {alert.key}", doctrail.now(), commit)
    gone, back = last.bundle.digest[:8], (last.back_to or "")[:8]
    return f"rolled {last.doc_type} back from {gone} to {back}, registry entry {entry.number}"
