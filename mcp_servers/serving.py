"""What the three servers have in common: how they are built, and how they are reached over HTTP and stdio.

Every tool only reads. Over HTTP the Host and Origin of a request must be ones that the server goes by, so
that no web page can reach it through a browser; whoever is not on this machine shows a token as well.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Annotated, Any

from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import INTERNAL_ERROR, ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.errors import UnprotectedServerError
from mcp_servers.snapshots import Opened, Snapshots
from schemas.errors import PermanentError, TransientError
from schemas.hosts import is_loopback

log = logging.getLogger(__name__)

PATH = "/mcp"
MAX_BODY = 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""What every tool is: it reads, and the same question to the same snapshot has the same answer."""

Snapshot = Annotated[
    str | None,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="digest of the snapshot to answer from; without it, the live one",
    ),
]


def build(name: str, title: str, instructions: str, version: str) -> MCPServer[Any]:
    """Return a server without tools yet."""
    return MCPServer(
        name,
        title=title,
        instructions=instructions,
        version=version,
        log_level="WARNING",
        subscriptions=False,
    )


async def opened(snapshots: Snapshots[Any], digest: str | None) -> Opened[Any]:
    """Return the snapshot to answer from.

    Raises:
        ToolError: It can't be had; the sentence says what to do.
    """
    try:
        return await snapshots.get(digest)
    except PermanentError as error:
        raise ToolError(str(error)) from error


def http_app(
    server: MCPServer[Any], *, host: str, token: str | None, known_as: Sequence[str] = ()
) -> Starlette:
    """Return the server as a web application, at ``/mcp``; ``/healthz`` says that it runs.

    Args:
        server: The server.
        host: Where it listens.
        token: What clients show as ``Authorization: Bearer``.
        known_as: Further names (``HOST`` or ``HOST:PORT``) by which clients may call it.

    Raises:
        UnprotectedServerError: Other machines reach ``host`` and there is no token.
    """
    if not token and not is_loopback(host):
        raise UnprotectedServerError(host)
    names = [*LOOPBACK, *known_as, *((host,) if host not in ("0.0.0.0", "::") else ())]  # noqa: S104
    hosts = [spelled for name in dict.fromkeys(names) for spelled in (name, f"{name}:*")]
    origins = [f"{scheme}://{spelled}" for spelled in hosts for scheme in ("http", "https")]
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_BODY,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
        host=host,
    )
    app.add_route("/healthz", _healthy, methods=["GET"])
    if token:
        app.add_middleware(_Bearer, token=token)
    return app


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


class _Bearer:
    """Lets nobody in who does not show the token; whether the server runs is no secret."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/healthz" and not self._knows(scope):
            said = {"error": "this server asks for its token: send it as Authorization: Bearer TOKEN"}
            answer = JSONResponse(said, 401, headers={"www-authenticate": "Bearer"})
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        shown = Headers(scope=scope).get("authorization", "")
        return hmac.compare_digest(shown.encode("utf-8", "replace"), b"Bearer " + self._token)


Tool = Callable[..., Awaitable[Any]]


def add_tools(server: MCPServer[Any], tools: Sequence[tuple[str, Tool]]) -> None:
    """Give the server its tools, each a (title, function) whose docstring is what a model reads."""
    for title, function in tools:
        server.add_tool(
            _answering(function),
            title=title,
            description=" ".join((function.__doc__ or "").split()),
            annotations=READS,
            structured_output=True,
        )


def _answering(function: Tool) -> Tool:
    """Return a tool whose failures are errors of the protocol, while its refusals are answers, and kept.

    A refusal follows from what was asked. That a store or database is away for a moment tells nothing of it,
    and whoever asked must be able to ask again.
    """

    @wraps(function)
    async def answered(*given: Any, **named: Any) -> Any:
        try:
            return await function(*given, **named)
        except (ToolError, MCPError):
            raise
        except TransientError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        except Exception as error:
            log.exception("a tool failed")
            # Its words may hold what was asked, or where the database is.
            raise MCPError(INTERNAL_ERROR, f"it failed ({type(error).__name__})") from error

    return answered
