from __future__ import annotations

import pytest

from pages.limits import ReadLimits
from pages.office import xlsx
from pages.office.xlsx_formats import shown
from pages.parts import Reading
from schemas.layout import NoteKind
from tests.unit.pages import office_files as made
from tests.unit.pages.making import noted, texts

STYLES = f"""<styleSheet xmlns="{made.X}"><numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/></numFmts>
<fonts><font><sz val="11"/></font><font><color rgb="FFFFFFFF"/></font></fonts>
<fills><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FF1F4E79"/></patternFill></fill></fills>
<cellXfs><xf numFmtId="0" fontId="0" fillId="0"/><xf numFmtId="4" fontId="0" fillId="0"/>
<xf numFmtId="164" fontId="0" fillId="0"/><xf numFmtId="0" fontId="1" fillId="0"/>
<xf numFmtId="0" fontId="1" fillId="1"/></cellXfs></styleSheet>"""
STRINGS = f"""<sst xmlns="{made.X}"><si><t>Oak Hill</t></si><si><r><t>Mary </t></r><r><t>Poe</t></r>
<rPh><t>reading</t></rPh></si></sst>"""


def read(data: bytes) -> Reading:
    return xlsx.read(data, ReadLimits(), lambda _page: None)


def sheet(content: str, *, before: str = "") -> Reading:
    data = f"{before}<sheetData>{content}</sheetData>"
    return read(made.xlsx({"Rent roll": data}, styles=STYLES, strings=STRINGS))


def test_a_sheet_is_its_name_and_its_cells_with_the_rows_and_columns_of_the_file() -> None:
    reading = sheet('<row r="3"><c r="B3" t="s"><v>1</v></c><c r="D3" s="1"><v>1450.5</v></c></row>')

    (page,) = reading.pages
    assert texts(reading) == ["Rent roll", "Mary Poe", "1,450.50"]
    assert page.marks[0].heading == 1
    assert [page.marks[1].cell, page.marks[2].cell] == [(1, 3, 2), (1, 3, 4)]


def test_every_sheet_begins_a_page() -> None:
    reading = read(made.xlsx({"One": made.cells(("a",)), "Two": made.cells(("b",))}))

    assert [page.number for page in reading.pages] == [1, 2]
    assert texts(reading) == ["One", "a", "Two", "b"]


@pytest.mark.parametrize(
    ("content", "before", "why"),
    [
        ('<row r="2" hidden="1"><c t="str"><v>secret</v></c></row>', "", "1 in hidden rows"),
        (
            '<row r="2"><c r="C2" t="str"><v>secret</v></c></row>',
            '<cols><col min="2" max="3" hidden="1"/></cols>',
            "1 in hidden columns",
        ),
        ('<row r="2"><c t="str" s="3"><v>secret</v></c></row>', "", "1 in the colour of its cell"),
    ],
)
def test_what_a_sheet_does_not_show_is_left_out_and_counted(content: str, before: str, why: str) -> None:
    reading = sheet('<row r="1"><c t="str"><v>Rent</v></c></row>' + content, before=before)

    assert texts(reading) == ["Rent roll", "Rent"]
    assert noted(reading) == [f"1 word is hidden from sight and left out ({why})"]


def test_white_letters_on_a_dark_cell_are_seen() -> None:
    assert "Rent" in texts(sheet('<row r="1"><c t="str" s="4"><v>Rent</v></c></row>'))


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_left_out_and_counted(state: str) -> None:
    sheets = {"Rent": made.cells(("1,450.00",)), "Other": made.cells(("secret",))}
    reading = read(made.xlsx(sheets, states={"Other": state}))

    assert texts(reading) == ["Rent", "1,450.00"]
    assert noted(reading) == ["hidden sheets are left out (1)"]


def test_a_formula_is_its_last_value_or_a_note() -> None:
    reading = sheet('<row r="1"><c><f>1+1</f><v>2</v></c><c><f>SUM(A1:A9)</f></c></row>')

    assert texts(reading) == ["Rent roll", "2"]
    assert [note.kind for note in reading.notes] == [NoteKind.FORMULAS]


