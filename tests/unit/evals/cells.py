"""Cells of a made-up production, as people left them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from evals.production import Cell
from schemas.canonical import sha256_hex

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def cell(number: int, *, right: bool = True, back: float = 0.5, **changes: object) -> Cell:
    """Return a cell that an audit found right, half a day old; ``changes`` say what is otherwise."""
    base: dict[str, object] = {
        "document_id": sha256_hex(str(number).encode()),
        "at": NOW - timedelta(days=back),
        "doc_type": "invoice",
        "field": "total",
        "right": right,
        "pi": 0.02,
        "audited": True,
        "whole": True,
        "accepted": True,
        "confidence": 0.95,
        "absent": False,
        "bundle": "b" * 64,
        "classified": "invoice",
        "quality": 0.9,
    }
    return Cell(**(base | changes))  # type: ignore[arg-type]
