from __future__ import annotations

import pytest

from pages.limits import ReadLimits
from pages.office import docx
from pages.parts import Reading, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.unit.pages import office_files as made
from tests.unit.pages.making import noted, texts

run, paragraph = made.run, made.paragraph
STYLES = (
    f'<w:styles xmlns:w="{made.W}">'
    '<w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:styleId="Ghost"><w:name w:val="ghost"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:styleId="Loop"><w:name w:val="loop"/><w:basedOn w:val="Loop"/></w:style>'
    '<w:style w:styleId="Dark"><w:name w:val="dark table"/><w:tblStylePr>'
    '<w:tcPr><w:shd w:fill="1F4E79"/></w:tcPr></w:tblStylePr></w:style></w:styles>'
)
NUMBERING = (
    f'<w:numbering xmlns:w="{made.W}"><w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1(%2)"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
BEGIN, END = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
EXTRA = {"styles.xml": STYLES, "numbering.xml": NUMBERING}
KINDS = {"styles.xml": "styles", "numbering.xml": "numbering"}


def read(body: str, parts: dict[str, str] | None = None, kinds: dict[str, str] | None = None) -> Reading:
    return docx.read(
        made.docx(body, EXTRA | (parts or {}), KINDS | (kinds or {})), ReadLimits(), lambda _page: None
    )


def hidden(reading: Reading) -> list[str]:
    return [note.text for note in reading.notes if note.kind is NoteKind.HIDDEN_TEXT]


def test_paragraphs_headings_and_cells_are_lines_with_their_marks() -> None:
    reading = read(
        paragraph(run("Parties"), properties='<w:pStyle w:val="H2"/>')
        + paragraph(run("This Lease is "), run("made today."))
        + made.table(("Rent", "1,450.00"), ("Deposit", "2,900.00"))
    )

    (page,) = reading.pages
    assert texts(reading) == [
        "Parties",
        "This Lease is made today.",
        "Rent",
        "1,450.00",
        "Deposit",
        "2,900.00",
    ]
    assert {line: mark.heading for line, mark in page.marks.items() if mark.heading} == {0: 2}
    assert [page.marks[place].cell for place in range(2, 6)] == [(1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2)]
    assert page.lines[2][0].y0 == page.lines[3][0].y0
    assert page.lines[2][-1].x1 < page.lines[3][0].x0


def test_clauses_have_the_numbers_that_a_word_processor_shows() -> None:
    def numbered(text: str, level: int) -> str:
        numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>'
        return paragraph(run(text), properties=numbers)

    reading = read(
        "".join((numbered("Term", 0), numbered("start", 1), numbered("end", 1), numbered("Rent", 0)))
    )

    assert texts(reading) == ["1. Term", "1(a) start", "1(b) end", "2. Rent"]


@pytest.mark.parametrize(
    ("unseen", "why"),
    [
        (run("pay nobody", "<w:vanish/>"), "2 formatted as hidden"),
        (run("pay nobody", '<w:rStyle w:val="Ghost"/>'), "2 formatted as hidden"),
        (run("pay nobody", '<w:color w:val="FFFFFF"/>'), "2 white on white"),
        (run("pay nobody", '<w:sz w:val="2"/>'), "2 too small to see"),
        ("<w:del><w:r><w:delText>pay nobody</w:delText></w:r></w:del>", "2 deleted with tracked changes"),
        (f"<w:moveFrom>{run('pay nobody')}</w:moveFrom>", "2 deleted with tracked changes"),
        (
            f"{BEGIN}{run('pay nobody')}{END}",
            "2 instructions of a field",
        ),
    ],
)
def test_text_that_is_not_seen_is_left_out_and_counted(unseen: str, why: str) -> None:
    reading = read(paragraph(run("Rent is "), unseen, run("due.")))

    assert texts(reading) == ["Rent is due."]
    assert hidden(reading) == [f"2 words are hidden from sight and left out ({why})"]
    assert "nobody" not in " ".join(noted(reading))


@pytest.mark.parametrize(
    "seen",
    [
        paragraph(run("Total", '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>')),
        paragraph(run("Total", '<w:color w:val="FFFFFF"/>'), properties='<w:shd w:fill="1F4E79"/>'),
        paragraph(run("Total", '<w:vanish w:val="0"/>')),
        f"<w:p><w:ins>{run('Total')}</w:ins></w:p>",
        f"<w:sdt><w:sdtContent>{paragraph(run('Total'))}</w:sdtContent></w:sdt>",
        paragraph(run("Total"), properties='<w:pStyle w:val="Loop"/>'),
        '<w:tbl><w:tblPr><w:tblStyle w:val="Dark"/></w:tblPr><w:tr><w:tc>'
        + paragraph(run("Total", '<w:color w:val="FFFFFF"/>'))
        + "</w:tc></w:tr></w:tbl>",
    ],
)
def test_text_that_is_seen_stays(seen: str) -> None:
    reading = read(seen)

    assert texts(reading) == ["Total"]
    assert hidden(reading) == []


def test_a_field_that_never_ends_hides_no_more_than_its_own_paragraph() -> None:
    reading = read(paragraph(BEGIN, run("lost")) + paragraph(run("Rent is due.")))

    assert texts(reading) == ["Rent is due."]


LIST = '<w:listEntry w:val="yes"/><w:listEntry w:val="no"/>'


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        (f'<w:ddList><w:result w:val="1"/>{LIST}</w:ddList>', "Pets: no."),
        (f'<w:ddList><w:default w:val="1"/>{LIST}</w:ddList>', "Pets: no."),
        (f"<w:ddList>{LIST}</w:ddList>", "Pets: yes."),
        (f'<w:ddList><w:result w:val="7"/>{LIST}</w:ddList>', "Pets: ."),
        ('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>', "Pets: ☒."),
        ('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>', "Pets: ☐."),
        ('<w:checkBox><w:default w:val="1"/></w:checkBox>', "Pets: ☒."),
        ("<w:checkBox/>", "Pets: ☐."),
    ],
)
@pytest.mark.parametrize("parted", ["", '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'])
def test_lists_and_boxes_of_a_form_show_what_they_were_set_to(kept: str, text: str, parted: str) -> None:
    begin = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{kept}</w:ffData></w:fldChar></w:r>'

    reading = read(paragraph(run("Pets: "), begin, parted, END, run(".")))

    assert texts(reading) == [text]
    assert noted(reading) == []


