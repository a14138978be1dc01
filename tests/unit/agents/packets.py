"""Files of pages that hold several slips, and what becomes of their parts."""

from __future__ import annotations

from typing import Any

from schemas.canonical import derive_id
from schemas.records import DecisionKind
from tests.unit.agents.workshop import Workshop, decision

PAGES = "a cover\n\fSLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\n\fSLIP\nshop: Butcher & Sons\ntotal: 12.00\n"
"""Three pages that the workshop's classifier takes for one document of a known type."""
UNSURE_PAGES = PAGES.replace("total: 9.00", "total? 9.00")


def statuses(workshop: Workshop) -> dict[str, str]:
    """Return where every record stands, by document."""
    return {event["record_id"]: event["status"] for event in workshop.events("records.completed")}


def children_of(workshop: Workshop, parent: str) -> list[dict[str, Any]]:
    """Return what was announced as a part of ``parent``, in order."""
    return [
        e for e in workshop.events("documents.submitted") if e.get("parent", {}).get("document_id") == parent
    ]


async def split(workshop: Workshop, document_id: str, *ranges: tuple[int, int]) -> None:
    """Decide the document's pages, on its split where it has one, else on its review."""
    said = decision(workshop, document_id, kind=DecisionKind.SPLIT, ranges=ranges)
    earlier = [e for e in workshop.events("records.completed") if e["record_id"] == document_id]
    changes = {"decision_id": derive_id("split", document_id, str(ranges))}
    if earlier:
        changes |= {"run_id": earlier[-1]["run_id"], "review_id": derive_id("again", str(ranges))}
    await workshop.decide(said.model_copy(update=changes))
