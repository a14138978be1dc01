"""What ``doctrail audit`` and ``checkup`` do: gather what the audit is told, judge, and keep the backlog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.bundles import PinnedParts
from app.actions.replay import replaying
from app.judging import calls
from app.wiring import Doctrail
from doctypes.definition import DocType
from inference.protocol import LOCAL
from ops.alerts.plan import load_plan
from ops.alerts.state import load_state
from ops.audit.backlog import AuditNote, keep
from ops.audit.checkup import Item, checkup
from ops.audit.costs import Costs
from ops.audit.hand_offs import Monitoring
from ops.audit.report import BASELINE_DAYS, Audit, judge
from ops.audit.seen import Period, Seen, look
from ops.audit.shift import RECENT
from ops.audit.skew import STAGE, skewed
from ops.audit.walk import Walk, walks
from ops.gates.fresh import loaded_at
from ops.operations import load_operations
from ops.replay.again import NothingToReplayError, Replay, replay
from ops.types import live_now
from schemas.certificates import Certificate
from store.knowledge import live_knowledge
from store.registry import Registry


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit, what it left in the backlog, and the records that were walked back."""

    audit: Audit
    note: AuditNote
    walks: list[Walk]


async def run_audit(doctrail: Doctrail) -> Audited:
    """Audit the installation and keep what was found.

    A few served documents are read again by the model that read them, where it is a local one.
    """
    now = doctrail.now()
    since = now - timedelta(days=BASELINE_DAYS + RECENT)
    period = await look(doctrail.store, doctrail.catalog, since=since, until=now)
    said = load_operations(doctrail.settings.operations)
    costs = Costs(said.costs, await live_types(doctrail))
    walked = await walks(doctrail.store, period, at=now)
    found = judge(
        period,
        costs,
        await monitoring(doctrail),
        promises=await promises(doctrail),
        also=[*skewed(await _again(doctrail, period, walked), costs)],
    )
    return Audited(found, await keep(doctrail.store, found), walked)


async def promises(doctrail: Doctrail) -> dict[str, Certificate]:
    """Return what is certified of the live types' fields, by ``type.field``."""
    live, parts = await live_now(doctrail.store), PinnedParts()
    found: dict[str, Certificate] = {}
    for name, bundle in (live[1].bundles if live else {}).items():
        certified = await parts.certificates(doctrail.store, bundle.parts.get("thresholds.json"))
        found |= {f"{name}.{one.field}": one for one in (certified.certificates if certified else ())}
    return found


async def _again(doctrail: Doctrail, period: Period, walked: Sequence[Walk]) -> list[Replay]:
    """Return the walked documents that a local model read, read again with nothing changed."""
    wanted = {walk.document_id for walk in walked}
    local = [
        seen.way for seen in period.documents if seen.way.document_id in wanted and _by_local_model(seen)
    ]
    if not local:
        return []
    found = []
    async with replaying(doctrail) as agents:
        for way in local:
            with suppress(NothingToReplayError):
                found.append(
                    await replay(
                        doctrail.store, way.document_id, agents, calls, run_id=way.run_id, stage=STAGE
                    )
                )
    return found


def _by_local_model(seen: Seen) -> bool:
    asked = [step for one in seen.attempts for step in one.steps if step.kind == "reply"]
    return bool(asked) and all(step.name.startswith(LOCAL) for step in asked)


async def run_checkup(doctrail: Doctrail) -> list[Item]:
    """Return the weekly checkup."""
    now = doctrail.now()
    since = now - timedelta(days=BASELINE_DAYS + RECENT)
    period = await look(doctrail.store, doctrail.catalog, since=since, until=now)
    said = load_operations(doctrail.settings.operations)
    main = {
        name: frozenset(spec.name for spec in found.fields if spec.required or spec.critical)
        for name, found in (await live_types(doctrail)).items()
    }
    return checkup(period, main, hours=said.finish_hours)


async def live_types(doctrail: Doctrail) -> dict[str, DocType]:
    """Return the document types that are live."""
    live, parts = await live_now(doctrail.store), PinnedParts()
    if live is None:
        return {}
    return {name: await parts.schema(doctrail.store, bundle) for name, bundle in live[1].bundles.items()}


async def monitoring(doctrail: Doctrail) -> Monitoring:
    """Return what is known of those who watch, and of reference data."""
    plan, state = load_plan(doctrail.settings.alerts), await load_state(doctrail.store)
    tried = Counter(notice.channel for notice in state.outbox if notice.tries)
    told = [channel.name for channel in plan.channel if channel.kind != "log"]
    return Monitoring(
        drilled=tuple((name, state.proved.get(name)) for name in told),
        undelivered=tuple(sorted(tried.items())),
        references=await references(doctrail),
    )


async def references(doctrail: Doctrail) -> tuple[tuple[str, datetime, float], ...]:
    """Return when the live reference data were loaded, with the days they may be old."""
    store = doctrail.store
    allowed = load_operations(doctrail.settings.operations).references
    parts = (await live_knowledge(store, Registry(store))).parts
    aged = [name for name in sorted(parts) if name in allowed]
    loaded = [(name, await loaded_at(store, name, parts[name].sha256)) for name in aged]
    return tuple((name, at, allowed[name]) for name, at in loaded if at is not None)
