"""What ``doctrail slo`` and ``incident`` do."""

from __future__ import annotations

from datetime import timedelta

from app.wiring import Doctrail
from ops.audit.seen import look
from ops.incidents.keeping import incidents
from ops.operations import load_operations
from ops.slo import Objective, exhausted, objectives
from schemas.errors import PermanentError


async def promises(doctrail: Doctrail) -> list[Objective]:
    """Return every promise and how it stands."""
    said, now = load_operations(doctrail.settings.operations), doctrail.now()
    since = now - timedelta(days=said.slo.days)
    period = await look(doctrail.store, doctrail.catalog, since=since, until=now)
    return await objectives(doctrail.catalog, period, await incidents(doctrail.store), said)


class NoBudgetError(PermanentError):
    """Nothing of an error budget is left: what is live is not to be changed without a reason."""


async def require_budget(doctrail: Doctrail, doc_type: str, despite: str | None) -> str | None:
    """Return what is to be noted of a promotion in spite of an exhausted budget; None where there is budget.

    Raises:
        NoBudgetError: Nothing is left of a budget, and no reason was given.
    """
    gone = exhausted(await promises(doctrail), doc_type)
    if not gone:
        return None
    said = ", ".join(f"{one.name} of {one.scope}" for one in gone)
    if despite is None:
        raise NoBudgetError(
            f"no error budget is left for {said} (doctrail slo): mend that first, or promote with "
            "--despite-budget REASON",
            reason="no_budget",
        )
    return f"despite no budget for {said}: {despite}"
