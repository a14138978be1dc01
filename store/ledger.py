"""The pay-once ledger: a reply that reached us is stored before it is used and never bought again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import ContractError, CorruptArtifactError, check_artifact
from store.protocol import Created, ObjectStore, ref_of

Answer = tuple[bytes, ObjectRef, bool]
"""A reply's bytes, where it is stored, and whether it was there already."""


class PayOnce:
    """Asks a model at most once per request and document.

    Equal requests under way at the same moment in this process share one call; across processes a
    double call is possible and counted.

    Attributes:
        bought: Replies that were asked for.
        found: Requests answered by the ledger or by a call already under way.
        bought_twice: Replies bought that another process had stored meanwhile.
    """

    def __init__(self) -> None:
        self.bought = 0
        self.found = 0
        self.bought_twice = 0
        self._under_way: dict[str, asyncio.Future[None]] = {}

    async def complete(
        self,
        store: ObjectStore,
        document_id: str,
        request_digest: str,
        ask: Callable[[], Awaitable[bytes]],
    ) -> Answer:
        """Return the stored reply to a request, buying and storing it first if there is none."""
        key = keys.reply(document_id, request_digest)
        while True:
            known = await recall_reply(store, document_id, request_digest)
            if known is not None:
                self.found += 1
                return (*known, True)
            other = self._under_way.get(key)
            if other is None:
                return await self._buy(store, document_id, request_digest, ask)
            # If that call fails, its owner reports it and the next one in line asks for itself.
            await asyncio.wait([other])

    async def _buy(
        self,
        store: ObjectStore,
        document_id: str,
        request_digest: str,
        ask: Callable[[], Awaitable[bytes]],
    ) -> Answer:
        key = keys.reply(document_id, request_digest)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[key] = done
        try:
            body = await ask()
            self.bought += 1
            written = await keep_reply(store, document_id, request_digest, body)
        finally:
            del self._under_way[key]
            done.set_result(None)
        self.bought_twice += not written.created
        return written.data, written.ref, False


async def recall_reply(
    store: ObjectStore, document_id: str, request_digest: str
) -> tuple[bytes, ObjectRef] | None:
    """Return the stored reply to a request, if any.

    Raises:
        CorruptArtifactError: It was damaged.
    """
    key = keys.reply(document_id, request_digest)
    data = await store.fetch(key)
    if data is None:
        return None
    problems = check_artifact(ArtifactKind.REPLY, key, data)
    if problems:
        raise CorruptArtifactError(
            f"reply {key!r} breaks its contract ({problems[0]}); run doctrail verify --repair",
            reason="corrupt_artifact",
        )
    return data, ref_of(key, data)


async def keep_reply(store: ObjectStore, document_id: str, request_digest: str, body: bytes) -> Created:
    """Store a reply create-once and return what stands.

    Raises:
        ContractError: ``body`` is no reply.
    """
    key = keys.reply(document_id, request_digest)
    problems = check_artifact(ArtifactKind.REPLY, key, body)
    if problems:
        raise ContractError(f"reply for {key!r} breaks its contract: {problems[0]}")
    return await store.create(key, body)
