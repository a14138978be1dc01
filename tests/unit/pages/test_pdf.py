from __future__ import annotations

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from pages.limits import ReadLimits
from pages.parts import Rendering, UnreadableError
from pages.pdf.reading import render
from pages.sniff import sniff
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.unit.pages.making import (
    LIMITS,
    encrypted_pdf,
    noted,
    objects_pdf,
    page_pdf,
    read_pdf,
    shown,
    stream,
    texts,
)


def refusal(data: bytes, limits: ReadLimits = LIMITS) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read_pdf(data, limits)
    return caught.value


def test_words_come_with_their_boxes_from_the_top_left() -> None:
    page = read_pdf(page_pdf(shown("Total due", 72, 720))).pages[0]

    (line,) = page.lines
    assert [word.text for word in line] == ["Total", "due"]
    assert (page.width, page.height, page.rotation) == (612, 792, 0)
    assert line[0].x0 == pytest.approx(72, abs=1)
    assert line[0].y1 == pytest.approx(792 - 720, abs=1)
    assert line[0].x1 < line[1].x0


def test_a_cell_of_a_table_is_a_line_of_its_own() -> None:
    rows = b"".join(
        shown(text, x, 700 - 20 * row)
        for row in range(2)
        for text, x in ((f"Item {row}", 72), ("2", 250), (f"{row}50.00", 400))
    )

    assert texts(read_pdf(page_pdf(rows))) == ["Item 0", "2", "050.00", "Item 1", "2", "150.00"]


def test_letters_of_two_cells_in_one_text_object_are_two_words() -> None:
    content = b"BT /F1 12 Tf 72 700 Td [(1) -20000 (7)] TJ ET"

    assert texts(read_pdf(page_pdf(content))) == ["1", "7"]


def test_a_word_broken_over_two_lines_keeps_its_hyphen_where_it_stands() -> None:
    content = shown("The agree-", 72, 700) + shown("ment ends.", 72, 684)

    assert texts(read_pdf(page_pdf(content))) == ["The agree-", "ment ends."]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_shown_turned_is_read_as_it_is_shown(rotate: int) -> None:
    turned = {
        0: "1 0 0 1 100 600",
        90: "0 1 -1 0 200 100",
        180: "-1 0 0 -1 500 200",
        270: "0 -1 1 0 400 700",
    }[rotate]
    content = f"BT /F1 12 Tf {turned} Tm (Rent is due monthly) Tj ET".encode()

    page = read_pdf(page_pdf(content, rotate=rotate)).pages[0]

    (line,) = page.lines
    assert " ".join(word.text for word in line) == "Rent is due monthly"
    assert page.rotation == 0
    assert (page.width, page.height) == ((792, 612) if rotate in (90, 270) else (612, 792))
    assert line[0].x1 < line[-1].x0
    assert line[0].height < 15


@pytest.mark.parametrize(("matrix", "turn"), [("0 1 -1 0", 90), ("-1 0 0 -1", 180), ("0 -1 1 0", 270)])
def test_text_drawn_sideways_is_turned_upright_and_said(matrix: str, turn: int) -> None:
    content = b"".join(
        f"BT /F1 12 Tf {matrix} {200 + 15 * row} {200 + 15 * row} Tm (Rent is due monthly) Tj ET\n".encode()
        for row in range(3)
    )

    reading = read_pdf(page_pdf(content))

    page = reading.pages[0]
    assert texts(reading) == ["Rent is due monthly"] * 3
    assert page.rotation == turn
    assert noted(reading) == [f"page 1 lay rotated by {-turn % 360}° clockwise, corrected"]
    assert all(line[0].x1 < line[-1].x0 for line in page.lines)


def test_boxes_of_a_cropped_page_are_of_what_is_shown() -> None:
    data = page_pdf(shown("Here", 110, 210), box=(100, 200, 300, 400))

    page = read_pdf(data).pages[0]

    assert (page.width, page.height) == (200, 200)
    assert page.lines[0][0].x0 == pytest.approx(10, abs=1)


def test_two_columns_of_running_text_are_read_one_after_the_other() -> None:
    words = "the landlord shall keep the premises in"
    content = b"".join(
        shown(f"{side}{row} {words}", x, 700 - 14 * row, size=10)
        for row in range(12)
        for side, x in (("L", 50), ("R", 330))
    )

    firsts = [text.split()[0] for text in texts(read_pdf(page_pdf(content)))]

    assert firsts == [f"L{row}" for row in range(12)] + [f"R{row}" for row in range(12)]


