"""The three servers of knowledge as this process has them: built here, or reached by their URLs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from app.clock import utc_now
from app.settings import Settings
from inference.tools.over_mcp import McpServer
from inference.tools.toolbox import Toolbox, ToolServer
from ops.gates.fresh import FreshServer
from ops.operations import load_operations
from store.protocol import ObjectStore

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

SERVERS = ("rag", "db", "knowledge_graph")


def server_of(name: str, settings: Settings, objects: ObjectStore, version: str) -> MCPServer[Any]:
    """Return one of the three servers, answering from snapshots in the store."""
    from mcp_servers.db.server import master_data
    from mcp_servers.knowledge_graph.server import knowledge_graph
    from mcp_servers.rag.server import retrieval
    from mcp_servers.stored import StoredKnowledge

    source = StoredKnowledge(objects)
    url = settings.mcp_database_url
    match name:
        case "rag":
            return retrieval(source, version)
        case "db":
            return master_data(source, version, url.get_secret_value() if url else None)
        case "knowledge_graph":
            return knowledge_graph(source, version)
        case _:
            raise KeyError(name)


def urls_of(settings: Settings) -> dict[str, str]:
    """Return where the servers answer that are not built in this process."""
    urls = {
        "rag": settings.mcp_rag_url,
        "db": settings.mcp_db_url,
        "knowledge_graph": settings.mcp_knowledge_graph_url,
    }
    return {name: url for name, url in urls.items() if url}


@asynccontextmanager
async def open_toolbox(settings: Settings, objects: ObjectStore, version: str) -> AsyncIterator[Toolbox]:
    """Yield the tools of all three servers; none is built or reached before it is asked. Closed on exit."""
    elsewhere, token = urls_of(settings), settings.mcp_token

    allowed = load_operations(settings.operations).references

    def fresh(name: str) -> ToolServer:
        if name not in allowed:
            return connected(name)
        return FreshServer(name, connected(name), objects, allowed[name], utc_now)

    def connected(name: str) -> ToolServer:
        if name in elsewhere:
            url = elsewhere[name]
            return McpServer(name, lambda: url, token.get_secret_value() if token else None)
        return McpServer(name, partial(server_of, name, settings, objects, version))

    servers = {name: fresh(name) for name in SERVERS}
    toolbox = Toolbox(servers, seconds=settings.mcp_seconds, calls=settings.mcp_calls)
    try:
        yield toolbox
    finally:
        await toolbox.close()
