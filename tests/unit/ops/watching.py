"""A watched folder whose clock moves only when it is waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from ops.progress import Awaited, End
from ops.submit import FileRefusedError, Submitted
from ops.watch import (
    Event,
    Happening,
    Places,
    Ports,
    Watcher,
)
from schemas.canonical import derive_id, sha256_hex
from schemas.errors import TransientError
from store.parsing import DamagedObjectError

SETTLE = 2.0

Step = Callable[[], Collection[Path] | None]


@dataclass
class World:
    """A folder, a clock that moves only when it is waited for, and what comes of it."""

    root: Path
    done: Path | None = None
    failed: Path | None = None
    steps: list[Step] = field(default_factory=list)
    ends: dict[str, End] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    submitted: list[tuple[str, str]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    asked: int = 0
    outage: str | None = None
    damaged: set[str] = field(default_factory=set)
    """Documents whose objects can't be read."""
    deaf: bool = False
    at: float = 1000.0
    age: float = 0.0
    """Seconds that files have been left alone when they are first seen."""

    async def wait(self, seconds: float) -> Collection[Path] | None:
        """Let time pass; then the next step of the script happens, and after the last the watch ends."""
        self.at += seconds + 0.01
        return self.steps.pop(0)() if self.steps else None

    async def submit(self, path: Path) -> Submitted:
        if self.outage is not None:
            raise TransientError(self.outage, target="store")
        try:
            text = await asyncio.to_thread(path.read_text)
            document_id = sha256_hex(text.encode())
        except OSError as error:
            raise FileRefusedError(path, f"can't be opened: {error.strerror}") from error
        if document_id in self.damaged:
            raise DamagedObjectError("object 'submissions/x.json' is none", reason="damaged_object")
        if document_id in self.known:
            return Submitted(path, document_id, "e", "s", known=True)
        self.submitted.append((self.name(path), text))
        return Submitted(path, document_id, derive_id("drop", str(path), document_id), "s", known=False)

    async def end_of(self, wanted: Awaited) -> End | None:
        self.asked += 1
        if wanted.document_id in self.damaged:
            raise DamagedObjectError("object 'outcomes/x.json' is none", reason="damaged_object")
        return self.ends.get(wanted.document_id)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def told(self, what: Happening) -> list[str]:
        return [self.name(event.path) for event in self.events if event.what is what]

    def drop(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def rests(self, text: str, end: End) -> None:
        self.ends[sha256_hex(text.encode())] = end

    def watch(self, *steps: Step, watcher: Watcher | None = None) -> Watcher:
        self.steps = list(steps)
        watcher = watcher or self.watcher()
        asyncio.run(watcher.run(self))
        return watcher

    def watcher(self) -> Watcher:
        places = Places(self.root, self.done, self.failed)
        ports = Ports(
            submit=self.submit,
            end_of=self.end_of,
            tell=self.events.append,
            clock=lambda: self.at,
            now=lambda: time.time() + self.age,
        )
        return Watcher(places, ports, settle=SETTLE)


def nothing() -> Collection[Path]:
    """A step in which nothing happens."""
    return ()
