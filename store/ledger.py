"""The pay-once ledger: a reply that reached us is stored before it is used and never bought again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from schemas.objects import ObjectRef
from store import keys
from store.artifacts import ContractError, CorruptArtifactError, reply_in
from store.protocol import ObjectStore, ref_of

NOTE = b"{}"
"""What a note of a call under way holds; its key says all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and how it was come by.

    Attributes:
        exchange: What the body says, read: the request and the reply as plain JSON.
        ref: Where it is stored.
        hit: Whether it was there already.
        twice: Whether another process had stored one meanwhile, so that two were bought.
    """

    body: bytes
    exchange: dict[str, Any]
    ref: ObjectRef
    hit: bool
    twice: bool = False


async def _nothing_more() -> None:
    """Do nothing."""


class PayOnce:
    """Asks a model at most once per request and document.

    Equal requests under way at the same moment in this process share one call; across processes a
    double call is possible and counted. A call outlasts whoever waits for it: a reply that comes after
    its message ran out of time is stored all the same.

    Attributes:
        bought: Replies that were asked for.
        found: Requests answered by the ledger or by a call already under way.
        bought_twice: Replies bought that another process had stored meanwhile.
    """

    def __init__(self) -> None:
        self.bought = 0
        self.found = 0
        self.bought_twice = 0
        self._under_way: dict[str, asyncio.Task[Answer]] = {}

    async def complete(
        self,
        store: ObjectStore,
        document_id: str,
        request_digest: str,
        ask: Callable[[], Awaitable[bytes]],
        *,
        kept: Callable[[], Awaitable[None]] = _nothing_more,
    ) -> Answer:
        """Return the stored reply to a request, buying and storing it first if there is none.

        Args:
            store: Where replies are kept.
            document_id: Whom the request is about.
            request_digest: Digest of the request.
            ask: Buys the reply.
            kept: Called once a reply that was bought is stored, whoever still waits for it.
        """
        key = keys.reply(document_id, request_digest)
        while True:
            known = await recall_reply(store, document_id, request_digest)
            if known is not None:
                self.found += 1
                return known
            other = self._under_way.get(key)
            if other is None:
                task = asyncio.create_task(self._buy(store, document_id, request_digest, ask, kept))
                self._under_way[key] = task
                task.add_done_callback(lambda done: self._ended(key, done))
                return await asyncio.shield(task)
            # If that call fails, its owner reports it and the next one in line asks for itself.
            await asyncio.wait([other])

    async def _buy(
        self,
        store: ObjectStore,
        document_id: str,
        request_digest: str,
        ask: Callable[[], Awaitable[bytes]],
        kept: Callable[[], Awaitable[None]],
    ) -> Answer:
        body = await ask()
        self.bought += 1
        answer = await keep_reply(store, document_id, request_digest, body)
        self.bought_twice += answer.twice
        await kept()
        return answer

    def _ended(self, key: str, task: asyncio.Task[Answer]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            # Looked at here, so that a failure nobody waits for any more is none that nobody saw: the
            # message that gave up tells of it.
            task.exception()


async def note_call(store: ObjectStore, document_id: str, request_digest: str) -> bool:
    """Note that a model is about to be asked; True if a call was noted before whose end nobody noted."""
    created = await store.create(keys.asking(document_id, request_digest), NOTE)
    return not created.created


async def forget_call(store: ObjectStore, document_id: str, request_digest: str) -> None:
    """Take the note of a call back: its end is known and told elsewhere."""
    await store.delete(keys.asking(document_id, request_digest))


async def recall_reply(store: ObjectStore, document_id: str, request_digest: str) -> Answer | None:
    """Return the stored reply to a request, if any.

    Raises:
        CorruptArtifactError: It was damaged.
    """
    key = keys.reply(document_id, request_digest)
    data = await store.fetch(key)
    return None if data is None else Answer(data, _opened(key, data), ref_of(key, data), hit=True)


async def keep_reply(store: ObjectStore, document_id: str, request_digest: str, body: bytes) -> Answer:
    """Store a reply create-once and return what stands.

    Raises:
        ContractError: ``body`` is no reply.
        CorruptArtifactError: Another reply stands there, and was damaged.
    """
    key = keys.reply(document_id, request_digest)
    exchange, problems = reply_in(key, body)
    if problems:
        raise ContractError(f"reply for {key!r} breaks its contract: {problems[0]}")
    written = await store.create(key, body)
    if not written.created:
        exchange = _opened(key, written.data)
    return Answer(written.data, exchange, written.ref, hit=False, twice=not written.created)


def _opened(key: str, data: bytes) -> dict[str, Any]:
    exchange, problems = reply_in(key, data)
    if problems:
        raise CorruptArtifactError(
            f"reply {key!r} breaks its contract ({problems[0]}); run doctrail verify --repair",
            reason="corrupt_artifact",
        )
    opened: dict[str, Any] = exchange
    return opened
