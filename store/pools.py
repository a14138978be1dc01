"""Which documents may train and which may score: by a keyed digest of the family, once and for ever."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum

from store import keys
from store.protocol import ObjectStore

TRAINING_SHARE = 0.6
_WHOLE = 2**64


class Pool(StrEnum):
    """Who may read a document with what people said of it."""

    TRAINING = "training"
    EVALS = "evals"
    NEITHER = "neither"


async def pool_secret(store: ObjectStore) -> bytes:
    """Return the key that draws the pools of this store, making it where there is none.

    It is never replaced: another key would move documents from one pool into the other.
    """
    known = await store.fetch(keys.pool_secret())
    if known is None:
        made = secrets.token_hex(32).encode()
        known = (await store.create(keys.pool_secret(), made, media_type="text/plain")).data
    return known


def pool_of(secret: bytes, family: str, *, left_out: bool = False) -> Pool:
    """Return the pool of a family: the same for all its documents, whenever they come.

    Args:
        secret: Of ``pool_secret``.
        family: Of the document.
        left_out: The document joins two families that proved near, so that it belongs to no pool.
    """
    if left_out:
        return Pool.NEITHER
    drawn = hmac.new(secret, family.encode(), hashlib.sha256).digest()
    share = int.from_bytes(drawn[:8], "big") / _WHOLE
    return Pool.TRAINING if share < TRAINING_SHARE else Pool.EVALS
