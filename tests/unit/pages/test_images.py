from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from pages.limits import ReadLimits
from pages.parts import Reading, Rendering, UnreadableError
from pages.pictures import images
from pages.pictures.photo import flatten
from pages.quality import whole_quality
from pages.sniff import HEIC, WEBP, sniff
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.unit.pages.making import encoded, noted, picture, texts
from tests.unit.pages.pictures import RENT_HEIC, declared_png, declared_webp


def read(data: bytes, limits: ReadLimits | None = None) -> Reading:
    return images.read(data, limits or ReadLimits(), lambda _page: None)


def photographed(page: Image.Image, *, degrees: float, narrower: float) -> Image.Image:
    """Return a photograph of ``page`` lying on something dark, turned and seen aslant."""
    height, width = page.height, page.width
    side = 3 * max(height, width) // 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (corners - corners.mean(axis=0)) @ turn.T
    placed[:2] *= 1 - narrower
    matrix = cv2.getPerspectiveTransform(corners, (placed + side / 2).astype(np.float32))
    grey = np.asarray(page.convert("L"))
    laid = cv2.warpPerspective(grey, matrix, (side, side), borderMode=cv2.BORDER_CONSTANT, borderValue=60)
    return Image.fromarray(np.repeat(laid[:, :, None], 3, axis=2).astype(np.uint8))


@pytest.mark.slow
def test_a_heic_photograph_is_read() -> None:
    assert sniff(RENT_HEIC) == HEIC
    assert texts(read(RENT_HEIC)) == ["Rent 1,450.00", "Deposit", "2,900.00"]


@pytest.mark.slow
def test_a_webp_is_read_and_of_an_animation_its_first_picture() -> None:
    first, second = picture(["Rent 1,450.00"]), picture(["Deposit 9.00"])
    data = encoded(first, "WEBP", save_all=True, append_images=[second])

    reading = read(data)

    assert sniff(data) == WEBP
    assert texts(reading) == ["Rent 1,450.00"]
    assert [note.kind for note in reading.notes] == [NoteKind.NOT_READ]


@pytest.mark.slow
def test_a_page_photographed_aslant_is_laid_flat_and_drawn_as_it_was_read() -> None:
    photo = encoded(photographed(picture(), degrees=14, narrower=0.2), "JPEG", quality=85)

    reading = read(photo)
    drawn = Image.open(io.BytesIO(images.render(photo, Rendering(1, 72, 0), ReadLimits())))

    assert "Monthly rent 1,450.00 due on the first day" in texts(reading)
    assert len({round(word.y0 / 20) for word in reading.pages[0].lines[0]}) == 1
    assert "aslant" in noted(reading)[0]
    assert drawn.size == (round(reading.pages[0].width), round(reading.pages[0].height))


@pytest.mark.parametrize(
    "straight",
    [
        picture(),
        photographed(picture(), degrees=0, narrower=0),
        picture().rotate(12, expand=True, fillcolor=250),
        Image.new("L", (600, 800), 250),
        Image.new("L", (600, 800), 10),
        Image.fromarray(np.random.default_rng(5).integers(0, 255, (500, 400), dtype=np.uint8)),
    ],
)
def test_what_lies_straight_or_shows_no_page_stays_as_it_is(straight: Image.Image) -> None:
    assert flatten(np.asarray(straight.convert("RGB"))) is None


@pytest.mark.slow
def test_blurred_letters_are_named_in_the_reasons() -> None:
    blurred = read(encoded(picture().filter(ImageFilter.GaussianBlur(4)), "PNG"))
    clean = read(encoded(picture(), "PNG"))

    assert any("blurred" in reason for reason in whole_quality(blurred.pages).reasons)
    assert whole_quality(clean.pages).reasons == ()


@pytest.mark.slow
def test_few_pixels_are_named_in_the_reasons() -> None:
    small = picture()
    small = small.resize((small.width * 2 // 5, small.height * 2 // 5))

    assert any("pixels high" in reason for reason in whole_quality(read(encoded(small, "PNG")).pages).reasons)


@pytest.mark.slow
def test_a_photograph_is_turned_as_its_camera_says() -> None:
    image = picture(["Rent 1,450.00"])
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(image.rotate(90, expand=True), "JPEG", exif=exif)

    assert texts(read(data)) == ["Rent 1,450.00"]


@pytest.mark.parametrize("data", [declared_png(60_000, 60_000), declared_webp(16_384, 16_384)])
def test_a_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded(data: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(data)

    assert caught.value.reject_reason is RejectReason.TOO_LARGE


@pytest.mark.parametrize("size", [20, 200, 600])
@pytest.mark.parametrize("whole", [RENT_HEIC, encoded(picture(["Rent"]), "WEBP")])
def test_a_picture_cut_short_is_refused(whole: bytes, size: int) -> None:
    with pytest.raises(UnreadableError):
        read(whole[:size])


def test_a_page_that_is_not_there_is_not_drawn() -> None:
    for data in (encoded(picture(["Rent"]), "PNG"), encoded(picture(["Rent"]), "TIFF")):
        with pytest.raises(UnreadableError, match="no page 2"):
            images.render(data, Rendering(2, 72, 0), ReadLimits())


@pytest.mark.parametrize(("paper", "mode"), [((200, 200, 200), "L"), ((200, 180, 90), "RGB")])
@pytest.mark.parametrize("rotation", [0, 90, 180])
def test_a_page_is_drawn_pixel_by_pixel_and_one_without_colours_in_greys(
    paper: tuple[int, int, int], mode: str, rotation: int
) -> None:
    pixels = np.zeros((7, 5, 3), np.uint8)
    pixels[1:4, 2:] = paper

    drawn = Image.open(io.BytesIO(images.encode_png(pixels, rotation)))

    assert drawn.mode == mode
    assert np.array_equal(np.rot90(np.asarray(drawn.convert("RGB")), rotation // 90), pixels)
