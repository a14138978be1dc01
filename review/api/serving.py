"""Serving the API: on loopback to whoever sits there, elsewhere only to those who say who they are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from review.queue.errors import RefusedError
from schemas.hosts import is_loopback

App = Starlette
"""What is served."""
_WAITING = 128


class OpenDoorError(RefusedError):
    """An address that others can reach was named without any way to tell who they are."""

    code = "open_door"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to serve.

    Attributes:
        names: Other host names by which it is reached, with port where it is not the scheme's own.
        secure: Whether a proxy in front speaks https.
    """

    host: str
    port: int
    names: tuple[str, ...] = ()
    secure: bool = False

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def hosts(self) -> frozenset[str]:
        """The values of Host that mean us."""
        own = [f"{self.host}:{self.port}"] if ":" not in self.host else [f"[{self.host}]:{self.port}"]
        if self.loopback:
            own += [f"localhost:{self.port}", f"127.0.0.1:{self.port}", f"[::1]:{self.port}"]
        return frozenset(name.lower() for name in (*own, *self.names))


def require_door(address: Address, *, auth: bool) -> None:
    """Refuse to serve the unknown.

    Raises:
        OpenDoorError: The address is not loopback, or has another name, and nobody has to say who he is.
    """
    if not auth and (not address.loopback or address.names):
        raise OpenDoorError(
            f"{address.host} can be reached by others: give --auth, and add reviewers with "
            "`doctrail reviews reviewers add`; or serve on 127.0.0.1"
        )


class PortTakenError(RefusedError):
    """The port can't be had; name another with --port."""

    code = "port_taken"


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the engine, which drains everything that runs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def bind(address: Address) -> socket.socket:
    """Return a listening socket, so that a taken port is said before anything else starts.

    Raises:
        PortTakenError: It can't be had.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With its protocol named, asyncio sends small answers at once; without, each waits 40 ms for the client.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        # Whoever comes before the server has started waits, instead of being refused.
        bound.listen(_WAITING)
    except OSError as error:
        bound.close()
        raise PortTakenError(
            f"{address.host}:{address.port} can't be had: {(error.strerror or 'error').lower()}; try --port"
        ) from error
    return bound


async def serve(app: App, bound: socket.socket, stop: asyncio.Event) -> None:
    """Serve on a bound socket until ``stop``; requests under way are finished."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(server.serve(sockets=[bound]))
        waiting = group.create_task(stop.wait())
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        waiting.cancel()
