"""The registry: per slot a hash chain of create-once entries that says what is live, since when, by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal, cast

from pydantic import AwareDatetime

from schemas.canonical import canonical_json, sha256_hex
from schemas.errors import InvariantError
from schemas.layout import Frozen
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore

GENESIS = "0" * 64
"""``prev_hash`` of a slot's first entry."""

Mark = Literal["dev", "approved"]


class BrokenChainError(InvariantError):
    """The registry was tampered with or lost an entry; restore it from a copy before promoting anything."""


class RegistryEntry(Frozen):
    """Entry ``number`` of a slot: what someone declared live.

    Attributes:
        prev_hash: The sha-256 of the bytes of the entry before.
        what: Digest of the release, bundle or variant.
        mark: ``dev`` for an edit published by itself, ``approved`` where a person answers for it.
        by: Who.
        evidence: Digests of eval runs or certificates it rests on.
    """

    slot: str
    number: int
    prev_hash: str
    at: AwareDatetime
    what: str
    mark: Mark
    by: str
    evidence: tuple[str, ...] = ()
    comment: str | None = None

    @property
    def hash(self) -> str:
        """The sha-256 that the next entry must name."""
        return sha256_hex(canonical_json(self))


async def append(
    store: ObjectStore,
    slot: str,
    *,
    what: str,
    mark: str,
    by: str,
    at: datetime,
    evidence: Sequence[str] = (),
    comment: str | None = None,
) -> RegistryEntry:
    """Declare ``what`` live in ``slot``; of two at once both stand, one after the other."""
    while True:
        last = await live(store, slot)
        entry = RegistryEntry(
            slot=slot,
            number=last.number + 1 if last else 1,
            prev_hash=last.hash if last else GENESIS,
            at=at,
            what=what,
            mark=cast("Mark", mark),
            by=by,
            evidence=tuple(evidence),
            comment=comment,
        )
        written = await store.create(keys.registry_entry(slot, entry.number), canonical_json(entry))
        # A retried write finds its own bytes, which is this very entry.
        if written.created or written.data == canonical_json(entry):
            return entry


async def live(store: ObjectStore, slot: str) -> RegistryEntry | None:
    """Return the newest entry of the slot, or None where it has none; one listing and two reads.

    Raises:
        BrokenChainError: It does not follow from the entry before it.
    """
    listed = [key async for key in store.list(f"registry/{slot}")]
    before = await _at(store, slot, len(listed) - 1, None) if len(listed) > 1 else None
    return await _at(store, slot, len(listed), before) if listed else None


async def entries(store: ObjectStore, slot: str) -> AsyncIterator[RegistryEntry]:
    """Yield every entry of the slot from the first, each checked against the one before.

    Raises:
        BrokenChainError: An entry was changed, removed or added out of order.
    """
    listed = [key async for key in store.list(f"registry/{slot}")]
    last: RegistryEntry | None = None
    for number in range(1, len(listed) + 1):
        last = await _at(store, slot, number, last)
        yield last


async def verify_chain(store: ObjectStore, slot: str) -> int:
    """Return the number of entries, all of them sound.

    Raises:
        BrokenChainError: An entry was changed, removed or added out of order.
    """
    return len([entry async for entry in entries(store, slot)])


async def _at(store: ObjectStore, slot: str, number: int, before: RegistryEntry | None) -> RegistryEntry:
    key = keys.registry_entry(slot, number)
    data = await store.fetch(key)
    if data is None:
        raise BrokenChainError(f"registry slot {slot!r} has no entry {number}, but one after it")
    entry = parse(data, RegistryEntry, key)
    if (entry.slot, entry.number, entry.hash) != (slot, number, sha256_hex(data)):
        raise BrokenChainError(f"registry entry {key!r} was changed: it does not say what its place says")
    expected = before.hash if before else GENESIS
    if (before is not None or number == 1) and entry.prev_hash != expected:
        raise BrokenChainError(
            f"registry entry {key!r} names {entry.prev_hash[:16]}… as the entry before it, "
            f"which is {expected[:16]}…"
        )
    return entry
