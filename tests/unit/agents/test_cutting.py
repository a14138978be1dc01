"""Pages cut out of a packet are a document of their own: numbered anew, with their own notes and quality."""

from __future__ import annotations

from agents.gatekeeper.cutting import cut_layout
from pages.quality import quality_of_part
from schemas.layout import DataSyntax, EmbeddedData, Note, NoteKind, PageQuality, Quality, QualityPart
from store.contracts import layout as layout_problems
from tests.unit.agents.layouts import layout

WHOLE = layout(("one",), ("two", "zwei"), ("three",))
KEY = "documents/d/artifacts/layout/k/layout.json"


def test_pages_and_lines_are_numbered_from_one() -> None:
    cut = cut_layout(WHOLE, 2, 3)

    assert [(page.number, [(line.id, line.text) for line in page.lines]) for page in cut.pages] == [
        (1, [("1.1", "two"), ("1.2", "zwei")]),
        (2, [("2.1", "three")]),
    ]
    assert list(layout_problems(KEY, cut)) == []


def test_notes_go_with_their_page_and_name_its_new_number() -> None:
    turned = Note(kind=NoteKind.ROTATED, page=2, text="page 2 was rotated by 90°, corrected")
    other = Note(kind=NoteKind.ROTATED, page=1, text="page 1 was rotated by 90°, corrected")
    active = Note(kind=NoteKind.ACTIVE_CONTENT, text="a script, which was not run")
    whole = WHOLE.model_copy(update={"notes": (other, turned, active)})

    cut = cut_layout(whole, 2, 3)

    assert cut.notes == (
        Note(kind=NoteKind.ROTATED, page=1, text="page 1 was rotated by 90°, corrected"),
        active,
    )


def test_the_quality_of_a_part_is_that_of_its_pages() -> None:
    dim = QualityPart(name="contrast", score=0.5, measured="contrast is 20 %")
    fine = QualityPart(name="contrast", score=1.0, measured="contrast is 90 %")
    pages = tuple(
        PageQuality(page=number, score=part.score, parts=(part,))
        for number, part in ((1, dim), (2, fine), (3, dim))
    )
    whole = Quality(score=0.57, pages=pages)

    part = quality_of_part(whole, (), 2, 3)

    assert ([page.page for page in part.pages], part.score) == ([1, 2], 0.6)
    assert part.reasons == ("page 2: contrast is 20 %",)


def test_embedded_data_of_the_whole_are_not_taken_for_a_part() -> None:
    data = EmbeddedData(name="factur-x.xml", sha256="a" * 64, syntax=DataSyntax.CII, values=())
    whole = WHOLE.model_copy(update={"data": (data,)})

    cut = cut_layout(whole, 1, 1)

    assert cut.data == ()
    assert [note.kind for note in cut.notes] == [NoteKind.NOT_READ]
