"""Secrets that the store keeps for all processes alike, each created once."""

from __future__ import annotations

import secrets

from store import keys
from store.protocol import ObjectStore


async def shared_secret(store: ObjectStore, name: str) -> bytes:
    """Return the secret ``name``, making it where there is none; whoever came first decides."""
    key = keys.review_secret(name)
    known = await store.fetch(key)
    if known is None:
        made = secrets.token_hex(32).encode()
        known = (await store.create(key, made, media_type="text/plain")).data
    return known
