"""What the local model asks tools: who the parties are that it read."""

from __future__ import annotations

from typing import Any

from inference.protocol import ModelRequest, Tool, ToolResultBlock
from schemas.fields import FieldKind

RESOLVE_ENTITY = "resolve_entity"
MOST_PARTIES = 4
"""Parties of one document that are looked up."""
_NAME = "_name"
_VAT = "_vat_id"


def parties_to_resolve(
    request: ModelRequest, tool: Tool, answer: dict[str, Any]
) -> tuple[dict[str, str], ...]:
    """Return what to ask about each party that was read; nothing where it must not ask, or has asked."""
    offered = {one.name for one in request.tools}
    if request.tool_choice is not None or RESOLVE_ENTITY not in offered or _asked_before(request):
        return ()
    fields = tool.input_schema.get("properties", {})
    found: dict[str, dict[str, str]] = {}
    for name, body in fields.items():
        if isinstance(body, dict) and body.get("x-kind") == FieldKind.PARTY.value:
            for value in _values(answer, name):
                found.setdefault(value, {"name": value, **_vat_of(answer, name)})
    return tuple(list(found.values())[:MOST_PARTIES])


def _asked_before(request: ModelRequest) -> bool:
    return any(isinstance(block, ToolResultBlock) for turn in request.turns for block in turn.content)


def _vat_of(answer: dict[str, Any], name: str) -> dict[str, str]:
    """Return the party's own VAT number, where a field of its name holds one: it tells namesakes apart."""
    values = _values(answer, f"{name.removesuffix(_NAME)}{_VAT}") if name.endswith(_NAME) else []
    return {"vat_id": values[0]} if values else {}


def _values(answer: dict[str, Any], name: str) -> list[str]:
    recorded = answer.get(name)
    readings = recorded.get("readings", ()) if isinstance(recorded, dict) else ()
    return [str(reading["value"]) for reading in readings if str(reading.get("value") or "").strip()]
