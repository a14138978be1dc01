"""Servers of tools over MCP: the official client, for a server in this process as for one behind a URL.

A connection is opened by the first call and kept by a task of its own; after a failure the next call opens
another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.tools.toolbox import Definition, Said, ToolUnavailableError

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from mcp import Client

CLOSE_SECONDS = 5.0
"""How long a connection may take to end."""


@dataclass(slots=True)
class _Line:
    """An open connection, and how it is ended."""

    client: Client
    task: asyncio.Task[None]
    done: asyncio.Event


class McpServer:
    """A server of tools.

    Args:
        name: As errors call it.
        connect: Returns what the client connects to: a server object, or a URL.
        token: Shown to a server behind a URL.
    """

    def __init__(self, name: str, connect: Callable[[], Any], token: str | None = None) -> None:
        self._name = name
        self._connect = connect
        self._token = token
        self._line: _Line | None = None
        self._opening = asyncio.Lock()

    async def definitions(self) -> tuple[Definition, ...]:
        """Return its tools.

        Raises:
            ToolUnavailableError: It does not answer.
        """
        found: list[Definition] = []
        async with self._asking() as client:
            cursor: str | None = None
            while True:
                listed = await client.list_tools(cursor=cursor)
                found += [
                    Definition(
                        name=tool.name,
                        description=tool.description or "",
                        input_schema=tool.input_schema,
                        output_schema=tool.output_schema,
                    )
                    for tool in listed.tools
                ]
                cursor = listed.next_cursor
                if cursor is None:
                    return tuple(found)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        """Return what a tool answers.

        Raises:
            ToolUnavailableError: It does not answer.
        """
        async with self._asking() as client:
            result = await client.call_tool(tool, dict(arguments))
        if result.is_error or result.structured_content is None:
            words = (getattr(block, "text", "") for block in result.content)
            return Said(content=None, problem=" ".join(filter(None, words)) or f"{tool} said nothing")
        return Said(content=result.structured_content)

    async def close(self) -> None:
        """Let go of the connection."""
        line, self._line = self._line, None
        if line is not None:
            line.done.set()
            _, pending = await asyncio.wait([line.task], timeout=CLOSE_SECONDS)
            for task in pending:
                task.cancel()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Client]:
        """Yield an open client; whatever goes wrong on the way is told as one kind of error."""
        try:
            client = await self._client()
        except Exception as error:
            raise ToolUnavailableError(self._name, _why(error)) from error
        try:
            yield client
        except Exception as error:
            if not _said_by_the_server(error):
                await self.close()
            raise ToolUnavailableError(self._name, _why(error)) from error

    async def _client(self) -> Client:
        async with self._opening:
            if self._line is None or self._line.task.done():
                self._line = await self._open()
            return self._line.client

    async def _open(self) -> _Line:
        from mcp import Client

        client = Client(_reached(self._connect(), self._token), cache=None)
        ready, done = asyncio.get_running_loop().create_future(), asyncio.Event()

        async def keep() -> None:
            # Entered and left by one task, as its task group wants it; whoever asks waits for neither.
            try:
                async with client:
                    ready.set_result(None)
                    await done.wait()
            except BaseException as error:
                if not ready.done():
                    ready.set_exception(error if isinstance(error, Exception) else ConnectionError())
                if isinstance(error, asyncio.CancelledError):
                    raise

        task = asyncio.create_task(keep())
        try:
            await ready
        except BaseException:
            task.cancel()
            raise
        return _Line(client, task, done)


def _reached(server: Any, token: str | None) -> Any:
    if not isinstance(server, str) or token is None:
        return server
    return _with_token(server, token)


@asynccontextmanager
async def _with_token(url: str, token: str) -> AsyncIterator[Any]:
    from mcp.client.streamable_http import streamable_http_client

    async with showing(token) as http, streamable_http_client(url, http_client=http) as line:
        yield line


def showing(token: str) -> AsyncClient:
    """Return an HTTP client that shows a token; how long a call may take is said by who calls.

    Left alone it would give up after five seconds, in which a large snapshot is not opened.
    """
    import httpx2

    return httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=httpx2.Timeout(None))


def _said_by_the_server(error: Exception) -> bool:
    """Whether a server told that it failed: the line is whole, and others wait for answers on it."""
    from mcp import MCPError
    from mcp_types import INTERNAL_ERROR

    return isinstance(error, MCPError) and error.code == INTERNAL_ERROR


def _why(error: BaseException) -> str:
    """Return the innermost cause in a few words; a group of errors hides what happened."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"HTTP status {status}"
    said = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
