from __future__ import annotations

from pages.limits import ReadLimits
from pages.office import pptx
from pages.parts import Reading
from tests.unit.pages import office_files as made
from tests.unit.pages.making import noted, texts

shape = made.shape


def read(data: bytes) -> Reading:
    return pptx.read(data, ReadLimits(), lambda _page: None)


def test_a_slide_is_a_page_with_its_title_first() -> None:
    reading = read(made.pptx([shape("Rent 1,450.00") + shape("Offer", kind="title"), shape("Terms")]))

    assert texts(reading) == ["Offer", "Rent 1,450.00", "Terms"]
    assert reading.pages[0].marks[0].heading == 1
    assert len(reading.pages) == 2


def test_hidden_slides_notes_and_shapes_are_left_out_and_counted() -> None:
    slides = [shape("Offer") + shape("far away", left=-9_000_000) + shape("not me", hidden=True), shape("x")]
    reading = read(made.pptx(slides, notes="say this", shown=(True, False)))

    assert texts(reading) == ["Offer"]
    assert noted(reading) == [
        "4 words are hidden from sight and left out (2 in hidden shapes, 2 placed off the slide)",
        "hidden slides are left out (1)",
        "speaker notes are left out (of 1 slides)",
    ]


def test_tables_and_groups_are_read() -> None:
    group = f"<p:grpSp>{shape('grouped', left=-9_000_000)}</p:grpSp>"
    reading = read(made.pptx([made.slide_table("a", "b") + group]))

    assert texts(reading) == ["a", "b", "grouped"]
    assert reading.pages[0].marks[1].cell == (1, 1, 2)
