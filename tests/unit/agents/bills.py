"""A workshop for bills: a type with a table, and a model that reads ``- item | quantity | amount``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.scripted import tool_reply
from schemas.canonical import canonical_json
from schemas.certificates import Certificate, Certificates
from schemas.layout_block import parse_block
from store.bundles import publish_bundle, publish_model
from store.releases import Release, publish_release
from tests.unit.agents.workshop import Workshop

SURE = "BILL\nshop: Corner Bakery Ltd\ntotal: 9.00\n- Rye bread | 2 | 8.00\n- Bag | – | 1.00\n"
TORN = "BILL\nshop: Corner Bakery Ltd\ntotal: 9.00\n- Rye bread | 2 | 8.00\n- Bag | torn | 1.00\n"
UNREAD = "BILL\nshop: Corner Bakery Ltd\ntotal: 9.00\ntable unreadable\n"

ROW_PROPERTIES: dict[str, Any] = {
    "item": {"title": "Item", "description": "What was sold.", "type": "string", "x-kind": "text"},
    "quantity": {"title": "Quantity", "description": "How many.", "type": "string", "x-kind": "number"},
    "amount": {"title": "Amount", "description": "What it cost.", "type": "string", "x-kind": "money"},
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "doctrail:doctypes/bill",
    "title": "Bill",
    "description": "A bill with a table.",
    "x-version": "1.0",
    "x-day-first": True,
    "type": "object",
    "properties": {
        "shop": {"title": "Shop", "description": "Who sold.", "type": "string", "x-kind": "party"},
        "total": {"title": "Total", "description": "What was paid.", "type": "string", "x-kind": "money"},
        "lines": {
            "title": "Lines",
            "description": "What was sold, row by row.",
            "type": "array",
            "x-kind": "rows",
            "items": {
                "type": "object",
                "properties": ROW_PROPERTIES,
                "required": ["item", "amount"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["shop", "total"],
    "additionalProperties": False,
}
PROMPT = """---
version: 1.0
doc_type: bill
tool: record_fields
---
Record {{field:shop}}, {{field:total}} and {{field:lines}}; {{field:lines.amount}} as printed.
"""
RULES = '''
from doctypes.rules_v1 import check, column_sum, rule


@rule("lines.amount", "total")
def rows_add_up(fields, facts):
    """The rows add up to the total."""
    found, total = column_sum(fields.rows("lines"), "amount"), fields.amount("total")
    return check(found == total, f"the rows add up to {found}, the total is {total}")
'''


@dataclass
class BillWorkshop(Workshop):
    """A workshop whose one type has a table.

    Attributes:
        rows: What the model records instead of what it reads, where a test says so.
        certified: The fields with a certificate.
    """

    types: tuple[str, ...] = ("bill",)
    rows: object = "as read"
    certified: tuple[str, ...] = ("doc_type", "shop", "total", "lines")
    requests: list[ModelRequest] = field(default_factory=list)

    async def digest(self, now: object) -> str:
        """Publish the release with bills and return its digest."""
        certificates = Certificates(variant="v", certificates=tuple(map(certificate, self.certified)))
        parts = {
            "schema.json": json.dumps(SCHEMA).encode(),
            "prompt.md": PROMPT.encode(),
            "rules.py": RULES.encode(),
            "model": b"variant",
            "thresholds.json": canonical_json(certificates),
        }
        thresholds = Certificates(variant="v", certificates=(certificate("doc_type"),))
        release = Release(
            bundles={"bill": await publish_bundle(self.store, "bill", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, canonical_json(thresholds)),
        )
        return (await publish_release(self.store, release))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        self.requests.append(request)
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        lines = [(line.id, line.text) for page in parse_block(block.text).pages for line in page.lines]
        if request.tool_choice == "classify_document":
            answer: dict[str, Any] = {"doc_type": "bill", "confidence": 0.95, "novelty": 0.1}
        else:
            rows = self._rows(lines) if self.rows == "as read" else self.rows
            answer = {
                "shop": self._field("shop", lines),
                "total": self._field("total", lines),
                "lines": {"rows": rows, "confidence": 0.97},
            }
        return tool_reply(request.tool_choice or "", answer, model=request.model)

    @staticmethod
    def _rows(lines: Sequence[tuple[str, str]]) -> list[dict[str, Any]] | None:
        if any(text == "table unreadable" for _, text in lines):
            return None
        return [bill_row(line, *text[2:].split(" | ")) for line, text in lines if text.startswith("- ")]


def bill_row(line: str, item: str, quantity: str, amount: str) -> dict[str, Any]:
    """Return a row as a model records it; a quantity of – is not printed, a torn one is left out."""
    row: dict[str, Any] = {"item": cell(line, item), "amount": cell(line, amount)}
    if quantity != "torn":
        row["quantity"] = None if quantity == "–" else cell(line, quantity)
    return row


def cell(line: str, value: str) -> dict[str, Any]:
    """Return a cell as a model records it."""
    return {"value": value, "quote": value, "lines": [line], "confidence": 0.9}


def certificate(name: str) -> Certificate:
    """Return a certificate from 0.8 on."""
    return Certificate(
        field=name,
        target_error=0.02,
        threshold=0.8,
        decisions=200,
        errors=0,
        bound=0.015,
        needed=149,
        population="labelled",
    )
