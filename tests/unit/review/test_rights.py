"""What people do touches nothing in the store that their service is not granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.queue.lanes import LanePolicy
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.watching import refusals, watching
from tests.unit.review.api import corrected, open_desk

pytestmark = pytest.mark.anyio

AUDITED = LanePolicy(audit_rate=1.0, all_fields_share=0.0, double_share=0.0, blind_share=0.0)


async def test_deciding_and_telling_touch_no_folder_that_the_table_does_not_grant(folder: Path) -> None:
    workshop = await watching()
    async with open_desk(folder, policy=AUDITED, workshop=workshop) as desk:
        for document in (DOUBTFUL, SURE):
            await workshop.submit(document)
        # What was put into the inbox for them is another role's to put.
        workshop.watched.met.clear()
        for _ in range(2):
            task = await desk.claim()
            fields = [
                corrected("8,50") if one["path"] == "total" else {"path": one["path"], "action": "absent"}
                for one in task["fields"]
            ]
            assert (await desk.decide(task, fields)).status_code == 200
            desk.clock.on(seconds=15)
            await desk.publisher.once()
            assert workshop.watched.met
            workshop.watched.assert_granted("review")

    assert desk.bus.sent


async def test_a_review_of_an_erased_document_that_is_asked_for_too_late_is_refused_as_that(
    folder: Path,
) -> None:
    workshop = await watching()
    async with open_desk(folder, policy=AUDITED, workshop=workshop):
        document_id = await workshop.submit(DOUBTFUL)

        assert "review" in await refusals(workshop, document_id)
