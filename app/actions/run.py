"""What ``doctrail run`` does: every agent in one process, with live counts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack, nullcontext

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.actions.review import reviewing_beside
from app.collector import calm_collector
from app.engine import LOOK_SECONDS, Engine, until_idle, until_interrupted
from app.lock import run_lock
from app.permissions import require_permissions
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from app.workers import AGENTS
from bus.telemetry import Counters
from ops.heartbeat import beating
from ops.words import several, shown, visible
from schemas.errors import PermanentError, TransientError
from schemas.topics import READ


class OneProcessError(PermanentError):
    """The embedded bus has one process for all agents; name a bus that many processes can read."""


async def run_agents(settings: Settings, *, only: Collection[str], drain: bool) -> int:
    """Run agents until interrupted, or until idle; return the exit code.

    Args:
        only: Which of them; empty for all.

    Raises:
        OneProcessError: Only some of them on the embedded bus.
        AlreadyRunningError: Another process runs this home.
        DeniedError: Something that an agent needs is not granted.
    """
    console = Console(file=sys.stderr)
    if only and settings.embedded:
        raise OneProcessError(
            "the embedded bus has one process for all agents; give --only with a bus that many can read: "
            "DOCTRAIL_BUS_URL=kafka://host:port",
            reason="one_process",
        )
    chosen = tuple(only) or AGENTS
    with run_lock(settings.home) if settings.embedded else nullcontext():
        # What is denied is said before the first document, not at it.
        await require_permissions(settings, chosen)
        async with open_doctrail(settings, needs_bus=False, needs_catalog="catalog" in chosen) as doctrail:
            await look_for_topics(doctrail, console)
            if "intake" in chosen:
                await look_for_release(doctrail, console)
            engine = Engine(doctrail, chosen)
            calm_collector()
            async with AsyncExitStack() as stack:
                if settings.embedded and not drain:
                    page = await stack.enter_async_context(reviewing_beside(doctrail))
                    if page is not None:
                        console.print(f"review page: {page}", highlight=False)
                await stack.enter_async_context(beating(settings.heartbeat_file, engine.pulse, doctrail.now))
                await engine.run(lambda running: _show(running, console, drain=drain))
            handled = sum(counters.handled for counters in engine.counters.values())
            dead = sum(counters.dead_lettered for counters in engine.counters.values())
    console.print(f"{handled} messages handled, {dead} dead-lettered", highlight=False)
    return 0


async def look_for_topics(doctrail: Doctrail, console: Console, *, rest: float = 1.0) -> None:
    """Make sure of the topics; a bus that does not answer is said once, and waited for.

    Raises:
        BusError: A topic is missing that is the operator's to make.
    """
    told = False
    while True:
        try:
            return await doctrail.bus.ensure_topics(tuple(READ))
        except TransientError as error:
            if not told:
                said = f"{visible(str(error))}; waiting for it"
                console.print(said, markup=False, highlight=False, soft_wrap=True)
            told = True
        await asyncio.sleep(rest)


async def look_for_release(doctrail: Doctrail, console: Console) -> None:
    """Say at once, not at the first document, that nothing is live and nothing can be published.

    A store that fails to answer is said and keeps nobody from starting: it is waited for where it is used.
    """
    try:
        await doctrail.live.digest(doctrail.now())
    except TransientError as error:
        console.print(visible(str(error)), markup=False, highlight=False, soft_wrap=True)


async def _show(engine: Engine, console: Console, *, drain: bool) -> None:
    until = until_idle if drain else until_interrupted
    if not console.is_terminal:
        await until(engine)
        return
    with Live(live_view(engine), console=console, transient=True) as live:
        async with asyncio.TaskGroup() as group:
            refresh = group.create_task(_refresh(engine, live))
            await until(engine)
            refresh.cancel()


async def _refresh(engine: Engine, live: Live) -> None:
    while True:
        live.update(live_view(engine))
        await asyncio.sleep(LOOK_SECONDS)


def live_view(engine: Engine) -> Group:
    """Return the live counts, and below them what is down and how many messages wait for it."""
    outages = [
        Text(
            f"{one.target} is down, {several(one.waiting, 'message')} waiting: {shown(one.reason or '', 200)}"
        )
        for one in engine.outages
    ]
    return Group(counts_table(engine.counters), *outages)


def counts_table(counters: Mapping[str, Counters]) -> Table:
    """Return the live counts: one line per agent."""
    table = Table(box=None, pad_edge=False)
    for heading in ("agent", "in hand", "handled", "sent on", "retried", "parked", "dead letters"):
        table.add_column(heading, justify="left" if heading == "agent" else "right")
    for name, counted in counters.items():
        figures = (
            counted.in_flight,
            counted.handled,
            counted.published,
            counted.retried,
            counted.parked,
            counted.dead_lettered,
        )
        table.add_row(name, *map(str, figures))
    return table