def test_filled_in_form_fields_are_page_text() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.drawString(72, 720, "Tenant:")
    canvas.acroForm.textfield(name="tenant", value="Mary Poe", x=150, y=710, width=200, height=20)
    canvas.save()

    assert "Mary Poe" in texts(read_pdf(out.getvalue()))


def test_a_password_is_asked_for_in_words_a_person_can_act_on() -> None:
    refused = refusal(encrypted_pdf("open sesame"))

    assert refused.reject_reason is RejectReason.PASSWORD_REQUIRED
    assert str(refused) == "password required: submit a copy without a password"


def test_a_cut_off_file_is_no_document_without_fields() -> None:
    data = page_pdf(shown("Total due", 72, 720))

    assert refusal(data[: len(data) // 3]).reject_reason is RejectReason.UNREADABLE


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (b"%%EOF", b"", "the file ends early; what was left of it was read"),
        (b"startxref\n", b"startxref\n9", "the file's table of contents is broken and was rebuilt"),
    ],
)
def test_a_damaged_file_that_can_be_read_is_said_to_be_damaged(wrong: bytes, right: bytes, said: str) -> None:
    data = page_pdf(shown("Total due", 72, 720))

    reading = read_pdf(data.replace(wrong, right))

    assert texts(reading) == ["Total due"]
    assert [(note.kind, note.text) for note in reading.notes] == [(NoteKind.DAMAGED, said)]


def test_junk_before_the_header_is_skipped_and_said() -> None:
    data = b"\x00" * 3000 + page_pdf(shown("Total due", 72, 720))

    reading = read_pdf(data)

    assert sniff(data) == "application/pdf"
    assert texts(reading) == ["Total due"]
    assert noted(reading) == ["3000 bytes of something else stand before the PDF"]


def test_a_broken_stream_is_said() -> None:
    broken = stream(b"\x78\x9c" + b"\x07" * 60, b"/Filter /FlateDecode")

    reading = read_pdf(page_pdf(shown("Total due", 72, 720), more=(broken,)))

    assert noted(reading) == ["parts of the file are damaged (1); text may be missing"]


def test_scripts_are_noted_and_never_run() -> None:
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"

    reading = read_pdf(page_pdf(shown("Total due", 72, 720), more=(script,)))

    assert [note.kind for note in reading.notes] == [NoteKind.ACTIVE_CONTENT]


def pages_pdf(kids: int, count: int) -> bytes:
    return objects_pdf(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * kids, count),
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
                b"/Resources << /Font << /F1 5 0 R >> >> >>"
            ),
            stream(shown("Page", 20, 100)),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        )
    )


def test_more_pages_than_allowed_are_refused_before_they_are_read() -> None:
    refused = refusal(pages_pdf(20_000, 20_000))

    assert refused.reject_reason is RejectReason.TOO_MANY_PAGES
    assert "20000 pages, 500 are allowed" in str(refused)


def test_a_count_of_pages_that_lies_is_not_believed() -> None:
    reading = read_pdf(pages_pdf(1, 2_000_000_000))

    assert texts(reading) == ["Page"]


def test_a_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = stream(
        b"\x00",
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter /FlateDecode",
    )
    data = page_pdf(b"q 612 0 0 792 0 0 cm /Im1 Do Q", resources=b"/XObject << /Im1 6 0 R >>", more=(bomb,))

    assert refusal(data).reject_reason is RejectReason.TOO_LARGE
    with pytest.raises(UnreadableError, match="60000 x 60000"):
        render(data, Rendering(1, 150, 0), LIMITS)


def test_a_page_of_any_size_is_drawn_within_the_pixel_budget() -> None:
    data = page_pdf(shown("Total due", 72, 720, before="1 g"), box=(0, 0, 200_000, 200_000))

    assert render(data, Rendering(1, 150, 0), LIMITS).startswith(b"\x89PNG")
    assert texts(read_pdf(data)) == []


def test_something_that_only_begins_like_a_pdf_is_refused() -> None:
    assert refusal(b"%PDF-1.7\nnothing of the sort").reject_reason is RejectReason.UNREADABLE
