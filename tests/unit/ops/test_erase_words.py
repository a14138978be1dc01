"""What a search for an erased document says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from ops.erase.search import Left
from ops.erase.words import left_lines, receipt_lines
from store.erasures import Erasure, Receipt

DAY = 86_400.0
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def receipt(number: int = 1) -> Receipt:
    erasure = Erasure(
        document_id="d",
        number=number,
        documents=("d",),
        runs=(),
        objects=(),
        reason="asked for",
        by="ann",
        at=NOON,
    )
    return Receipt(
        erasure=erasure, catalog_rows=1, review_rows=1, eval_sets=(), retrain=(), finished_at=NOON
    )  # fmt: skip


def said(came_in: datetime | None) -> str:
    return left_lines(Left(("documents/d/original",), (), 3, 0, came_in), receipt(), DAY)[1]


def test_what_is_left_of_a_document_is_to_be_erased_again() -> None:
    assert said(None) == "LEFT: 1 object, 3 rows; erase it again"
    assert said(NOON - timedelta(days=1)) == said(None)


def test_a_document_that_came_in_again_is_no_remains() -> None:
    again = "it came in again at 2026-03-20 13:00 UTC, and is a document like any other since"

    assert said(NOON + timedelta(hours=1)) == f"LEFT: 1 object, 3 rows; {again}"


def test_a_receipt_that_is_not_the_first_says_so() -> None:
    assert receipt_lines(receipt())[-1] == "receipt: erasures/d/0001.receipt.json"
    again = "receipt: erasures/d/0002.receipt.json; what went before it is in those beside it"
    assert receipt_lines(receipt(2))[-1] == again


def test_until_when_the_bus_keeps_what_it_holds_is_said() -> None:
    def kept(seconds: float) -> str:
        return left_lines(Left((), (), 0, 4, None), None, seconds)[-1]

    until = "until 7 days after they were sent, and every agent is past them"
    assert kept(7 * DAY) == f"4 messages on the bus hold its id and digests, {until}"
    assert kept(math.inf).endswith("for ever (DOCTRAIL_TOPIC_RETENTION_DAYS)")
