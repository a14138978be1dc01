"""What e-invoices say of their own type: data that are an invoice's need no classifier to be one."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from agents.gatekeeper.routing import TypeReading
from schemas.classification import UNKNOWN_TYPE
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


def with_attached(answer: dict[str, Any], layout: Layout, known_types: Container[str]) -> TypeReading:
    """Return what a classifier answered, seen beside the data of the document.

    Attached data support what the page looks like, and stand in where it looks like nothing known (a
    credit note in an unusual form). They never overrule a page that looks like another type: anything can
    be attached to anything.
    """
    doc_type, confidence, novelty = answer["doc_type"], answer["confidence"], answer.get("novelty")
    if not layout.data or INVOICE not in known_types or doc_type not in (INVOICE, UNKNOWN_TYPE):
        return TypeReading(doc_type, confidence, novelty)
    kind = f"an e-invoice ({layout.data[0].syntax.value.upper()})"
    if layout.data[0].name is None:
        return TypeReading(INVOICE, confidence, novelty, stated=kind)
    if doc_type == UNKNOWN_TYPE:
        own = next((s["probability"] for s in answer.get("scores", ()) if s["doc_type"] == INVOICE), 0.0)
        return TypeReading(INVOICE, own, novelty, stated=f"unknown by its page alone, but {kind} is attached")
    return TypeReading(INVOICE, confidence, novelty, stated=f"and {kind} is attached")
