from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from pages.limits import ReadLimits
from pages.parts import Reading, Rendering, UnreadableError
from pages.pictures import images
from pages.process.encode import encode_reading
from schemas.classification import RejectReason
from schemas.layout import NoteKind, TextSource
from tests.unit.pages.making import (
    LEASE_LINES,
    LIMITS,
    encoded,
    noted,
    picture,
    read_pdf,
    scanned_pdf,
    shown,
    texts,
)

pytestmark = pytest.mark.slow


def read_image(data: bytes, limits: ReadLimits = LIMITS) -> Reading:
    return images.read(data, limits, lambda _page: None)


def joined(found: list[str]) -> str:
    """The engine may part a line at another place than we do; the words are what counts."""
    return " ".join(" ".join(found).split())


def test_a_clean_scan_is_read_word_for_word() -> None:
    reading = read_image(encoded(picture(), "PNG"))

    page = reading.pages[0]
    assert joined(texts(reading)) == joined(list(LEASE_LINES))
    assert (page.width, page.height, page.source) == (900, 560, TextSource.OCR)
    first = page.lines[0][0]
    assert first.text == "RESIDENTIAL"
    assert first.x0 == pytest.approx(80, abs=8)
    assert 70 < first.y0 < first.y1 < 125
    assert {part.name for part in page.quality} == {
        *("ocr_confidence", "unsure_words", "resolution", "sharpness", "contrast", "skew")
    }
    assert all(part.score > 0.9 for part in page.quality)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_scan_is_turned_back_and_said(turned: int) -> None:
    reading = read_image(encoded(picture().rotate(turned, expand=True), "JPEG", quality=90))

    page = reading.pages[0]
    assert joined(texts(reading)) == joined(list(LEASE_LINES))
    assert page.rotation == turned
    assert noted(reading) == [f"page 1 lay rotated by {-turned % 360}° clockwise, corrected"]
    assert (page.width, page.height) == (900, 560)


def test_a_skewed_scan_is_read_row_by_row_and_its_skew_is_measured() -> None:
    reading = read_image(encoded(picture().rotate(-3, expand=True, fillcolor=250), "PNG"))

    skew = next(part for part in reading.pages[0].quality if part.name == "skew")
    assert skew.measured in ("skewed by 2.9°", "skewed by 3.0°", "skewed by 3.1°")
    assert joined(texts(reading)) == joined(list(LEASE_LINES))


@pytest.mark.parametrize("turned", [90, 270])
def test_a_stamp_across_the_text_is_read_the_way_it_runs_and_comes_last(turned: int) -> None:
    scan = picture()
    stamp = picture(["RECEIVED FEB 14"]).crop((60, 60, 420, 130)).rotate(turned, expand=True)
    wide = Image.new("L", (1100, 560), 250)
    wide.paste(scan, (0, 0))
    wide.paste(stamp, (980, 100))

    reading = read_image(encoded(wide, "PNG"))

    assert joined(texts(reading)) == joined([*LEASE_LINES, "RECEIVED FEB 14"])
    assert reading.pages[0].rotation == 0


def test_every_picture_of_a_tiff_is_a_page() -> None:
    first, second = picture(["Page one of two"]), picture(["Page two of two"])
    data = encoded(first, "TIFF", save_all=True, append_images=[second])

    assert texts(read_image(data)) == ["Page one of two", "Page two of two"]


def test_a_picture_is_read_the_way_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture(["Monthly rent 1,450.00"]).rotate(90, expand=True)

    page = read_image(encoded(turned, "JPEG", exif=exif)).pages[0]

    assert joined([word.text for line in page.lines for word in line][0:1]) == "Monthly"
    assert page.rotation == 0


def test_a_see_through_picture_lies_on_white_paper() -> None:
    ink = picture(["Monthly rent 1,450.00"])
    clear = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    clear.putalpha(ink.point(lambda value: 255 - value))

    assert joined(texts(read_image(encoded(clear, "PNG")))) == "Monthly rent 1,450.00"


def test_equal_bytes_give_equal_layouts() -> None:
    data = encoded(picture(), "PNG")

    assert encode_reading(read_image(data), "image/png") == encode_reading(read_image(data), "image/png")


def test_a_scan_is_read_from_its_picture_not_from_the_text_hidden_over_it() -> None:
    hidden = shown("Registrant: Somebody Else", 72, 200, before="3 Tr")

    reading = read_pdf(scanned_pdf(picture(), over=hidden))

    assert joined(texts(reading)) == joined(list(LEASE_LINES))
    assert [note.kind for note in reading.pages[0].notes] == [NoteKind.HIDDEN_TEXT]
    assert "Somebody" not in noted(reading)[0]


def test_a_scan_is_read_from_its_picture_not_from_the_text_beneath_it() -> None:
    reading = read_pdf(scanned_pdf(picture(), under=shown("Registrant: Somebody Else", 72, 200)))

    assert joined(texts(reading)) == joined(list(LEASE_LINES))
    assert "3 covered by something painted over it" in noted(reading)[0]


def test_a_blurred_pale_scan_says_why_it_scores_low() -> None:
    pale = picture().resize((300, 187), Image.Resampling.BOX).point(lambda value: 170 + value // 6)

    page = read_image(encoded(pale, "PNG")).pages[0]

    low = {part.name for part in page.quality if part.score < 0.9}
    assert {"contrast", "resolution"} <= low


def test_an_empty_picture_has_no_lines_and_is_not_blamed_for_it() -> None:
    page = read_image(encoded(Image.new("RGB", (400, 500), "white"), "PNG")).pages[0]

    assert page.lines == []
    assert [part.score for part in page.quality] == [1.0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_cut_off_picture_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 255, (200, 200), dtype=np.uint8))
    data = encoded(noise, kind)

    with pytest.raises(UnreadableError) as caught:
        read_image(data[: len(data) // 3])

    assert caught.value.reject_reason is RejectReason.UNREADABLE


def test_a_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    data = bytearray(encoded(Image.new("1", (64, 64)), "PNG"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    # The header's checksum is right again, as a forger would make it.
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")

    with pytest.raises(UnreadableError, match="60000 x 60000"):
        read_image(bytes(data))


def test_more_pictures_than_allowed_pages_are_refused() -> None:
    frame = Image.new("1", (40, 40), 1)
    data = encoded(frame, "TIFF", save_all=True, append_images=[frame] * 3)

    with pytest.raises(UnreadableError) as caught:
        read_image(data, ReadLimits(pages=3))

    assert caught.value.reject_reason is RejectReason.TOO_MANY_PAGES


def test_pictures_are_drawn_upright_and_never_larger_than_they_are() -> None:
    data = encoded(picture().rotate(90, expand=True), "PNG")

    drawn = images.render(data, Rendering(1, 300, 90), LIMITS)
    small = images.render(data, Rendering(1, 36, 90), LIMITS)

    assert Image.open(io.BytesIO(drawn)).size == (900, 560)
    assert Image.open(io.BytesIO(small)).size == (450, 280)