def test_a_choice_that_also_stands_in_the_text_is_read_once_and_a_hidden_one_is_not() -> None:
    choice = f'<w:ffData><w:ddList><w:result w:val="1"/>{LIST}</w:ddList></w:ffData>'
    begin = f'<w:r><w:fldChar w:fldCharType="begin">{choice}</w:fldChar></w:r>'
    parted = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    unseen = END.replace("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>")

    reading = read(
        paragraph(run("Pets: "), begin, parted, run("no"), END) + paragraph(run("Rent: "), begin, unseen)
    )

    assert texts(reading) == ["Pets: no", "Rent:"]
    assert hidden(reading) == ["1 word is hidden from sight and left out (1 formatted as hidden)"]


def test_pages_end_where_the_document_says_so() -> None:
    reading = read(
        paragraph(run("one"), '<w:r><w:br w:type="page"/></w:r>', run("two"))
        + paragraph("<w:r><w:lastRenderedPageBreak/></w:r>", run("three"))
    )

    assert [page.number for page in reading.pages] == [1, 2, 3]
    assert texts(reading) == ["one", "two", "three"]


def test_headers_footers_and_footnotes_are_read_once() -> None:
    def part(tag: str, text: str) -> str:
        return f'<w:{tag} xmlns:w="{made.W}">{text}</w:{tag}>'

    footnote = f'<w:footnote w:id="4">{paragraph(run("as amended"))}</w:footnote>'
    reading = read(
        paragraph(run("Rent"), '<w:r><w:footnoteReference w:id="4"/></w:r>')
        + '<w:sectPr><w:headerReference r:id="r2"/><w:footerReference r:id="r3"/></w:sectPr>',
        {
            "header1.xml": part("hdr", paragraph(run("Lease no. 7"))),
            "footer1.xml": part("ftr", paragraph(run("confidential"))),
            "footnotes.xml": part("footnotes", footnote),
        },
        {"header1.xml": "header", "footer1.xml": "footer", "footnotes.xml": "footnotes"},
    )

    assert texts(reading) == ["Lease no. 7", "Rent", "1 as amended", "confidential"]


def test_macros_are_noted_and_nothing_outside_is_fetched() -> None:
    reading = read(paragraph(run("Rent")), {"vbaProject.bin": "x"})

    assert [note.kind for note in reading.notes] == [NoteKind.ACTIVE_CONTENT]


def test_a_text_box_is_read_once_whichever_program_it_was_written_for() -> None:
    box = f"<w:txbxContent>{paragraph(run('in a box'))}</w:txbxContent>"
    both = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )

    assert texts(read(paragraph(run("Rent"), both))) == ["Rent", "in a box"]


def test_a_document_without_a_body_is_refused() -> None:
    data = made.docx("").replace(b"w:body", b"w:bodi")
    empty = made.package(
        {
            "_rels/.rels": made.relations({"r1": ("officeDocument", "word/document.xml")}),
            "word/document.xml": f'<w:document xmlns:w="{made.W}"/>',
        }
    )

    for broken in (empty, data[: len(data) // 2]):
        with pytest.raises(UnreadableError) as caught:
            docx.read(broken, ReadLimits(), lambda _page: None)

        assert caught.value.reject_reason is RejectReason.UNREADABLE
