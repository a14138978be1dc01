"""How the servers are reached, and who is kept out."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from inference.serve.running import answering
from mcp_servers.errors import UnprotectedServerError
from mcp_servers.knowledge_graph.server import knowledge_graph
from mcp_servers.serving import http_app
from tests.unit.mcp_servers.knowledge import Shelf

pytestmark = pytest.mark.anyio
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {},
}
JSON = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@asynccontextmanager
async def served(token: str | None = None) -> AsyncIterator[str]:
    """Serve the graph on a free port of loopback and give its address."""
    app = http_app(knowledge_graph(Shelf()), host="127.0.0.1", token=token)
    async with answering(app, host="127.0.0.1", port=0, lifespan="on") as server:
        yield f"http://{server.address}"


async def test_the_official_client_is_answered_over_http() -> None:
    async with served() as address, Client(f"{address}/mcp") as client:
        found = await client.call_tool("resolve_entity", {"name": "Harbour Furniture"})

    assert (found.structured_content or {})["entity"]["id"] == "urn:x:harbour"


async def test_the_official_client_is_answered_over_stdio(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parents[3])!r}]\n"
        "from mcp_servers.knowledge_graph.server import knowledge_graph\n"
        "from tests.unit.mcp_servers.knowledge import Shelf\n"
        "knowledge_graph(Shelf()).run('stdio')\n"
    )
    script = tmp_path / "serve.py"
    script.write_text(program, encoding="utf-8")
    started = StdioServerParameters(command=sys.executable, args=[str(script)])

    async with Client(stdio_client(started)) as client:
        found = await client.call_tool("resolve_entity", {"name": "Harbour Furniture"})

    assert (found.structured_content or {})["status"] == "match"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "doctrail.example"])  # noqa: S104 (what is refused)
def test_nothing_is_served_to_other_machines_without_a_token(host: str) -> None:
    with pytest.raises(UnprotectedServerError, match="DOCTRAIL_MCP_TOKEN"):
        http_app(knowledge_graph(Shelf()), host=host, token=None)


@pytest.mark.parametrize("shown", [None, "Bearer wrong", "Basic secret", "secret", "Bearer secre"])
async def test_who_does_not_show_the_token_learns_nothing(shown: str | None) -> None:
    headers = JSON if shown is None else {**JSON, "authorization": shown}
    async with served("secret") as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"{address}/mcp", json=CALL, headers=headers)
        healthy = await http.get(f"{address}/healthz")

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "tools" not in answer.text
    assert healthy.status_code == 200


async def test_who_shows_the_token_is_answered() -> None:
    headers = {**JSON, "authorization": "Bearer secret"}
    async with served("secret") as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"{address}/mcp", json=CALL, headers=headers)

    assert answer.status_code not in (401, 403, 421)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("host", "evil.example", 421), ("origin", "http://evil.example", 403), ("origin", "null", 403)],
)
async def test_a_web_page_elsewhere_can_not_reach_it_through_a_browser(
    header: str, value: str, status: int
) -> None:
    async with served() as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"{address}/mcp", json=CALL, headers={**JSON, header: value})

    assert answer.status_code == status


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with served() as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"{address}/mcp", content=b" " * 2_000_000, headers=JSON)

    assert answer.status_code == 413
