"""What ``doctrail submit`` does: a progress bar, a sentence per file, and the wait for the ends."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.collector import calm_collector
from app.engine import Engine
from app.lock import AlreadyRunningError, agents_here
from app.patience import patient
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from catalog.projector import Projector
from ops.force import force_run
from ops.pipe import submit_pipe
from ops.progress import Awaited, End, awaited, end_of, ends_within
from ops.submit import FileRefusedError, Submitted, files_in, submit_file
from ops.words import visible

TOGETHER = 16
"""Files submitted at the same time, so that their writes share a commit."""

FOLLOW_SECONDS = 1.0
"""How often the ends are looked for while another process does the work."""


async def submit_all(
    settings: Settings,
    paths: Sequence[Path],
    *,
    wait: bool,
    force: bool,
    repay: bool = False,
    piped: str | None = None,
) -> int:
    """Submit files and folders, and wait for their ends if asked to; return the exit code.

    Args:
        settings: Of the installation.
        paths: Files and folders.
        wait: Whether to wait.
        force: Whether known documents run again.
        repay: Whether models are asked anew where they do.
        piped: Name of the document that standard input holds; None where it is not read.
    """
    console, errors = Console(highlight=False), Console(file=sys.stderr, highlight=False)
    async with open_doctrail(settings) as doctrail:
        if piped is None:
            submitted, refused = await _submit(doctrail, paths, errors)
        else:
            submitted, refused = await _submit_pipe(doctrail, piped, errors)
        forced = [await _force(doctrail, s, repay=repay) for s in submitted if force and s.known]
        _say_submitted(console, submitted, refused, len(forced))
        if not wait:
            return 1 if refused else 0
        wanted = [*(awaited(s) for s in submitted if not (force and s.known)), *forced]
        ends = await _wait(doctrail, wanted, errors)
        within = await _ends_within(doctrail, ends)
    _say_ends(console, ends, len(set(wanted)) - len(ends), {s.document_id: s.path for s in submitted})
    _say_parts(console, ends, within)
    died = End.DEAD_LETTERED in ends.values() or End.DEAD_LETTERED in within
    return 1 if refused or died or len(ends) < len(set(wanted)) else 0


async def _submit(
    doctrail: Doctrail, paths: Sequence[Path], errors: Console
) -> tuple[list[Submitted], list[FileRefusedError]]:
    files: list[Path] = []
    refused: list[FileRefusedError] = []
    for path in paths:
        try:
            files += files_in(path)
        except FileRefusedError as error:
            refused.append(error)
    submitted: list[Submitted] = []
    room, store = asyncio.Semaphore(TOGETHER), patient(doctrail.store)

    async def one(path: Path) -> None:
        async with room:
            try:
                submitted.append(
                    await submit_file(
                        store,
                        doctrail.bus,
                        path,
                        now=doctrail.now(),
                        max_bytes=doctrail.settings.max_bytes,
                    )
                )
            except FileRefusedError as error:
                refused.append(error)
            bar.advance(task)

    with _progress(errors) as bar:
        task = bar.add_task("submitting", total=len(files))
        async with asyncio.TaskGroup() as group:
            for path in files:
                group.create_task(one(path))
    for refusal in refused:
        errors.print(visible(str(refusal)), markup=False, soft_wrap=True)
    order = {path: position for position, path in enumerate(files)}
    return sorted(submitted, key=lambda s: order[s.path]), refused


async def _submit_pipe(
    doctrail: Doctrail, name: str, errors: Console
) -> tuple[list[Submitted], list[FileRefusedError]]:
    limit, store = doctrail.settings.max_bytes, patient(doctrail.store)
    try:
        one = await submit_pipe(
            store, doctrail.bus, sys.stdin.buffer, name, now=doctrail.now(), max_bytes=limit
        )
    except FileRefusedError as error:
        errors.print(visible(str(error)), markup=False, soft_wrap=True)
        return [], [error]
    return [one], []


async def _force(doctrail: Doctrail, submitted: Submitted, *, repay: bool) -> Awaited:
    release = await doctrail.live.digest(doctrail.now())
    return await force_run(
        patient(doctrail.store),
        doctrail.bus,
        submitted.document_id,
        release_digest=release,
        now=doctrail.now(),
        repay=repay,
    )


async def _wait(doctrail: Doctrail, wanted: Sequence[Awaited], errors: Console) -> dict[Awaited, End]:
    """Return where everything came to rest, doing the work here unless another process does it."""
    ends: dict[Awaited, End] = {}
    followed = False
    with _progress(errors) as bar:
        task = bar.add_task("handling", total=len(set(wanted)))
        await _look(doctrail, wanted, ends, None)
        bar.update(task, completed=len(ends))
        while len(ends) < len(set(wanted)):
            try:
                with agents_here(doctrail.settings):
                    await _work(doctrail, wanted, ends, bar, task)
                    break
            except AlreadyRunningError as running:
                if not followed:
                    followed = True
                    errors.print(f"{running.who} does the work; waiting for it", soft_wrap=True)
                await _look(doctrail, wanted, ends, None)
                bar.update(task, completed=len(ends))
                await asyncio.sleep(FOLLOW_SECONDS)
    return ends


async def _work(
    doctrail: Doctrail, wanted: Sequence[Awaited], ends: dict[Awaited, End], bar: Progress, task: object
) -> None:
    await doctrail.live.digest(doctrail.now())

    async def until_all_rest(engine: Engine) -> None:
        while not engine.interrupted.is_set():
            await _look(doctrail, wanted, ends, engine.take_touched())
            bar.update(task, completed=len(ends))  # type: ignore[arg-type]  # an int that rich calls TaskID
            if len(ends) == len(set(wanted)):
                return
            if await engine.idle():
                await _look(doctrail, wanted, ends, None)
                bar.update(task, completed=len(ends))  # type: ignore[arg-type]
                return
            await engine.pause()

    async def until_status_shows_it(engine: Engine) -> None:
        await until_all_rest(engine)
        # The ends are read from the store; who asks for the status next reads the catalog.
        await engine.shown(Projector.name)

    calm_collector()
    await Engine(doctrail).run(until_status_shows_it)


async def _look(
    doctrail: Doctrail, wanted: Sequence[Awaited], ends: dict[Awaited, End], touched: set[str] | None
) -> None:
    """Note the ends that have come; only of ``touched`` documents where it is known which were touched."""
    for one in wanted:
        if one not in ends and (touched is None or one.document_id in touched or one.event_id in touched):
            end = await end_of(patient(doctrail.store), one)
            if end is not None:
                ends[one] = end


async def _ends_within(doctrail: Doctrail, ends: dict[Awaited, End]) -> Counter[End]:
    """Return where the documents rest that packets among the submitted files were split into."""
    found: Counter[End] = Counter()
    for one, end in ends.items():
        if end is End.SPLIT:
            found += await ends_within(doctrail.store, one)
    return found


def _say_parts(console: Console, ends: dict[Awaited, End], within: Counter[End]) -> None:
    packets = sum(end is End.SPLIT for end in ends.values())
    if packets:
        parts = ", ".join(f"{within[end]} {end.value}" for end in End if within[end])
        console.print(f"split into {within.total()}: {parts}")


def _say_submitted(
    console: Console, submitted: Sequence[Submitted], refused: Sequence[FileRefusedError], forced: int
) -> None:
    known = sum(s.known for s in submitted)
    parts = [f"{len(submitted) - known} submitted"]
    if known:
        parts.append(f"{known} already known" + (f", {forced} of them run again" if forced else ""))
    if refused:
        parts.append(f"{len(refused)} refused")
    console.print("; ".join(parts))


def _say_ends(console: Console, ends: dict[Awaited, End], under_way: int, paths: dict[str, Path]) -> None:
    counted = Counter(ends.values())
    parts = [f"{counted[end]} {end.value}" for end in End if counted[end]]
    if under_way:
        parts.append(f"{under_way} still under way")
    console.print(", ".join(parts) or "nothing to wait for")
    for one, end in ends.items():
        if end is End.DEAD_LETTERED:
            path = paths.get(one.document_id)
            console.print(
                f"dead-lettered: {visible(str(path))}: see doctrail trace {one.document_id[:12]}",
                markup=False,
                soft_wrap=True,
            )


def _progress(errors: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
