"""A value lifted from the page: its words become the record's evidence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from review.sheet.lifting import evidence_at, with_places
from review.sheet.submission import Entry, LiftedCell, Place
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Evidence
from schemas.layout import Box
from schemas.results import RecordField
from store.revisions import standing
from tests.unit.agents.layouts import layout
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import Desk

WHOLE = Place(page=1, x0=0, y0=0, x1=1, y1=1)


def around(*boxes: Box) -> Place:
    return Place(
        page=1,
        x0=min(one.x0 for one in boxes),
        y0=min(one.y0 for one in boxes),
        x1=max(one.x1 for one in boxes),
        y1=max(one.y1 for one in boxes),
    )


def test_words_in_the_place_are_the_evidence_line_by_line() -> None:
    read = layout(("total 9.00 EUR", "paid in cash"))
    first, second = read.pages[0].lines
    found = evidence_at(read, around(first.words[1].box, second.words[1].box))

    assert [(one.line, one.quote) for one in found] == [("1.1", "9.00"), ("1.2", "in cash")]
    assert [read.pages[0].lines[n].text[one.start : one.end] for n, one in enumerate(found)] == [
        "9.00",
        "in cash",
    ]


def test_a_cell_that_was_lifted_has_its_place_and_the_others_have_none() -> None:
    read = layout(("Oil 25 41.80", "Bag 1 0.10"))
    cells = tuple(
        DecidedCell(column=name, value=value) for name, value in (("item", "Oil"), ("amount", None))
    )
    table = DecidedField(name="lines", rows=(DecidedRow(cells=cells), DecidedRow(cells=cells[:1])))
    place = around(read.pages[0].lines[0].words[0].box)
    lifted = [
        LiftedCell(row=row, column=column, box=place)
        for row, column in ((1, "item"), (1, "amount"), (2, "nothing"), (9, "item"))
    ]
    found = with_places(table, lifted, read)

    assert [[one.quote for one in cell.evidence] for row in found.rows for cell in row.cells] == [
        ["Oil"],
        [],
        [],
    ]


def test_a_list_has_a_place_for_each_value_or_says_so() -> None:
    place = Place(page=1, x0=0, y0=0, x1=1, y1=1)

    assert Entry(path="tags", action="add", values=("a", "b"), places=(None, place)).places[1] == place
    with pytest.raises(ValidationError, match="one entry for each"):
        Entry(path="tags", action="add", values=("a", "b"), places=(place,))


@pytest.mark.parametrize(
    "place",
    [Place(page=2, x0=0, y0=0, x1=1, y1=1), Place(page=1, x0=0.99, y0=0.99, x1=1, y1=1)],
)
def test_a_place_without_words_gives_no_evidence(place: Place) -> None:
    assert evidence_at(layout(("total 9.00",)), place) == ()
    assert evidence_at(None, WHOLE) == ()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("value", "found"), [("9.00", "verbatim"), ("9,00", "verbatim"), ("8.50", "inferred")]
)
async def test_what_a_person_lifted_is_the_evidence_of_the_corrected_record(
    desk: Desk, value: str, found: str
) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    words = (await desk.client.get(task["pages"][0]["words"])).json()["lines"][2]["words"]
    box = {"page": 1, **words[1]["box"]}
    entry = {"path": "total", "action": "correct", "value": value, "source": "lifted", "box": box}

    assert (await desk.decide(task, [entry])).status_code == 200
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    revision = await standing(desk.workshop.store, document_id)
    assert revision is not None
    record = await desk.workshop.read(revision.record)
    field = next(
        RecordField.model_validate(one) for one in record["fields"] if one["field"]["name"] == "total"
    )
    reading = field.field.readings[0]
    assert (reading.evidence_class.value, reading.raw) == (found, value)
    assert [(one.line, one.quote) for one in reading.evidence] == [("1.3", "9.00")]
    assert isinstance(reading.evidence[0], Evidence)
