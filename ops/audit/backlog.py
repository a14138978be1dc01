"""The backlog: what audits found, kept between runs: since when it is known, and when it went."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from ops.audit.report import Audit
from store import ops_keys
from store.parsing import DamagedObjectError, parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal


class Entry(Sealed):
    """One finding of one audit, as far as it is kept; no value of any document.

    Attributes:
        key: Tells it from other findings, whenever found.
        first_seen: When an audit first found it, without a break since.
    """

    key: str
    sentence: str
    urgency: str
    damage: float
    first_seen: AwareDatetime
    fix: str


class AuditNote(Sealed):
    """What an audit found; slot ``number`` of the audits.

    Attributes:
        gone: What the audit before had found and this one does not.
        cold: Whether there was no baseline.
    """

    number: int
    at: AwareDatetime
    documents: int
    entries: tuple[Entry, ...]
    gone: tuple[str, ...] = ()
    cold: bool = False


async def keep(store: ObjectStore, found: Audit) -> AuditNote:
    """Keep what an audit found and return it, each finding with when it was first seen."""
    before = await last(store)
    known = {entry.key: entry.first_seen for entry in before.entries} if before else {}
    entries = tuple(
        Entry(
            key=one.key,
            sentence=one.sentence,
            urgency=one.urgency.value,
            damage=one.damage,
            first_seen=known.get(one.key, found.at),
            fix=one.fix,
        )
        for one in found.findings
    )
    now = {entry.key for entry in entries}

    def make(number: int) -> AuditNote:
        return AuditNote(
            number=number,
            at=found.at,
            documents=found.documents,
            entries=entries,
            gone=tuple(sorted(set(known) - now)),
            cold=found.cold is not None,
        )

    number = (before.number if before else 0) + 1
    while True:
        # Only the newest slot is tried: audits are many, and each is one small object.
        key = ops_keys.audit(number)
        written = await store.create(key, seal(make(number)))
        if written.created:
            return parse(written.data, AuditNote, key)
        number += 1


async def last(store: ObjectStore) -> AuditNote | None:
    """Return what the newest audit kept, or None where there was none."""
    listed = [key async for key in store.list(ops_keys.AUDITS)]
    return await _at(store, listed[-1]) if listed else None


async def log(store: ObjectStore, most: int) -> list[AuditNote]:
    """Return what the newest audits kept, the newest first."""
    listed = [key async for key in store.list(ops_keys.AUDITS)]
    return [await _at(store, key) for key in reversed(listed[-most:])]


async def _at(store: ObjectStore, key: str) -> AuditNote:
    data = await store.fetch(key)
    if data is None:
        raise DamagedObjectError(f"object {key!r} was removed while it was read", reason="damaged_object")
    return parse(data, AuditNote, key)


def age(entry: Entry, now: datetime) -> int:
    """Return for how many days a finding is known."""
    return (now - entry.first_seen).days
