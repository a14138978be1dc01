"""What ``doctrail run`` does: every agent in one process, with live counts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.table import Table

from app.engine import LOOK_SECONDS, Engine, until_idle, until_interrupted
from app.lock import run_lock
from app.settings import Settings
from app.wiring import open_doctrail
from bus.telemetry import Counters


async def run_all(settings: Settings, *, drain: bool) -> int:
    """Run the agents until interrupted, or until idle; return the exit code."""
    console = Console(file=sys.stderr)
    with run_lock(settings.home):
        async with open_doctrail(settings) as doctrail:
            # Nothing live and nothing to publish is said at once, not at the first document.
            await doctrail.live.digest(doctrail.now())
            engine = Engine(doctrail)
            await engine.run(lambda running: _show(running, console, drain=drain))
            handled = sum(counters.handled for counters in engine.counters.values())
            dead = sum(counters.dead_lettered for counters in engine.counters.values())
    console.print(f"{handled} messages handled, {dead} dead-lettered", highlight=False)
    return 0


async def _show(engine: Engine, console: Console, *, drain: bool) -> None:
    until = until_idle if drain else until_interrupted
    if not console.is_terminal:
        await until(engine)
        return
    with Live(counts_table(engine.counters), console=console, transient=True) as live:
        async with asyncio.TaskGroup() as group:
            refresh = group.create_task(_refresh(engine, live))
            await until(engine)
            refresh.cancel()


async def _refresh(engine: Engine, live: Live) -> None:
    while True:
        live.update(counts_table(engine.counters))
        await asyncio.sleep(LOOK_SECONDS)


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
