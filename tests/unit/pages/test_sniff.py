from __future__ import annotations

import io
import zipfile

import pytest

from pages.formats import FORMATS, format_of
from pages.sniff import PPTX, XLSX, ZIP, is_encrypted, sniff
from tests.unit.pages import office_files
from tests.unit.pages.making import encoded, page_pdf, picture


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIL = b"From: a@example.org\r\nSubject: Lease\r\nContent-Type: %s\r\n\r\nbody"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (page_pdf(b""), "application/pdf"),
        (b"\n\n junk" + page_pdf(b""), "application/pdf"),
        (encoded(picture(["x"]), "PNG"), "image/png"),
        (encoded(picture(["x"]), "JPEG"), "image/jpeg"),
        (encoded(picture(["x"]), "TIFF"), "image/tiff"),
        (encoded(picture(["x"]), "WEBP"), "image/webp"),
        (b"Dear tenant,\nthe rent is due.", "text/plain"),
        (b"The file begins with %PDF-1.7, it said.", "text/plain"),
        (b"MZ is how my note begins\n", "text/plain"),
        ("Lease\n".encode("utf-16"), "text/plain"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "text/html"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"<Invoice xmlns='urn:x'><ID>1</ID></Invoice>", "application/xml"),
        (MAIL % b"text/plain", "message/rfc822"),
        (zipped("[Content_Types].xml", "word/document.xml"), OFFICE + "wordprocessingml.document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), OFFICE + "spreadsheetml.sheet"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), OFFICE + "presentationml.presentation"),
        (zipped("a.txt"), "application/zip"),
        (OLE + bytes(600), "application/x-ole-storage"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "image/heic"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), "video/mp4"),
        (b"MZ\x90\x00" + bytes(100), "application/x-dosexec"),
        (bytes(range(256)), "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, media_type: str) -> None:
    assert sniff(data) == media_type


@pytest.mark.parametrize(
    ("data", "encrypted"),
    [
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), True),
        (OLE + bytes(600), False),
        (b"PK\x03\x04\x14\x00\x01\x00" + bytes(30), True),
        (zipped("a.txt"), False),
        (b"\x1f\x8b" + bytes(30), False),
    ],
)
def test_what_says_of_itself_that_it_is_encrypted_is_believed(data: bytes, encrypted: bool) -> None:
    assert is_encrypted(data, sniff(data)) is encrypted


def test_every_row_of_the_table_names_a_module_that_reads_and_draws() -> None:
    for media_type in FORMATS:
        found = format_of(media_type)
        assert found is not None
        assert callable(found.read)
        assert callable(found.render)
    assert format_of("application/zip") is None


@pytest.mark.parametrize("after", ["<5", "<!--", "?", "<html>"])
def test_a_file_of_comments_holds_nobody_up(after: str) -> None:
    # Every way to read many comments as fewer longer ones was tried, which never ended.
    data = ("<?xml version='1.0'?>" + "<!--a-->" * 400 + after).encode()

    assert sniff(data) in ("text/html", "application/xml")
    assert sniff(data[21:]) in ("text/html", "text/plain")


def test_a_package_is_known_by_its_own_main_part_not_by_one_that_lies_within() -> None:
    sheet = office_files.xlsx({"a": ""})
    deck = office_files.package({"ppt/presentation.xml": "", "ppt/embeddings/a.xlsx": sheet})

    assert sniff(deck) == PPTX
    assert sniff(deck[:200]) == PPTX
    assert sniff(sheet) == XLSX
    assert sniff(office_files.package({"mimetype": "word/document.xml"})) == ZIP


def test_xhtml_is_html() -> None:
    assert sniff(b"<?xml version='1.0'?>\n<!DOCTYPE html><html><body>x") == "text/html"
