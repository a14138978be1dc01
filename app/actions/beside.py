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
    settings = doctrail.settings
    _require_another(theirs, settings.bus)
    _require_another(store, settings.store)
    source = connect(store)

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
    _require_another(store, doctrail.settings.store)
    now = doctrail.now()
    since = now - timedelta(days=days)
    # Those it gave up or took apart as well: the other may have made a record of them.
    rows = await draw(doctrail.catalog, size, since=since, until=now, without=("withdrawn",))
    return await compared(connect(store), doctrail.store, rows)


def _require_another(url: str, own: str) -> None:
    """Refuse a place on this machine that does not exist, as opening it would make it, and one's own.

    Raises:
        NothingToFollowError: Nothing is there, or this installation: with itself it always agrees.
    """
    place = _place(url)
    if place == _place(own):
        raise NothingToFollowError(
            f"{url!r} is this installation's own; name the bus and the store of the one that works",
            reason="nothing_to_follow",
        )
    if isinstance(place, Path) and not place.exists():
        raise NothingToFollowError(
            f"nothing is at {url!r}; name the bus and the store of the installation that works",
            reason="nothing_to_follow",
        )


def _place(url: str) -> Path | str:
    """Return what a URL names, however it is spelled: on this machine a path."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("sqlite", "file"):
        return url.rstrip("/")
    return Path(rest.removeprefix("/") if scheme == "sqlite" else rest).resolve()
