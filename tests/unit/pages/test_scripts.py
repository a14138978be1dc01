"""Text in the scripts people write survives reading: letters, order of words, order on the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages import plain_text
from pages.directions import drawn_order, read_order, runs_left
from pages.limits import ReadLimits
from tests.unit.pages.making import objects_pdf, read_pdf, stream, texts

SAMPLES = (
    "Straße čeština Łódź",
    "Ενοίκιο Άννα Παπαδοπούλου",
    "Договор аренды жилья",
    "חוזה שכירות 12,500 בלתי מוגנת",
    "עמית ABC Ltd בתל אביב",
    "عقد إيجار سكني",
)
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
    b"/Resources << /Font << /F1 5 0 R >> >> >>"
)


def mapped_pdf(words: list[str]) -> bytes:
    """Return a PDF that draws ``words`` from left to right, Hebrew and Arabic as they are seen."""
    letters = sorted(set("".join(words)))
    codes = {letter: f"{0x61 + place:02x}" for place, letter in enumerate(letters)} | {" ": "20"}
    rows = "".join(f"<{codes[letter]}> <{ord(letter):04x}>\n" for letter in letters)
    cmap = (
        "begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
        f"{len(letters)} beginbfchar\n{rows}endbfchar endcmap"
    )
    drawn = " ".join(word[::-1] if runs_left(word) else word for word in words)
    content = f"BT /F1 12 Tf 40 700 Td <{''.join(codes[letter] for letter in drawn)}> Tj ET"
    return objects_pdf(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            PAGE,
            stream(content.encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
            stream(cmap.encode()),
        )
    )


@pytest.mark.parametrize("text", SAMPLES)
def test_a_pdfs_words_come_in_the_order_they_are_read(text: str) -> None:
    words = text.split()
    order = drawn_order(words, leftwards=runs_left(text))

    reading = read_pdf(mapped_pdf([words[place] for place in order]))

    assert texts(reading) == [text]


@pytest.mark.parametrize("text", SAMPLES)
def test_a_plain_texts_words_keep_their_order_and_lie_as_they_are_seen(text: str) -> None:
    reading = plain_text.read(text.encode(), ReadLimits(), lambda _page: None)

    assert texts(reading) == [text]
    (line,) = reading.pages[0].lines
    order = drawn_order([word.text for word in line], leftwards=runs_left(text))
    lefts = [line[place].x0 for place in order]
    assert lefts == sorted(lefts)
    assert runs_left(text) == (line[0].x1 > 500)


@given(st.lists(st.sampled_from(["חוזה", "שכירות", "Rent", "due", "12", "450.00", "-"]), min_size=1))
def test_the_order_of_reading_and_of_drawing_undo_each_other(words: list[str]) -> None:
    order = read_order(words)

    assert sorted(order) == list(range(len(words)))
    read = [words[place] for place in order]
    assert any(
        [read[place] for place in drawn_order(read, leftwards=side)] == words for side in (True, False)
    )
