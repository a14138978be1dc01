"""URL to bus: the scheme picks the adapter."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bus.kafka_address import SCHEMES, KafkaOptions, parse_address
from bus.protocol import Bus, BusError


def connect(
    url: str,
    *,
    now: Callable[[], datetime],
    kafka: KafkaOptions | None = None,
    retention: float = math.inf,
) -> Bus:
    """Return the bus at ``url``; nothing is opened before first use.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path``, ``kafka://host:port[,host:port…]``
            or, over TLS, ``kafka+tls://…``; see ``bus.kafka_address``.
        now: The clock that stamps records.
        kafka: What a Kafka cluster needs beside the URL.
        retention: Seconds after which the embedded log may delete what all have finished; a cluster's
            topics have their own.

    Raises:
        BusError: The scheme is unknown, or a part of the URL is missing or wrong.
    """
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme == "sqlite":
        return _sqlite(url, now, retention)
    if scheme in SCHEMES:
        from bus.kafka import KafkaBus

        return KafkaBus(parse_address(url, kafka or KafkaOptions()), now=now)
    shown = f"scheme {scheme!r}" if scheme else "no scheme"
    known = ", ".join(("sqlite:///path", *(f"{known}://host:port" for known in SCHEMES)))
    raise BusError(f"bus URL has {shown}; known: {known}")


def _sqlite(url: str, now: Callable[[], datetime], retention: float) -> Bus:
    rest = url.partition("://")[2]
    path = rest.removeprefix("/")
    if not rest.startswith("/") or not path:
        raise BusError(
            f"bus URL {url!r} names no file; write sqlite:///relative/path or sqlite:////absolute/path"
        )
    if "?" in path:
        raise BusError(f"bus URL {url!r} takes no options; leave out what follows the question mark")
    from bus.sqlite import SqliteBus

    return SqliteBus(Path(path), now=now, retention=retention)
