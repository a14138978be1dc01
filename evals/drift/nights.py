"""What nights found, kept: the last one is what alerts look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.layout import Frozen
from store import eval_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

STANDS = timedelta(hours=36)
"""How long a night counts as the last one: a second one is due by then."""


class NightNote(Sealed):
    """What stood out in a night.

    Attributes:
        alerts: Figures that fell, as ``type.field``.
        revoked: Certificates that were revoked, likewise.
    """

    at: datetime
    code: int
    alerts: tuple[str, ...]
    revoked: tuple[str, ...]


class Standing(Frozen):
    """What stands out now, by the last night."""

    at: datetime
    fallen: tuple[str, ...]


async def keep_night(store: ObjectStore, note: NightNote) -> None:
    """Keep what a night found, create-once."""
    await store.create(eval_keys.night(note.at.strftime("%Y%m%dT%H%M%SZ")), seal(note))


async def standing_night(store: ObjectStore, now: datetime) -> Standing | None:
    """Return what the last night found, or None where none is recent enough to go by."""
    last = max([key async for key in store.list(eval_keys.NIGHTS)], default=None)
    data = await store.fetch(last) if last is not None else None
    if last is None or data is None:
        return None
    note = parse(data, NightNote, last)
    if now - note.at > STANDS:
        return None
    return Standing(at=note.at, fallen=tuple(dict.fromkeys((*note.alerts, *note.revoked))))
