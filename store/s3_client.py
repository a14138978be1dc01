"""The one way to S3: endpoint, region and credentials of boto3's chain, and what its errors mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
from botocore.config import Config

from store.protocol import StoreDeniedError

CREDENTIALS_FOR: Final = timedelta(minutes=5)
"""How long credentials are used before the chain is asked again, so that rotated ones are picked up."""

ASKED_EARLY: Final = timedelta(minutes=5)
"""How long before credentials expire obstore asks for others: by then at every call."""

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 60
"""Longest silence of the server in the middle of an answer."""

_CONNECTIONS = 16


def make_client() -> Any:
    """Return a client that tries once; whoever calls owns the retries."""
    session = boto3.session.Session()
    settings: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": 1},
        "max_pool_connections": _CONNECTIONS,
    }
    client = session.client("s3", config=Config(**settings))
    if is_own(client.meta.endpoint_url):
        client = session.client("s3", config=Config(**settings, s3={"addressing_style": "path"}))
    return client


def is_own(endpoint: str) -> bool:
    """Whether ``endpoint`` is a server of the operator's, where buckets have no host names of their own."""
    return not endpoint.endswith(".amazonaws.com")


def credentials() -> dict[str, Any]:
    """Return what boto3's chain holds now; the session is new, so that a changed file is read again.

    Raises:
        StoreDeniedError: It holds none.
    """
    found = boto3.session.Session().get_credentials()
    if found is None:
        raise StoreDeniedError(
            "no S3 credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or give a profile or role",
            reason="store_credentials",
        )
    frozen = found.get_frozen_credentials()
    return {
        "access_key_id": frozen.access_key,
        "secret_access_key": frozen.secret_key,
        "token": frozen.token,
        "expires_at": datetime.now(UTC) + CREDENTIALS_FOR + ASKED_EARLY,
    }


def same_credentials(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether both are the same identity's, whenever they were asked for."""
    return all(one.get(name) == other.get(name) for name in ("access_key_id", "secret_access_key", "token"))


class Clients:
    """A client for any thread, made anew from time to time so that rotated credentials are picked up."""

    def __init__(
        self,
        make: Callable[[], Any] = make_client,
        *,
        ask: Callable[[], dict[str, Any]] = credentials,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._client: Any = None
        self._used: dict[str, Any] = {}
        self._until = 0.0

    def current(self) -> Any:
        """Return the client of the credentials in force."""
        with self._lock:
            if self._client is None or self._clock() >= self._until:
                self._used = self._ask()
                self._client = self._make()
                self._until = self._clock() + CREDENTIALS_FOR.total_seconds()
            return self._client

    def rotated(self) -> bool:
        """Whether the chain holds other credentials than those in use; the next client has them."""
        with self._lock:
            if self._client is None or same_credentials(self._ask(), self._used):
                return False
            self._client = None
            return True
