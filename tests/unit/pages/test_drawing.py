"""Pages as pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pages.reader import PageReader, ReadDocument, RenderError
from tests.unit.pages.making import encoded, page_pdf, picture, shown
from tests.unit.pages.readings import (
    LEASE,
    document,
    reading,
)


def test_a_page_is_drawn_upright() -> None:
    data = page_pdf(shown("Lease", 72, 500), box=(0, 0, 400, 600))

    drawn = reading(lambda reader: reader.render(data, 1, 72))
    turned = reading(lambda reader: reader.render(data, 1, 72, rotation=90))

    assert Image.open(io.BytesIO(drawn)).size == (400, 600)
    assert Image.open(io.BytesIO(turned)).size == (600, 400)


def test_a_page_that_cannot_be_drawn_is_named_with_the_reason() -> None:
    with pytest.raises(RenderError, match=r"page 7 can't be drawn: .*page 7 could not be opened") as caught:
        reading(lambda reader: reader.render(LEASE, 7, 72))

    assert caught.value.reason == "unreadable"


@pytest.mark.slow
def test_a_turned_scan_is_drawn_the_way_its_boxes_lie() -> None:
    data = encoded(picture().rotate(90, expand=True), "PNG")

    async def use(reader: PageReader) -> tuple[ReadDocument, Image.Image]:
        found = document(await reader.read(data))
        page = found.layout.pages[0]
        return found, Image.open(io.BytesIO(await reader.render(data, 1, 72, page.rotation)))

    found, image = reading(use)

    box = found.layout.pages[0].lines[0].box
    title = image.convert("L").crop(
        (
            int(box.x0 * image.width),
            int(box.y0 * image.height),
            int(box.x1 * image.width),
            int(box.y1 * image.height),
        )
    )
    below = image.convert("L").crop((0, 0, image.width, int(box.y0 * image.height) - 8))
    assert min(title.tobytes()) < 60
    assert min(below.tobytes()) > 200
    assert found.quality.reasons == ("page 1 lay rotated by 270° clockwise, corrected",)
