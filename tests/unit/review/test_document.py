"""The OpenAPI document keeps its word: whatever is asked, it is answered as the document says."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.review_api import ask_everything, served
from tests.unit.review.routes import ALLOWED, OPEN

ROUTES = set(ALLOWED) | OPEN


def test_nothing_that_can_be_asked_is_answered_as_no_document_says(tmp_path: Path) -> None:
    with served(tmp_path) as at:
        ask_everything(at, examples=3)

    refused = {label for label, status in at.answers if status >= 400}
    # All but the document itself, by which the others are found.
    assert len({label for label, _ in at.answers}) == len(ROUTES) - 1
    assert len(refused) >= 10
    # Which of them what is drawn hits changes with every route; that it hits some does not.
    changed = {label for label, status in at.answers if status < 300 and not label.startswith("GET")}
    assert len(changed) >= 3
