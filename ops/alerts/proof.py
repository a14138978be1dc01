"""Do alerts arrive? What ``doctrail doctor`` says of the channels."""

from __future__ import annotations

from datetime import datetime, timedelta

from ops.alerts.plan import Plan
from ops.alerts.state import load_state
from ops.doctor import Scarce
from ops.words import several
from store.protocol import ObjectStore


async def try_alerts(store: ObjectStore, plan: Plan, now: datetime) -> str:
    """Return that every channel has proved itself lately.

    Raises:
        Scarce: One has not, or pages hang on a single channel of an operator's own.
    """
    channels = [channel for channel in plan.channel if channel.kind != "log"]
    if not channels:
        return "alerts go to the log alone (DOCTRAIL_ALERTS names channels)"
    state = await load_state(store)
    late = []
    for channel in channels:
        proved = state.proved.get(channel.name)
        if proved is None:
            late.append(f"{channel.name} never")
        elif now - proved > timedelta(days=plan.drill_days):
            late.append(f"{channel.name} {(now - proved).days} days ago")
    if late:
        raise Scarce(f"channels proved last that they deliver: {', '.join(late)}")
    if weak := plan.weaknesses():
        raise Scarce(weak[0])
    return f"{several(len(channels), 'channel')} proved within {plan.drill_days:g} days that they deliver"
