"""A small type written into a folder, for tests to spoil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "doctrail:doctypes/ticket",
    "title": "Ticket",
    "description": "A parking ticket.",
    "x-version": "1.0",
    "x-day-first": None,
    "x-business-key": ["plate", "issued"],
    "type": "object",
    "properties": {
        "plate": {
            "title": "Plate",
            "description": "The car's number plate.",
            "type": "string",
            "x-kind": "identifier",
            "x-critical": True,
        },
        "issued": {
            "title": "Issued",
            "description": "The day of the ticket.",
            "type": "string",
            "x-kind": "date",
        },
        "fine": {"title": "Fine", "description": "What is to be paid.", "type": "string", "x-kind": "money"},
        "officers": {
            "title": "Officers",
            "description": "Who wrote it.",
            "type": "array",
            "items": {"type": "string"},
            "x-kind": "person",
        },
    },
    "required": ["plate", "fine"],
    "additionalProperties": False,
}
PROMPT = """---
version: 1.0
doc_type: ticket
tool: record_fields
---
Read {{field:plate}}, {{field:issued}}, {{ field:fine }} and {{field:officers}}.
"""
RULES = '''"""What must hold of a ticket."""

from __future__ import annotations

from doctypes.rules_v1 import check, rule


@rule("fine")
def fine_is_positive(fields, facts):
    """The fine is more than nothing."""
    return check(fields.amount("fine") > 0, f"fine {fields.amount('fine')}")


@rule("issued")
def issued_before_today(fields, facts):
    """The ticket is not of tomorrow."""
    return check(fields.date("issued") <= facts.today, f"issued {fields.date('issued')}")
'''


def schema(**changes: Any) -> bytes:
    """Return the schema's bytes with top-level ``changes``."""
    return json.dumps(SCHEMA | changes).encode()


def field(name: str, **changes: Any) -> bytes:
    """Return the schema's bytes with ``changes`` in one field; None removes a key."""
    spec = {k: v for k, v in (SCHEMA["properties"].get(name, {}) | changes).items() if v is not None}
    return schema(properties=SCHEMA["properties"] | {name: spec})


def write_type(root: Path, name: str = "ticket") -> Path:
    """Write the type's folder under ``root`` and return it."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "schema.json").write_text(json.dumps(SCHEMA).replace("doctypes/ticket", f"doctypes/{name}"))
    (folder / "prompt.md").write_text(PROMPT.replace("ticket", name))
    (folder / "rules.py").write_text(RULES)
    return folder
