"""What e-invoices say of their own type: data that are an invoice's need no classifier to be one."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from schemas.layout import Layout

INVOICE = "invoice"
"""The type that the terms of EN 16931 describe."""


def stated_answer(layout: Layout, known_types: Container[str]) -> dict[str, Any] | None:
    """Return what a classifier would answer of a document that is an e-invoice; None for any other."""
    if INVOICE not in known_types or not any(data.name is None for data in layout.data):
        return None
    return {
        "doc_type": INVOICE,
        "confidence": 1.0,
        "scores": [{"doc_type": INVOICE, "probability": 1.0}],
    }


def stated_in_words(layout: Layout, doc_type: str) -> str | None:
    """Return by what the document states ``doc_type`` itself; None where it does not.

    Attached data support what the page looks like; they don't replace it, as anything can be attached.
    """
    if doc_type != INVOICE or not layout.data:
        return None
    data = layout.data[0]
    if data.name is None:
        return f"an e-invoice ({data.syntax.value.upper()})"
    return f"and an e-invoice ({data.syntax.value.upper()}) is attached"
