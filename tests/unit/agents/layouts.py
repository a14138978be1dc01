"""Layouts written by hand, for tests of what agents make of them."""

from __future__ import annotations

from pages.einvoice import reading as einvoice
from pages.limits import ReadLimits
from pages.pdf import attachments as pdf_attachments
from pages.pdf import reading as pdf
from pages.process.encode import encode_reading
from pages.process.wire import ReadAnswer
from schemas.layout import Box, Layout, Line, Page, TextSource, Word


def line(identity: str, text: str, *, top: float = 0.1) -> Line:
    """Return a line whose words stand side by side, each character 0.01 wide."""
    words, start = [], 0
    for word in text.split(" "):
        end = start + len(word)
        words.append(Word(start=start, end=end, box=Box(x0=start / 100, y0=top, x1=end / 100, y1=top + 0.02)))
        start = end + 1
    box = Box(x0=0.0, y0=top, x1=len(text) / 100, y1=top + 0.02)
    return Line(id=identity, text=text, box=box, words=tuple(words), source=TextSource.NATIVE)


def layout(*pages: tuple[str, ...]) -> Layout:
    """Return a layout of pages, each given as its lines' texts."""
    return Layout(
        pages=tuple(
            Page(
                number=number,
                width=612,
                height=792,
                lines=tuple(
                    line(f"{number}.{position}", text, top=position / 50)
                    for position, text in enumerate(texts, start=1)
                ),
            )
            for number, texts in enumerate(pages, start=1)
        )
    )


def layout_of(file: bytes) -> Layout:
    """Return what the page reader makes of a PDF with its attached data, or of data alone."""
    if file.startswith(b"%PDF"):
        reading, media_type = pdf.read(file, ReadLimits(), lambda _: None), "application/pdf"
        reading.data = list(pdf_attachments.read(file).data)
    else:
        reading, media_type = einvoice.read(file, ReadLimits(), lambda _: None), "application/xml"
    return ReadAnswer.model_validate_json(encode_reading(reading, media_type)).layout
