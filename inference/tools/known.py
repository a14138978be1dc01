"""Which tools there are, who has them, and what they take: known without asking anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Takes:
    """A tool.

    Attributes:
        server: Who has it.
        arguments: What it can be asked with, but for paging and the snapshot.
        required: What it must be asked with.
    """

    server: str
    arguments: frozenset[str]
    required: frozenset[str] = frozenset()


def _takes(server: str, arguments: str, required: str = "") -> Takes:
    return Takes(server, frozenset(arguments.split()), frozenset(required.split()))


TOOLS: Mapping[str, Takes] = {
    "search_clauses": _takes("rag", "query doc_type language", "query"),
    "similar_records": _takes("rag", "text doc_type", "text"),
    "find_vendor": _takes("db", "name country vat_id iban"),
    "get_purchase_order": _takes("db", "order_number vendor_id", "order_number"),
    "invoice_seen_before": _takes(
        "db", "invoice_number vendor_id vendor_name vat_id iban issued_on total", "invoice_number"
    ),
    "resolve_entity": _takes("knowledge_graph", "name country vat_id iban lei company_number", "name"),
    "related": _takes("knowledge_graph", "entity relation", "entity"),
    "facts": _takes("knowledge_graph", "entity", "entity"),
}
"""By name. Types are held to this when they are published, servers when they are first asked."""

SERVER_OF: Mapping[str, str] = {name: tool.server for name, tool in TOOLS.items()}


def tool_problems(where: str, names: Iterable[str]) -> list[str]:
    """Return what is wrong with tool names that ``where`` gives, one sentence each."""
    known = ", ".join(sorted(TOOLS))
    return [f"{where} names tool {name!r}; there are {known}" for name in names if name not in TOOLS]


def lookup_problems(where: str, tool: str, arguments: Collection[str]) -> list[str]:
    """Return what is wrong with a look-up that ``where`` makes, one sentence each."""
    if tool not in TOOLS:
        return tool_problems(where, [tool])
    takes = TOOLS[tool]
    problems = [
        f"{where} asks {tool!r} with {name!r}; it takes {', '.join(sorted(takes.arguments))}"
        for name in sorted(set(arguments) - takes.arguments)
    ]
    missing = sorted(takes.required - set(arguments))
    return problems + [f"{where} asks {tool!r} without {name!r}" for name in missing]


def definition_problems(server: str, found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what the tools of a server lack of what is known of them, one sentence each.

    Args:
        server: Its name.
        found: Input schema by tool, as the server describes them.
    """
    problems: list[str] = []
    for name, takes in TOOLS.items():
        if takes.server != server:
            continue
        if name not in found:
            problems.append(f"server {server!r} has no tool {name!r}; it has {', '.join(sorted(found))}")
            continue
        offered = set(found[name].get("properties", {}))
        problems += [
            f"tool {name!r} of server {server!r} takes no {argument!r}"
            for argument in sorted((takes.arguments | {"snapshot"}) - offered)
        ]
        problems += [
            f"tool {name!r} of server {server!r} demands {argument!r}, which nobody here gives"
            for argument in sorted(set(found[name].get("required", ())) - takes.required)
        ]
    return problems
