"""From one URL to whoever answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from inference.endpoints.beside import Beside
from inference.endpoints.limits import Limited
from inference.endpoints.prices import Prices, load_prices
from inference.protocol import ModelClient
from schemas.errors import PermanentError

KNOWN = (
    "local:",
    "bedrock://REGION",
    "bedrock+http://HOST:PORT",
    "anthropic:",
    "anthropic+http://HOST:PORT",
    "anthropic+bedrock://REGION",
    "anthropic+bedrock+http://HOST:PORT",
    "anthropic+mantle://REGION",
    "anthropic+mantle+http://HOST:PORT",
)


_WIRES = ("bedrock", "anthropic", "anthropic+bedrock", "anthropic+mantle")


class UnknownModelUrlError(PermanentError):
    """The model URL names no adapter we have; set DOCTRAIL_MODEL_URL to one that is known."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a remote endpoint is asked.

    Attributes:
        seconds: Longest silence of the endpoint.
        concurrency: Calls at once.
        requests_per_minute: Of one model, by this process; None for any number.
        tokens_per_minute: Likewise.
        prices: Price file; None for the one that ships.
        local_here: Whether ``local:`` models answer in this process beside an endpoint of one's own, too.
    """

    seconds: float = 120.0
    concurrency: int = 32
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    prices: Path | None = None
    local_here: bool = False


def connect(url: str, load: Callable[[str], Awaitable[bytes]], limits: Limits | None = None) -> ModelClient:
    """Return the model client that ``url`` stands for; nothing is connected yet.

    ``http`` in a scheme may be ``https``. An endpoint of one's own is asked for every model, unless
    ``local_here``; beside a cloud, ``local:`` models answer in this process.

    Args:
        url: The scheme selects the adapter.
        load: Returns the bytes of the local variant with a given sha-256.
        limits: How a remote endpoint is asked.

    Raises:
        UnknownModelUrlError: No adapter has this scheme.
        BrokenPricesError: The price file can't be used.
    """
    limits = limits or Limits()
    # Local models cost nothing, but a file that can't be used is said now and not on the day of the switch.
    prices = load_prices(limits.prices)
    scheme, colon, rest = url.partition(":")
    rest = rest.strip("/")
    if scheme == "local" and colon and not rest:
        return _local(load)
    remote = _remote(scheme, rest, limits, prices) if colon else None
    if remote is None:
        raise UnknownModelUrlError(
            f"model URL {scheme + colon!r} is not known; known are {', '.join(KNOWN)}", reason="model_url"
        )
    client: ModelClient = Limited(
        remote, requests=limits.requests_per_minute, tokens=limits.tokens_per_minute
    )
    own = scheme.endswith(("+http", "+https"))
    return client if own and not limits.local_here else Beside(_local(load), client)


def _remote(scheme: str, rest: str, limits: Limits, prices: Prices) -> ModelClient | None:
    wire, _, transport = scheme.rpartition("+") if scheme.endswith(("+http", "+https")) else (scheme, "", "")
    url = f"{transport}://{rest}" if transport and rest else None
    if bool(transport) != bool(url) or wire not in _WIRES:
        return None
    region = None if url else rest or None
    if wire == "anthropic":
        if region is not None:
            return None
        from inference.endpoints.anthropic import direct

        return direct(url, prices, limits.seconds, limits.concurrency)
    if url is None and region is None:
        return None
    if wire == "bedrock":
        from inference.endpoints.bedrock import Bedrock

        return Bedrock(
            region=region, url=url, prices=prices, seconds=limits.seconds, threads=limits.concurrency
        )
    from inference.endpoints.anthropic import on_bedrock, on_mantle

    make = on_mantle if wire == "anthropic+mantle" else on_bedrock
    return make(region, url, prices, limits.seconds, limits.concurrency)


def _local(load: Callable[[str], Awaitable[bytes]]) -> ModelClient:
    from inference.local import LocalModel

    return LocalModel(load)
