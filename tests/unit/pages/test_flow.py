from __future__ import annotations

import io

import numpy as np
from PIL import Image

from pages import plain_text
from pages.directions import as_drawn, drawn_order, plain_forms, runs_left, width_of
from pages.laid_out import flow_pages
from pages.laid_out.flow import Block, Flow, PageEnd, Paragraph, Table, TableCell, TableRow
from pages.laid_out.grid import COLUMNS, ROWS, grid_pages
from pages.limits import ReadLimits
from pages.parts import Rendering
from pages.process.encode import encode_reading
from pages.process.wire import ReadAnswer
from schemas.layout import Cell
from schemas.layout_block import parse_block, to_block
from tests.unit.pages.making import texts

LEASE = Flow(
    [
        Paragraph("Residential lease", heading=1),
        Paragraph("Landlord:\tOak Hill LLC"),
        Table(
            [
                TableRow(1, [TableCell(1, "Rent"), TableCell(2, "1,450.00")]),
                TableRow(4, [TableCell(2, "a long remark " * 20)]),
            ]
        ),
    ]
)


def read(flow: Flow) -> ReadAnswer:
    reading = flow_pages.read(flow, ReadLimits(), lambda _page: None)
    return ReadAnswer.model_validate_json(encode_reading(reading, "text/html"))


def test_marks_reach_the_layout_and_the_layout_block() -> None:
    layout = read(LEASE).layout

    lines = layout.pages[0].lines
    assert [line.text for line in lines][:5] == [
        *("Residential lease", "Landlord:", "Oak Hill LLC", "Rent", "1,450.00"),
    ]
    assert (lines[0].heading, lines[1].heading) == (1, None)
    assert lines[4].cell == Cell(table=1, row=1, column=2)
    assert {line.cell for line in lines[5:]} == {Cell(table=1, row=4, column=2)}
    assert [line.mark for line in parse_block(to_block(layout)).lines()][:5] == [
        "h1",
        "",
        "",
        "c1.1.1",
        "c1.1.2",
    ]


def test_the_picture_of_a_page_shows_each_word_in_its_box_and_nothing_beside() -> None:
    flow = Flow([*LEASE.blocks, Paragraph("Договор аренды Ενοίκιο חוזה שכירות عقد إيجار 契約")])
    page = read(flow).layout.pages[0]
    picture = Image.open(io.BytesIO(flow_pages.render(flow, Rendering(1, 144, 0))))
    ink = np.asarray(picture) < 128
    height, width = ink.shape

    assert (width, height) == (round(page.width * 2), round(page.height * 2))
    for line in page.lines:
        for word in line.words:
            box = word.box
            inside = ink[
                int(box.y0 * height) : int(box.y1 * height), int(box.x0 * width) : int(box.x1 * width)
            ]
            assert inside.any(), line.text[word.start : word.end]
    for line in page.lines:
        ink = ink.copy()
        box = line.box
        ink[
            int(box.y0 * height) - 5 : int(box.y1 * height) + 7, int(box.x0 * width) : int(box.x1 * width) + 2
        ] = 0
    assert not ink.any()


def test_a_plain_text_in_any_script_is_drawn() -> None:
    drawn = plain_text.render("Договор חוזה".encode(), Rendering(1, 72, 0), ReadLimits())

    assert (np.asarray(Image.open(io.BytesIO(drawn))) < 128).any()


def test_a_row_of_a_table_is_not_parted_where_a_page_ends() -> None:
    rows = [TableRow(number, [TableCell(1, "one\ntwo\nthree"), TableCell(2, "x")]) for number in range(1, 50)]

    for page in grid_pages([Table(rows)]):
        marked = [piece.mark.cell for piece in page.pieces if piece.mark is not None]
        for row in {cell[1] for cell in marked if cell}:
            assert sum(cell is not None and cell[1] == row for cell in marked) == 4
        assert max(piece.row for piece in page.pieces) < ROWS


def test_empty_pages_are_none() -> None:
    blocks: list[Block] = [
        PageEnd(),
        PageEnd(),
        Paragraph("  \n "),
        Paragraph("a"),
        PageEnd(),
        PageEnd(),
        Paragraph("b"),
    ]

    assert [len(page.pieces) for page in grid_pages(blocks)] == [1, 1]


def test_no_word_leaves_the_page_however_long_or_wide() -> None:
    flow = Flow(
        [Paragraph("x" * 500 + " " + "契" * 300 + " " + "a" * COLUMNS), Paragraph("ab " * 99, indent=40)]
    )

    reading = flow_pages.read(flow, ReadLimits(), lambda _page: None)
    assert all(word.x1 <= page.width for page in reading.pages for line in page.lines for word in line)
    assert "".join("".join(texts(reading)).split()) == "x" * 500 + "契" * 300 + "a" * COLUMNS + "ab" * 99


def test_words_are_drawn_in_the_order_of_both_directions() -> None:
    assert drawn_order(["a", "b", "c"], leftwards=False) == [0, 1, 2]
    assert drawn_order(["חוזה", "ABC", "Ltd", "12", "שכירות"], leftwards=True) == [4, 3, 1, 2, 0]
    assert drawn_order(["Rent", "חוזה", "12", "שכירות", "due"], leftwards=False) == [0, 3, 2, 1, 4]
    assert runs_left("12 חוזה abc")
    assert not runs_left("12 abc חוזה")


def test_numbers_within_hebrew_words_are_drawn_forwards_and_brackets_turned() -> None:
    assert as_drawn("ב-12.50") == "12.50-ב"
    assert as_drawn("(שלום)") == "(םולש)"
    assert as_drawn("Rent(1)") == "Rent(1)"


def test_presentation_forms_become_the_letters_they_show() -> None:
    assert plain_forms("\ufefb \ufb2a \ufed8") == "لا שׁ ق"
    assert plain_forms("\ufdf2 \ufd3e") == "\ufdf2 \ufd3e"


def test_ideographs_take_two_cells_and_accents_none() -> None:
    assert [width_of(text) for text in ("ab", "契約", "e\u0301", "\u202e")] == [2, 4, 1, 1]
