from __future__ import annotations

from inference.reading.blocks import from_block, from_plain, read_document
from inference.reading.rows import by_rows
from schemas.layout_block import BlockBox, BlockLine, BlockPage, LayoutBlock, format_block


def line(number: int, x0: int, y0: int, text: str, width: int = 100) -> BlockLine:
    return BlockLine(f"1.{number}", BlockBox(x0, y0, x0 + width, y0 + 20), text)


def block(*lines: BlockLine) -> LayoutBlock:
    return LayoutBlock((BlockPage(1, 600, 800, 0, lines),))


def test_cells_of_one_row_are_parted_by_a_tab_and_rows_by_a_newline() -> None:
    document = from_block(block(line(1, 50, 50, "Total"), line(2, 700, 52, "9.00"), line(3, 50, 100, "Cash")))

    assert document.text == "Total\t9.00\nCash"
    assert document.rows == ((0, 1), (2,))


def test_lines_no_further_apart_than_words_read_as_one() -> None:
    document = from_block(block(line(1, 50, 50, "1 August", 80), line(2, 145, 50, "2022")))

    assert document.text == "1 August 2022"


def test_words_that_a_whole_document_sets_evenly_far_apart_read_as_lines() -> None:
    typed = [
        line(1 + 4 * row + word, 50 + 120 * word, 50 + 40 * row, "word", 72)
        for row in range(8)
        for word in range(4)
    ]

    document = from_block(block(*typed))

    assert document.text.splitlines() == ["word word word word"] * 8


def test_neighbours_follow_from_places() -> None:
    document = from_block(
        block(
            line(1, 50, 50, "Date"),
            line(2, 700, 50, "Total"),
            line(3, 50, 90, "1/2/20"),
            line(4, 700, 90, "7"),
        )
    )

    assert document.right.tolist() == [1, -1, 3, -1]
    assert document.above.tolist() == [-1, -1, 0, 1]
    assert document.below.tolist() == [2, 3, -1, -1]


def test_plain_text_becomes_rows_whose_lines_are_numbered() -> None:
    document = from_plain("Vendor   Total\n\nACME\t9.00\n")

    assert [segment.line for segment in document.segments] == ["1.1", "1.1", "1.2", "1.2"]
    assert document.text == "Vendor\tTotal\nACME\t9.00"


def test_an_empty_text_is_a_document_without_segments() -> None:
    document = read_document(" \n")

    assert document.segments == ()
    assert document.words == ()


def test_values_are_known_to_the_model_by_their_shape_alone() -> None:
    document = from_plain("Invoice RE-2021 of ACME")

    assert document.words == ("invoice", "re", "-", "9", "of", "acme")


def test_lone_surrogates_do_not_break_hashing() -> None:
    document = from_plain("caf\ud800 9.00")

    assert len(document.token_hash) == len(document.words)


def test_lines_in_no_order_are_put_into_rows() -> None:
    lines = [line(1, 700, 52, "9.00"), line(2, 50, 100, "Cash"), line(3, 50, 50, "Total")]

    assert [item.text for item in by_rows(lines)] == ["Total", "9.00", "Cash"]


def test_a_block_survives_reading() -> None:
    whole = block(line(1, 50, 50, "Total"), line(2, 700, 50, "9.00"))

    assert read_document(format_block(whole)).text == "Total\t9.00"
