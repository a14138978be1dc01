from __future__ import annotations

import io
import zipfile

import pytest

from pages.limits import ReadLimits
from pages.office import docx, pptx, xlsx
from pages.office.package import opened
from pages.parts import UnreadableError
from schemas.classification import RejectReason
from tests.unit.pages import office_files as made
from tests.unit.pages.making import texts

SMALL = ReadLimits(pages=3)


def refusal(data: bytes, limits: ReadLimits = SMALL) -> RejectReason:
    with pytest.raises(UnreadableError) as caught:
        docx.read(data, limits, lambda _page: None)
    return caught.value.reject_reason


def test_a_part_that_unpacks_to_hundreds_of_times_its_size_is_refused_before_it_is_unpacked() -> None:
    bomb = made.docx("<w:p/>", {"styles.xml": " " * 30_000_000}, {"styles.xml": "styles"})

    assert len(bomb) < 100_000
    assert refusal(bomb) is RejectReason.UNPACKED_SIZE


def test_more_parts_than_any_document_has_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_001):
            archive.writestr(str(number), b"")

    assert refusal(out.getvalue()) is RejectReason.UNPACKED_SIZE


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "https://example.org/a.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused_whatever_it_declares(declared: str, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>{declared}'
    document = f'{head}<w:document xmlns:w="{made.W}">&a;</w:document>'
    data = made.package(
        {
            "_rels/.rels": made.relations({"r1": ("officeDocument", "word/document.xml")}),
            "word/document.xml": document.encode(encoding),
        }
    )

    assert refusal(data) is RejectReason.UNSAFE_XML


def test_xml_nested_without_end_is_refused() -> None:
    assert refusal(made.docx("<w:p>" * 100_000 + "</w:p>" * 100_000)) is RejectReason.TOO_DEEP


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
def test_a_package_cut_short_is_refused_as_damaged(cut: float) -> None:
    whole = made.docx(made.paragraph(made.run("Rent is due.")))

    assert refusal(whole[: int(len(whole) * cut)]) is RejectReason.UNREADABLE


def test_broken_xml_and_missing_parts_are_damage() -> None:
    missing = made.package({"_rels/.rels": made.relations({"r1": ("officeDocument", "word/none.xml")})})

    assert refusal(made.docx("<w:p><w:r>")) is RejectReason.UNREADABLE
    assert refusal(missing) is RejectReason.UNREADABLE


def test_a_part_with_a_password_asks_for_a_copy_without() -> None:
    data = bytearray(made.docx(""))
    # The flag of every entry, in its own header and in the directory.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 1)

    assert refusal(bytes(data)) is RejectReason.PASSWORD_REQUIRED


def test_names_of_parts_never_leave_the_package() -> None:
    data = made.package({"_rels/.rels": made.relations({"r1": ("officeDocument", "../../../etc/hostname")})})

    with opened(data) as package, pytest.raises(UnreadableError):
        package.main_part()


def test_a_relation_to_outside_is_none_of_the_parts() -> None:
    data = made.package(
        {"_rels/.rels": made.relations({"r": ("image", "https://example.org/x")}, outside=True)}
    )

    with opened(data) as package:
        assert package.relations("")["r"].part is None


def test_more_text_than_the_limit_of_pages_is_refused_by_every_format() -> None:
    long = "".join(made.paragraph(made.run("line")) for _ in range(300))
    rows = made.cells(*(("x",) for _ in range(300)))
    files = (
        (docx, made.docx(long)),
        (xlsx, made.xlsx({"a": rows})),
        (pptx, made.pptx([made.shape("x")] * 4)),
    )

    for reader, data in files:
        with pytest.raises(UnreadableError) as caught:
            reader.read(data, SMALL, lambda _page: None)

        assert caught.value.reject_reason is RejectReason.TOO_MANY_PAGES


def test_the_strict_form_of_a_document_is_read_as_the_usual_one() -> None:
    usual = made.docx(made.paragraph(made.run("Rent is due.")))
    strict = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(usual)) as before, zipfile.ZipFile(strict, "w") as after:
        for name in before.namelist():
            content = before.read(name).replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            )
            after.writestr(name, content)

    assert texts(docx.read(strict.getvalue(), SMALL, lambda _page: None)) == ["Rent is due."]
