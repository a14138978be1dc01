"""What ``doctrail watch`` does: submits what is dropped into a folder, works while nobody else does."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from rich.console import Console

from app.collector import calm_collector
from app.engine import Engine, interrupting
from app.lock import AlreadyRunningError, agents_here
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from ops.heartbeat import Pulse, beating
from ops.progress import Awaited, End, end_of
from ops.submit import Submitted, submit_file
from ops.watch import (
    Event,
    FolderNews,
    Happening,
    Places,
    Ports,
    Tally,
    Watcher,
    WatchRefusedError,
    watched_folder,
)
from ops.words import several, visible

FOLLOW_SECONDS = 1.0
"""How often it is tried to do the work while another process does it."""

_SENTENCES = {
    Happening.VANISHED: "vanished before it was read; nothing was submitted",
    Happening.EMPTY: "is empty; it is submitted once it holds something",
    Happening.CLOSED: "can't be looked into",
}


async def watch_folder(
    settings: Settings, folder: Path, *, done: Path | None, failed: Path | None, settle: float, work: bool
) -> int:
    """Watch ``folder`` until interrupted; return the exit code.

    Raises:
        WatchRefusedError: A folder can't be used as it is asked to be.
    """
    places = places_of(settings, folder, done, failed)
    console, errors = Console(highlight=False), Console(file=sys.stderr, highlight=False)
    stop = asyncio.Event()
    async with open_doctrail(settings) as doctrail:
        # What can't be published is said at once, not at the first document.
        await doctrail.live.digest(doctrail.now())
        watcher = Watcher(places, _ports(doctrail, folder, console), settle=settle)
        _say(errors, f"watching {folder}; Ctrl-C ends it")
        async with (
            _working(doctrail, stop, errors, work=work),
            FolderNews(places.root, stop, lambda why: _deaf(errors, folder, why)) as news,
            beating(settings.heartbeat_file, lambda: Pulse({"watch": watcher.turns}), doctrail.now),
        ):
            tally = await watcher.run(news)
    _say(console, *_summary(tally))
    return 0


def places_of(settings: Settings, folder: Path, done: Path | None, failed: Path | None) -> Places:
    """Return the folders of a watch, made where they are not there yet.

    Raises:
        WatchRefusedError: One of them can't be used as it is asked to be.
    """
    root = watched_folder(folder)
    targets = [None if place is None else _target(root, place) for place in (done, failed)]
    home = frozenset([settings.home.resolve()])
    return Places(root, targets[0], targets[1], home)


def _target(root: Path, place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WatchRefusedError(place, f"can't be made: {(error.strerror or 'error').lower()}") from error
    target = watched_folder(place)
    if target == root or root.is_relative_to(target):
        raise WatchRefusedError(place, "finished files would be dropped again; give a folder of their own")
    return target


def _ports(doctrail: Doctrail, folder: Path, console: Console) -> Ports:
    async def submit(path: Path) -> Submitted:
        return await submit_file(
            doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=doctrail.settings.max_bytes
        )

    async def end(wanted: Awaited) -> End | None:
        return await end_of(doctrail.store, wanted)

    root = folder.resolve()
    return Ports(
        submit=submit,
        end_of=end,
        tell=lambda event: _tell(console, root, event),
        clock=time.monotonic,
        now=lambda: doctrail.now().timestamp(),
    )


@asynccontextmanager
async def _working(
    doctrail: Doctrail, stop: asyncio.Event, errors: Console, *, work: bool
) -> AsyncIterator[None]:
    """Run the agents meanwhile, whenever nobody else does; ``stop`` is set when the operator interrupts."""
    if not work:
        with interrupting(stop):
            yield
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(_serve(doctrail, stop, errors))
        try:
            yield
        finally:
            stop.set()


async def _serve(doctrail: Doctrail, stop: asyncio.Event, errors: Console) -> None:
    async def until_stopped(engine: Engine) -> None:
        while not stop.is_set() and not engine.interrupted.is_set():
            await engine.pause()
        stop.set()

    followed: str | None = None
    while not stop.is_set():
        try:
            with agents_here(doctrail.settings):
                calm_collector()
                await Engine(doctrail).run(until_stopped)
        except AlreadyRunningError as running:
            if followed != running.who:
                followed = running.who
                _say(errors, f"{running.who} does the work")
            with interrupting(stop), suppress(TimeoutError):
                async with asyncio.timeout(FOLLOW_SECONDS):
                    await stop.wait()


def _tell(console: Console, root: Path, event: Event) -> None:
    name = str(event.path.relative_to(root)) if event.path != root else str(root)
    match event.what:
        case Happening.KNOWN:
            # At each start everything that was left in place is known.
            return
        case Happening.ENDED if event.end is not None:
            line = f"{event.end.value:<14} {name}"
            line += f" → {event.moved_to}" if event.moved_to else ""
        case Happening.SUBMITTED:
            line = f"{'submitted':<14} {name}"
        case Happening.LATER:
            line = f"{'later':<14} {name}: {event.sentence}"
        case _:
            why = ": ".join(part for part in (_SENTENCES.get(event.what), event.sentence) if part)
            line = why if event.what in _WHOLE else f"{name}: {why}"
            line = f"{event.what.value:<14} {line}"
    _say(console, line)


_WHOLE = frozenset({Happening.REFUSED, Happening.KEPT})
"""Their sentences name the file themselves."""


def _deaf(errors: Console, folder: Path, why: str) -> None:
    _say(
        errors, f"the system tells of no changes in {folder} ({why}); it is looked through every 2 s instead"
    )


def _summary(tally: Tally) -> list[str]:
    parts = [f"{tally.submitted} submitted"]
    parts += [f"{tally.known} already known"] if tally.known else []
    parts += [f"{tally.refused} refused"] if tally.refused else []
    ends = [f"{tally.ended[end]} {end.value}" for end in End if tally.ended[end]]
    ends += [f"{several(tally.under_way, 'document')} still under way"] if tally.under_way else []
    return ["; ".join(parts), *([", ".join(ends)] if ends else [])]


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(visible(line), markup=False, soft_wrap=True)
