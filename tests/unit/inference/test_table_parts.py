"""Cells, columns, labels and scores of tables, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from inference.extractor.fields import FieldSketch
from inference.labelled.documents import TableLabel
from inference.learned.trees import grown
from inference.tables.answers import cell_answer
from inference.tables.arithmetic import are_taxes, product_of, products_among, products_speak, shares_in
from inference.tables.cells import decimal_sign, grid_of, number_in
from inference.tables.columns import extents_of, parts_of
from inference.tables.heads import Head, HeadColumn
from inference.tables.lines import MOST_LINES, OTHERS_AT, product_in, region_of
from inference.tables.model import ReadCell, TableColumn
from inference.tables.scores import score_table
from inference.tables.truth import located
from schemas.fields import FieldKind
from tests.unit.inference.layouts import document_of

COLUMNS = (
    FieldSketch("what", FieldKind.TEXT, False, frozenset(), fuzzy=True),
    FieldSketch("count", FieldKind.NUMBER, False, frozenset()),
    FieldSketch("price", FieldKind.MONEY, False, frozenset()),
    FieldSketch("sum", FieldKind.MONEY, False, frozenset()),
)
NO_TREES = grown(np.zeros((0, 1)), np.zeros(0, dtype=np.int64), np.zeros(0))
NAMES = frozenset(column.name for column in COLUMNS)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.234,56", ",", 1234.56),
        ("1,234.56", ".", 1234.56),
        ("1 234,56 €", ",", 1234.56),
        ("2'511.85", ".", 2511.85),
        ("-5,0000 Stk.", ",", -5.0),
        ("(12.00)", ".", -12.0),
        ("5 Unit(s)", ",", 5.0),
        ("19 % VAT (S)", ",", 19.0),
    ],
)
def test_a_cell_may_begin_with_a_number(text: str, decimal: str, value: float) -> None:
    number = number_in(text, decimal)

    assert number is not None
    assert number.value == value


@pytest.mark.parametrize(
    "text", ["394,91 20", "Bolt M8", "12.10.2024", "3x4", "A4 paper", "", "50 sheets of paper"]
)
def test_what_holds_more_than_a_number_and_its_unit_is_text(text: str) -> None:
    assert number_in(text, ",") is None


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1,980", FieldKind.MONEY, "1.98"),
        ("12,345", FieldKind.MONEY, "12.3450"),
        ("1.980,00", FieldKind.MONEY, "1980.00"),
        ("1,500", FieldKind.NUMBER, "1.5"),
        ("7,000 %", FieldKind.PERCENTAGE, "7"),
    ],
)
def test_a_number_with_three_decimals_is_no_thousands_where_the_document_proves_its_decimal_sign(
    text: str, kind: FieldKind, value: str
) -> None:
    document = document_of([[(60, "Summe 1.980,00")], [(60, text)]])
    cell = grid_of(document).lines[-1].cells[0]
    column = TableColumn("price", kind, required=False, matcher=NO_TREES, texts=None)

    answer = cell_answer(document, column, ReadCell("price", (cell,), "number", 0.0), 0.9)

    assert answer is not None
    assert answer.value == value


def test_the_decimal_sign_is_the_one_the_documents_amounts_prove() -> None:
    assert decimal_sign("Total 1,980.00") == "."
    assert decimal_sign("Summe 1.980,00") == ","


def test_a_sign_behind_a_number_belongs_to_its_cell_and_two_numbers_never_are_one() -> None:
    grid = grid_of(document_of([[(100, "19"), (120, "%"), (150, "20"), (172, "30")]]))

    assert [cell.text for cell in grid.lines[0].cells] == ["19 %", "20", "30"]


def test_headings_are_given_to_columns_in_their_order_however_they_are_aligned() -> None:
    rows = [
        [(100, "Bolts"), (-500, "4"), (-700, "2.50"), (-900, "10.00")],
        [(100, "Nuts"), (-500, "10"), (-700, "0.20"), (-900, "2.00")],
    ]
    grid = grid_of(document_of(rows))
    # All of them stand far left of the numbers below them.
    heads = tuple(
        HeadColumn(x, x + 0.06, text, 1, np.zeros(3))
        for x, text in ((0.1, "Item"), (0.4, "Qty"), (0.58, "Price"), (0.78, "Sum"))
    )

    parts = parts_of(grid, [0, 1], Head(0, 1, heads, 2.0))

    assert [part.head.text if part.head else None for part in parts] == ["Item", "Qty", "Price", "Sum"]
    assert [part.what for part in parts] == ["text", "number", "number", "number"]


def test_amounts_that_stand_a_line_lower_are_a_column_of_the_row_above() -> None:
    rows = [
        [(100, "Bolts"), (-500, "4"), (-700, "2.50")],
        [(-900, "10.00")],
        [(100, "Nuts"), (-500, "10"), (-700, "0.20")],
        [(-900, "2.00")],
    ]

    parts = parts_of(grid_of(document_of(rows)), [0, 2], None)

    assert [cell.text for cell in parts[-1].cells if cell is not None] == ["10.00", "2.00"]


def test_a_quantity_with_its_unit_is_two_parts_of_one_column() -> None:
    rows = [[(100, "Bolts"), (-500, "4 pcs")], [(100, "Oil"), (-500, "2 l")]]

    parts = parts_of(grid_of(document_of(rows)), [0, 1], None)

    assert [(part.column, part.what) for part in parts] == [(0, "text"), (1, "number"), (1, "rest")]


def test_products_are_told_from_trivial_ones() -> None:
    assert product_in([4, 2.5, 10]) == 2
    assert product_in([1, 10, 10]) == 1
    assert product_in([3, 2.5, 10]) == 0


def test_only_so_many_lines_below_a_head_are_looked_at() -> None:
    rows = [[(100, "Bolts"), (-900, f"{n}.50")] for n in range(50)]
    grid = grid_of(document_of(*([rows] * 100)))

    region = region_of(grid, None, np.zeros(len(grid.lines)))

    assert len(region.lines) == MOST_LINES < len(grid.lines)


def test_a_line_knows_that_another_row_of_headings_stands_above_it() -> None:
    rows = [
        [(100, "Item"), (-700, "Price"), (-900, "Amount")],
        [(100, "Bolts"), (-700, "2.50"), (-900, "10.00")],
        [(100, "Terms"), (-700, "Base"), (-900, "Discount")],
        [(100, "14 days"), (-700, "10.00"), (-900, "0.20")],
    ]
    grid = grid_of(document_of(rows))
    heads = tuple(HeadColumn(0.1, 0.2, text, 1, np.zeros(3)) for text in ("Item", "Price", "Amount"))

    region = region_of(grid, Head(0, 1, heads, 2.0), np.array([3.0, 0.0, 2.5, 0.0]))

    above = dict(zip(region.lines.tolist(), region.values[:, OTHERS_AT].tolist(), strict=True))
    assert above == {1: 0.0, 2: 0.0, 3: 2.5}


def test_an_amount_in_any_currency_is_a_number_and_an_article_code_is_none() -> None:
    codes = ("SGD 1,300.76", "12.50 PLN", "S$ 5.00", "CHF 2'511.85")

    assert all(number_in(text, ".") is not None for text in codes)
    assert number_in("ABX 12", ".") is None


def test_parts_that_multiply_speak_for_the_columns_that_do() -> None:
    rows = [
        [(100, "Bolts"), (-500, "2.50"), (-700, "4"), (-900, "10.00")],
        [(100, "Nuts"), (-500, "0.20"), (-700, "12"), (-900, "2.40")],
        [(100, "Rods"), (-500, "7.10"), (-700, "3"), (-900, "21.30")],
    ]
    parts = parts_of(grid_of(document_of(rows)), [0, 1, 2], None)
    unsure = np.zeros((3, len(parts)))

    said = products_speak(unsure, ["count", "price", "sum"], parts, [("count", "price", "sum")])

    assert said[2].argmax() == 3
    assert {int(said[0].argmax()), int(said[1].argmax())} == {1, 2}
    fewer = products_speak(unsure[:, :3], ["count", "price", "sum"], parts[:3], [("count", "price", "sum")])
    assert not fewer.any()


def test_which_columns_multiply_is_learned_from_labels_and_rows_of_one_tell_nothing() -> None:
    rows = [{"count": float(n), "price": 2.5, "sum": 2.5 * n, "tax": 1.0} for n in range(2, 30)]
    ones = [{"count": 1.0, "price": 2.5, "sum": 2.5} for _ in range(50)]

    names = ("count", "price", "sum", "tax")
    assert products_among(rows, names, least=20) == (("count", "price", "sum"),)
    assert products_among(ones, names[:3], least=20) == ()


def test_numbers_of_a_line_are_held_against_the_columns_that_multiply_in_the_surest_rows() -> None:
    rows = [
        [(100, "Bolts"), (-500, "4"), (-700, "2.50"), (-900, "10.00")],
        [(100, "Nuts"), (-500, "12"), (-700, "0.20"), (-900, "2.40")],
        [(100, "Tax"), (-500, "19"), (-700, "12.40"), (-900, "2.36")],
    ]
    lines = grid_of(document_of(rows)).lines
    extents = extents_of([cell for line in lines for cell in line.cells])

    product = product_of(lines[:2], extents)

    assert product.share == 1
    assert [product.holds(line, extents) for line in lines] == [1.0, 1.0, 0.0]


def test_percentages_are_shares_and_make_one_together() -> None:
    assert shares_in("Insurance tax 19 %") == {0.19}
    assert shares_in("tax of 19 % on 86 % of the premium") == {0.19, 0.86, 0.19 * 0.86}
    assert shares_in("two bolts, 100 %") == shares_in("two bolts") == frozenset()


def test_last_amounts_that_are_a_stated_share_of_those_above_are_taxes() -> None:
    plain, taxed = frozenset[float](), frozenset({0.19})
    amounts = np.array([50.0, 0.0, 9.5])

    assert are_taxes(amounts, [plain, plain, taxed], 2)
    assert are_taxes(np.array([1000.0, 163.4]), [plain, frozenset({0.19, 0.86, 0.1634})], 1)
    assert not are_taxes(amounts, [plain, plain, plain], 2)
    assert not are_taxes(np.array([50.0, 10.0, 9.5]), [plain, plain, taxed], 2)


def test_a_row_that_states_the_rate_that_all_rows_state_is_no_tax() -> None:
    taxed = frozenset({0.19})

    assert not are_taxes(np.array([100.0, 19.0]), [taxed, taxed], 1)


def test_labelled_rows_are_found_where_they_are_printed_wrapped_texts_included() -> None:
    rows = [
        [(100, "Bill 7"), (-900, "4")],
        [(100, "Stainless bolts,"), (-500, "4"), (-700, "2.50"), (-900, "10.00")],
        [(100, "A2, box of 50")],
        [(100, "Nuts"), (-500, "10"), (-700, "0.20"), (-900, "2.00")],
        [(600, "Total"), (-900, "12.00")],
    ]
    label = TableLabel(
        (
            {"what": "Stainless bolts, A2, box of 50", "count": "4", "price": "2.50", "sum": "10.00"},
            {"what": "Nuts", "count": "10", "price": "0.20", "sum": "3.00"},
        ),
        NAMES,
    )

    first, second = located(grid_of(document_of(rows)), label, COLUMNS)

    assert (first.line, second.line) == (1, 3)
    assert [cell.text for _, cell in first.cells["what"]] == ["Stainless bolts,", "A2, box of 50"]
    assert set(second.cells) == {"what", "count", "price"}


def test_of_one_piece_the_price_stands_left_of_what_it_costs() -> None:
    rows = [[(100, "Bolts"), (-500, "1"), (-700, "2.50"), (-900, "2.50")], [(600, "Total"), (-900, "2.50")]]
    label = TableLabel(({"what": "Bolts", "count": "1", "price": "2.50", "sum": "2.50"},), NAMES)

    (row,) = located(grid_of(document_of(rows)), label, COLUMNS)

    assert row.cells["price"][0][1].x1 < row.cells["sum"][0][1].x0


def test_a_rate_is_not_the_quantity_beside_it() -> None:
    rate = FieldSketch("rate", FieldKind.PERCENTAGE, False, frozenset())
    rows = [[(100, "Bolts"), (-400, "7 %"), (-500, "7"), (-700, "2.50"), (-900, "17.50")]]
    label = TableLabel(
        ({"what": "Bolts", "count": "7", "price": "2.50", "rate": "7", "sum": "17.50"},), NAMES | {"rate"}
    )

    (row,) = located(grid_of(document_of(rows)), label, (*COLUMNS, rate))

    assert [cell.text for _, cell in row.cells["rate"]] == ["7 %"]
    assert [cell.text for _, cell in row.cells["count"]] == ["7"]


def test_a_matched_row_never_absolves_a_wrong_cell() -> None:
    wanted = [{"what": "Bolts", "count": "4", "sum": "10.00"}, {"what": "Nuts", "count": "10", "sum": "2.00"}]
    given = [{"what": "Nuts", "count": "10.0", "sum": "2.10"}, {"what": "Bolts", "count": "4", "sum": "10"}]

    score = score_table(given, wanted, COLUMNS, NAMES)

    assert (score.counts.right, score.counts.given, score.counts.wanted) == (5, 6, 6)
    assert (score.invented, score.missed, score.right) == (0, 0, False)
    assert score.cells[0, "sum"] is False


def test_a_row_of_which_nothing_is_right_is_invented_and_one_left_out_is_missed() -> None:
    score = score_table([{"sum": "99.00"}], [{"sum": "2.00"}], COLUMNS, NAMES)

    assert (score.invented, score.missed) == (1, 1)


def test_what_a_page_does_not_print_is_neither_wanted_nor_counted() -> None:
    rows = [[(100, "Bolts"), (-500, "4"), (-900, "10.00")]]
    label = TableLabel(({"what": "Bolts", "count": "4", "price": "2.50", "sum": "10.00"},), NAMES)
    printed = located(grid_of(document_of(rows)), label, COLUMNS)
    given = [{"what": "Bolts", "count": "4", "price": "2.40", "sum": "10.00"}]

    score = score_table(given, label.rows, COLUMNS, NAMES, printed)

    assert score.right
    assert score.counts.wanted == score.counts.given == 3


def test_the_sign_of_a_number_is_the_one_the_page_prints() -> None:
    rows = [[(100, "Bolts"), (-500, "4"), (-700, "2.50"), (-900, "-10.00")]]
    label = TableLabel(({"what": "Bolts", "count": "-4", "price": "2.50", "sum": "10.00"},), NAMES)
    printed = located(grid_of(document_of(rows)), label, COLUMNS)

    by_page = score_table([{"count": "4", "sum": "-10.00"}], label.rows, COLUMNS, NAMES, printed)
    by_data = score_table([{"count": "-4", "sum": "10.00"}], label.rows, COLUMNS, NAMES, printed)

    assert all(by_page.cells.values())
    assert not any(by_data.cells.values())


def test_no_rows_are_right_where_there_is_no_table() -> None:
    assert score_table([], [], COLUMNS, NAMES).right
    assert not score_table([{"sum": "1.00"}], [], COLUMNS, NAMES).right
