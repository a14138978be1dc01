"""What is read of each format, measured on small files.

``docs/formats.md`` holds it, ``python -m tests.unit.pages.formats_table`` renews it, a test compares the two.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from pages.formats import FORMATS, format_of
from pages.laid_out.grid import HEIGHT
from pages.limits import ReadLimits
from pages.parts import Reading, UnreadableError
from pages.sniff import DOCX, HEIC, HTML, JPEG, PDF, PLAIN_TEXT, PNG, PPTX, TIFF, WEBP, XLSX, XML, sniff
from schemas.classification import REJECT_SENTENCES
from schemas.layout import NoteKind, TextSource
from tests.einvoices import BILLION_LAUGHS, Bill, cii
from tests.unit.pages import office_files as made
from tests.unit.pages.making import encoded, encrypted_pdf, objects_pdf, picture, scanned_pdf
from tests.unit.pages.pictures import RENT_HEIC, declared_png, declared_webp

SMALL = ReadLimits(pages=2, page_pixels=2_000_000)
CELLS = ("Deposit", "2,900.00")
SCAN = picture(["Rent 1,450.00", "Deposit" + " " * 30 + "2,900.00"])
HEAD = "| format | text | boxes | pictures | tables | refused, with the reason |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Sample:
    """Files of one format: one to read, one whose text is in a picture, and some to refuse."""

    usual: bytes
    pictured: bytes | None
    refused: Mapping[str, bytes]


def table() -> str:
    """Return the table, a line for each format."""
    samples = _samples()
    if set(samples) != set(FORMATS):
        raise AssertionError(f"formats without a sample: {set(FORMATS) ^ set(samples)}")
    return "\n".join([HEAD, *(_line(media_type, sample) for media_type, sample in samples.items())])


def reasons() -> str:
    """Return the closed list of reasons for which a file is refused."""
    rows = [f"| `{reason.value}` | {sentence} |" for reason, sentence in REJECT_SENTENCES.items()]
    return "\n".join(["| reason | in words |\n|---|---|", *rows])


def _line(media_type: str, sample: Sample) -> str:
    reading = _read(media_type, sample.usual)
    cells = (
        FORMATS[media_type].name,
        "OCR" if reading.pages[0].source is TextSource.OCR else "its own",
        "of a page laid out here" if reading.pages[0].height == HEIGHT else "of the page",
        _pictures(media_type, sample.pictured),
        _tables(reading),
        "; ".join(f"{what}: `{_refusal(media_type, data)}`" for what, data in sample.refused.items()),
    )
    return f"| {' | '.join(cells)} |"


def _read(media_type: str, data: bytes) -> Reading:
    if sniff(data) != media_type:
        raise AssertionError(f"a sample of {media_type} looks like {sniff(data)}")
    reader = format_of(media_type)
    if reader is None:
        raise AssertionError(f"{media_type} is not read")
    return reader.read(data, SMALL, lambda _page: None)


def _refusal(media_type: str, data: bytes) -> str:
    try:
        _read(media_type, data)
    except UnreadableError as refusal:
        return refusal.reject_reason.value
    raise AssertionError(f"a file of {media_type} that should be refused was read")


def _pictures(media_type: str, data: bytes | None) -> str:
    if data is None:
        return "none"
    reading = _read(media_type, data)
    if any(page.source is TextSource.OCR for page in reading.pages):
        return "read by OCR"
    noted = any(note.kind is NoteKind.NOT_READ for note in reading.notes)
    return "counted in a note" if noted else "passed over"


def _tables(reading: Reading) -> str:
    if any(mark.cell for page in reading.pages for mark in page.marks.values()):
        return "row and column of each cell"
    texts = [" ".join(word.text for word in line) for page in reading.pages for line in page.lines]
    return "a line for each cell" if set(CELLS) <= set(texts) else "none"


def _samples() -> dict[str, Sample]:
    long = "Rent\n" * 400
    return {
        PDF: Sample(
            _pdf(1),
            scanned_pdf(SCAN),
            {"pages": _pdf(3), "password": encrypted_pdf("x"), "damaged": objects_pdf([b"null"])},
        ),
        PNG: _pictured("PNG", {"pixels": declared_png(60_000, 60_000)}),
        JPEG: _pictured("JPEG", {}),
        TIFF: _pictured("TIFF", {"pages": encoded(SCAN, "TIFF", save_all=True, append_images=[SCAN] * 2)}),
        WEBP: _pictured("WEBP", {"pixels": declared_webp(16_384, 16_384)}),
        HEIC: Sample(RENT_HEIC, RENT_HEIC, {"damaged": RENT_HEIC[:600]}),
        DOCX: Sample(
            made.docx(made.paragraph(made.run("Rent")) + made.table(CELLS)),
            made.docx(made.paragraph(made.run("Rent"), f"<w:r><w:drawing>{_BLIP}</w:drawing></w:r>")),
            _office(lambda text: made.docx(made.paragraph(made.run(text))), "word/document.xml")
            | {"pages": made.docx(made.paragraph(made.run("Rent")) * 400)},
        ),
        XLSX: Sample(
            made.xlsx({"Rent roll": made.cells(CELLS)}),
            made.with_part(made.xlsx({"a": made.cells(CELLS)}), "xl/drawings/drawing1.xml", "<x/>"),
            _office(lambda text: made.xlsx({"a": made.cells((text,))}), "xl/workbook.xml")
            | {"pages": made.xlsx({"a": made.cells(*[("Rent",)] * 400)})},
        ),
        PPTX: Sample(
            made.pptx([made.shape("Rent") + made.slide_table(*CELLS)]),
            made.pptx([made.shape("Rent") + "<p:pic/>"]),
            _office(lambda text: made.pptx([made.shape(text)]), "ppt/presentation.xml")
            | {"pages": made.pptx([made.shape("Rent")] * 3)},
        ),
        HTML: Sample(
            f"<html><p>Rent<table><tr><td>{'<td>'.join(CELLS)}</table>".encode(),
            b"<html><p>Rent<img src='data:image/png;base64,'>",
            {"depth": b"<html>" + b"<div>" * 9000, "pages": b"<html>" + b"<p>Rent" * 400},
        ),
        XML: Sample(
            cii(Bill()), None, {"document type": BILLION_LAUGHS, "other XML": b"<?xml version='1.0'?><a/>"}
        ),
        PLAIN_TEXT: Sample(f"Rent\n{CELLS[0]}   {CELLS[1]}".encode(), None, {"pages": long.encode()}),
    }


_BLIP = f'<a:blip xmlns:a="{made.A}"/>'


def _pdf(pages: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 500), invariant=True)
    for _ in range(pages):
        canvas.drawString(72, 400, "Rent 1,450.00")
        canvas.drawString(72, 380, CELLS[0])
        canvas.drawString(200, 380, CELLS[1])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pictured(kind: str, refused: Mapping[str, bytes]) -> Sample:
    data = encoded(SCAN, kind)
    return Sample(data, data, {**refused, "damaged": data[: len(data) // 9]})


def _office(file: Callable[[str], bytes], main: str) -> dict[str, bytes]:
    usual = file("Rent")
    return {
        "unpacked size": made.with_part(usual, "custom.xml", " " * 30_000_000),
        "document type": made.with_part(usual, main, "<!DOCTYPE a><a/>"),
        "depth": made.with_part(usual, main, "<a>" * 400 + "</a>" * 400),
        "damaged": usual[: len(usual) * 9 // 10],
    }


def page(text: str) -> str:
    """Return the documented page with both tables, between their marks, as they are measured now."""
    for name, content in (("formats", table()), ("reasons", reasons())):
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        text = before + begin + content + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    documented = Path(__file__).parents[3] / "docs" / "formats.md"
    documented.write_text(page(documented.read_text(encoding="utf-8")), encoding="utf-8")
