"""The registry: per slot a hash chain of create-once entries that says what is live, since when, by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.canonical import canonical_json, sha256_hex
from schemas.errors import InvariantError, PermanentError
from schemas.layout import Frozen
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore

RELEASE_SLOT = "release"
GENESIS = "0" * 64
"""``prev_hash`` of a slot's first entry."""


class BrokenChainError(InvariantError):
    """The registry was tampered with or lost an entry; restore it from a copy before promoting anything."""


class MovedOnError(PermanentError):
    """Something else became live meanwhile; look at it and decide again."""

    def __init__(self, slot: str, entry: RegistryEntry | None) -> None:
        now = f"entry {entry.number} by {entry.statement.by}" if entry else "nothing"
        super().__init__(
            f"what is live in {slot!r} changed meanwhile ({now}); look at it and decide again",
            reason="moved_on",
        )
        self.entry = entry


class Lineage(Frozen):
    """Why something became live, as far as it was decided and not just published.

    Attributes:
        kind: ``promote``, ``rollback`` or ``revoke``.
        doc_type: The type it is about.
        variant: Digest of the type's bundle from now on.
        replaced: Digest of its bundle before.
        set_id: The eval set the decision rests on.
        verdict: What the promotion rule said of it.
        field: Whose certificate was revoked.
        learned_from: Digest of the list of decisions the variant learned from.
        code: Version of doctrail that judged.
    """

    kind: Literal["promote", "rollback", "revoke"]
    doc_type: str
    variant: str
    replaced: str | None = None
    set_id: str | None = None
    verdict: str | None = None
    field: str | None = None
    learned_from: str | None = None
    code: str = ""


class Statement(Frozen):
    """What someone declares live.

    Attributes:
        at: When.
        what: Digest of the release, bundle or variant.
        mark: ``dev`` for an edit published by itself, ``approved`` where a person answers for it.
        by: Who.
        evidence: Digests of eval runs or certificates it rests on.
        folders: Digest of the release that the type folders made, where they were published.
        lineage: How a person or a gate came to it, where it is not from the folders.
    """

    at: AwareDatetime
    what: str
    mark: Literal["dev", "approved"]
    by: str
    evidence: tuple[str, ...] = ()
    comment: str | None = None
    folders: str | None = Field(default=None, exclude_if=lambda digest: digest is None)
    lineage: Lineage | None = Field(default=None, exclude_if=lambda lineage: lineage is None)


class RegistryEntry(Frozen):
    """Entry ``number`` of a slot; ``prev_hash`` is the sha-256 of the bytes of the entry before."""

    slot: str
    number: int
    prev_hash: str
    statement: Statement

    @property
    def hash(self) -> str:
        """The sha-256 that the next entry must name."""
        return sha256_hex(canonical_json(self))


class Registry:
    """Appends to and reads the slots; remembers how far each has come, so that asking again is cheap."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._last: dict[str, RegistryEntry] = {}

    async def append(
        self, slot: str, statement: Statement, *, after: RegistryEntry | Literal["any"] | None = "any"
    ) -> RegistryEntry:
        """Declare something live; of two at once both stand, one after the other.

        Args:
            slot: Where.
            statement: What.
            after: The entry it was decided upon (None: the first one), so that of two such only one wins.

        Raises:
            MovedOnError: Another entry stands there by now.
        """
        while True:
            last = await self.live(slot)
            if after != "any" and last != after:
                raise MovedOnError(slot, last)
            entry = RegistryEntry(
                slot=slot,
                number=last.number + 1 if last else 1,
                prev_hash=last.hash if last else GENESIS,
                statement=statement,
            )
            body = canonical_json(entry)
            written = await self._store.create(keys.registry_entry(slot, entry.number), body)
            # A retried write finds its own bytes, which is this very entry.
            if written.created or written.data == body:
                # Of one that was killed between both writes the seal is made up for.
                for sealed in (last, entry):
                    if sealed is not None:
                        await self._seal(sealed)
                self._last[slot] = entry
                return entry

    async def _seal(self, entry: RegistryEntry) -> None:
        key = keys.registry_seal(entry.slot, entry.number)
        await self._store.create(key, entry.hash.encode(), media_type="text/plain")

    async def live(self, slot: str) -> RegistryEntry | None:
        """Return the newest entry of the slot, or None where it has none.

        Raises:
            BrokenChainError: An entry does not follow from the one before.
        """
        last = self._last.get(slot)
        while (entry := await self._next(slot, last)) is not None:
            last = self._last[slot] = entry
        return last

    async def entries(self, slot: str) -> AsyncIterator[RegistryEntry]:
        """Yield every entry of the slot from the first, each checked against the one before."""
        last: RegistryEntry | None = None
        while (entry := await self._next(slot, last)) is not None:
            yield entry
            last = entry

    async def verify_chain(self, slot: str) -> int:
        """Return the number of entries, all of them sound.

        Raises:
            BrokenChainError: An entry was changed, removed or added out of order.
        """
        sound = 0
        async for _ in self.entries(slot):
            sound += 1
        found = [key async for key in self._store.list(f"registry/{slot}")]
        listed = [key for key in found if key.endswith(".json")]
        if len(listed) != sound:
            raise BrokenChainError(
                f"registry slot {slot!r} has {len(listed)} entries, but the chain ends after {sound}"
            )
        if keys.registry_seal(slot, sound + 1) in found:
            lost = keys.registry_entry(slot, sound + 1)
            raise BrokenChainError(f"registry entry {lost!r} is lost: its seal is there and it is not")
        return sound

    async def _next(self, slot: str, last: RegistryEntry | None) -> RegistryEntry | None:
        number = last.number + 1 if last else 1
        key = keys.registry_entry(slot, number)
        data = await self._store.fetch(key)
        if data is None:
            return None
        entry = parse(data, RegistryEntry, key)
        expected = last.hash if last else GENESIS
        stated = (entry.slot, entry.number, entry.prev_hash, entry.hash)
        if stated != (slot, number, expected, sha256_hex(data)):
            raise BrokenChainError(
                f"registry entry {key!r} does not follow from the one before it: "
                f"it names {entry.prev_hash[:16]}…, that one is {expected[:16]}…"
            )
        sealed = await self._store.fetch(keys.registry_seal(slot, number))
        if sealed is not None and sealed.decode("utf-8", "replace") != entry.hash:
            raise BrokenChainError(
                f"registry entry {key!r} was changed since it was written: "
                f"its digest is {entry.hash[:16]}…, its seal says {sealed.decode('utf-8', 'replace')[:16]}…"
            )
        return entry
