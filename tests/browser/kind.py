"""A document type that has a field of everything, and its rules."""

from __future__ import annotations

from typing import Any

COLUMNS: dict[str, Any] = {
    "item": {"title": "Item", "description": "What.", "type": "string", "x-kind": "text"},
    "quantity": {"title": "Quantity", "description": "How many.", "type": "string", "x-kind": "number"},
    "amount": {
        "title": "Amount",
        "description": "The row's amount.",
        "type": "string",
        "x-kind": "money",
        "x-critical": True,
    },
}


def _text(title: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"title": title, "description": f"{title}.", "type": "string", "x-kind": kind, **more}


PROPERTIES: dict[str, Any] = {
    "seller": _text("Seller", "party"),
    "number": _text("Number", "identifier"),
    "date": _text("Date", "date", format="date", **{"x-critical": True}),
    "net": _text("Net", "money"),
    "tax": _text("Tax", "money"),
    "total": _text("Total", "money", **{"x-critical": True}),
    "note": _text("Note"),
    "signed": _text("Signed", "presence", enum=["yes", "no"]),
    "tags": {
        "title": "Tags",
        "description": "Words on it.",
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "x-kind": "text",
    },
    "lines": {
        "title": "Lines",
        "description": "What was sold, row by row.",
        "type": "array",
        "x-kind": "rows",
        "items": {
            "type": "object",
            "properties": COLUMNS,
            "required": ["item", "amount"],
            "additionalProperties": False,
        },
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "doctrail:doctypes/order",
    "title": "Order",
    "description": "An order.",
    "x-version": "1.0",
    "x-day-first": True,
    "type": "object",
    "properties": PROPERTIES,
    "required": ["seller", "total"],
    "additionalProperties": False,
}
RULES = '''
from doctypes.rules_v1 import check, column_sum, rule


@rule("net", "tax", "total")
def net_and_tax_make_the_total(fields, facts):
    """Net and tax add up to the total."""
    net, tax, total = fields.amount("net"), fields.amount("tax"), fields.amount("total")
    return check(net + tax == total, f"{net} + {tax} = {net + tax}, printed {total}")


@rule("lines.amount", "net")
def rows_add_up(fields, facts):
    """The rows add up to the net total."""
    found, net = column_sum(fields.rows("lines"), "amount"), fields.amount("net")
    return check(found == net, f"the rows add up to {found}, printed {net}")
'''
