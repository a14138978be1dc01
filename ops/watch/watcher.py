"""The watch itself: looks, submits what is complete, sees files to their ends; time is passed in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ops.progress import Awaited, End, awaited
from ops.submit import FileRefusedError, Submitted
from ops.watch.moving import NotMovedError, move_into
from ops.watch.names import WatchRefusedError, files_under, is_temporary
from ops.watch.places import Places
from ops.watch.ports import Event, Happening, News, Ports, Tally
from ops.watch.settling import Facts, Settling
from schemas.errors import TransientError
from store.parsing import DamagedObjectError

LOOK_SECONDS = 30.0
"""How often the whole folder is looked at anew: the system may have missed a change, or tell of none."""
LOOK_SECONDS_DEAF = 2.0
"""The same where the system tells of no changes at all."""
LEAST_SECONDS = 0.1
"""Shortest wait: files that come together are looked at together."""
ENDS_SECONDS = 1.0
"""How often it is asked where files under way have come to rest."""
ENDS_AT_ONCE = 64
"""Of how many files that is asked each time, in turn."""
TOGETHER = 16
"""Files submitted at the same time, so that their writes share a commit."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    awaited: Awaited
    facts: Facts


class Watcher:
    """Submits every file under a folder once it is complete, and again whenever its bytes change.

    Attributes:
        turns: How often it has looked: its sign of life.
    """

    def __init__(self, places: Places, ports: Ports, *, settle: float) -> None:
        self._places = places
        self._ports = ports
        self._settling = Settling(settle)
        self._under_way: dict[Path, _UnderWay] = {}
        self._told: set[tuple[Happening, Path]] = set()
        self._looked = float("-inf")
        self._asked = float("-inf")
        self.tally = Tally()
        self.turns = 0

    async def run(self, news: News) -> Tally:
        """Watch until the news end; return what was done.

        Raises:
            WatchRefusedError: The folder itself is gone.
        """
        changed: Collection[Path] | None = ()
        while changed is not None:
            self.turns += 1
            await self._look(changed, LOOK_SECONDS_DEAF if news.deaf else LOOK_SECONDS)
            await self._submit_complete()
            await self._see_ends()
            changed = await news.wait(self._pause(news.deaf))
        self.tally.under_way = len(self._under_way)
        return self.tally

    def _pause(self, deaf: bool) -> float:
        at = self._ports.clock()
        waits = [self._looked + (LOOK_SECONDS_DEAF if deaf else LOOK_SECONDS) - at]
        if (settled := self._settling.wait(at)) is not None:
            waits.append(settled)
        if self._under_way:
            waits.append(self._asked + ENDS_SECONDS - at)
        return max(min(waits), LEAST_SECONDS)

    async def _look(self, changed: Collection[Path], every: float) -> None:
        """Look at what changed, and at everything from time to time."""
        at = self._ports.clock()
        everything = at - self._looked >= every
        places = [self._places.root] if everything else sorted(self._meant(changed))
        if everything:
            self._looked = at
        if not places:
            return
        found, closed = await asyncio.to_thread(self._facts_of, places)
        for folder, why in closed:
            self._tell_once(Happening.CLOSED, folder, why)
        if everything:
            if not await asyncio.to_thread(os.path.isdir, self._places.root):
                raise WatchRefusedError(self._places.root, "the folder is gone; nothing can come from it")
            found |= dict.fromkeys(self._settling.paths - found.keys())
        self._note(found)

    def _meant(self, changed: Iterable[Path]) -> set[Path]:
        root = self._places.root
        return {
            path
            for path in changed
            if path.is_relative_to(root)
            and not any(is_temporary(part) for part in path.relative_to(root).parts)
            and not any(path.is_relative_to(place) for place in self._places.unwatched)
        }

    def _facts_of(self, places: Iterable[Path]) -> tuple[dict[Path, Facts | None], list[tuple[Path, str]]]:
        found: dict[Path, Facts | None] = {}
        closed: list[tuple[Path, str]] = []
        for place in places:
            for path in files_under(
                place, without=self._places.unwatched, on_closed=lambda *folder: closed.append(folder)
            ):
                try:
                    found[path] = Facts.of(path)
                except FileNotFoundError:
                    found[path] = None
                except OSError as error:
                    closed.append((path, (error.strerror or "error").lower()))
        return found, closed

    def _note(self, found: dict[Path, Facts | None]) -> None:
        at, now = self._ports.clock(), self._ports.now()
        for path, facts in found.items():
            if facts is None:
                if self._settling.forget(path):
                    self._tell(Event(Happening.VANISHED, path))
                self._told = {one for one in self._told if one[1] != path}
                continue
            self._settling.note(path, facts, at=at, age=facts.age(now))
            if facts.size == 0 and facts.age(now) >= LOOK_SECONDS:
                self._tell_once(Happening.EMPTY, path, None)

    async def _submit_complete(self) -> None:
        room = asyncio.Semaphore(TOGETHER)

        async def one(path: Path, facts: Facts) -> None:
            async with room:
                await self._submit(path, facts)

        async with asyncio.TaskGroup() as group:
            for path, facts in self._settling.complete(self._ports.clock()):
                group.create_task(one(path, facts))

    async def _submit(self, path: Path, facts: Facts) -> None:
        try:
            submitted = await self._ports.submit(path)
        except FileRefusedError as error:
            if not await asyncio.to_thread(os.path.lexists, path):
                self._settling.forget(path)
                self._tell(Event(Happening.VANISHED, path))
                return
            self.tally.refused += 1
            self._tell(Event(Happening.REFUSED, path, str(error)))
        except DamagedObjectError as error:
            # It is about this file alone: the others go on.
            self.tally.refused += 1
            self._tell(Event(Happening.REFUSED, path, f"{path}: {error}"))
        except TransientError as error:
            self._settling.again(path, facts, at=self._ports.clock())
            self._tell_once(Happening.LATER, path, str(error))
        else:
            self._told.discard((Happening.LATER, path))
            self._took(path, facts, submitted)

    def _took(self, path: Path, facts: Facts, submitted: Submitted) -> None:
        if submitted.known:
            self.tally.known += 1
        else:
            self.tally.submitted += 1
        self._tell(Event(Happening.KNOWN if submitted.known else Happening.SUBMITTED, path))
        # Last in turn: those that wait longest are asked about first.
        self._under_way.pop(path, None)
        if not submitted.known or self._places.moves:
            self._under_way[path] = _UnderWay(awaited(submitted), facts)

    async def _see_ends(self) -> None:
        at = self._ports.clock()
        if at - self._asked < ENDS_SECONDS:
            return
        self._asked = at
        for path, one in list(self._under_way.items())[:ENDS_AT_ONCE]:
            try:
                end = await self._ports.end_of(one.awaited)
            except TransientError:
                # Asked again; whoever does the work meets the same outage and says so.
                return
            except DamagedObjectError as error:
                # Nobody can tell where this one rests; the others are seen to their ends.
                if self._under_way.get(path) is one:
                    del self._under_way[path]
                self._tell(Event(Happening.KEPT, path, f"{path}: stays where it is: {error}"))
                continue
            if self._under_way.get(path) is not one:
                continue
            del self._under_way[path]
            if end is None:
                self._under_way[path] = one
            else:
                await self._ended(path, one.facts, end)

    async def _ended(self, path: Path, facts: Facts, end: End) -> None:
        self.tally.ended[end] += 1
        folder = self._places.of(end)
        moved: Path | None = None
        if folder is not None:
            below = path.relative_to(self._places.root)
            try:
                moved = await asyncio.to_thread(move_into, path, folder, below, facts)
            except NotMovedError as error:
                self._tell(Event(Happening.KEPT, path, str(error)))
            else:
                self._settling.forget(path)
        self._tell(Event(Happening.ENDED, path, end=end, moved_to=moved))

    def _tell_once(self, what: Happening, path: Path, sentence: str | None) -> None:
        if (what, path) not in self._told:
            self._told.add((what, path))
            self._tell(Event(what, path, sentence))

    def _tell(self, event: Event) -> None:
        self._ports.tell(event)
