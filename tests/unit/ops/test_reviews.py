"""A person's decision: the sheet it is made on, the file it comes in, and that it is made once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bus.sqlite import SqliteBus
from catalog.database import Catalog
from ops.identify import UnknownIdError
from ops.reviews.decide import HandedIn, Review, ReviewClosedError, hand_in, load_review
from ops.reviews.file import read_decision
from ops.reviews.queue import UnknownReviewError, find_review, waiting
from ops.reviews.sheet import sheet
from review.values import UNDECIDED, DecisionFileError
from schemas.decided import Decision
from schemas.documents import DocumentDropped
from schemas.fields import FieldKind
from schemas.handling import Outgoing
from schemas.records import DecisionKind, ReviewDecided
from schemas.topics import READ
from store.submissions import Cause, keep_cause
from tests.unit.agents.layouts import layout
from tests.unit.agents.workshop import DOUBTFUL, SURE, Workshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NEITHER_SURE = "SLIP\nshop? Corner Bakery Ltd\ntotal? 9.00\n"
STRANGE = "A letter about nothing.\n"


async def asked(workshop: Workshop, text: str, **facts: Any) -> Review:
    """Submit ``text`` and return the review it leads to."""
    document_id = await workshop.submit(text, **facts)
    request = workshop.events("reviews.requested")[-1]
    return await load_review(workshop.store, document_id, request["run_id"], request["review_id"])


def decided(review: Review, content: object, *, reviewer: str = "ann", at: datetime = NOW) -> Decision:
    return read_decision(json.dumps(content).encode(), review, reviewer=reviewer, now=at)


async def sent(bus: SqliteBus) -> list[Outgoing]:
    """Return every decision on the bus."""
    async with bus.consumer([ReviewDecided.event], "test") as consumer:
        records = await consumer.poll(100, 0.1)
    return [Outgoing(record.topic, record.key, "", record.body) for record in records]


async def test_an_exported_sheet_names_what_is_in_doubt_and_why(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    made = sheet(review, name="slip.txt")

    assert list(made["fields"]) == ["total"]
    assert made["fields"]["total"]["value"] == "9.00"
    assert made["fields"]["total"]["raw"] == ["9.00"]
    assert made["fields"]["total"]["reasons"] == ["the value is doubtful"]
    assert made["fields"]["total"]["evidence"][0]["quote"] == "9.00"
    assert list(made["other_fields"]) == ["shop", "note"]
    assert made["known_types"] == ["slip"]


async def test_a_sheet_handed_in_as_it_is_confirms_the_doubtful_fields_alone(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    decision = decided(review, sheet(review, name=None))

    assert decision.kind is DecisionKind.FIELDS
    assert [(field.name, field.value) for field in decision.fields] == [("total", "9.00")]


def with_a_presence(review: Review) -> Review:
    """Return the review of a type whose note is a thing that is there or not."""
    assert review.doc_type is not None
    fields = tuple(
        spec.model_copy(update={"kind": FieldKind.PRESENCE}) if spec.name == "note" else spec
        for spec in review.doc_type.fields
    )
    return replace(
        review,
        doc_type=review.doc_type.model_copy(update={"fields": fields}),
        layout=layout(("SLIP", "shop: Corner Bakery", "Signed by both parties")),
    )


async def test_a_file_that_says_a_thing_is_there_shows_where(workshop: Workshop) -> None:
    review = with_a_presence(await asked(workshop, DOUBTFUL))

    def noted(note: object) -> Decision:
        return decided(review, {"fields": {"total": "9.00"}, "other_fields": {"note": note}})

    shown = noted({"value": "yes", "evidence": [{"page": 1, "quote": "Bakery signed by"}]})

    (note,) = [one for one in shown.fields if one.name == "note"]
    assert [(one.line, one.quote) for one in note.evidence] == [("1.2", "Bakery"), ("1.3", "Signed by")]
    assert [one.value for one in noted("no").fields if one.name == "note"] == ["no"]
    for note_given, why in (
        ("yes", "is a presence: say in 'evidence' where it stands"),
        ({"value": "yes", "evidence": []}, "or null where the document has none"),
        ({"value": "yes", "evidence": [{"page": 1, "quote": "sealed"}]}, "page 1 does not say 'sealed'"),
        ({"value": "yes", "evidence": [{"page": 2, "quote": "Signed by"}]}, "page 2 does not say"),
        ({"value": "yes", "evidence": [{"page": 1, "quote": " "}]}, "page 1 does not say"),
        ({"value": "yes", "evidence": [{"page": "one", "quote": "Signed"}]}, "say in 'evidence' where"),
        ({"value": "yes", "evidence": "Signed by"}, "say in 'evidence' where"),
        ({"value": "yes", "evidence": ["Signed by"]}, "say in 'evidence' where"),
    ):
        with pytest.raises(DecisionFileError, match=why):
            noted(note_given)


async def test_a_decision_becomes_the_accepted_record(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)

    handed = await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))
    await workshop.drive(await sent(bus))

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    total = next(f for f in record["fields"] if f["field"]["name"] == "total")
    assert (handed.again, completed["decision_id"]) == (False, handed.decision.decision_id)
    assert (total["decision"], total["field"]["readings"][0]["value"]) == ("human", "19.00")


async def test_handing_the_same_file_in_twice_is_one_decision_in_the_same_bytes(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    first = decided(review, {"fields": {"total": "19.00"}})
    later = decided(
        review, {"fields": {"total": "19,00"}}, reviewer="bob", at=datetime(2026, 12, 1, tzinfo=UTC)
    )

    results = [await hand_in(workshop.store, bus, review, decision) for decision in (first, first)]
    bodies = {message.body for message in await sent(bus)}

    assert [result.again for result in results] == [False, True]
    assert results[0].decision == results[1].decision == first
    assert len(bodies) == 1
    assert later.decision_id != first.decision_id, "what was written is part of what was decided"


async def test_the_id_of_a_decision_does_not_depend_on_who_and_when(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    ann = decided(review, {"fields": {"total": "19.00"}}, reviewer="ann")
    bob = decided(
        review, {"fields": {"total": "19.00"}}, reviewer="bob", at=datetime(2026, 12, 1, tzinfo=UTC)
    )

    await hand_in(workshop.store, bus, review, ann)
    again = await hand_in(workshop.store, bus, review, bob)

    assert again == HandedIn(ann, again=True)


async def test_a_decided_review_refuses_another_decision_and_says_whose_stands(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))

    with pytest.raises(ReviewClosedError, match="decided already by 'ann' at 2026-11-21 12:00 UTC"):
        await hand_in(workshop.store, bus, review, decided(review, {"reject": True}))


async def test_a_review_that_a_newer_run_overtook_is_refused(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)
    workshop.prompt_version = "2.0"
    release = await workshop.digest(NOW)
    cause = Cause(cause_id="0" * 64, kind="force", release_digest=release, at=NOW)
    await keep_cause(workshop.store, cause)
    again = DocumentDropped(document_id=review.document_id, cause_id=cause.cause_id)
    await workshop.drive([workshop.message(again, event_id="1" * 64, subject=review.document_id)])

    with pytest.raises(ReviewClosedError, match="superseded: run 2 of the document is newer than run 1"):
        await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))


async def test_a_decision_kept_but_never_announced_is_announced_when_handed_in_again(
    workshop: Workshop, tmp_path: Path, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    decision = decided(review, {"fields": {"total": "19.00"}})
    async with SqliteBus(tmp_path / "other.db", now=lambda: NOW) as other:
        await other.ensure_topics(tuple(READ))
        await hand_in(workshop.store, other, review, decision)

    await hand_in(workshop.store, bus, review, decision)

    assert len(await sent(bus)) == 1


async def test_a_type_in_doubt_is_decided_by_naming_it(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, STRANGE)

    with pytest.raises(DecisionFileError, match="asks what the document is: set 'doc_type' to one of slip"):
        decided(review, sheet(review, name=None))
    decision = decided(review, {"doc_type": "slip", "comment": "a slip without its heading"})
    await hand_in(workshop.store, bus, review, decision)
    await workshop.drive(await sent(bus))

    assert decision.kind is DecisionKind.TYPE
    assert workshop.events("documents.classified")[-1]["decided_by"] == "human"


async def test_a_rejection_by_a_person_becomes_a_rejected_record(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)

    await hand_in(workshop.store, bus, review, decided(review, {"reject": True}))
    await workshop.drive(await sent(bus))

    assert workshop.events("records.completed")[-1]["status"] == "rejected"


async def test_a_possible_duplicate_is_accepted_once_a_person_has_looked(
    workshop: Workshop, bus: SqliteBus
) -> None:
    await workshop.submit(SURE)
    review = await asked(workshop, "SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\nnote: again\n")

    await hand_in(workshop.store, bus, review, decided(review, sheet(review, name=None)))
    await workshop.drive(await sent(bus))

    assert review.record.reasons[0].startswith("possible duplicate of")
    assert [event["status"] for event in workshop.events("records.completed")] == ["accepted", "accepted"]


async def test_a_sure_field_that_a_person_corrects_on_the_sheet_is_decided_too(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)
    edited = sheet(review, name=None)
    edited["other_fields"]["shop"]["value"] = "Corner Bakery Limited"

    decision = decided(review, edited)

    assert [field.name for field in decision.fields] == ["shop", "total"]


async def test_numbers_in_the_file_are_taken_as_they_are_written(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    decision = read_decision(b'{"fields": {"total": 1140.10}}', review, reviewer="ann", now=NOW)

    assert decision.fields[0].value == "1140.10"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"fields": {}}, "field 'total' is doubtful and not decided"),
        ({"feilds": {"total": "1.00"}}, "key 'feilds' that means nothing here; did you mean 'fields'"),
        ({"fields": {"totl": "1.00", "total": "1.00"}}, "declares no field 'totl'; did you mean 'total'"),
        (
            {"fields": {"total": "a few"}},
            "field 'total': 'a few' can't be read as money; write it as 1140.00",
        ),
        ({"fields": {"total": ""}}, "field 'total' is empty; write null"),
        ({"fields": {"total": UNDECIDED}}, "field 'total' is still '?'"),
        ({"fields": {"total": ["1.00"]}}, "field 'total' takes one value as text, or null"),
        ({"fields": {"total": {"raw": "1.00"}}}, "field 'total' has no 'value'"),
        ({"fields": ["total"]}, "fields must be an object"),
        ({"fields": {"total": "1.00"}, "other_fields": {"total": "2.00"}}, "'fields' and in 'other_fields'"),
        ({"reject": "yes"}, "reject must be true or false"),
        ({"doc_type": "lease"}, "doc_type 'lease' is not set up in this release; choose from slip"),
        ({"doc_type": "slip"}, "is what the document was taken for"),
        ({"review_id": "another"}, "review_id is 'another': this file belongs to another review"),
        ({"comment": ["x"]}, "comment must be text"),
        ([], "must hold one JSON object"),
    ],
)
async def test_a_wrong_file_is_refused_by_the_name_of_what_is_wrong(
    workshop: Workshop, content: object, sentence: str
) -> None:
    review = await asked(workshop, DOUBTFUL)

    with pytest.raises(DecisionFileError) as refused:
        decided(review, content)

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "not JSON: line 1, column 2"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b'{"reject": true, "reject": false}', "key 'reject' is given twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (4 * 1024 * 1024 + 1), "a decision has at most"),
    ],
)
async def test_bytes_that_are_no_decision_are_refused_in_one_sentence(
    workshop: Workshop, data: bytes, sentence: str
) -> None:
    review = await asked(workshop, DOUBTFUL)

    with pytest.raises(DecisionFileError, match=sentence):
        read_decision(data, review, reviewer="ann", now=NOW)


async def test_every_doubtful_field_left_out_is_named(workshop: Workshop) -> None:
    review = await asked(workshop, NEITHER_SURE)

    with pytest.raises(DecisionFileError, match=r"field 'shop' is doubtful .* \(also: total\)"):
        decided(review, {"fields": {}})


async def test_null_says_that_the_document_does_not_have_the_field(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    (field,) = decided(review, {"fields": {"total": None}}).fields

    assert (field.name, field.value, field.values) == ("total", None, ())


async def test_a_review_of_a_run_that_never_asked_for_it_is_refused(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    with pytest.raises(ReviewClosedError, match="never asked for review"):
        await load_review(workshop.store, review.document_id, review.manifest.run_id, "4" * 36)


async def test_the_queue_lists_what_waits_with_the_reasons(workshop: Workshop, catalog: Catalog) -> None:
    review = await asked(workshop, DOUBTFUL)

    (line,) = [line async for line in waiting(workshop.store, catalog)]

    assert (line.review_id, line.document_id, line.doc_type) == (review.review_id, review.document_id, "slip")
    assert line.reasons == ("total: the value is doubtful",)
    assert line.doubts == ("total 0.40 < 0.80",)


async def test_a_review_is_found_by_its_id_a_prefix_or_its_document(
    workshop: Workshop, catalog: Catalog
) -> None:
    review = await asked(workshop, DOUBTFUL)

    names = (review.review_id, review.review_id[:6], review.document_id, review.document_id[:8])
    found = [await find_review(workshop.store, catalog, name) for name in names]

    assert {place.review_id for place in found} == {review.review_id}


async def test_a_document_that_waits_for_nobody_has_no_review(workshop: Workshop, catalog: Catalog) -> None:
    document_id = await workshop.submit(SURE)

    with pytest.raises(UnknownReviewError, match="waits for no review: it is accepted"):
        await find_review(workshop.store, catalog, document_id)
    with pytest.raises(UnknownIdError):
        await find_review(workshop.store, catalog, "nothing-like-it")
