"""One document through the four agents, and what a redelivery, a rerun and a person change about it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from schemas.errors import PermanentError
from store import keys
from store.memory import SimulatedCrash
from store.revisions import revisions
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


async def test_a_document_without_doubt_becomes_an_accepted_record(workshop: Workshop) -> None:
    document_id = await workshop.submit(SURE)

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    assert (completed["record_id"], completed["revision"], completed["status"]) == (
        document_id,
        1,
        "accepted",
    )
    assert [f["decision"] for f in record["fields"]] == ["accepted", "accepted", "optional_absent"]
    assert record["coverage"] == {
        "declared": 3,
        "with_value": 2,
        "absent": 1,
        "missing": [],
        "cannot_tell": [],
    }


async def test_a_doubtful_field_goes_to_review_with_its_arithmetic(workshop: Workshop) -> None:
    await workshop.submit(DOUBTFUL)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert workshop.events("records.completed") == []
    assert record["fields"][1]["arithmetic"] == "0.40 < 0.80 → review"
    assert record["reasons"] == ["total: the value is doubtful"]


async def test_a_file_that_cannot_be_read_is_rejected_with_its_reason(workshop: Workshop) -> None:
    await workshop.submit("REFUSE password_required")

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    assert (completed["status"], record["reason"]) == ("rejected", "password_required")
    assert record["reasons"] == ["password required: submit a copy without a password"]


async def test_a_document_without_text_is_rejected(workshop: Workshop) -> None:
    await workshop.submit("\n")

    (completed,) = workshop.events("records.completed")
    assert (completed["status"], (await workshop.read(completed["record"]))["reason"]) == (
        "rejected",
        "no_text",
    )


async def test_a_document_of_unknown_type_goes_to_review_without_fields(workshop: Workshop) -> None:
    await workshop.submit("a letter\nto a friend")

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert (record["doc_type"], record["fields"]) == ("unknown", [])
    assert record["reasons"] == ["the document resembles none of the known types"]


async def test_every_message_may_be_delivered_again_and_publishes_the_same_bytes(workshop: Workshop) -> None:
    _, dropped = await workshop.drop(SURE)
    await workshop.drive([dropped])
    first, workshop.published = list(workshop.published), []
    asked = len(workshop.model.requests)

    workshop.restart()
    await workshop.drive([dropped])

    assert workshop.published == first
    assert len(workshop.model.requests) == asked
    assert workshop.reader.reads == 1


async def test_a_crash_after_any_write_loses_and_repeats_nothing() -> None:
    undisturbed = Workshop()
    await undisturbed.submit(SURE)
    writes = [
        key for key in undisturbed.store.objects if not key.startswith(("inbox/", "bundles/", "models/"))
    ]

    for key in writes:
        workshop = Workshop()
        document_id, dropped = await workshop.drop(SURE)
        workshop.store.fail("create", key, moment="after", error=SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await workshop.drive([dropped])
        workshop.restart()
        workshop.published.clear()
        await workshop.drive([dropped])

        (completed,) = workshop.events("records.completed")
        assert (completed["record_id"], completed["revision"]) == (document_id, 1), key
        replies = [k for k in workshop.store.objects if "/replies/" in k]
        assert len(replies) == 2, key
        assert len(workshop.model.requests) <= 2, key


async def test_the_same_bytes_under_another_name_are_the_same_document_and_compute_nothing(
    workshop: Workshop,
) -> None:
    await workshop.submit(SURE)
    asked, sent = len(workshop.model.requests), len(workshop.published)

    document_id = await workshop.submit(SURE, name="copy.txt")

    assert (len(workshop.model.requests), len(workshop.published)) == (asked, sent + 1)
    first, again = workshop.events("documents.submitted")
    assert (first.get("known"), again["known"], again["run_id"]) == (None, True, first["run_id"])
    assert again["submission_id"] != first["submission_id"]
    submissions = [k for k in workshop.store.objects if k.startswith("submissions/")]
    linked = [k for k in workshop.store.objects if k.startswith(f"documents/{document_id}/links/")]
    assert (len(submissions), len(linked) >= 2) == (2, True)


async def test_a_new_prompt_reaches_known_bytes_under_a_new_name_and_reuses_the_classification(
    workshop: Workshop,
) -> None:
    await workshop.submit(SURE)
    workshop.prompt_version = "1.1"

    document_id = await workshop.submit(SURE, name="copy.txt")

    first, second = workshop.events("records.completed")
    assert (first["revision"], second["revision"], second["supersedes"]) == (1, 2, 1)
    assert workshop.reader.reads == 1
    results = [k for k in workshop.store.objects if k.startswith(f"documents/{document_id}/results/")]
    assert sum("/gatekeeper/" in key for key in results) == 1
    assert sum("/extraction/" in key for key in results) == 2


async def test_a_run_that_ends_after_a_newer_one_takes_no_revision(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    (older,) = await workshop.deliver(workshop.handler("intake"), dropped)
    workshop.prompt_version = "1.1"
    await workshop.submit(SURE, name="copy.txt")

    await workshop.drive([older])

    (completed,) = workshop.events("records.completed")
    assert completed["run_id"] != json.loads(older.body)["data"]["run_id"]
    taken = [(revision.number, revision.run_id) for revision in await revisions(workshop.store, document_id)]
    assert taken == [(1, completed["run_id"])]


async def test_a_promotion_in_the_middle_of_a_run_changes_nothing_of_it(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    (submitted,) = await workshop.deliver(workshop.handler("intake"), dropped)
    pinned = json.loads(submitted.body)["data"]["run_id"]

    workshop.prompt_version = "2.0"
    await workshop.digest(workshop.now())
    await workshop.drive([submitted])
    await workshop.deliver(workshop.handler("intake"), dropped)

    (completed,) = workshop.events("records.completed")
    extraction = next(k for k in workshop.store.objects if "/results/extraction/" in k)
    assert completed["run_id"] == pinned
    assert json.loads(workshop.store.objects[extraction])["prompt_version"] == "1.0"
    assert len([k for k in workshop.store.objects if k.startswith(f"documents/{document_id}/runs/")]) == 1


async def test_two_documents_with_one_business_key_are_possible_duplicates(workshop: Workshop) -> None:
    first = await workshop.submit(SURE)

    await workshop.submit(SURE + "note: a second copy\n")

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["duplicates"] == [first]
    assert record["reasons"] == [f"possible duplicate of {first[:12]}: the same business key"]


async def test_a_duplicate_is_known_in_other_letters_and_marks(workshop: Workshop) -> None:
    first = await workshop.submit(SURE)

    await workshop.submit("SLIP\nshop: CORNER BAKERY LTD.\ntotal: 9.00\n")

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["duplicates"] == [first]


async def test_a_broken_rule_goes_to_review_with_its_numbers(workshop: Workshop) -> None:
    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal: -9.00\n")

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["rules"][0]["verdict"] == "broken"
    assert record["reasons"] == ["total: rule total_is_positive is broken: total is -9.00"]


async def test_a_value_that_stands_nowhere_on_the_page_is_never_accepted(workshop: Workshop) -> None:
    invented = {"readings": [{"value": "77.00", "quote": "77.00", "lines": ["1.1"]}], "confidence": 1.0}
    workshop.answers = {"total": invented, "shop": invented, "note": invented}
    workshop.answers.pop("shop")
    workshop.answers.pop("note")

    await workshop.submit(SURE)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["fields"][1]["field"]["readings"][0]["evidence_class"] == "ungrounded"
    assert "total: the value was not found on the page" in record["reasons"]


async def test_an_answer_of_another_shape_is_a_permanent_error_that_names_the_place(
    workshop: Workshop,
) -> None:
    workshop.answers = {"total": {"amount": "9.00"}}

    with pytest.raises(PermanentError, match="total") as caught:
        await workshop.submit(SURE)

    assert caught.value.reason == "model_answer_shape"
    attempt = next(k for k in workshop.store.objects if "/trail/" in k and "/extraction/" in k)
    assert json.loads(workshop.store.objects[attempt])["ended"] == "failed"


async def test_a_trail_that_cannot_be_written_does_not_discard_the_work(workshop: Workshop) -> None:
    workshop.store.fail("create", "/trail/", times=100)

    await workshop.submit(SURE)

    assert workshop.events("records.completed")[0]["status"] == "accepted"


async def test_a_ref_outside_the_inbox_is_refused(workshop: Workshop) -> None:
    _, dropped = await workshop.drop(SURE)
    foreign = replace(dropped, body=dropped.body.replace(b'"inbox/', b'"models/'))

    with pytest.raises(PermanentError, match="inbox/"):
        await workshop.deliver(workshop.handler("intake"), foreign)

    assert not [key for key in workshop.store.objects if key.startswith("documents/")]


async def test_a_missing_pinned_part_fails_by_name(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(SURE)
    (submitted,) = await workshop.deliver(workshop.handler("intake"), dropped)
    run_id = json.loads(submitted.body)["data"]["run_id"]
    del workshop.store.objects[keys.run(run_id)]

    with pytest.raises(PermanentError, match=run_id):
        await workshop.deliver(workshop.handler("gatekeeper"), submitted)

    assert document_id not in str(workshop.published)
