from __future__ import annotations

import io

import pytest
from PIL import Image

from pages import plain_text
from pages.encodings import decode_text
from pages.limits import ReadLimits
from pages.parts import Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.unit.pages.making import LIMITS, noted, texts

SAID = "Grüße – Total 99,00 €\n合計"


def read(data: bytes, limits: ReadLimits = LIMITS) -> Reading:
    return plain_text.read(data, limits, lambda _page: None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_is_decoded_whatever_its_unicode_encoding(encoding: str) -> None:
    assert decode_text(SAID.encode(encoding)) == SAID


def test_text_of_one_byte_letters_is_decoded() -> None:
    assert decode_text("Miete für März: 1.450 €".encode("cp1252")) == "Miete für März: 1.450 €"


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4, b"\x00\x01\x02\x03" * 50, b"\xef\xbb\xbf\xff\xfe\xff"]
)
def test_bytes_that_are_no_text_are_not_decoded(data: bytes) -> None:
    assert decode_text(data) is None


def test_words_stand_on_a_grid_and_cells_are_lines() -> None:
    page = read(b"Lease\n\nRent      1,450.00\tmonthly\n").pages[0]

    assert [[word.text for word in line] for line in page.lines] == [
        ["Lease"],
        ["Rent"],
        ["1,450.00"],
        ["monthly"],
    ]
    rent, amount = page.lines[1][0], page.lines[2][0]
    assert rent.y0 == amount.y0 > page.lines[0][0].y1
    assert rent.x1 < amount.x0


def test_long_lines_are_wrapped_without_losing_a_letter() -> None:
    said = " ".join(f"word{number}" for number in range(200)) + " " + "x" * 300

    reading = read(said.encode())

    assert "".join("".join(line.split()) for line in texts(reading)) == "".join(said.split())
    assert all(word.x1 <= 612 for page in reading.pages for line in page.lines for word in line)


def test_pages_end_at_sixty_lines_or_at_a_form_feed() -> None:
    reading = read(b"first\f" + b"second\n" * 61)

    assert [len(page.lines) for page in reading.pages] == [1, 60, 1]


def test_more_pages_than_allowed_are_refused() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(b"line\n" * 200, ReadLimits(pages=3))

    assert caught.value.reject_reason is RejectReason.TOO_MANY_PAGES


def test_controls_of_direction_and_mixed_scripts_stay_and_are_noted() -> None:
    reading = read("Vendor: \u0410m\u0430zon\nTotal: \u202e00.99\u202c\n5 µm, 3 kΩ".encode())

    assert "\u0410m\u0430zon" in texts(reading)[0]
    assert "\u202e" in texts(reading)[1]
    assert [note.kind for note in reading.pages[0].notes] == [NoteKind.BIDI_CONTROLS, NoteKind.MIXED_SCRIPTS]
    assert noted(reading)[1].startswith("1 word ")


def test_a_page_is_drawn() -> None:
    image = Image.open(io.BytesIO(plain_text.render(b"Lease\n", Rendering(1, 72, 0), LIMITS)))

    assert image.size == (612, 792)
    assert min(image.tobytes()) < 100
    with pytest.raises(UnreadableError, match="no page 2"):
        plain_text.render(b"Lease\n", Rendering(2, 72, 0), LIMITS)
