"""What the three servers answer, asked by the official client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import Client

from mcp_servers.db.server import master_data
from mcp_servers.knowledge_graph.server import knowledge_graph
from mcp_servers.rag.server import retrieval
from tests.unit.mcp_servers.knowledge import Shelf

pytestmark = pytest.mark.anyio
SERVERS = {"knowledge_graph": knowledge_graph, "db": master_data, "rag": retrieval}
Ask = Callable[..., Awaitable[Any]]


async def ask(server: str, tool: str, shelf: Shelf | None = None, /, **arguments: object) -> Any:
    """Return the structured answer, or the sentence that refuses."""
    async with Client(SERVERS[server](shelf or Shelf()), cache=None) as client:
        result = await client.call_tool(tool, arguments)
    return result.content[0].text if result.is_error else result.structured_content  # type: ignore[union-attr]


async def test_a_name_is_resolved_with_score_snapshot_and_identifiers() -> None:
    found = await ask("knowledge_graph", "resolve_entity", name="NORDLICHT WERKZEUGE G.m.b.H.")

    assert (found["status"], found["score"], found["entity"]["id"]) == ("match", 1.0, "urn:x:nordlicht")
    assert found["snapshot"] == Shelf().snapshots["knowledge_graph"]
    assert {"scheme": "vat", "value": "DE136695976"} in found["entity"]["identifiers"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"name": "Nordlicht Tools"}, "match"),
        ({"name": "Nordlicht Werkzeuge AG"}, "no_match"),
        ({"name": "Meridian Foods Ltd"}, "ambiguous"),
        ({"name": "Meridian Foods Ltd", "country": "IE"}, "match"),
        ({"name": "Somebody Else", "iban": "DE89 3704 0044 0532 0130 00"}, "conflict"),
        ({"name": "Nordlicht", "iban": "DE89370400440532013000"}, "match"),
    ],
)
async def test_what_is_known_of_a_name_is_told_by_its_status(arguments: dict[str, str], status: str) -> None:
    assert (await ask("knowledge_graph", "resolve_entity", **arguments))["status"] == status


async def test_facts_and_relations_are_told_in_pages() -> None:
    first = await ask("knowledge_graph", "facts", entity="urn:x:nordlicht", limit=4)
    rest = await ask(
        "knowledge_graph", "facts", entity="urn:x:nordlicht", limit=4, cursor=first["next_cursor"]
    )
    related = await ask("knowledge_graph", "related", entity="urn:x:nordlicht-ag")

    told = [fact["predicate"] for page in (first, rest) for fact in page["facts"]]
    assert told == ["type", "addressCountry", "alternateName", "legalName", "vatID", "iban"]
    assert rest["next_cursor"] is None
    assert [(r["relation"], r["direction"], r["entity"]["id"]) for r in related["relations"]] == [
        ("parentOrganization", "incoming", "urn:x:harbour")
    ]


async def test_a_refusal_says_what_to_do() -> None:
    unknown = await ask("knowledge_graph", "facts", entity="urn:x:nobody")
    strange = await ask("knowledge_graph", "facts", entity="urn:x:nordlicht", cursor="bm90IG1pbmU=")
    nothing = await ask("db", "find_vendor")
    missing = await ask("db", "find_vendor", name="Nordlicht", snapshot="0" * 64)

    assert "resolve_entity returns ids" in unknown
    assert "ask again without one" in strange
    assert "at least one of name, vat_id and iban" in nothing
    assert "there is no fallback" in missing


async def test_a_cursor_of_another_question_is_refused() -> None:
    first = await ask("knowledge_graph", "facts", entity="urn:x:nordlicht", limit=2)

    said = await ask("knowledge_graph", "facts", entity="urn:x:harbour", cursor=first["next_cursor"])
    assert "another question" in said


async def test_clauses_are_found_by_words_of_a_type_and_a_language() -> None:
    roof = await ask("rag", "search_clauses", query="who repairs the ROOF?")
    of_sale = await ask("rag", "search_clauses", query="roof repair", doc_type="nda")
    german = await ask("rag", "search_clauses", query="Recht England", language="de")
    sharp = await ask("rag", "search_clauses", query="GEMÄß")
    odd = await ask("rag", "search_clauses", query='" OR NEAR( *')

    assert roof["clauses"][0]["clause"]["id"] == "repair"
    assert of_sale["clauses"] == []
    assert [hit["clause"]["id"] for hit in german["clauses"]] == ["recht"]
    assert [hit["clause"]["id"] for hit in sharp["clauses"]] == ["recht"]
    assert odd["clauses"] == []


@pytest.mark.parametrize("server", sorted(SERVERS))
async def test_every_tool_only_reads_and_says_what_it_takes_and_gives(server: str) -> None:
    async with Client(SERVERS[server](Shelf()), cache=None) as client:
        tools = (await client.list_tools()).tools
        resources = (await client.list_resources()).resources
        about = await client.read_resource(resources[0].uri)

    assert tools
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
        assert "snapshot" in tool.input_schema["properties"]
        assert tool.output_schema is not None
        assert "snapshot" in tool.output_schema["required"]
    told = json.loads(about.contents[0].text)  # type: ignore[union-attr]
    assert told["snapshot"] == Shelf().snapshots[server]


async def test_a_thousand_calls_at_once_open_the_snapshot_once_and_answer_alike() -> None:
    shelf = Shelf()
    async with Client(knowledge_graph(shelf), cache=None) as client, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(client.call_tool("resolve_entity", {"name": "Nordlicht Tools"}))
            for _ in range(1000)
        ]

    answers = [task.result().structured_content for task in tasks]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0] or {})["status"] == "match"
    assert shelf.reads == ["knowledge_graph"]


async def test_a_server_without_knowledge_says_how_to_load_some() -> None:
    said = await ask("db", "find_vendor", Shelf(made={}), name="Anybody")

    assert "doctrail mcp load" in said
