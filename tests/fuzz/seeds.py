"""Small sound files to make bad ones from: at least one per supported format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

LINES = ("INVOICE No. 2041", "Corner Bakery Ltd", "Date: 12 March 2026", "Total due: 1,140.00 EUR")
EARLIEST = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Seed:
    """A sound file; its name's ending tells its format."""

    name: str
    data: bytes


def seeds() -> Iterator[Seed]:
    """Yield the sound files."""
    for name, make in MAKERS.items():
        yield Seed(name, make())


def _pdf(pages: int = 2) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number in range(pages):
        for position, line in enumerate((*LINES, f"Page {number + 1} of {pages}")):
            canvas.drawString(72, 760 - 20 * position, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _picture() -> Image.Image:
    picture = Image.new("RGB", (640, 260), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(28)
    for position, line in enumerate(LINES):
        draw.text((30, 25 + 55 * position), line, fill="black", font=font)
    return picture


def _image(kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        out = io.BytesIO()
        _picture().save(out, kind)
        return out.getvalue()

    return make


def _tiff() -> bytes:
    out = io.BytesIO()
    _picture().save(out, "TIFF", save_all=True, append_images=[_picture()], compression="tiff_lzw")
    return out.getvalue()


def _package(kind: str, main: str, parts: dict[str, str], links: dict[str, str]) -> bytes:
    """Return an office file: its parts, and what the main one links to by id."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    folder, name = main.rsplit("/", 1)

    def relations(targets: dict[str, str]) -> str:
        found = "".join(
            f'<Relationship Id="{one}" Type="{office}/{_relation(target)}" Target="{target}"/>'
            for one, target in targets.items()
        )
        return f'<Relationships xmlns="{packages}/relationships">{found}</Relationships>'

    types = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.'
        f'{"main" if part == main else part.rsplit("/", 1)[1].rstrip("1.xml")}+xml"/>'
        for part in parts
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": relations({"r0": main}),
        f"{folder}/_rels/{name}.rels": relations(links),
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in members.items():
            archive.writestr(zipfile.ZipInfo(part, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _relation(target: str) -> str:
    folder = target.split("/", maxsplit=1)[0]
    return {"worksheets": "worksheet", "slides": "slide"}.get(folder, "officeDocument")


def _docx() -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Bread", "1,000.00"))
    body = "".join(map(paragraph, LINES)) + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    document = f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'
    return _package("wordprocessingml.document", "word/document.xml", {"word/document.xml": document}, {})


def _xlsx() -> bytes:
    sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{line}</t></is></c><c r="B{n}"><v>1140</v></c></row>'
        for n, line in enumerate(LINES, start=1)
    )
    book = (
        f'<workbook xmlns="{sheets}" xmlns:r="{relations}">'
        '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    sheet = f'<worksheet xmlns="{sheets}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}
    return _package("spreadsheetml.sheet", "xl/workbook.xml", parts, {"r1": "worksheets/sheet1.xml"})


def _pptx() -> bytes:
    show = "http://schemas.openxmlformats.org/presentationml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    spaces = f'xmlns:p="{show}" xmlns:a="{drawing}" xmlns:r="{relations}"'
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in LINES)
    main = f'<p:presentation {spaces}><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>'
    slide = (
        f'<p:sld {spaces}><p:cSld><p:spTree><p:sp><p:nvSpPr><p:cNvPr id="2" name="T"/><p:cNvSpPr/><p:nvPr/>'
        f"</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{text}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    parts = {"ppt/presentation.xml": main, "ppt/slides/slide1.xml": slide}
    return _package("presentationml.presentation", "ppt/presentation.xml", parts, {"r1": "slides/slide1.xml"})


def _html() -> bytes:
    rows = "".join(f"<tr><td>{line}</td><td>1</td></tr>" for line in LINES)
    return f"<!doctype html><html><body><h1>{LINES[0]}</h1><table>{rows}</table></body></html>".encode()


def _text() -> bytes:
    greek, cyrillic, hebrew = (
        "\u03bb\u03cc\u03b3\u03bf\u03c2",
        "\u0434\u043e\u043c",
        "\u05e9\u05dc\u05d5\u05dd",
    )
    return ("\n".join((*LINES, greek, cyrillic, hebrew)) + "\n").encode()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@example.org", "bob@example.org", LINES[0]
    mail["Date"] = "Thu, 12 Mar 2026 09:00:00 +0000"
    mail.set_content("\n".join(LINES))
    mail.add_attachment(_pdf(1), maintype="application", subtype="pdf", filename="invoice.pdf")
    mail.set_boundary("=-=-=")
    return mail.as_bytes()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("a/invoice.pdf", _pdf(1)), ("note.txt", _text())):
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _ubl() -> bytes:
    common = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
    invoice = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    return (
        f'<?xml version="1.0"?><Invoice xmlns="{invoice}" xmlns:c="{common}"><c:ID>2041</c:ID>'
        "<c:IssueDate>2026-03-12</c:IssueDate><c:DocumentCurrencyCode>EUR</c:DocumentCurrencyCode></Invoice>"
    ).encode()


MAKERS: dict[str, Callable[[], bytes]] = {
    "invoice.pdf": _pdf,
    "photo.png": _image("PNG"),
    "photo.jpg": _image("JPEG"),
    "photo.webp": _image("WEBP"),
    "scan.tiff": _tiff,
    "letter.docx": _docx,
    "sheet.xlsx": _xlsx,
    "slides.pptx": _pptx,
    "page.html": _html,
    "note.txt": _text,
    "mail.eml": _mail,
    "folder.zip": _zip,
    "invoice.xml": _ubl,
}
