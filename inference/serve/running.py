"""Running the endpoint: on loopback for anybody, elsewhere only for those who prove themselves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from inference.serve.endpoint import Endpoint
from schemas.errors import PermanentError
from schemas.hosts import is_loopback

GRACE_SECONDS = 5
"""How long answers under way may take once the endpoint is asked to stop."""


class UnprotectedEndpointError(PermanentError):
    """An endpoint that other machines reach must ask for credentials."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host!r} is reached from other machines: set DOCTRAIL_MODEL_SERVE_TOKEN, or "
            "DOCTRAIL_MODEL_SERVE_KEY_ID and _SECRET; or serve on 127.0.0.1",
            reason="unprotected",
        )


class AddressTakenError(PermanentError):
    """The address can't be listened on; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Serving:
    """An endpoint that answers.

    Attributes:
        address: HOST:PORT, for a model URL.
    """

    address: str
    _task: asyncio.Task[None]

    async def ended(self) -> None:
        """Return once it was asked to stop."""
        await asyncio.wait([self._task])


@asynccontextmanager
async def serving(endpoint: Endpoint, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Serving]:
    """Serve until the block ends; port 0 takes a free one.

    Raises:
        UnprotectedEndpointError: Other machines reach ``host`` and no credentials are asked for.
        AddressTakenError: The address can't be listened on.
    """
    if not endpoint.keys.any and not is_loopback(host):
        raise UnprotectedEndpointError(host)
    async with answering(endpoint.app(), host=host, port=port) as server:
        yield server


@asynccontextmanager
async def answering(
    app: ASGIApp, *, host: str, port: int, lifespan: Literal["on", "off"] = "off"
) -> AsyncIterator[Serving]:
    """Let ``app`` answer until the block ends; port 0 takes a free one.

    Args:
        app: Whoever answers.
        host: Where to listen.
        port: Likewise.
        lifespan: Whether the app has something to begin and to end.

    Raises:
        AddressTakenError: The address can't be listened on.
    """
    listening = listen(host, port)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan=lifespan,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await server.ready.wait()
        yield Serving(_spelled(listening.getsockname()), task)
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listening.close()


class _Server(uvicorn.Server):
    """uvicorn that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.ready.set()


def _spelled(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, whose answers leave at once.

    Raises:
        AddressTakenError: The address can't be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise AddressTakenError(
            f"can't listen on {host}:{port}: {error.strerror or error}", reason="address"
        ) from error
    # Who is accepted inherits it. Without, an answer's second part waits 40 ms for the client's word.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
