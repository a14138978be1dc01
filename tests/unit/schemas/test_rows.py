"""Tables in artifacts: every one comes back from its JSON equal, and plain fields' JSON knows no tables."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import stored_json
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Cell, Evidence, EvidenceClass, FieldState, FieldValue, Reading, Row
from schemas.layout import Box

BOX = Box(x0=0.1, y0=0.1, x1=0.5, y1=0.2)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
UNIT = st.none() | st.floats(0, 1)


def readings(evidence_class: EvidenceClass) -> st.SearchStrategy[Reading]:
    evidence = st.builds(
        Evidence, page=st.just(2), line=st.just("2.7"), start=st.just(0), end=st.just(4), box=st.just(BOX),
        quote=TEXT,
    )  # fmt: skip
    return st.builds(
        Reading,
        raw=TEXT,
        value=st.none() | TEXT,
        confidence=UNIT,
        evidence=st.lists(evidence, max_size=2).map(tuple),
        evidence_class=st.just(evidence_class),
    )


def cells(column: str) -> st.SearchStrategy[Cell]:
    found = readings(EvidenceClass.NORMALISED)
    return st.builds(
        Cell,
        name=st.just(column),
        state=st.sampled_from(FieldState),
        readings=st.lists(found, max_size=1).map(tuple),
        confidence=UNIT,
        alternatives=st.lists(found, max_size=2).map(tuple),
        note=st.none() | TEXT,
    )


@st.composite
def tables(draw: st.DrawFn) -> FieldValue:
    columns = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
    row = st.tuples(*[cells(column) for column in columns]).map(lambda drawn: Row(cells=drawn))
    return FieldValue(
        name="lines",
        state=draw(st.sampled_from(FieldState)),
        confidence=draw(UNIT),
        columns=tuple(columns),
        rows=tuple(draw(st.lists(row, max_size=4))),
    )


@given(tables())
def test_a_table_comes_back_from_its_json_equal(table: FieldValue) -> None:
    data = stored_json(table)

    again = FieldValue.model_validate_json(data)

    assert again == table
    assert stored_json(again) == data
    assert len(again.cells) == len(table.rows) * len(table.columns)


@given(
    st.lists(st.builds(DecidedCell, column=TEXT, raw=st.none() | TEXT, value=st.none() | TEXT), max_size=4)
)
def test_a_decided_table_comes_back_from_its_json_equal(given_cells: list[DecidedCell]) -> None:
    row = DecidedRow(origin=1, cells=tuple(given_cells))
    decided = DecidedField(name="lines", rows=(row, row.model_copy(update={"origin": None})))

    assert DecidedField.model_validate_json(stored_json(decided)) == decided


def test_the_json_of_a_plain_field_and_of_its_decision_has_no_word_of_tables() -> None:
    field = FieldValue(name="total", state=FieldState.ABSENT)

    assert list(json.loads(stored_json(field))) == [
        "name", "state", "readings", "confidence", "alternatives", "note",
    ]  # fmt: skip
    assert list(json.loads(stored_json(DecidedField(name="total")))) == ["name", "raw", "value", "values"]


def test_a_plain_field_is_its_own_cell_and_a_table_has_the_cells_of_its_rows() -> None:
    ungrounded = Reading(raw="x", value="x", evidence_class=EvidenceClass.UNGROUNDED)
    cell = Cell(name="a", state=FieldState.VALUE, readings=(ungrounded,))
    plain = FieldValue(name="total", state=FieldState.VALUE, readings=(ungrounded,))
    table = FieldValue(
        name="lines", state=FieldState.VALUE, columns=("a",), rows=(Row(cells=(cell,)), Row(cells=(cell,)))
    )

    assert (plain.cells, table.cells) == ((plain,), (cell, cell))
    assert (plain.grounded, table.grounded, table.value) == (False, False, None)
    assert table.rows[0].cell("a") is cell
    with pytest.raises(KeyError):
        table.rows[0].cell("b")
