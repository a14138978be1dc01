"""What ``doctrail gates`` does: check, list what is held, let it go on."""

from __future__ import annotations

from datetime import timedelta

from app.actions.audit import live_types, monitoring
from app.wiring import Doctrail
from ops.audit.costs import Costs
from ops.audit.report import BASELINE_DAYS
from ops.audit.seen import look
from ops.audit.series import series_of
from ops.audit.shift import RECENT
from ops.gates.checking import breaches, judged
from ops.gates.standing import Standing, keep_standing, load_standing
from ops.operations import load_operations


async def check_gates(doctrail: Doctrail) -> Standing:
    """Check every gate and write which are closed."""
    now, said = doctrail.now(), load_operations(doctrail.settings.operations)
    since = now - timedelta(days=BASELINE_DAYS + RECENT)
    period = await look(doctrail.store, doctrail.catalog, since=since, until=now)
    series = series_of(period, now.date(), Costs(said.costs, await live_types(doctrail)))
    found = breaches(said.gate, series, await monitoring(doctrail))
    standing = judged(await load_standing(doctrail.store), found, now)
    await keep_standing(doctrail.store, standing)
    return standing
