"""What ``doctrail shadow follow`` and ``shadow diff`` do: the next version of the program beside this one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import bus.connect
from app.buses import kafka_options
from app.rounds import in_rounds
from app.wiring import Doctrail
from ops.beside import Fed, compared, feed
from ops.replay.sample import Sampled, draw
from ops.submit import submit_bytes
from schemas.errors import PermanentError
from store.connect import connect

GROUP = "beside"


class NothingToFollowError(PermanentError):
    """The installation to be followed is not where it was said to be."""


async def follow(doctrail: Doctrail, theirs: str, store: str, every: float | None) -> Fed:
    """Take in here what another installation takes in, once or again and again; return the last look.

    Args:
        theirs: URL of the other's bus.
        store: URL of the other's store.
    """
    _require_there(theirs)
    _require_there(store)
    settings, source = doctrail.settings, connect(store)

    async def submit(data: bytes, name: Path, place: str) -> bool:
        submitted = await submit_bytes(
            doctrail.store, doctrail.bus, data, path=name, name=name.name, place=place, now=doctrail.now()
        )
        return not submitted.known

    async with bus.connect.connect(theirs, now=doctrail.now, kafka=kafka_options(settings)) as other:

        async def look() -> Fed:
            return await feed(other, source, GROUP, submit)

        heartbeat = None if settings.embedded else settings.heartbeat_file
        found = await in_rounds("follow", look, every=every, heartbeat=heartbeat, now=doctrail.now)
    return found or Fed()


async def difference(doctrail: Doctrail, store: str, size: int, days: float) -> Sampled:
    """Return how a sample of the last days' documents came out here and there."""
    _require_there(store)
    now = doctrail.now()
    rows = await draw(doctrail.catalog, size, since=now - timedelta(days=days), until=now)
    return await compared(connect(store), doctrail.store, rows)


def _require_there(url: str) -> None:
    """Refuse a place on this machine that does not exist: opening it would make it.

    Raises:
        NothingToFollowError: Nothing is there.
    """
    scheme, _, rest = url.partition("://")
    place = Path(rest.removeprefix("/") if scheme == "sqlite" else rest)
    if scheme in ("sqlite", "file") and not place.exists():
        raise NothingToFollowError(
            f"nothing is at {url!r}; name the bus and the store of the installation that works",
            reason="nothing_to_follow",
        )
