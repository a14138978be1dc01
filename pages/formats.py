"""The one table of formats that are read; to add one, write its module and add its row."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from pages import sniff
from pages.containers.contents import Container
from pages.parts import Format


@dataclass(frozen=True, slots=True)
class Row:
    """A format as a person calls it, and the module that reads it.

    The module is named, not imported: a process that reads text files loads no picture library.
    """

    name: str
    module: str


FORMATS = {
    sniff.PDF: Row("PDF", "pages.pdf.reading"),
    sniff.PNG: Row("PNG", "pages.pictures.images"),
    sniff.JPEG: Row("JPEG", "pages.pictures.images"),
    sniff.TIFF: Row("TIFF", "pages.pictures.images"),
    sniff.WEBP: Row("WebP", "pages.pictures.images"),
    sniff.HEIC: Row("HEIC", "pages.pictures.images"),
    sniff.DOCX: Row("DOCX", "pages.office.docx"),
    sniff.XLSX: Row("XLSX", "pages.office.xlsx"),
    sniff.PPTX: Row("PPTX", "pages.office.pptx"),
    sniff.HTML: Row("HTML", "pages.html.reading"),
    sniff.XML: Row("e-invoice XML (CII, UBL)", "pages.einvoice.reading"),
    sniff.PLAIN_TEXT: Row("plain text", "pages.plain_text"),
}


def format_of(media_type: str) -> Format | None:
    """Return what reads files of ``media_type``; None for a format that is not read."""
    row = FORMATS.get(media_type)
    return cast("Format", import_module(row.module)) if row else None


CONTAINERS = {
    sniff.EMAIL: Row("e-mail", "pages.containers.email_file"),
    sniff.OUTLOOK: Row("Outlook message", "pages.containers.outlook"),
    sniff.ZIP: Row("ZIP archive", "pages.containers.archive"),
}
"""Files that hold others: opened, not read; each of their parts is a document of its own."""


def container_of(media_type: str) -> Container | None:
    """Return what opens files of ``media_type``; None for a format that holds no others."""
    row = CONTAINERS.get(media_type)
    return cast("Container", import_module(row.module)) if row else None
