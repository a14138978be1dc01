"""Puts that nobody answered: their bytes, so that what a server may have begun can be finished."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

MOST_BYTES: Final = 32 * 1024 * 1024
"""Bytes kept in all; beyond, the oldest puts are forgotten. What is larger lies under its own digest."""


class Unanswered:
    """The bytes of puts whose answer never came, by key; bounded."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0

    def note(self, key: str, data: bytes) -> None:
        """Keep ``data``, which may or may not have arrived under ``key``."""
        name = (key, etag(data))
        if name in self._held or len(data) > self._most:
            return
        self._held[name] = data
        self._size += len(data)
        while self._size > self._most:
            self._size -= len(self._held.popitem(last=False)[1])

    def of(self, key: str) -> Sequence[bytes]:
        """Return what was put under ``key`` without an answer, oldest first."""
        return [data for (held, _), data in self._held.items() if held == key]

    def forget(self, key: str) -> None:
        """Let go of ``key``: what stands there is known now."""
        for name in [name for name in self._held if name[0] == key]:
            self._size -= len(self._held.pop(name))


def etag(data: bytes) -> str:
    """Return the etag that S3 gives ``data``, put in one piece and not encrypted by a key of ours."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
