"""``doctrail mcp``: knowledge that models and rules may ask for, loaded, listed and served."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import columns, say, say_json

PORTS = {"rag": 8200, "db": 8201, "knowledge_graph": 8202}


class Server(StrEnum):
    """The three servers."""

    RAG = "rag"
    DB = "db"
    KNOWLEDGE_GRAPH = "knowledge_graph"


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    mcp = group("mcp", "Knowledge that models and rules may ask for, over MCP.")
    mcp.command("load")(load)
    mcp.command("list")(list_knowledge)
    mcp.command("serve")(serve)
    app.add_typer(mcp, rich_help_panel=panel)


def load(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder with clauses/, db/, graph/; default: made-up samples."),
    ] = None,
    *,
    entities: Annotated[
        int, typer.Option("--entities", min=1, max=1_000_000, help="Companies in the made-up samples.")
    ] = 3000,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Publish knowledge as snapshots that runs are pinned to, and make it live.

    DIR holds clauses/*.jsonl, db/vendors.csv, purchase_orders.csv and invoices.csv, graph/*.ttl and *.nt.
    Each of the three takes the place of the one before; one that is missing stays. Reviewed records of the
    training pool are found by themselves. Documents in flight keep their snapshots.

    Example: doctrail mcp load knowledge/
    """
    from app.actions.knowledge import Loaded, files_in, load_knowledge
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.words import several, short, visible

    files = files_in(folder, entities)

    async def work(doctrail: Doctrail) -> Loaded:
        return await load_knowledge(doctrail, files, by=who(by))

    loaded = with_doctrail(work, makes_home=True, needs_bus=False)
    if as_json:
        say_json(loaded.model_dump(mode="json"))
        return
    if folder is None:
        made_up = several(entities, "company", "companies")
        say(f"{made_up} that do not exist: for trying out, not for real work")
    for part in loaded.parts:
        say(f"{part.server}: {visible(part.told)} ({short(part.digest)})")
        say(*(f"  left out: {visible(sentence)}" for sentence in part.left_out[:5]))
        if len(part.left_out) > 5:
            say(f"  and {len(part.left_out) - 5} more")
    if not loaded.changed:
        say("that is live already: nothing changed, and it is as fresh as of today")
    elif loaded.release is None:
        say("live with the first release; doctrail types publish makes it")
    else:
        say(f"live in release {short(loaded.release)}; doctrail backfill takes known documents along")


def list_knowledge(*, as_json: AsJson = False) -> None:
    """Say what knowledge is live.

    Example: doctrail mcp list
    """
    from app.actions.knowledge import known
    from app.session import with_store
    from ops.words import number_of_bytes, short, visible

    parts = with_store(known)
    if as_json:
        say_json([part.model_dump(mode="json") for part in parts])
    elif not parts:
        say("nothing is loaded: no tool is offered to models; doctrail mcp load loads some")
    else:
        rows = [(p.server, short(p.digest), number_of_bytes(p.size), visible(p.told)) for p in parts]
        say(*columns(("SERVER", "SNAPSHOT", "SIZE", "HOLDS"), rows))


def serve(
    server: Annotated[Server, typer.Argument(help="Which of the three.")],
    *,
    stdio: Annotated[bool, typer.Option("--stdio", help="Speak over standard input and output.")] = False,
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="0 takes a free one; default: 8200, 8201, 8202."),
    ] = None,
) -> None:
    """Serve what is loaded over MCP: streamable HTTP at /mcp, or stdio.

    Beyond loopback clients must show DOCTRAIL_MCP_TOKEN, and name the server as DOCTRAIL_MCP_HOSTS says. Set
    DOCTRAIL_MCP_RAG_URL, _DB_URL and _KNOWLEDGE_GRAPH_URL where doctrail runs to have it ask these servers.

    Example: doctrail mcp serve knowledge_graph
    """
    import asyncio

    import store.connect
    from app.actions.knowledge import serve_knowledge
    from app.session import settings

    chosen = settings(logs="warning" if stdio else "info")
    objects = store.connect.connect(chosen.store)
    listen = PORTS[server.value] if port is None else port
    asyncio.run(serve_knowledge(server.value, chosen, objects, host=host, port=listen, stdio=stdio))
