"""What is done to what an installation stands on: an S3 in trouble, a full disk, a clock that jumps."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.running import Run
from tests.chaos.scaled import S3_PORT, Places, Servers
from tests.faulty_proxy import SLOW_SECONDS, Fault, FaultyProxy

SHARE = 0.1
"""Of the requests that meet the fault."""
ROOM_MB, DOCUMENT_MB = 256, 1
HOUR = 3600
TROUBLES: dict[str, Fault] = {"slow": "slow", "busy": "unavailable", "cut": "cut request"}


class Troubled(FaultyProxy):
    """An S3 server that has one fault now and then, while it is told to.

    Attributes:
        fault: The one.
        met: How many requests had it.
    """

    def __init__(self, port: int, fault: Fault, chances: random.Random) -> None:
        super().__init__(port)
        self.fault = fault
        self.met = 0
        self._chances = chances

    def next_fault(self) -> Fault:
        """Return the fault for a share of the requests; a request that is cut is one that writes."""
        if self.fault == "none" or self._chances.random() >= SHARE:
            return "none"
        if self.fault == "cut request" and self.methods[-1] != "PUT":
            return "none"
        self.met += 1
        return self.fault


@contextmanager
def troubled(places: Places, seed: int) -> Iterator[tuple[Places, Troubled]]:
    """Yield places whose S3 server has a fault now and then; it is served by a thread of its own."""
    port = urlsplit(places.keys["AWS_ENDPOINT_URL_S3"]).port or 80
    proxy, loop = Troubled(port, "none", random.Random(seed)), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="troubled")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result()
        yield replace(places, keys={**places.keys, "AWS_ENDPOINT_URL_S3": proxy.url}), proxy
    finally:
        asyncio.run_coroutine_threadsafe(_close(proxy), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(proxy: Troubled) -> None:
    await proxy.__aexit__()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def trouble(kind: str, proxy: Troubled) -> Callable[[Run], str]:
    """Return a fault: all documents go through while S3 has its trouble."""

    def harm(run: Run) -> str:
        proxy.fault = TROUBLES[kind]
        run.submit(run.documents)
        quiet = run.finish()
        proxy.fault = "none"
        what = {
            "slow": f"answered {SLOW_SECONDS:g} s late",
            "busy": "answered with 503",
            "cut": "cut in two on their way",
        }[kind]
        return f"{proxy.met} calls of S3 were {what}{'' if quiet else ', NOT ALL READ meanwhile'}"

    return harm


@contextmanager
def small_disk(servers: Servers, documents: int) -> Iterator[Path]:
    """Put the S3 server's data on a disk of its own for the block, with room for so many; only root may."""
    home = _services_folder() / "s3" / str(S3_PORT)
    server = servers.services["s3"]
    server.tell("stop")
    home.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={ROOM_MB + documents * DOCUMENT_MB}m", "tmpfs", str(home))
    try:
        server.start()
        yield home
    finally:
        server.tell("stop")
        _run("umount", str(home))


def full_disk(home: Path) -> Callable[[Run], str]:
    """Return a fault: the disk under the store is full for a while, in the middle of the work."""

    def harm(run: Run) -> str:
        run.submit(run.documents)
        time.sleep(run.fleet.random.uniform(1.0, 4.0))
        filler = home / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                before = run.ended()
        time.sleep(run.away)
        meanwhile = run.ended() - before
        filler.unlink()
        loud = run.fleet.said("breaker.opened")
        return (
            f"no room for {run.away:g} s, {meanwhile} documents ended meanwhile, "
            f"{loud} processes said so and waited"
        )

    return harm


def clock_of(folder: Path) -> tuple[Path, dict[str, str]]:
    """Return the file that shifts the clocks of processes with this environment (``+3600`` in it).

    Raises:
        FileNotFoundError: libfaketime is not installed.
    """
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        raise FileNotFoundError("libfaketime is not installed: apt-get install libfaketime")
    shift = folder / "clock"
    shift.write_text("+0\n", encoding="ascii")
    return shift, {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        # Read anew once a second: at every look at the clock it would be most of what a process does.
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def jumping_clock(shift: Path) -> Callable[[Run], str]:
    """Return a fault: the clocks of all our processes jump by an hour, forth and back, and are set right."""

    def harm(run: Run) -> str:
        parts = [run.documents[number::3] for number in range(3)]
        for part, jump in zip(parts, (HOUR, -HOUR, 0), strict=True):
            run.submit(part)
            # A process that starts with a wrong clock says so and ends, as it should; here they are to work.
            run.under_way()
            time.sleep(run.fleet.random.uniform(0.5, 2.0))
            shift.write_text(f"{jump:+d}\n", encoding="ascii")
            time.sleep(run.away / 2 if jump else 0.0)
            shift.write_text("+0\n", encoding="ascii")
        loud = run.fleet.said("clock")
        return f"clocks an hour ahead, then an hour behind, for {run.away / 2:g} s each, named {loud} times"

    return harm


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _services_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("SERVICES_DIR") or f"{cache}/doctrail-services")
