from __future__ import annotations

import pytest

from pages.html import reading as html
from pages.limits import ReadLimits
from pages.parts import Reading, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.unit.pages.making import noted, texts


def read(markup: str | bytes) -> Reading:
    data = markup if isinstance(markup, bytes) else markup.encode()
    return html.read(data, ReadLimits(), lambda _page: None)


def test_headings_lists_and_tables_keep_their_structure() -> None:
    reading = read(
        "<h2>Invoice 42</h2><p>Dear <b>Mary</b>,<br>thank you</p><ol><li>First<li>Second</ol>"
        "<table><tr><th>Item<th>Price</tr><tr><td rowspan=2>Desk<td>100.00<tr><td>90.00</table>"
    )

    (page,) = reading.pages
    assert texts(reading) == [
        *("Invoice 42", "Dear Mary,", "thank you", "1. First", "2. Second"),
        *("Item", "Price", "Desk", "100.00", "90.00"),
    ]
    assert page.marks[0].heading == 2
    assert [page.marks[place].cell for place in range(5, 10)] == [
        *((1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2), (1, 3, 2)),
    ]


def test_a_table_that_only_places_others_is_none() -> None:
    reading = read("<table><tr><td><table><tr><td>Rent<td>1,450.00</table><td>aside</table>")

    assert texts(reading) == ["Rent", "1,450.00", "aside"]
    assert reading.pages[0].marks[0].cell == (1, 1, 1)
    assert 2 not in reading.pages[0].marks


def test_columns_of_text_as_typed_stay_apart() -> None:
    reading = read("<pre>Rent      1,450.00\nDeposit   2,900.00</pre>")

    assert texts(reading) == ["Rent", "1,450.00", "Deposit", "2,900.00"]


@pytest.mark.parametrize(
    ("hidden", "why"),
    [
        ('<p style="display:none">pay nobody</p>', "not displayed"),
        ("<p hidden>pay nobody</p>", "not displayed"),
        ("<noscript>pay nobody</noscript>", "not displayed"),
        ('<p class="gone">pay nobody</p>', "not displayed"),
        ('<div id="a"><p class="late">pay nobody</p></div>', "not displayed"),
        ('<p style="visibility:hidden">pay nobody</p>', "made invisible"),
        ('<p style="opacity:0">pay nobody</p>', "made invisible"),
        ('<p style="position:absolute;left:-9999px">pay nobody</p>', "placed off the page"),
        ('<p style="text-indent:-999em">pay nobody</p>', "placed off the page"),
        ('<div style="max-height:0;overflow:hidden">pay nobody</div>', "in a box without room"),
        ('<p style="position:absolute;clip:rect(0 0 0 0)">pay nobody</p>', "in a box without room"),
        ('<span style="font-size:0">pay nobody</span>', "too small to see"),
        ('<span style="color:#fff">pay nobody</span>', "in the colour of its background"),
        ('<font color="white">pay nobody</font>', "in the colour of its background"),
        ('<td bgcolor="#123456"></td><p style="color:transparent">pay nobody</p>', "in the colour"),
        ('<div style="background:#222"><b style="color:rgb(34,34,34)">pay nobody</b></div>', "in the colour"),
        ('<p style="color:#fff;color:#fff!important" class="dark-text">pay nobody</p>', "in the colour"),
    ],
)
def test_text_that_a_browser_does_not_show_is_left_out_and_counted(hidden: str, why: str) -> None:
    style = "<style>.gone{display:none} #a .late{display:none!important} .dark-text{color:#000}</style>"
    reading = read(f"{style}<p>Rent is due.</p>{hidden}")

    assert texts(reading) == ["Rent is due."]
    assert any(note.kind is NoteKind.HIDDEN_TEXT and f"2 {why}" in note.text for note in reading.notes)
    assert "nobody" not in " ".join(noted(reading))


@pytest.mark.parametrize(
    "seen",
    [
        '<div style="background:#123;color:#fff">Total</div>',
        '<div style="background-image:url(x.png);color:#fff">Total</div>',
        '<div style="visibility:hidden"><b style="visibility:visible">Total</b></div>',
        "<style>p{display:none} p.on{display:block}</style><p class=on>Total</p>",
        "<style>@media print{p{display:none}} @media (max-width:600px){p{display:none}}</style><p>Total</p>",
        "<style>p:hover, p:::nonsense((, b{display:none}</style><p>Total</p>",
        '<input value="Total">',
        "<select><option>None<option selected>Total</select>",
        '<table bgcolor="black"><tr><td style="color:white">Total</table>',
    ],
)
def test_text_that_a_browser_shows_stays(seen: str) -> None:
    assert texts(read(seen)) == ["Total"]


def test_nothing_is_run_or_fetched_and_people_are_told() -> None:
    reading = read('<p>Rent</p><script>document.write("9")</script><img src="https://example.org/a.png">')

    assert texts(reading) == ["Rent"]
    assert {note.kind for note in reading.notes} == {NoteKind.ACTIVE_CONTENT, NoteKind.NOT_READ}


@pytest.mark.parametrize(
    "data",
    [
        '<meta charset="windows-1251"><p>Договор аренды'.encode("cp1251"),
        '<meta http-equiv=Content-Type content="text/html; charset=iso-8859-5"><p>Договор аренды'.encode(
            "iso8859-5"
        ),
        "<p>Договор аренды".encode(),
        b"\xff\xfe" + "<p>Договор аренды".encode("utf-16-le"),
        '<meta charset="zlib"><p>Договор аренды'.encode(),
        '<meta charset="no-such-thing"><p>Договор аренды'.encode(),
    ],
)
def test_the_encoding_is_the_one_declared_or_found(data: bytes) -> None:
    assert texts(read(data)) == ["Договор аренды"]


def test_hebrew_and_arabic_keep_their_order_and_begin_at_the_right() -> None:
    reading = read("<p>חוזה שכירות 12,500 ABC Ltd</p><p>\ufecb\ufed8\ufeaa إيجار</p>")

    assert texts(reading) == ["חוזה שכירות 12,500 ABC Ltd", "عقد إيجار"]
    first = {word.text: word.x0 for word in reading.pages[0].lines[0]}
    assert first["חוזה"] > first["שכירות"] > first["12,500"] > first["Ltd"] > first["ABC"]


def test_controls_of_direction_and_mixed_scripts_are_flagged_and_kept() -> None:
    reading = read("<p>\u202e1140 p\u0430y</p>")

    assert texts(reading) == ["\u202e1140 p\u0430y"]
    assert {note.kind for note in reading.pages[0].notes} == {NoteKind.BIDI_CONTROLS, NoteKind.MIXED_SCRIPTS}


@pytest.mark.parametrize("markup", ["<div>" * 100_000 + "x", "<b>" * 3000 + "x", "<table><td>" * 100_000])
def test_html_nested_without_end_is_refused_at_once(markup: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(markup)

    assert caught.value.reject_reason is RejectReason.TOO_DEEP


def test_selectors_made_to_be_tried_in_endless_ways_are_passed_over_and_people_are_told() -> None:
    style = f"<style>q {'div ' * 8} p{{color:red}} .gone{{display:none}}</style>"
    reading = read(style + "<div>" * 300 + "<p>Rent</p><p class=gone>no</p>")

    assert texts(reading) == ["Rent"]
    assert any("too long to be judged" in note.text for note in reading.notes)


def test_many_paragraphs_that_are_never_closed_are_not_deep() -> None:
    assert len(texts(read("<p>line" * 3000))) == 3000
