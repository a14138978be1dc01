"""Documents made for the tests of the readers: small, exact, and as bad as they need to be."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pages.limits import ReadLimits
from pages.parts import Reading
from pages.pdf import reading as pdf

LIMITS = ReadLimits()
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
LEASE_LINES = (
    "RESIDENTIAL LEASE AGREEMENT",
    "Landlord: Oak Hill Properties LLC",
    "Tenant: Mary Elizabeth Poe",
    "Monthly rent 1,450.00 due on the first day",
    "Security deposit 2,900.00 held in escrow",
)


def objects_pdf(objects: Iterable[bytes], *, size: int | None = None) -> bytes:
    """Return a PDF of ``objects`` (numbered from 1, the first is the catalog) with a right xref table."""
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(
        b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (size or len(offsets) + 1, start)
    )
    return out.getvalue()


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page_pdf(
    content: bytes,
    *,
    box: tuple[float, float, float, float] = (0, 0, 612, 792),
    rotate: int = 0,
    resources: bytes = b"",
    more: Iterable[bytes] = (),
) -> bytes:
    """Return a PDF of one page; ``more`` objects are numbered from 6."""
    edges = " ".join(f"{edge:g}" for edge in box).encode()
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Rotate %d /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> %s >> >>" % (edges, rotate, resources)
    )
    return objects_pdf(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            stream(content),
            FONT,
            *more,
        )
    )


def shown(text: str, x: float, y: float, *, size: float = 12, before: str = "") -> bytes:
    """Return the operators that show ``text`` at a place; ``before`` sets how."""
    return f"q BT {before} /F1 {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm ({text}) Tj ET Q\n".encode()


def recursing_pdf() -> bytes:
    """Return a PDF whose form paints itself twice, and so on without end."""
    form = stream(b"/X1 Do /X1 Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources 7 0 R")
    return page_pdf(
        b"/X1 Do", resources=b"/XObject << /X1 6 0 R >>", more=(form, b"<< /XObject << /X1 6 0 R >> >>")
    )


def encrypted_pdf(password: str) -> bytes:
    """Return a PDF that opens with ``password`` only."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password), invariant=True)
    canvas.drawString(72, 720, "secret")
    canvas.save()
    return out.getvalue()


def picture(lines: Iterable[str] = LEASE_LINES, *, size: int = 30) -> Image.Image:
    """Return a clean scan of ``lines``."""
    lines = list(lines)
    image = Image.new("L", (900, 160 + 80 * len(lines)), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for row, text in enumerate(lines):
        draw.text((80, 80 + 80 * row), text, fill=20, font=font)
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return ``image`` as a file of ``kind``."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scanned_pdf(image: Image.Image, over: bytes = b"", under: bytes = b"") -> bytes:
    """Return a PDF whose page is ``image``, with other content painted after or before it."""
    grey = image.convert("L")
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
        % grey.size
    )
    width, height = grey.width * 0.6, grey.height * 0.6
    content = under + b"q %g 0 0 %g 0 0 cm /Im1 Do Q\n" % (width, height) + over
    return page_pdf(
        content,
        box=(0, 0, width, height),
        resources=b"/XObject << /Im1 6 0 R >>",
        more=(stream(grey.tobytes(), entries),),
    )


def read_pdf(data: bytes, limits: ReadLimits = LIMITS) -> Reading:
    """Return what the PDF reader reads, in this process."""
    return pdf.read(data, limits, lambda _page: None)


def texts(reading: Reading) -> list[str]:
    """Return the text of every line, in reading order."""
    return [" ".join(word.text for word in line) for page in reading.pages for line in page.lines]


def noted(reading: Reading) -> list[str]:
    """Return every note's text."""
    return [note.text for note in (*reading.notes, *(note for page in reading.pages for note in page.notes))]
