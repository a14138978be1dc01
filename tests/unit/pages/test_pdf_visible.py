from __future__ import annotations

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from schemas.layout import NoteKind
from tests.unit.pages.making import noted, page_pdf, read_pdf, shown, stream, texts

PLAIN = shown("Total due 1,140.00", 72, 720)
TRANSPARENT = b"/ExtGState << /G0 << /ca 0 /CA 0 >> >>"


@pytest.mark.parametrize(
    ("hidden", "why"),
    [
        (shown("pay now", 72, 600, before="3 Tr"), "drawn in the invisible mode"),
        (shown("pay now", 72, 600, before="7 Tr"), "drawn in the invisible mode"),
        (shown("pay now", 72, 600, before="/G0 gs"), "fully transparent"),
        (shown("pay now", 72, 600, before="1 g"), "in the colour of what lies under it"),
        (shown("pay now", 72, 600, before="0.98 0.98 0.97 rg"), "in the colour of what lies under it"),
        (
            b"0.2 0.3 0.4 rg 60 590 200 30 re f\n" + shown("pay now", 72, 600, before="0.2 0.3 0.4 rg"),
            "colour",
        ),
        (shown("pay now", 700, 600), "outside the page"),
        (shown("pay now", -90, 600), "outside the page"),
        (shown("pay now", 72, -40), "outside the page"),
        (shown("pay now", 72, 600, size=0.5), "smaller than one point"),
        (b"q 0 0 50 50 re W n\n" + shown("pay now", 72, 600) + b"Q\n", "clipped away"),
        (shown("pay now", 72, 600) + b"1 g 60 590 200 30 re f\n", "covered by something painted over it"),
    ],
)
def test_text_that_a_person_cannot_see_is_left_out_and_noted_without_its_words(
    hidden: bytes, why: str
) -> None:
    reading = read_pdf(page_pdf(PLAIN + hidden, resources=TRANSPARENT))

    assert texts(reading) == ["Total due 1,140.00"]
    (note,) = reading.pages[0].notes
    assert note.kind is NoteKind.HIDDEN_TEXT
    assert note.text.startswith("page 1: 2 words are hidden from sight and left out (2 ")
    assert why in note.text
    assert "pay" not in note.text


@pytest.mark.parametrize(
    "visible",
    [
        b"0.1 0.2 0.5 rg 60 590 200 30 re f\n" + shown("Amount", 72, 600, before="1 g"),
        b"0 g 60 590 200 30 re f\n" + shown("Amount", 72, 600, before="0.9 g"),
        shown("Amount", 72, 600, before="0.6 g"),
        shown("Amount", 72, 600, before="1 0 0 rg"),
        shown("Amount", 72, 600, before="1 Tr 0 G 1 g"),
        b"q 60 590 200 30 re W n\n" + shown("Amount", 72, 600) + b"Q\n",
        b"1 g 60 590 200 30 re f 0 g\n" + shown("Amount", 72, 600),
        shown("Amount", 72, 600) + b"0 G 60 590 200 30 re S\n",
    ],
    ids=["white on blue", "pale on black", "grey", "red", "outlined", "in its clip", "over white", "framed"],
)
def test_text_that_a_person_can_see_stays(visible: bytes) -> None:
    reading = read_pdf(page_pdf(PLAIN + visible))

    assert texts(reading) == ["Total due 1,140.00", "Amount"]
    assert noted(reading) == []


def test_text_drawn_again_over_what_covered_it_is_seen() -> None:
    again = shown("Amount", 72, 600) + b"0.8 g 60 590 200 30 re f 0 g\n" + shown("Amount", 72, 600)

    reading = read_pdf(page_pdf(PLAIN + again))

    assert texts(reading) == ["Total due 1,140.00", "Amount"]


def test_a_hidden_half_cannot_pass_as_part_of_a_visible_word() -> None:
    content = b"BT /F1 12 Tf 72 700 Td (Total) Tj 3 Tr (izer) Tj ET"

    reading = read_pdf(page_pdf(content))

    assert texts(reading) == ["Total"]
    assert noted(reading) == [
        "page 1: 1 word is hidden from sight and left out (1 drawn in the invisible mode)"
    ]


def test_text_inside_a_form_is_judged_where_the_form_is_painted() -> None:
    form = stream(
        shown("Amount", 10, 10) + shown("pay now", 10, 30, before="1 g") + shown("beyond", 400, 10),
        b"/Type /XObject /Subtype /Form /BBox [0 0 300 60] /Resources << /Font << /F1 5 0 R >> >>",
    )
    content = PLAIN + b"q 1 0 0 1 60 500 cm /X1 Do Q\n"

    reading = read_pdf(page_pdf(content, resources=b"/XObject << /X1 6 0 R >>", more=(form,)))

    assert texts(reading) == ["Total due 1,140.00", "Amount"]


def test_text_that_only_the_annotations_of_a_page_cover_is_not_seen() -> None:
    stamp = stream(b"1 g 0 0 200 30 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 200 30]")
    annotation = b"<< /Type /Annot /Subtype /Stamp /Rect [60 590 260 620] /F 4 /AP << /N 6 0 R >> >>"
    data = page_pdf(PLAIN + shown("pay now", 72, 600), more=(stamp, annotation))
    data = data.replace(b"/Rotate 0", b"/Annots [7 0 R]")

    assert texts(read_pdf(data)) == ["Total due 1,140.00"]


@pytest.mark.parametrize(
    ("unit", "offset"),
    [("line", 0.3), ("line", 1.2), ("word", 0.3), ("word", 1.2), ("character", 0.3), ("character", 0.6)],
)
def test_text_drawn_twice_for_looks_is_read_once(unit: str, offset: float) -> None:
    # As programs print bold type and shadows: everything once, and again a little aside.
    line, size = "Total due 1,140.00", 12
    pieces = {"line": [line], "word": line.split(" "), "character": list(line)}[unit]
    content, at = b"", 72.0
    for piece in pieces:
        for aside in (0.0, offset):
            content += shown(piece, at + aside, 720 - aside / 2, size=size)
        at += stringWidth(piece + (" " if unit == "word" else ""), "Helvetica", size)

    assert texts(read_pdf(page_pdf(content))) == [line]


def test_a_whole_layer_drawn_twice_is_read_once() -> None:
    layer = PLAIN + shown("Rent 1,450.00", 72, 700) + shown("Rent 1,450.00", 72, 680)

    reading = read_pdf(page_pdf(layer + b"1 0 0 1 0.3 -0.3 cm\n" + layer))

    assert texts(reading) == ["Total due 1,140.00", "Rent 1,450.00", "Rent 1,450.00"]
