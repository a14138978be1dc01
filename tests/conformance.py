"""The three MCP servers as processes of their own, driven by the official client and by MCP's own suite.

Usage: python -m tests.conformance [--calls 1000] [--suite COMMAND]

Each server is served by ``doctrail mcp serve``, over stdio and over HTTP with and without a token; the same
questions must have the same answers on every way. ``--suite`` names the command of the conformance suite
(it wants Node 22). Most of its scenarios ask for the tools, prompts and resources of an example server that
comes with it, or for what these servers never declare: they are run all the same, and must fail for that
reason alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

TOKEN = "conformance"  # noqa: S105 (nobody's)
QUESTIONS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "rag": (
        ("search_clauses", {"query": "the tenant keeps the premises in repair", "limit": 3}),
        ("similar_records", {"text": "invoice total due"}),
    ),
    "db": (
        ("find_vendor", {"name": "Okafor Land Ltd"}),
        ("get_purchase_order", {"order_number": "PO-450000"}),
        ("invoice_seen_before", {"invoice_number": "2024-10000", "vendor_id": "V-c000004"}),
    ),
    "knowledge_graph": (
        ("resolve_entity", {"name": "Okafor Land Ltd"}),
        ("related", {"entity": "urn:sample:c000000"}),
        ("facts", {"entity": "urn:sample:c000000"}),
    ),
}
"""By server, a question to each of its tools; one that nothing is known of is answered, too."""
OURS = ("server-initialize", "ping", "tools-list", "tools-call-error", "resources-list", "prompts-list",
        "dns-rebinding-protection", "server-sse-polling", "server-sse-multiple-streams")  # fmt: skip
"""Scenarios that ask for nothing but what every server has."""
NOT_OURS = ("Method not found", "Unknown prompt", "Unknown resource", "Unknown tool", "not found. Available",
            "did not request", "content found", "content items", "No progress notifications")  # fmt: skip
"""What the suite says where it misses its own example server."""


class Verdicts:
    """What was tried, and what of it does not hold."""

    def __init__(self) -> None:
        self.broken = 0

    def require(self, holds: bool, sentence: str) -> None:
        """Print ``sentence`` with whether it holds."""
        self.broken += not holds
        print(("ok     " if holds else "BROKEN ") + sentence, flush=True)


def command(*arguments: str) -> list[str]:
    """Return the command line of ``doctrail`` with these arguments."""
    return [sys.executable, "-m", "app", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return this process's environment for a home of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCTRAIL_")}
    return {**inherited, "DOCTRAIL_HOME": str(home), **more}


@contextmanager
def served(home: Path, server: str, **more: str) -> Iterator[str]:
    """Run ``doctrail mcp serve`` on a free port of loopback; yields its URL."""
    process = subprocess.Popen(
        command("mcp", "serve", server, "--port", "0"),
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "://" in line, f"{server} did not come up"
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def over_stdio(home: Path, server: str) -> AsyncIterator[Client]:
    """The official client of a server that it starts itself."""
    started = StdioServerParameters(
        command=sys.executable, args=command("mcp", "serve", server, "--stdio")[1:], env=environment(home)
    )
    async with Client(stdio_client(started)) as client:
        yield client


@asynccontextmanager
async def over_http(url: str, token: str | None = None) -> AsyncIterator[Client]:
    """The official client of a server that runs elsewhere."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=600) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def answers(client: Client, server: str) -> list[Any]:
    """Return all that a server says: its tools, its resources, and its answers to the questions."""
    tools = sorted((await client.list_tools()).tools, key=lambda tool: tool.name)
    resources = (await client.list_resources()).resources
    said: list[Any] = [tool.model_dump(mode="json") for tool in tools]
    for resource in resources:
        read = await client.read_resource(resource.uri)
        said += [resource.model_dump(mode="json"), *(part.model_dump(mode="json") for part in read.contents)]
    for tool, arguments in QUESTIONS[server]:
        result = await client.call_tool(tool, arguments)
        said.append([tool, result.is_error, result.structured_content])
    asked = {tool for tool, _ in QUESTIONS[server]}
    assert asked == {tool.name for tool in tools}, f"{server} has other tools than are asked here"
    return said


