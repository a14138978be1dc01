"""One toolbox, whether its servers are in this process or behind URLs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from inference.serve.running import answering
from inference.telemetry import using_tool
from inference.tools.known import TOOLS, definition_problems
from inference.tools.over_mcp import McpServer, showing
from inference.tools.toolbox import (
    Definition,
    Said,
    Toolbox,
    ToolsDisagreeError,
    ToolUnavailableError,
)
from mcp_servers.db.server import master_data
from mcp_servers.db.tables import database, fill
from mcp_servers.knowledge_graph.server import knowledge_graph
from mcp_servers.rag.server import retrieval
from mcp_servers.serving import http_app
from mcp_servers.snapshots import Snapshots, Source
from schemas.errors import TransientError
from tests.unit.mcp_servers.knowledge import Shelf

pytestmark = pytest.mark.anyio
BUILD = {"knowledge_graph": knowledge_graph, "db": master_data, "rag": retrieval}
TOKEN = "secret"  # noqa: S105 (of a test)


@asynccontextmanager
async def opened(way: str, shelf: Source, *, token: str | None = TOKEN) -> AsyncIterator[Toolbox]:
    """Yield a toolbox of all servers, reached the one way or the other."""
    async with AsyncExitStack() as stack:
        servers: dict[str, McpServer] = {}
        for name, build in BUILD.items():
            if way == "in process":
                servers[name] = McpServer(name, partial(build, shelf))
            else:
                app = http_app(build(shelf), host="127.0.0.1", token=TOKEN)
                at = await stack.enter_async_context(answering(app, host="127.0.0.1", port=0, lifespan="on"))
                servers[name] = McpServer(name, partial(str, f"http://{at.address}/mcp"), token)
        toolbox = Toolbox(servers, seconds=600)
        try:
            yield toolbox
        finally:
            await toolbox.close()


@pytest.mark.parametrize("way", ["in process", "by url"])
async def test_a_tool_answers_from_the_snapshot_it_is_asked_for(way: str) -> None:
    shelf = Shelf()
    async with opened(way, shelf) as toolbox:
        party = await toolbox.call("resolve_entity", {"name": "Nordlicht Tools"}, shelf.snapshots)
        vendor = await toolbox.call("find_vendor", {"name": "Nordlicht Tools"}, shelf.snapshots)
        clause = await toolbox.call("search_clauses", {"query": "roof"}, shelf.snapshots)
        refused = await toolbox.call("facts", {"entity": "urn:x:nobody"}, shelf.snapshots)
        lost = await toolbox.call("find_vendor", {"name": "A"}, {"db": "0" * 64})

    assert [one.snapshot for one in (party, vendor, clause)] == [
        shelf.snapshots[server] for server in ("knowledge_graph", "db", "rag")
    ]
    assert (party.content or {})["entity"]["id"] == "urn:x:nordlicht"
    assert (vendor.content or {})["vendor"]["vendor_id"] == "V1"
    assert (clause.content or {})["clauses"][0]["clause"]["id"] == "repair"
    assert (refused.content, "resolve_entity returns ids" in str(refused.problem)) == (None, True)
    assert (lost.content, "no fallback" in str(lost.problem)) == (None, True)


@pytest.mark.parametrize("way", ["in process", "by url"])
async def test_the_servers_are_what_they_are_known_to_be(way: str) -> None:
    async with opened(way, Shelf()) as toolbox:
        found = {name: await toolbox.definitions(name) for name in BUILD}

    assert sorted(tool for tools in found.values() for tool in tools) == sorted(TOOLS)
    for server, tools in found.items():
        assert definition_problems(server, {n: one.input_schema for n, one in tools.items()}) == []
    offered = found["knowledge_graph"]["resolve_entity"].for_models()
    assert "snapshot" not in offered.input_schema["properties"]


async def test_both_ways_offer_models_the_very_same_tools() -> None:
    shelf = Shelf()
    async with opened("in process", shelf) as near, opened("by url", shelf) as far:
        here = [one.for_models().canonical for one in (await near.definitions("db")).values()]
        there = [one.for_models().canonical for one in (await far.definitions("db")).values()]

    assert here == there


async def test_a_server_that_is_not_there_or_knows_another_token_is_unavailable() -> None:
    nobody = Toolbox({"db": McpServer("db", lambda: "http://127.0.0.1:9/mcp")}, seconds=600)
    with pytest.raises(ToolUnavailableError, match="db does not answer"):
        await nobody.call("find_vendor", {"name": "A"}, {"db": "0" * 64})
    await nobody.close()

    async with opened("by url", Shelf(), token="other") as toolbox:  # noqa: S106
        with pytest.raises(ToolUnavailableError):
            await toolbox.call("find_vendor", {"name": "A"}, Shelf().snapshots)


async def test_a_server_that_comes_back_is_asked_again() -> None:
    shelf, address = Shelf(), ""
    app = http_app(knowledge_graph(shelf), host="127.0.0.1", token=None)
    async with answering(app, host="127.0.0.1", port=0, lifespan="on") as first:
        address = first.address
        toolbox = Toolbox({"knowledge_graph": McpServer("g", lambda: f"http://{address}/mcp")}, seconds=600)
        await toolbox.call("resolve_entity", {"name": "Harbour"}, shelf.snapshots)
    with pytest.raises(ToolUnavailableError):
        await toolbox.call("resolve_entity", {"name": "Harbour"}, shelf.snapshots)

    again = http_app(knowledge_graph(shelf), host="127.0.0.1", token=None)
    async with answering(again, host="127.0.0.1", port=0, lifespan="on") as second:
        address = second.address
        found = await toolbox.call("resolve_entity", {"name": "Harbour Furniture"}, shelf.snapshots)
        await toolbox.close()

    assert (found.content or {})["status"] == "match"


async def opened_as_bytes(data: bytes, _digest: str) -> bytes:
    """Open a snapshot as what it is made of."""
    return data


class SlowShelf:
    """A shelf that is read as it is told."""

    def __init__(self, shelf: Shelf, read: Callable[[str, str], Awaitable[bytes | None]]) -> None:
        self.live = shelf.live
        self.passage = shelf.passage
        self._read = read

    async def read(self, server: str, digest: str) -> bytes | None:
        """Return what it is told to."""
        return await self._read(server, digest)


@pytest.mark.parametrize("way", ["in process", "by url"])
async def test_a_store_that_is_away_for_a_moment_is_no_answer_of_the_tool(way: str) -> None:
    shelf, fails = Shelf(), iter([True])
    read = shelf.read

    async def badly(server: str, digest: str) -> bytes | None:
        if next(fails, False):
            raise TransientError("the store does not answer", target="store")
        return await read(server, digest)

    async with opened(way, SlowShelf(shelf, badly)) as toolbox:
        with pytest.raises(ToolUnavailableError, match="the store does not answer"):
            await toolbox.call("find_vendor", {"name": "Nordlicht Tools"}, shelf.snapshots)
        found = await toolbox.call("find_vendor", {"name": "Nordlicht Tools"}, shelf.snapshots)

    assert (found.content or {})["status"] == "match"


async def test_a_database_that_is_away_for_a_moment_is_no_answer_of_the_tool(tmp_path: Path) -> None:
    shelf = Shelf()
    address = f"sqlite:///{tmp_path}/master.db"
    away = Toolbox({"db": McpServer("db", partial(master_data, shelf, url=address))}, seconds=600)

    with pytest.raises(ToolUnavailableError, match="database does not answer") as caught:
        await away.call("find_vendor", {"name": "Nordlicht Tools"}, shelf.snapshots)
    fill(database(address), shelf.made["db"].data, shelf.snapshots["db"])
    found = await away.call("find_vendor", {"name": "Nordlicht Tools"}, shelf.snapshots)
    await away.close()

    assert "master.db" not in str(caught.value)
    assert (found.content or {})["status"] == "match"


async def test_a_call_that_fails_breaks_off_none_of_those_under_way() -> None:
    shelf, slow = Shelf(), asyncio.Event()
    read = shelf.read

    async def unevenly(server: str, digest: str) -> bytes | None:
        if digest == "0" * 64:
            raise TransientError("the store does not answer", target="store")
        await slow.wait()
        return await read(server, digest)

    server = McpServer("db", partial(master_data, SlowShelf(shelf, unevenly)))
    toolbox = Toolbox({"db": server}, seconds=600)
    under_way = asyncio.create_task(toolbox.call("find_vendor", {"vat_id": "DE136695976"}, shelf.snapshots))
    await asyncio.sleep(0)
    with pytest.raises(ToolUnavailableError):
        await toolbox.call("find_vendor", {"name": "A"}, {"db": "0" * 64})
    slow.set()

    assert ((await under_way).content or {})["status"] == "match"
    await toolbox.close()


class Stub:
    """A server that answers as it is told, or never."""

    def __init__(self, said: Said | None, tools: Mapping[str, dict[str, Any]] | None = None) -> None:
        self._said = said
        self._tools = tools or {}

    async def definitions(self) -> tuple[Definition, ...]:
        return tuple(Definition(name=n, description="", input_schema=s) for n, s in self._tools.items())

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        if self._said is None:
            await asyncio.Event().wait()
        return self._said or Said(content=None)

    async def close(self) -> None:
        return


async def test_a_snapshot_that_takes_longer_to_open_than_a_call_may_is_opened_all_the_same() -> None:
    shelf, slow = Shelf(), asyncio.Event()
    read = shelf.read

    async def slowly(server: str, digest: str) -> bytes | None:
        await slow.wait()
        return await read(server, digest)

    snapshots = Snapshots("db", SlowShelf(shelf, slowly), opened_as_bytes)
    first = asyncio.create_task(snapshots.get(shelf.snapshots["db"]))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    slow.set()

    found = await snapshots.get(shelf.snapshots["db"])
    assert found.value == shelf.made["db"].data
    assert shelf.reads == ["db"]


async def test_whoever_shows_a_token_is_given_as_long_as_whoever_calls_says() -> None:
    async with showing(TOKEN) as http:
        waits = http.timeout

    assert (waits.connect, waits.read, waits.write, waits.pool) == (None, None, None, None)


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    toolbox = Toolbox({"db": Stub(None)}, seconds=0.05)

    with pytest.raises(ToolUnavailableError, match="nothing came within"):
        await toolbox.call("find_vendor", {}, {"db": "s"})


async def test_an_answer_from_another_snapshot_or_without_end_is_none() -> None:
    other = Toolbox({"db": Stub(Said(content={"snapshot": "t"}))})
    endless = Toolbox({"db": Stub(Said(content={"snapshot": "s", "text": "x" * 100_000}))})

    first = await other.call("find_vendor", {}, {"db": "s"})
    second = await endless.call("find_vendor", {}, {"db": "s"})
    russian = Toolbox({"db": Stub(Said(content={"snapshot": "s", "text": "ж" * 19_000}))})
    third = await russian.call("find_vendor", {}, {"db": "s"})

    assert (first.content, "another snapshot" in str(first.problem)) == (None, True)
    assert (second.content, "too long" in str(second.problem)) == (None, True)
    assert third.problem is None


async def test_a_server_whose_tools_are_others_is_named_with_every_difference() -> None:
    toolbox = Toolbox(
        {"rag": Stub(None, {"search_clauses": {"properties": {"query": {}}, "required": ["x"]}})}
    )

    with pytest.raises(ToolsDisagreeError) as caught:
        await toolbox.definitions("rag")

    said = str(caught.value)
    assert "no tool 'similar_records'" in said
    assert "takes no 'snapshot'" in said
    assert "demands 'x'" in said


async def test_a_server_that_did_not_answer_is_left_alone_for_a_while() -> None:
    toolbox = Toolbox({"db": Stub(Said(content=None, problem="no"))})
    toolbox.rest(ToolUnavailableError("db", "it is down"))

    assert "it is down" in str(toolbox.resting("db"))
    await toolbox.call("find_vendor", {}, {"db": "s"})
    assert toolbox.resting("db") is None


async def test_the_use_of_a_tool_is_a_span_that_tells_its_name_and_nothing_of_what_was_asked() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    span = partial(using_tool, tracer=provider.get_tracer("test"))
    answering_db = Toolbox({"db": Stub(Said(content=None, problem="no"))}, span=span)
    silent_db = Toolbox({"db": Stub(None)}, seconds=0.05, span=span)

    await answering_db.call("find_vendor", {"name": "Nordlicht Tools"}, {"db": "s"})
    with pytest.raises(ToolUnavailableError):
        await silent_db.call("find_vendor", {"name": "Nordlicht Tools"}, {"db": "s"})

    answered, silent = kept.get_finished_spans()
    assert answered.name == silent.name == "execute_tool find_vendor"
    assert (answered.status.status_code, silent.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert dict(silent.attributes or {})["error.type"] == "ToolUnavailableError"
    assert "Nordlicht" not in answered.to_json() + silent.to_json()
