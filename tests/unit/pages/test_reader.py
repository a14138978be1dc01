from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pages.reader import PageReader
from schemas.classification import RejectReason
from schemas.errors import InvariantError
from schemas.layout import MOST_POINTS, TextSource
from schemas.layout_block import parse_block, to_block
from tests.unit.pages import office_files
from tests.unit.pages.making import encrypted_pdf, page_pdf
from tests.unit.pages.readings import (
    LEASE,
    LIMITS,
    document,
    read,
    refused,
)


def test_a_file_is_read_with_words_that_cover_their_line() -> None:
    found = document(read(LEASE))

    line = found.layout.pages[0].lines[0]
    assert (found.media_type, found.page_count) == ("application/pdf", 1)
    assert (line.id, line.text, line.source) == ("1.1", "Lease of 3 March 2025", TextSource.NATIVE)
    assert [line.text[word.start : word.end] for word in line.words] == line.text.split()
    assert line.box.x0 == line.words[0].box.x0
    assert found.quality.score == 1.0


@pytest.mark.parametrize("side", [b"99999999999999999999.5", b"2147482806"])
def test_a_page_that_claims_to_be_larger_than_a_town_is_read_and_fits_the_layout_block(side: bytes) -> None:
    words = b"BT /F1 24 Tf 72 720 Td (Hello there) Tj ET"
    data = page_pdf(words).replace(b"0 0 612 792", b"0 0 %s 792" % side)

    found = document(read(data))

    assert data.count(side) == 1
    assert found.layout.pages[0].width == MOST_POINTS
    assert parse_block(to_block(found.layout)).pages[0].width == MOST_POINTS


def test_equal_bytes_give_equal_layouts_in_different_processes() -> None:
    first, second = document(read(LEASE)), document(read(LEASE))

    assert first == second
    assert first.layout.model_dump_json() == second.layout.model_dump_json()


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"", RejectReason.EMPTY, "the file is empty"),
        (
            b"\x1f\x8b" + bytes(40),
            RejectReason.UNSUPPORTED_FORMAT,
            "(application/gzip): submit it as PDF, PNG",
        ),
        (b"PK\x03\x04" + bytes(40), RejectReason.UNREADABLE, "the archive's directory can't be read"),
        (bytes(range(256)), RejectReason.UNSUPPORTED_FORMAT, "application/octet-stream"),
        (encrypted_pdf("x"), RejectReason.PASSWORD_REQUIRED, "submit a copy without a password"),
        (b"%PDF-1.7 only the name", RejectReason.UNREADABLE, "damaged"),
        (page_pdf(b""), RejectReason.NO_TEXT, "no page of the file shows any text"),
        (b"   \n ", RejectReason.NO_TEXT, "no page of the file shows any text"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, reason: RejectReason, said: str) -> None:
    answer = refused(read(data))

    assert answer.reason is reason
    assert said in answer.sentence
    assert "\n" not in answer.sentence


def test_a_document_of_nothing_but_pictures_says_how_to_have_them_read() -> None:
    blip = f'<w:r><w:drawing><a:blip xmlns:a="{office_files.A}"/></w:drawing></w:r>'
    answer = refused(read(office_files.docx(office_files.paragraph(blip))))

    assert answer.reason is RejectReason.NO_TEXT
    assert "pictures in the text are not read (1); save it as PDF" in answer.sentence


def test_a_file_larger_than_allowed_is_refused_unread() -> None:
    answer = refused(read(b"x" * 2000, replace(LIMITS, file_bytes=1000)))

    assert answer.reason is RejectReason.TOO_LARGE


def test_a_reader_is_used_inside_its_with_block_only() -> None:
    with pytest.raises(InvariantError, match="async with"):
        asyncio.run(PageReader(LIMITS, 1).read(LEASE))
    with pytest.raises(ValueError, match="at least 1"):
        PageReader(LIMITS, 0)