async def at_once(url: str, server: str, calls: int) -> tuple[int, float]:
    """Return how many of so many calls at once were answered, and in how many seconds."""
    tool, arguments = QUESTIONS[server][0]
    async with over_http(url) as client:
        expected = (await client.call_tool(tool, arguments)).structured_content
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.call_tool(tool, arguments)) for _ in range(calls)]
    same = sum(task.result().structured_content == expected != {} for task in tasks)
    return same, time.perf_counter() - started


def scenarios(suite: Sequence[str], url: str, folder: Path, verdicts: Verdicts) -> None:
    """Run the conformance suite against a server and tell what it found."""
    listed = subprocess.run([*suite, "list"], capture_output=True, text=True, check=True).stdout
    names = [
        line.split()[1]
        for line in listed.partition("Client scenarios")[0].splitlines()
        if line.startswith("  - ")
    ]
    passed, absent, failed = [], [], []
    for name in names:
        found = subprocess.run(
            [*suite, "server", "--url", url, "--scenario", name, "--verbose"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.returncode == 0:
            passed.append(name)
        elif name not in OURS and any(word in found.stdout + found.stderr for word in NOT_OURS):
            absent.append(name)
        else:
            failed.append(name)
            print(found.stdout[-2000:])
    verdicts.require(
        not failed and set(OURS) <= set(passed),
        f"conformance suite: {len(passed)} of {len(names)} scenarios pass; {len(absent)} ask for what only "
        f"its example server has; failed: {', '.join(failed) or 'none'}",
    )


async def told_over_stdio(home: Path, server: str) -> list[Any]:
    """Return all that a server says to whoever starts it."""
    async with over_stdio(home, server) as client:
        return await answers(client, server)


async def told_over_http(url: str, server: str, token: str | None = None) -> list[Any]:
    """Return all that a server says to whoever calls it."""
    async with over_http(url, token) as client:
        return await answers(client, server)


def drive(server: str, home: Path, options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Drive one server in every way."""
    said = asyncio.run(told_over_stdio(home, server))
    verdicts.require(len(said) > 1, f"{server}: all tools and resources answer over stdio")
    with served(home, server) as url:
        verdicts.require(asyncio.run(told_over_http(url, server)) == said, f"{server}: the same over HTTP")
        same, seconds = asyncio.run(at_once(url, server, options.calls))
        verdicts.require(
            same == options.calls, f"{server}: {same} of {options.calls} calls at once, in {seconds:.1f} s"
        )
        if options.suite:
            scenarios(shlex.split(options.suite), url, home.parent, verdicts)
    guarded(server, home, said, verdicts)


def guarded(server: str, home: Path, said: Sequence[Any], verdicts: Verdicts) -> None:
    """Find out whether who has the token is answered, and nobody else."""
    with served(home, server, DOCTRAIL_MCP_TOKEN=TOKEN) as url:
        known = asyncio.run(told_over_http(url, server, TOKEN))
        verdicts.require(known == said, f"{server}: the same with the token")
        stranger = httpx2.post(url, json={}).status_code
        verdicts.require(stranger == 401, f"{server}: without the token {stranger}")
    open_to_all = subprocess.run(
        command("mcp", "serve", server, "--host", "0.0.0.0", "--port", "0"),  # noqa: S104 (what is refused)
        env=environment(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    refused = open_to_all.returncode != 0 and "DOCTRAIL_MCP_TOKEN" in open_to_all.stderr
    verdicts.require(refused, f"{server}: beyond loopback without a token: {open_to_all.stderr.strip()}")


def everything(options: argparse.Namespace, folder: Path) -> int:
    """Load the made-up world, drive each server, and return how much does not hold."""
    home, verdicts = folder / "home", Verdicts()
    subprocess.run(command("mcp", "load"), env=environment(home), check=True, stdout=subprocess.DEVNULL)
    for server in QUESTIONS:
        drive(server, home, options, verdicts)
    return verdicts.broken


def main() -> int:
    """Run what the options ask for; 0 where everything holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--suite", default="", metavar="COMMAND", help="of the conformance suite")
    with tempfile.TemporaryDirectory(prefix="doctrail-conformance-") as folder:
        return 1 if everything(parser.parse_args(), Path(folder)) else 0


if __name__ == "__main__":
    sys.exit(main())
