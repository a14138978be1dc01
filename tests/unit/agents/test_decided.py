"""What people decide about a document: its fields, its type, and that it is none."""

from __future__ import annotations

import pytest

from schemas.decided import DecidedField
from schemas.records import DecisionKind
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.agents.workshop import Workshop, decision

pytestmark = pytest.mark.anyio


async def test_a_correction_becomes_the_record(workshop: Workshop) -> None:
    document_id = await workshop.submit(DOUBTFUL)

    await workshop.decide(
        decision(workshop, document_id, fields=(DecidedField(name="total", value="19.00"),))
    )

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    total = record["fields"][1]
    assert (completed["status"], completed["revision"]) == ("accepted", 1)
    assert (total["decision"], total["field"]["readings"][0]["value"]) == ("human", "19.00")
    assert total["model_field"]["readings"][0]["value"] == "9.00"


async def test_a_correction_outlives_a_later_run(workshop: Workshop) -> None:
    document_id = await workshop.submit(DOUBTFUL)
    await workshop.decide(
        decision(workshop, document_id, fields=(DecidedField(name="total", value="19.00"),))
    )
    workshop.prompt_version = "1.1"

    await workshop.submit(DOUBTFUL, name="copy.txt")

    latest = workshop.events("records.completed")[-1]
    record = await workshop.read(latest["record"])
    assert latest["revision"] == 2
    assert record["fields"][1]["field"]["readings"][0]["value"] == "19.00"


async def test_a_decision_that_leaves_a_doubtful_field_open_asks_again(workshop: Workshop) -> None:
    document_id = await workshop.submit("SLIP\nshop? Corner Bakery Ltd\ntotal? 9.00\n")

    await workshop.decide(decision(workshop, document_id, fields=(DecidedField(name="total", value="9.00"),)))

    assert workshop.events("records.completed") == []
    assert len(workshop.events("reviews.requested")) == 2


async def test_a_person_can_say_what_type_a_document_is(workshop: Workshop) -> None:
    text = "some paper\nshop: Corner Bakery Ltd\ntotal: 9.00\n"
    document_id = await workshop.submit(text)

    await workshop.decide(decision(workshop, document_id, kind=DecisionKind.TYPE, doc_type="slip"))

    classified = workshop.events("documents.classified")[-1]
    (completed,) = workshop.events("records.completed")
    assert (classified["decided_by"], classified["route"]) == ("human", "extract")
    assert (completed["status"], completed["run_id"]) == ("accepted", classified["run_id"])


async def test_a_person_can_say_that_it_is_no_document(workshop: Workshop) -> None:
    document_id = await workshop.submit("a napkin")

    await workshop.decide(decision(workshop, document_id, kind=DecisionKind.REJECTION))

    (completed,) = workshop.events("records.completed")
    assert completed["status"] == "rejected"
    assert (await workshop.read(completed["record"]))["reason"] == "not_a_document"


async def test_a_decided_type_outlives_a_later_run(workshop: Workshop) -> None:
    text = "some paper\nshop: Corner Bakery Ltd\ntotal: 9.00\n"
    document_id = await workshop.submit(text)
    await workshop.decide(decision(workshop, document_id, kind=DecisionKind.TYPE, doc_type="slip"))
    workshop.prompt_version = "1.1"

    await workshop.submit(text, name="copy.txt")

    assert workshop.events("documents.classified")[-1]["decided_by"] == "human"
    assert workshop.events("records.completed")[-1]["revision"] == 2
