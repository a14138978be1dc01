from __future__ import annotations

import asyncio

import pytest

from pages.einvoice import reading as einvoice
from pages.limits import ReadLimits
from pages.parts import Rendering, UnreadableError
from pages.pdf import attachments as pdf_attachments
from pages.reader import PageReader, ReadDocument, Refusal, Unpacked
from pages.sniff import XML, sniff
from schemas.classification import RejectReason
from schemas.layout import NoteKind
from tests.einvoices import (
    BILLION_LAUGHS,
    EXTERNAL_ENTITY,
    Bill,
    cii,
    invoice_pdf,
    page_lines,
    pdf,
    ubl,
    with_packed_attachment,
)

LIMITS = ReadLimits()


def read(*files: bytes) -> list[ReadDocument | Unpacked | Refusal]:
    async def all_of_them() -> list[ReadDocument | Unpacked | Refusal]:
        async with PageReader(LIMITS, 1) as reader:
            return [await reader.read(file) for file in files]

    return asyncio.run(all_of_them())


def document(file: bytes) -> ReadDocument:
    [found] = read(file)
    assert isinstance(found, ReadDocument)
    return found


def test_an_e_invoice_is_found_whatever_its_attachment_is_called() -> None:
    layout = document(invoice_pdf(Bill(), Bill(), name="logo.png")).layout

    assert [data.name for data in layout.data] == ["logo.png"]
    assert [note.kind for note in layout.notes] == [NoteKind.EMBEDDED_DATA]
    assert layout.data[0].of("BT-112")[0].raw == "1250.10"


def test_the_data_are_no_part_of_the_page() -> None:
    layout = document(pdf(["Please see the attachment"], {"factur-x.xml": cii(Bill())})).layout

    assert [line.text for page in layout.pages for line in page.lines] == ["Please see the attachment"]


def test_the_names_of_the_standards_come_first() -> None:
    other = cii(Bill(total="9.00"))
    found = pdf_attachments.read(pdf(page_lines(Bill()), {"a.xml": other, "factur-x.xml": cii(Bill())}))

    assert [data.name for data in found.data] == ["factur-x.xml", "a.xml"]


def test_the_same_data_attached_twice_are_one() -> None:
    found = pdf_attachments.read(pdf(page_lines(Bill()), {"a.xml": cii(Bill()), "b.xml": cii(Bill())}))

    assert len(found.data) == 1


def test_data_that_the_pdf_does_not_list_are_found() -> None:
    found = pdf_attachments.read(with_packed_attachment(b"Invoice", cii(Bill()), listed=False))

    assert [data.name for data in found.data] == [pdf_attachments.UNLISTED]


def test_attachments_of_another_kind_are_left_alone() -> None:
    files = {"photo.png": b"\x89PNG\r\n\x1a\n" + bytes(99), "order.xml": b"<Order><ID>1</ID></Order>"}
    layout = document(pdf(["Invoice"], files)).layout

    assert (layout.data, layout.notes) == ((), ())


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        (BILLION_LAUGHS, "document type"),
        (EXTERNAL_ENTITY, "document type"),
        (cii(Bill())[:-40], "well-formed"),
        (cii(Bill()) + b" " * 50_000_000, "20 MB"),
    ],
    ids=["billion laughs", "external entity", "malformed", "50 MB"],
)
def test_a_pdf_with_a_hostile_attachment_is_read_by_its_page(hostile: bytes, why: str) -> None:
    found = document(with_packed_attachment(b"Invoice RE-1", hostile, listed=True))

    assert [line.text for line in found.layout.pages[0].lines] == ["Invoice RE-1"]
    assert found.layout.data == ()
    [note] = found.layout.notes
    assert (note.kind, why in note.text) == (NoteKind.EMBEDDED_DATA, True)


def test_an_attachment_that_ends_its_reader_costs_the_page_nothing() -> None:
    bomb = with_packed_attachment(b"Invoice RE-1", cii(Bill()) + b" " * 400_000_000, listed=True)

    async def reading() -> ReadDocument | Unpacked | Refusal:
        async with PageReader(ReadLimits(memory_bytes=350_000_000), 1) as reader:
            return await reader.read(bomb)

    found = asyncio.run(reading())

    assert isinstance(found, ReadDocument)
    assert [line.text for line in found.layout.pages[0].lines] == ["Invoice RE-1"]
    [note] = found.layout.notes
    assert "attachments were not read" in note.text


@pytest.mark.parametrize(
    "xml", [cii(Bill()), ubl(Bill()), ubl(Bill(), "CreditNote")], ids=["cii", "ubl", "note"]
)
def test_xml_alone_is_shown_line_by_line_and_every_value_knows_its_lines(xml: bytes) -> None:
    assert sniff(xml) == XML
    layout = document(xml).layout
    [data] = layout.data
    texts = {line.id: line.text for page in layout.pages for line in page.lines}

    assert data.name is None
    assert [texts[line] for line in data.of("BT-27")[0].lines] == ["Bergmann Werkzeuge GmbH"]
    assert [texts[line] for line in data.of("BT-2")[0].lines] == ["2026-10-12"]
    amount = next(value for value in data.rows[1].values if value.term == "BT-131")
    assert [texts[line] for line in amount.lines] == ["430.50"]


def test_xml_in_utf_16_is_read() -> None:
    xml = cii(Bill()).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    assert document(xml).layout.data[0].of("BT-1")[0].raw == "RE-2026-0417"


def test_the_rendition_of_xml_can_be_drawn() -> None:
    assert einvoice.render(cii(Bill()), Rendering(1, 72, 0), LIMITS).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"<?xml version='1.0'?><Order><ID>1</ID></Order>", RejectReason.UNSUPPORTED_FORMAT),
        (BILLION_LAUGHS, RejectReason.UNSAFE_XML),
        (EXTERNAL_ENTITY, RejectReason.UNSAFE_XML),
        (cii(Bill())[:-40], RejectReason.UNREADABLE),
    ],
    ids=["order", "billion laughs", "external entity", "cut"],
)
def test_xml_that_is_no_sound_e_invoice_is_refused_with_its_reason(xml: bytes, reason: RejectReason) -> None:
    with pytest.raises(UnreadableError) as caught:
        einvoice.read(xml, LIMITS, lambda _: None)

    assert caught.value.reject_reason is reason
