"""Tables in artifacts: every declared column once in every row, every cell accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Cell, EvidenceClass, FieldState, FieldValue, Reading, Row
from schemas.records import RecordStatus
from schemas.results import (
    ArtifactKind,
    CellDoubt,
    CellPlace,
    Coverage,
    FieldDecision,
    RecordField,
    TableCoverage,
)
from store.artifacts import check_artifact, serialise
from tests.unit.store import made


def row(*states: FieldState, columns: tuple[str, ...] = ("item", "amount")) -> Row:
    return Row(
        cells=tuple(
            Cell(name=name, state=state, readings=(made.READING,) if state is FieldState.VALUE else ())
            for name, state in zip(columns, states, strict=True)
        )
    )


VALUE, ABSENT, MISSING = FieldState.VALUE, FieldState.ABSENT, FieldState.MISSING
LINES = FieldValue(
    name="lines", state=VALUE, columns=("item", "amount"), rows=(row(VALUE, VALUE), row(VALUE, ABSENT))
)
TABLE = TableCoverage(field="lines", rows=2, columns=2, with_value=3, absent=1)


def of_extraction(**changes: Any) -> list[str]:
    """Return what is wrong with an extraction whose table has ``changes``."""
    field = LINES.model_copy(update=changes)
    value = made.EXTRACTION.model_copy(update={"fields": (made.TOTAL, field)})
    return check_artifact(ArtifactKind.EXTRACTION, made.EXTRACTION_KEY, serialise(value))


def of_record(
    field: FieldValue = LINES,
    table: TableCoverage | None = TABLE,
    *,
    status: RecordStatus | None = RecordStatus.ACCEPTED,
    doubts: tuple[CellDoubt, ...] = (),
) -> list[str]:
    """Return what is wrong with a record that holds the table and its coverage."""
    decided = RecordField(field=field, decision=FieldDecision.ACCEPTED, arithmetic="", cells=doubts)
    coverage = Coverage(declared=2, with_value=2, absent=0, tables=(table,) if table else ())
    value = made.RECORD.model_copy(
        update={"fields": (made.RECORD.fields[0], decided), "coverage": coverage, "status": status}
    )
    return check_artifact(ArtifactKind.RECORD, made.RECORD_KEY, serialise(value))


def test_a_sound_table_has_no_problem_wherever_it_stands() -> None:
    assert of_extraction() == []
    assert of_record() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rows": (row(VALUE, columns=("item",)),)}, "row 1 has the columns item; declared are item, amount"),
        ({"rows": (row(VALUE, VALUE, columns=("amount", "item")),)}, "row 1 has the columns amount, item"),
        ({"rows": (row(VALUE, VALUE, columns=("item", "item")),)}, "row 1 has the columns item, item"),
        ({"columns": ("item", "item")}, "column 'item' is declared twice"),
        ({"columns": ()}, "row 1 has the columns item, amount; declared are "),
        ({"rows": ()}, "state 'value' with 0 rows"),
        ({"state": ABSENT}, "state 'absent' with 2 rows"),
        ({"readings": (made.READING,)}, "a rows field has readings outside its rows"),
        ({"alternatives": (made.READING,)}, "a rows field has readings outside its rows"),
    ],
)
def test_a_table_whose_rows_are_not_its_columns_is_named(changes: dict[str, Any], problem: str) -> None:
    assert any(said.startswith(f"field 'lines': {problem}") for said in of_extraction(**changes))


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (Cell(name="item", state=VALUE), "state 'value' with 0 readings"),
        (Cell(name="item", state=ABSENT, readings=(made.READING,)), "state 'absent' with 1 readings"),
        (Cell(name="item", state=VALUE, readings=(made.READING,) * 2), "2 readings, a cell has one"),
        (Cell(name="item", state=ABSENT, alternatives=(made.READING,) * 4), "4 alternatives, at most 3"),
        (
            Cell(
                name="item",
                state=VALUE,
                readings=(Reading(raw="x", value="x", evidence_class=EvidenceClass.VERBATIM),),
            ),
            "a verbatim reading has no evidence",
        ),
        (
            Cell(
                name="item",
                state=VALUE,
                readings=(
                    made.READING.model_copy(
                        update={"evidence": (made.READING.evidence[0].model_copy(update={"page": 2}),)}
                    ),
                ),
            ),
            "evidence on page 2 names line '1.1'",
        ),
    ],
)
def test_a_cell_is_held_to_what_fields_are_and_named_with_its_place(cell: Cell, problem: str) -> None:
    broken = Row(cells=(cell, LINES.rows[1].cells[1]))

    assert f"field 'lines': row 2, column 'item': {problem}" in of_extraction(rows=(LINES.rows[0], broken))


OPEN = LINES.model_copy(update={"rows": (row(VALUE, VALUE), row(VALUE, MISSING))})
OPEN_TABLE = TableCoverage(
    field="lines", rows=2, columns=2, with_value=3, absent=0, missing=(CellPlace(row=2, column="amount"),)
)


def test_a_record_with_an_open_cell_is_no_accepted_one() -> None:
    assert of_record(OPEN, OPEN_TABLE, status=None) == []
    assert of_record(OPEN, OPEN_TABLE) == ["an accepted record leaves cells of lines undecided"]


@pytest.mark.parametrize(
    ("field", "table", "problem"),
    [
        (LINES, None, "coverage counts the tables ; the record has lines"),
        (made.NOTE, TABLE, "coverage counts the tables lines; the record has "),
        (LINES, TABLE.model_copy(update={"rows": 3}), "counts 3 rows of 2 columns; there are 2 of 2"),
        (LINES, TABLE.model_copy(update={"with_value": 4}), "counts 4 cells with a value, not 3"),
        (LINES, TABLE.model_copy(update={"absent": 0}), "counts 0 absent cells, not 1"),
        (OPEN, OPEN_TABLE.model_copy(update={"missing": ()}), "does not name the missing cells"),
        (LINES, TABLE.model_copy(update={"cannot_tell": OPEN_TABLE.missing}), "the cannot_tell cells"),
    ],
)
def test_coverage_that_does_not_follow_from_the_cells_is_named(
    field: FieldValue, table: TableCoverage | None, problem: str
) -> None:
    assert any(problem in said for said in of_record(field, table))


@pytest.mark.parametrize(("number", "column"), [(0, "item"), (3, "item"), (1, "colour")])
def test_a_doubt_about_a_cell_that_is_not_there_is_named(number: int, column: str) -> None:
    doubt = CellDoubt(row=number, column=column, reason="odd")

    assert of_record(doubts=(doubt,)) == [f"field 'lines': a doubt about row {number}, column {column!r}"]


def decided(*rows: tuple[int | None, tuple[str, ...]], **more: Any) -> list[str]:
    """Return what is wrong with a decision about a table of rows with these columns."""
    made_rows = tuple(
        DecidedRow(origin=origin, cells=tuple(DecidedCell(column=name, value="1") for name in columns))
        for origin, columns in rows
    )
    field = DecidedField(name="lines", rows=made_rows, **more)
    value = made.DECISION.model_copy(update={"fields": (field,)})
    return check_artifact(ArtifactKind.DECISION, made.DECISION_KEY, serialise(value))


def test_a_decided_table_has_the_same_columns_in_every_row_and_keeps_no_row_twice() -> None:
    both = ("item", "amount")

    assert decided((1, both), (None, both), (None, both)) == []
    assert decided((1, both), (1, both)) == ["field 'lines' keeps rows [1, 1]"]
    assert decided((0, both)) == ["field 'lines' keeps rows [0]"]
    assert decided((1, both), (2, ("item",))) == ["field 'lines' has rows of different columns"]
    assert decided((1, ("item", "item"))) == ["field 'lines' has rows of different columns"]
    assert decided((1, ())) == ["field 'lines' has rows of different columns"]
    assert decided((1, both), value="x") == ["field 'lines' is decided as rows and as a value"]
