"""Addresses of page images and words: short-lived, for one person, and without a place in the store."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from review.api.problems import ProblemError

LASTS = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Sight:
    """What an address shows: a page of the document of a task.

    Attributes:
        dpi: Of the image; 0 for the words.
        until: Unix time in seconds.
    """

    task_id: str
    page: int
    dpi: int
    reviewer_id: str
    until: int

    def require_fresh(self, now: datetime) -> None:
        """Refuse an address that has run out.

        Raises:
            ProblemError: It has.
        """
        if self.until <= now.timestamp():
            raise ProblemError(404, "page_expired", "this address has run out; load the task again")


class Signer:
    """Signs what may be looked at."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, task_id: str, page: int, dpi: int, reviewer_id: str, now: datetime) -> str:
        """Return the last part of the address."""
        # Rounded up, so that a page that is asked for again has the same address and is cached.
        span = int(LASTS.total_seconds())
        until = (int(now.timestamp()) // span + 2) * span
        body = json.dumps([task_id, page, dpi, reviewer_id, until], separators=(",", ":"))
        packed = base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
        return f"{packed}.{self._mac(packed)}"

    def read(self, token: str, reviewer_id: str) -> Sight:
        """Return what an address shows; whether it has run out is another question.

        Raises:
            ProblemError: Not ours, or somebody else's.
        """
        packed, _, mac = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(mac, self._mac(packed)):
            raise ProblemError(404, "unknown_page", "there is no such page; load the task again")
        padded = packed + "=" * (-len(packed) % 4)
        sight = Sight(*json.loads(base64.urlsafe_b64decode(padded)))
        if sight.reviewer_id != reviewer_id:
            raise ProblemError(403, "forbidden", "this address was made for somebody else")
        return sight

    def _mac(self, packed: str) -> str:
        return hmac.new(self._secret, packed.encode(), hashlib.sha256).hexdigest()
