from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pages.lines import build_lines
from pages.parts import PlacedWord


def word(text: str, x: float, y: float, *, height: float = 10) -> PlacedWord:
    return PlacedWord(text, x, y, x + 5 * len(text), y + height)


def said(words: list[PlacedWord], **options: float) -> list[str]:
    return [" ".join(word.text for word in line) for line in build_lines(words, 600, **options)]


def test_words_close_together_are_a_line_and_a_wide_gap_ends_it() -> None:
    words = [word("Total", 50, 100), word("due", 78, 100), word("9.00", 200, 100)]

    assert said(words) == ["Total due", "9.00"]


def test_lines_come_top_to_bottom_and_left_to_right_however_they_were_drawn() -> None:
    words = [word("d", 300, 200), word("b", 300, 100), word("c", 50, 200), word("a", 50, 101)]

    assert said(words) == ["a", "b", "c", "d"]


def test_pieces_of_a_line_drawn_apart_are_joined() -> None:
    words = [word("Mary", 50, 100), word("else", 50, 300), word("Poe", 73, 100)]

    assert said(words) == ["Mary Poe", "else"]


def test_the_wide_spaces_of_typewriter_type_end_no_line() -> None:
    # Letters 6 wide and 4 high, as small Courier is: one space is 7 wide, two are 13.
    words = [
        PlacedWord("our", 50, 100, 68, 104),
        PlacedWord("rooms", 75, 100, 105, 104),
        PlacedWord("areas", 118, 100, 148, 104),
    ]

    assert said(words) == ["our rooms", "areas"]


def test_a_raised_mark_stays_in_its_line() -> None:
    words = [word("Rent", 50, 100), word("1", 72, 98, height=5), word("due", 80, 100)]

    assert said(words) == ["Rent 1 due"]


def test_rows_of_a_skewed_scan_stay_rows() -> None:
    words = [
        word(text, x, 100 + 22 * row + 0.05 * x)
        for row in range(4)
        for text, x in ((f"item{row}", 50), (f"price{row}", 500))
    ]

    assert said(words, slope=0.05) == [f"{kind}{row}" for row in range(4) for kind in ("item", "price")]


def test_a_table_is_read_by_rows_though_it_has_columns() -> None:
    words = [
        word(text, x, 100 + 15 * row)
        for row in range(10)
        for text, x in ((f"name{row}", 50), (f"{row}.00", 350))
    ]

    assert said(words) == [text for row in range(10) for text in (f"name{row}", f"{row}.00")]


def test_a_heading_over_two_columns_comes_first() -> None:
    heading = [word("A" * 20, 50, 50), word("B" * 20, 155, 50), word("C" * 40, 260, 50)]
    body = [
        word(f"{side}{row}{part}" + "x" * 12, x + 80 * part, 100 + 15 * row)
        for row in range(8)
        for side, x in (("l", 50), ("r", 330))
        for part in range(3)
    ]

    firsts = [line.split()[0][:2] for line in said(heading + body)]

    assert firsts == ["AA", *(f"l{row}" for row in range(8)), *(f"r{row}" for row in range(8))]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            PlacedWord,
            st.text("ab", min_size=1, max_size=3),
            st.floats(0, 500),
            st.floats(0, 700),
            st.floats(501, 600),
            st.floats(701, 800),
            # Else a generated one may be NaN, which sorts nowhere.
            confidence=st.just(1.0),
        ),
        max_size=30,
    ),
    st.floats(-0.2, 0.2),
)
def test_no_word_is_lost_or_doubled_wherever_words_lie(words: list[PlacedWord], slope: float) -> None:
    lines = build_lines(words, 600, slope=slope)

    assert sorted(word for line in lines for word in line) == sorted(words)
    assert all(lines)
