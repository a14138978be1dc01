"""A person's table over what a model read: values as decided, evidence wherever the model read the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from agents.validation.people import as_field
from doctypes.schema_file import parse_schema
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Cell, Evidence, EvidenceClass, FieldState, FieldValue, Reading, Row
from schemas.layout import Box
from tests.unit.agents.bills import SCHEMA

BILL = parse_schema(json.dumps(SCHEMA).encode(), "bill")
LINES = BILL.field("lines")
BOX = Box(x0=0.1, y0=0.1, x1=0.5, y1=0.2)
Values = tuple[str | None, str | None, str | None]


def read(*rows: Values) -> FieldValue:
    """Return a table as a model read it, row n on line 1.n."""
    return FieldValue(
        name="lines",
        state=FieldState.VALUE,
        columns=LINES.column_names,
        rows=tuple(
            Row(
                cells=tuple(
                    _cell(name, value, n) for name, value in zip(LINES.column_names, row, strict=True)
                )
            )
            for n, row in enumerate(rows, start=1)
        ),
    )


def _cell(name: str, value: str | None, number: int) -> Cell:
    if value is None:
        return Cell(name=name, state=FieldState.ABSENT)
    place = Evidence(page=1, line=f"1.{number}", start=0, end=len(value), box=BOX, quote=value)
    reading = Reading(raw=value, value=value, evidence=(place,), evidence_class=EvidenceClass.VERBATIM)
    return Cell(name=name, state=FieldState.VALUE, readings=(reading,))


def decided(*rows: tuple[int | None, Values]) -> DecidedField:
    return DecidedField(
        name="lines",
        rows=tuple(
            DecidedRow(
                origin=origin,
                cells=tuple(
                    DecidedCell(column=c, value=v) for c, v in zip(LINES.column_names, values, strict=True)
                ),
            )
            for origin, values in rows
        ),
    )


def lines_of(field: FieldValue) -> list[set[str]]:
    """Return, per row, the lines its evidence stands on."""
    return [{e.line for c in row.cells for r in c.readings for e in r.evidence} for row in field.rows]


def values_of(field: FieldValue) -> list[Values]:
    return [tuple(cell.value for cell in row.cells) for row in field.rows]  # type: ignore[misc]


BREAD: Values = ("Rye bread", "2", "8.00")
ROLL: Values = ("Roll", "2", "1.00")
BAG: Values = ("Bag", None, "1.00")


@given(st.permutations([1, 2, 3, 4]), st.booleans())
def test_a_table_that_is_only_put_in_order_keeps_all_its_evidence(order: list[int], numbered: bool) -> None:
    rows = (BREAD, ROLL, BAG, BREAD)
    changed = decided(*((number if numbered else None, rows[number - 1]) for number in order))

    field = as_field(LINES, changed, read(*rows), BILL)

    assert values_of(field) == [rows[number - 1] for number in order]
    assert all(field.cells[n].grounded for n in range(12))
    found = lines_of(field)
    assert sorted(next(iter(lines)) for lines in found) == ["1.1", "1.2", "1.3", "1.4"]
    if numbered:
        assert found == [{f"1.{number}"} for number in order]


def test_rows_are_found_again_in_what_another_run_read() -> None:
    earlier = decided((1, BREAD), (2, ROLL))

    field = as_field(LINES, earlier, read(BAG, ROLL, BREAD), BILL)

    assert lines_of(field) == [{"1.3"}, {"1.2"}]


def test_a_corrected_row_keeps_the_evidence_of_its_other_cells() -> None:
    field = as_field(LINES, decided((1, ("Rye bread", "3", "8.00"))), read(BREAD, ROLL), BILL)

    (row,) = field.rows
    assert [bool(cell.readings[0].evidence) for cell in row.cells] == [True, False, True]
    assert row.cell("quantity").readings[0].evidence_class is EvidenceClass.INFERRED


def test_a_row_whose_number_means_another_row_now_borrows_no_evidence() -> None:
    field = as_field(LINES, decided((1, ("Cake", "1", "1.00"))), read(BREAD, ROLL), BILL)

    assert lines_of(field) == [set()]


def test_a_table_over_a_run_that_read_none_stands_without_evidence() -> None:
    for model in (None, FieldValue(name="lines", state=FieldState.MISSING, columns=LINES.column_names)):
        field = as_field(LINES, decided((1, BREAD)), model, BILL)

        assert (field.state, values_of(field), lines_of(field)) == (FieldState.VALUE, [BREAD], [set()])


def test_a_value_that_a_person_lifted_into_a_cell_has_the_place_he_lifted_it_from() -> None:
    model = read(("Nougat", "20", "81.90"))
    given_by = decided((1, ("Nougat", "25", "81.90")))
    shown = Evidence(page=2, line="2.7", start=3, end=5, box=BOX, quote="25")
    name = LINES.column_names[1]
    cells = tuple(
        cell.model_copy(update={"evidence": (shown,)} if cell.column == name else {})
        for cell in given_by.rows[0].cells
    )
    lifted = given_by.model_copy(update={"rows": (DecidedRow(origin=1, cells=cells),)})

    first, second, _ = as_field(LINES, lifted, model, BILL).rows[0].cells[:3]

    assert second.readings[0].evidence == (shown,)
    assert second.readings[0].evidence_class is EvidenceClass.VERBATIM
    assert first.readings[0].evidence == model.rows[0].cells[0].readings[0].evidence