def test_a_million_empty_rows_and_a_lying_dimension_cost_nothing() -> None:
    rows = "".join(f'<row r="{number}"/>' for number in range(2, 200_000))
    reading = sheet(
        '<row r="1"><c t="str"><v>Rent</v></c></row>' + rows + '<row r="1048576"><c t="b"><v>1</v></c></row>',
        before='<dimension ref="A1:XFD1048576"/>',
    )

    assert texts(reading) == ["Rent roll", "Rent", "TRUE"]
    assert reading.pages[0].marks[2].cell == (1, 1_048_576, 1)
    assert len(reading.pages) == 1


def test_a_wide_sheet_widens_its_page_and_a_wider_one_goes_on_below() -> None:
    row = tuple(f"column {number:02}" for number in range(60))
    reading = read(made.xlsx({"Wide": made.cells(row)}))

    assert sorted(texts(reading)[1:]) == sorted(row)
    assert len({line[0].y0 for line in reading.pages[0].lines[1:]}) > 1
    assert max(word.x1 for line in reading.pages[0].lines for word in line) <= reading.pages[0].width


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        ("1234.5", "#,##0.00", "1,234.50"),
        ("-1234.5", "#,##0.00;(#,##0.00)", "(1,234.50)"),
        ("-3", "0", "-3"),
        ("0", '0.00;-0.00;"-"', "-"),
        ("0.195", "0.0%", "19.5%"),
        ("2.675", "0.00", "2.68"),
        ("1450", "[$€-407] #,##0.00", "€ 1,450.00"),
        ("1450", '#,##0.00\\ "€"', "1,450.00 €"),
        ("1450", '_($* #,##0.00_);_($* \\(#,##0.00\\);_($* "-"??_);_(@_)', "$1,450.00"),
        ("45000", "yyyy-mm-dd", "2023-03-15"),
        ("45000.75", "m/d/yy h:mm AM/PM", "3/15/23 6:00 PM"),
        ("45000.5", "[$-407]d\\. mmmm yyyy hh:mm:ss", "15. March 2023 12:00:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("1.5", "[h]:mm", "36:00"),
        ("123456789", "000-00-0000", "123-45-6789"),
        ("7", "0000", "0007"),
        ("1234567", '#,##0,"k"', "1,235k"),
        ("0.30000000000000004", "General", "0.3"),
        ("123456789012345", "General", "123456789012345"),
        ("12345", "0.00E+00", "1.23E+4"),
        ("5", ";;;", ""),
        ("-1", "yyyy-mm-dd", "-1"),
        ("1e300", "0.00", "1e300"),
        ("NaN", "0", "NaN"),
        ("n/a", "0", "n/a"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value: str, code: str, text: str) -> None:
    assert shown(value, code) == text


MILLIONS = '[>999999]#,##0.0,,"M";#,##0'
LAKHS = r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0"
DEBTS = "[Red][<0]-#,##0.00;[Black]#,##0.00"


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        ("1234567", MILLIONS, "1.2M"),
        ("50000", MILLIONS, "50,000"),
        ("-50000", MILLIONS, "-50,000"),
        ("0", '[=0]"-";#,##0.00', "-"),
        ("50000", '[=0]"-";#,##0.00', "50,000.00"),
        ("-50000", '[=0]"-";#,##0.00', "-50,000.00"),
        ("50000", DEBTS, "50,000.00"),
        ("-50000", DEBTS, "-50,000.00"),
        ("1234567", LAKHS, "12,34,567"),
        ("50000", LAKHS, "50,000"),
        ("-50000", LAKHS, "-50,000"),
        ("-5", '[>0]0;[=0]"-";(0)', "(5)"),
        ("-5", "[>=0]0;(0)", "(5)"),
        ("-5", "[>0]0;0", "-5"),
        ("-5", "[<0](0);0", "(5)"),
        ("0", "[<>0]0.0;0", "0"),
        ("-5", "0;[<-100](0)", "-5"),
        ("5", "[>=100]0.00", "5"),
        ("-5", "[>=100]0.00;(0);0", "(5)"),
        ("-5", "0.00;@", "-5.00"),
        ("-5000000", '[>=1000000]0.0,,"M";[<=-1000000]0.0,,"M";0', "-5.0M"),
        ("-5000000", '[>=1000000]0.0,,"M";[<=-1000000]-0.0,,"M";0', "-5.0M"),
    ],
)
def test_a_number_is_shown_by_the_section_whose_condition_it_meets(value: str, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_days_may_be_counted_from_1904() -> None:
    assert shown("0", "yyyy-mm-dd", from_1904=True) == "1904-01-01"
