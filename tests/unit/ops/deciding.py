"""A review that a document leads to, and what a person decides of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ops.reviews.decide import Review, load_review
from ops.reviews.file import read_decision
from schemas.decided import Decision
from tests.unit.agents.workshop import Workshop

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


async def asked(workshop: Workshop, text: str, **facts: Any) -> Review:
    """Submit ``text`` and return the review it leads to."""
    document_id = await workshop.submit(text, **facts)
    request = workshop.events("reviews.requested")[-1]
    return await load_review(workshop.store, document_id, request["run_id"], request["review_id"])


def decided(review: Review, content: object, *, reviewer: str = "ann", at: datetime = NOW) -> Decision:
    return read_decision(json.dumps(content).encode(), review, reviewer=reviewer, now=at)
