"""A table reader trained on small bills, and tables that are hard in one way each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from inference.extractor.calibration import Head
from inference.extractor.fields import tables_of
from inference.extractor.file import dump_extractor, load_extractor
from inference.extractor.model import Extractor, extract_tables
from inference.extractor.shaping import shaped
from inference.learned.single_thread import single_thread
from inference.learned.variant import Array, BrokenVariantError, Parts
from inference.reading.blocks import from_plain
from inference.tables.answers import TableAnswer
from inference.tables.card import table_lines
from inference.tables.figures import table_figures
from inference.tables.file import table_facts, table_reader
from inference.tables.reading import TableReader, read_table
from inference.tables.training import TrainedTable, train_table
from tests.unit.inference.bills_of_rows import SPEC, bills
from tests.unit.inference.layouts import Row, document_of

HEAD: Row = [(100, "Description"), (-560, "Quantity"), (-720, "Unit price"), (-900, "Amount")]
BOLTS: Row = [(100, "Stainless bolts M8"), (-560, "40"), (-720, "0.25"), (-900, "10.00")]
DESK: Row = [(100, "Oak desk"), (-560, "2"), (-720, "240.00"), (-900, "480.00")]
HIRE: Row = [(100, "Hire of scaffolding"), (-560, "3"), (-720, "120.00"), (-900, "360.00")]
LETTER: tuple[Row, ...] = (
    [(100, "Brandt Tools Ltd")],
    [(100, "12 Mill Lane, Leeds LS2 9JT")],
    [(100, "Invoice 2024-117"), (600, "Date: 3 May 2024")],
)
TOTALS: tuple[Row, ...] = (
    [(620, "Subtotal"), (-900, "850.00")],
    [(620, "VAT 20%"), (-900, "170.00")],
    [(620, "Total"), (-900, "1020.00")],
    [(100, "Payment within 14 days of the invoice date.")],
)
EXPECTED = [
    ("Stainless bolts M8", "40", "0.25", "10.00"),
    ("Oak desk", "2", "240.00", "480.00"),
    ("Hire of scaffolding", "3", "120.00", "360.00"),
]
CELLS = ("what", "count", "price", "sum")


@pytest.fixture(scope="module")
def trained() -> TrainedTable:
    with single_thread():
        table = train_table(bills(70), SPEC, folds=2, seed=0)
    assert table is not None
    return table


@pytest.fixture(scope="module")
def reader(trained: TrainedTable) -> TableReader:
    return trained.reader


def values(answer: TableAnswer, *columns: str) -> list[tuple[str | None, ...]]:
    assert answer.rows is not None
    return [tuple(row[name].value if name in row else None for name in columns) for row in answer.rows]


def page(*rows: Row) -> list[Row]:
    return [*LETTER, *rows, *TOTALS]


def test_bills_it_has_not_seen_are_read_and_the_card_says_how_well(trained: TrainedTable) -> None:
    figures = table_figures(trained.outcomes, "sum")

    assert figures.counts.f1 > 0.9
    assert figures.invented <= 0.02 * figures.rows
    assert any("generated documents" in line for line in table_lines([trained]))


def test_a_table_without_ruling_is_read_and_its_totals_are_no_rows(reader: TableReader) -> None:
    answer = read_table(reader, document_of(page(HEAD, BOLTS, DESK, HIRE)))

    assert values(answer, *CELLS) == EXPECTED
    assert answer.summed


def test_headings_may_stand_left_of_the_numbers_they_head(reader: TableReader) -> None:
    left: Row = [(100, "Description"), (460, "Quantity"), (620, "Unit price"), (800, "Amount")]

    assert values(read_table(reader, document_of(page(left, BOLTS, DESK, HIRE))), *CELLS) == EXPECTED


def test_columns_may_come_in_another_order(reader: TableReader) -> None:
    def turned(row: Row) -> Row:
        (_, what), (_, count), (_, price), (_, amount) = row
        return [(-180, count), (220, what), (-720, price), (-900, amount)]

    answer = read_table(reader, document_of(page(*map(turned, (HEAD, BOLTS, DESK, HIRE)))))

    assert values(answer, *CELLS) == EXPECTED


def test_a_text_of_two_lines_is_one_cell_with_the_evidence_of_both(reader: TableReader) -> None:
    wide: Row = [(100, "Stainless bolts M8,"), *BOLTS[1:]]

    answer = read_table(reader, document_of(page(HEAD, wide, [(100, "A2, box of 50")], DESK, HIRE)))

    assert answer.rows is not None
    cell = answer.rows[0]["what"]
    assert (cell.value, len(cell.lines)) == ("Stainless bolts M8, A2, box of 50", 2)
    assert len(answer.rows) == 3


def test_rows_go_on_over_a_page_and_neither_heads_nor_carried_sums_are_rows(reader: TableReader) -> None:
    carried: Row = [(620, "Carried forward"), (-900, "490.00")]

    answer = read_table(reader, document_of([*LETTER, HEAD, BOLTS, DESK, carried], [HEAD, HIRE, *TOTALS]))

    assert values(answer, *CELLS) == EXPECTED


def test_two_hundred_rows_over_pages_are_all_there_and_none_besides(reader: TableReader) -> None:
    counts = range(2, 202)
    rows: list[Row] = [
        [(100, "Oak desk"), (-560, f"{n}"), (-720, "2.50"), (-900, f"{2.5 * n:.2f}")] for n in counts
    ]
    pages: list[list[Row]] = [[*LETTER, HEAD, *rows[:25]]]
    for first in range(25, 200, 25):
        carried = f"{2.5 * sum(counts[:first]):.2f}"
        pages[-1].append([(620, "Carried forward"), (-900, carried)])
        pages.append([HEAD, *rows[first : first + 25]])
    pages[-1] += [[(620, "Subtotal"), (-900, f"{2.5 * sum(counts):.2f}")], *TOTALS[-1:]]

    answer = read_table(reader, document_of(*pages))

    assert values(answer, "count") == [(f"{n}",) for n in counts]
    assert answer.summed


def test_rows_without_headings_are_a_table_only_where_arithmetic_bears_them_out(reader: TableReader) -> None:
    listed: list[Row] = [
        [(100, "Premium for the quarter"), (-900, "220.00")],
        [(100, "Insurance tax contained in it"), (-900, "35.13")],
        [(100, "Open at the date of issue"), (-900, "220.00")],
    ]

    assert read_table(reader, document_of([*LETTER, *listed, TOTALS[-1]])).rows == ()
    assert values(read_table(reader, document_of(page(BOLTS, DESK, HIRE))), "sum") == [
        ("10.00",),
        ("480.00",),
        ("360.00",),
    ]


def test_last_rows_that_the_printed_sum_leaves_out_are_none(reader: TableReader) -> None:
    bases: tuple[Row, ...] = (
        [(100, "Rate"), (-560, "%"), (-720, "Base"), (-900, "Tax")],
        [(100, "Full rate"), (-560, "20"), (-720, "850.00"), (-900, "170.00")],
    )

    answer = read_table(reader, document_of([*LETTER, HEAD, BOLTS, DESK, HIRE, *bases, *TOTALS]))

    assert values(answer, *CELLS) == EXPECTED


def test_a_unit_in_the_cell_of_the_quantity_is_a_cell_of_its_own(reader: TableReader) -> None:
    rows = [[row[0], (row[1][0], f"{row[1][1]} pcs"), *row[2:]] for row in (BOLTS, DESK, HIRE)]

    answer = read_table(reader, document_of(page(HEAD, *rows)))

    assert values(answer, "count", "unit") == [("40", "pcs"), ("2", "pcs"), ("3", "pcs")]


def test_a_letter_without_a_table_has_no_rows_and_says_how_sure_that_is(reader: TableReader) -> None:
    answer = read_table(reader, document_of([*LETTER, [(100, "We charge our flat fee.")], TOTALS[-1]]))

    assert answer.rows == ()
    assert 0 < answer.confidence < 1


def test_a_table_longer_than_is_looked_at_is_not_read_rather_than_in_part(reader: TableReader) -> None:
    def rows(first: int) -> Sequence[Row]:
        return [
            [(100, "Oak desk"), (-560, f"{n}"), (-720, "2.50"), (-900, f"{2.5 * n:.2f}")]
            for n in range(first, first + 50)
        ]

    answer = read_table(reader, document_of(*([HEAD, *rows(2 + 50 * n)] for n in range(24))))

    assert answer.rows is None


def test_every_cell_quotes_what_stands_on_the_lines_it_names(reader: TableReader) -> None:
    document = document_of(page(HEAD, BOLTS, DESK, HIRE))
    texts = {segment.line: document.text[segment.start : segment.end] for segment in document.segments}

    answer = read_table(reader, document)

    assert answer.rows
    for cell in (cell for row in answer.rows for cell in row.values()):
        assert cell.quote.replace("\n", " ") in " ".join(texts[line] for line in cell.lines)


@pytest.mark.parametrize("text", ["", "1", "12.00 13.00", "\u202eTotal 12.00", "Pos | | | 1.1.1.1"])
def test_texts_without_a_table_do_not_disturb_it(reader: TableReader, text: str) -> None:
    assert not read_table(reader, from_plain(text)).rows


def extractor(reader: TableReader) -> Extractor:
    return Extractor("bill", {}, Head((), np.zeros(0), 0.0), None, {"lines": reader})


def test_a_reader_comes_back_from_its_file_and_reads_the_same(reader: TableReader) -> None:
    document = document_of(page(HEAD, BOLTS, DESK, HIRE))

    data = dump_extractor(extractor(reader), schema_digest="s", training={})
    again = load_extractor(data)

    assert dump_extractor(again, schema_digest="s", training={}) == data
    assert extract_tables(again, document, ("lines",)) == (read_table(reader, document),)


def test_trees_that_lead_out_of_themselves_are_refused(reader: TableReader) -> None:
    arrays: dict[str, Array] = {}
    facts = table_facts(reader, "t", arrays)
    arrays["t.lines.left"] = arrays["t.lines.left"] + np.uint16(60_000)

    with pytest.raises(BrokenVariantError, match="lead out of themselves"):
        table_reader(Parts("extractor", {}, arrays), "t", facts)


def test_what_a_row_does_not_print_is_null_in_the_tools_answer(reader: TableReader) -> None:
    from doctypes.definition import DocType

    kind = DocType(name="bill", title="Bill", description="", version="1.0", fields=(SPEC,))
    schema = kind.tool_schema()
    answers = extract_tables(extractor(reader), document_of(page(HEAD, BOLTS, DESK)), tables_of(schema))

    (first, _) = shaped((), schema, answers)["lines"]["rows"]

    assert list(first) == list(SPEC.column_names)
    assert first["unit"] is None
    assert first["sum"]["quote"] == "10.00"
