"""A person's decision as a file: the sheet it is made on, and what such a file may say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.reviews.decide import Review
from ops.reviews.file import read_decision
from ops.reviews.sheet import sheet
from review.sheet.values import UNDECIDED, DecisionFileError
from schemas.decided import Decision
from schemas.fields import FieldKind
from schemas.records import DecisionKind
from tests.unit.agents.layouts import layout
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.agents.workshop import Workshop
from tests.unit.ops.deciding import NOW, asked, decided

pytestmark = pytest.mark.anyio

NEITHER_SURE = "SLIP\nshop? Corner Bakery Ltd\ntotal? 9.00\n"


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
