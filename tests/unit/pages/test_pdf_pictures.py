"""Pictures on a PDF page that has words of its own: what is not read of it is said."""

from __future__ import annotations

import pytest

from pages.quality import whole_quality
from schemas.layout import NoteKind, TextSource
from tests.unit.pages.making import noted, page_pdf, picture, read_pdf, shown, stream, texts

TITLE = "Annex 3 to the lease agreement"
SCAN = picture([f"Clause {number}: the rent is {number},200 EUR" for number in range(1, 5)])


def drawn(*places: tuple[float, float, float, float]) -> bytes:
    """Return the operators that draw the scan at places: left, bottom, width, height."""
    return b"".join(
        b"q %g 0 0 %g %g %g cm /Im1 Do Q\n" % (width, height, left, bottom)
        for left, bottom, width, height in places
    )


def page(content: bytes) -> bytes:
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
        % SCAN.size
    )
    image = stream(SCAN.tobytes(), entries)
    return page_pdf(content, resources=b"/XObject << /Im1 6 0 R >>", more=(image,))


STRIPS = tuple((0.0, 200.0 + 40 * row, 612.0, 40.0) for row in range(10))


@pytest.mark.parametrize("places", [((0.0, 200.0, 612.0, 400.0),), STRIPS], ids=["whole", "in strips"])
def test_a_scan_below_a_pages_own_words_is_said_to_be_unread(
    places: tuple[tuple[float, float, float, float], ...],
) -> None:
    reading = read_pdf(page(drawn(*places) + shown(TITLE, 72, 740)))

    assert texts(reading) == [TITLE]
    assert noted(reading) == ["page 1: pictures are not read (50 % of the page)"]
    assert [note.kind for note in reading.pages[0].notes] == [NoteKind.NOT_READ]
    assert whole_quality(reading.pages).score == 1.0


def test_a_caption_beside_a_picture_does_not_stand_on_it() -> None:
    content = drawn((0, 200, 612, 400)) + shown(TITLE, 72, 602) + shown(TITLE, 72, 188)

    assert noted(read_pdf(page(content))) == ["page 1: pictures are not read (50 % of the page)"]


@pytest.mark.parametrize(
    "content",
    [
        drawn((72, 700, 120, 60)) + shown(TITLE, 72, 600),
        drawn((0, 200, 612, 400)) + shown(TITLE, 72, 590),
        drawn(*STRIPS) + shown(TITLE, 72, 590),
        drawn((0, 0, 612, 792)) + b"".join(shown(TITLE, 72, 740 - 20 * row) for row in range(20)),
    ],
    ids=["a logo", "under words", "strips under words", "a page under words"],
)
def test_logos_and_pictures_that_words_stand_on_are_not_noted(content: bytes) -> None:
    reading = read_pdf(page(content))

    assert reading.pages[0].source is TextSource.NATIVE
    assert noted(reading) == []


def test_a_scan_with_an_unseen_layer_of_text_is_read_and_not_noted_as_unread() -> None:
    layer = b"".join(shown(TITLE, 72, 700 - 40 * row, before="3 Tr") for row in range(4))

    reading = read_pdf(page(drawn((0, 0, 612, 792)) + layer))

    assert reading.pages[0].source is TextSource.OCR
    assert NoteKind.NOT_READ not in [note.kind for note in reading.pages[0].notes]
