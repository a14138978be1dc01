"""One box of tools: who answers which, from what snapshot, within what time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from inference.protocol import Tool
from inference.telemetry import using_tool
from inference.tools.known import SERVER_OF, definition_problems
from schemas.errors import InvariantError, PermanentError, TransientError
from schemas.layout import Frozen

SNAPSHOT = "snapshot"
"""The argument by which a server is told what to answer from; no model sees it."""
MOST_ANSWER = 20_000
"""Characters of an answer; a tool that would say more is asked for fewer entries."""
REST_SECONDS = 15.0
"""How long a server that did not answer is left alone."""


class ToolUnavailableError(TransientError):
    """A server of tools does not answer, or not in time; the same call may succeed later."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"{server} does not answer: {why}", target=f"mcp:{server}")
        self.server = server


class StaleDataError(PermanentError):
    """A server's data are older than they may be; its tools answer once newer ones, or the same, are loaded.

    What follows is no answer, and is not kept as one.
    """

    def __init__(self, server: str, days: int, allowed: int) -> None:
        said = f"reference data {server} are {days} days old, {allowed} are allowed"
        super().__init__(said, reason="stale_data")
        self.server = server


class ToolsDisagreeError(PermanentError):
    """Tools, prompts and rules don't fit together; the sentence names what is missing where."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems), reason="tools")
        self.problems = tuple(problems)


class Definition(Frozen):
    """A tool as its server describes it."""

    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None

    def for_models(self) -> Tool:
        """Return the tool as a model is offered it: what to answer from is not the model's to say."""
        properties = {n: p for n, p in self.input_schema.get("properties", {}).items() if n != SNAPSHOT}
        return Tool(
            name=self.name,
            description=self.description,
            input_schema={**self.input_schema, "properties": properties, "additionalProperties": False},
        )


class Said(Frozen):
    """What a server answered: structured content, or why it could not, in words a model can act on."""

    content: dict[str, Any] | None
    problem: str | None = None


class ToolServer(Protocol):
    """Whoever has tools: a server in this process, or behind a URL."""

    async def definitions(self) -> tuple[Definition, ...]:
        """Return its tools.

        Raises:
            ToolUnavailableError: It does not answer.
        """
        ...

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        """Return what a tool answers.

        Raises:
            ToolUnavailableError: It does not answer.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class ToolAnswer(Frozen):
    """What a tool answered, as it is stored with the attempt.

    Attributes:
        snapshot: Digest of what it was answered from.
        content: The structured answer; None where the tool refused.
        problem: Why it refused.
    """

    server: str
    tool: str
    arguments: dict[str, Any]
    snapshot: str
    content: dict[str, Any] | None
    problem: str | None = None


class Toolbox:
    """Asks the servers; what is answered depends on tool, arguments and snapshot alone.

    Args:
        servers: By name.
        seconds: Longest time a call may take.
        calls: Most calls for one document and stage.
        span: Gives the span that stands around a call.
    """

    def __init__(
        self,
        servers: Mapping[str, ToolServer],
        *,
        seconds: float = 10.0,
        calls: int = 8,
        span: Callable[[str], AbstractContextManager[object]] = using_tool,
    ) -> None:
        self._servers = servers
        self._seconds = seconds
        self.calls = calls
        self._span = span
        self._known: dict[str, dict[str, Definition]] = {}
        self._resting: dict[str, tuple[float, str]] = {}

    async def definitions(self, server: str) -> dict[str, Definition]:
        """Return the tools of a server by name; asked once.

        Raises:
            ToolUnavailableError: It does not answer.
            ToolsDisagreeError: They are not what they are known to be; every difference is named.
        """
        if server not in self._known:
            found = {one.name: one for one in await self._within(server, self._of(server).definitions())}
            problems = definition_problems(server, {n: one.input_schema for n, one in found.items()})
            if problems:
                raise ToolsDisagreeError(problems)
            self._known[server] = found
        return self._known[server]

    async def call(self, tool: str, arguments: Mapping[str, Any], knowledge: Mapping[str, str]) -> ToolAnswer:
        """Return what ``tool`` answers from the snapshot of its server.

        Args:
            tool: Its name.
            arguments: What it takes, but for the snapshot.
            knowledge: Digest of the snapshot by server, as the run is pinned to them.

        Raises:
            ToolUnavailableError: The server does not answer, or not in time.
        """
        server = SERVER_OF[tool]
        snapshot = knowledge[server]
        given = {**arguments, SNAPSHOT: snapshot}
        with self._span(tool):
            said = await self._within(server, self._of(server).call(tool, given))
        self._resting.pop(server, None)
        content, problem = said.content, said.problem
        if content is not None and content.get(SNAPSHOT) != snapshot:
            content, problem = None, f"{tool} answered from another snapshot than it was asked for"
        elif content is not None and len(json.dumps(content, ensure_ascii=False)) > MOST_ANSWER:
            content, problem = None, f"the answer of {tool} is too long; ask for fewer entries"
        return ToolAnswer(
            server=server,
            tool=tool,
            arguments=dict(arguments),
            snapshot=snapshot,
            content=content,
            problem=problem,
        )

    def rest(self, error: ToolUnavailableError) -> None:
        """Leave a server alone for a while that did not answer after all tries."""
        self._resting[error.server] = (time.monotonic() + REST_SECONDS, str(error))

    def resting(self, server: str) -> str | None:
        """Return why a server is not asked at this moment, or None."""
        until, why = self._resting.get(server, (0.0, ""))
        return why if time.monotonic() < until else None

    async def close(self) -> None:
        """Let go of all servers."""
        for server in self._servers.values():
            await server.close()

    def _of(self, server: str) -> ToolServer:
        found = self._servers.get(server)
        if found is None:
            raise InvariantError(f"the toolbox has no server {server!r}; it has {sorted(self._servers)}")
        return found

    async def _within(self, server: str, work: Any) -> Any:
        try:
            async with asyncio.timeout(self._seconds):
                return await work
        except TimeoutError as error:
            raise ToolUnavailableError(server, f"nothing came within {self._seconds:g} s") from error
