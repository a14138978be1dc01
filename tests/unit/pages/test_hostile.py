"""Every file of the hostile set, where it is at hand: what its ``expected`` says, within 60 s and 1.5 GB.

Formats that are not read yet are refused as such.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pages.reader import PageReader, ReadDocument, ReadLimits, Refusal
from schemas.layout import NoteKind, TextSource
from schemas.results import RejectReason

SECONDS, BYTES = 60, 1_500_000_000


@dataclass(frozen=True)
class Expected:
    """Refused for one of ``refusals``, or read (where allowed) with these notes and words."""

    read: bool = False
    refusals: tuple[RejectReason, ...] = ()
    notes: tuple[NoteKind, ...] = ()
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    pages: int | None = None
    rotation: int = 0
    source: TextSource | None = None


BROKEN = (RejectReason.UNREADABLE,)
EMPTY = (RejectReason.UNREADABLE, RejectReason.NO_TEXT)
LOCKED = Expected(refusals=(RejectReason.PASSWORD_REQUIRED,))
OTHER = Expected(refusals=(RejectReason.UNSUPPORTED_FORMAT,))
STOPPED = Expected(refusals=(RejectReason.TIME_LIMIT, RejectReason.MEMORY_LIMIT, RejectReason.UNREADABLE))
NO_PDF = Expected(refusals=(RejectReason.UNREADABLE, RejectReason.UNSUPPORTED_FORMAT))
INVOICE = ("1,140.00",)

EXPECTED = {
    "loop-xref-prev.pdf": Expected(read=True, refusals=BROKEN),
    "loop-outlines.pdf": Expected(read=True, pages=30),
    "loop-circular-page-refs.pdf": Expected(read=True, refusals=EMPTY, pages=1),
    "nest-deep-array.pdf": Expected(read=True, refusals=BROKEN),
    "nest-deeper-dict.pdf": Expected(read=True, refusals=BROKEN),
    "fuzz-many-trailers.pdf": NO_PDF,
    "fuzz-stream-in-objstm.pdf": NO_PDF,
    "damaged-flate-stream.pdf": Expected(read=True, words=("Potato",)),
    "encrypted-unicode-password.pdf": LOCKED,
    "encrypted-libreoffice.pdf": LOCKED,
    "encrypted-attachment-only.pdf": Expected(read=True),
    "permission-no-extract.pdf": Expected(read=True, pages=2),
    "xref-bad-header.pdf": Expected(refusals=EMPTY),
    "pages-count-lies.pdf": Expected(refusals=EMPTY),
    "pages-tree-unreachable.pdf": Expected(refusals=BROKEN),
    "xref-keyword-missing.pdf": Expected(read=True, notes=(NoteKind.DAMAGED,)),
    "active-javascript.pdf": Expected(read=True, notes=(NoteKind.ACTIVE_CONTENT,)),
    "scan-rotated-90.pdf": Expected(
        read=True, notes=(NoteKind.ROTATED,), rotation=90, source=TextSource.OCR, words=("Docling",)
    ),
    "scan-rotated-180.pdf": Expected(
        read=True, notes=(NoteKind.ROTATED,), rotation=180, source=TextSource.OCR, words=("Docling",)
    ),
    "many-pages-400-memory.pdf": Expected(read=True, pages=400),
    "fails-after-repair.pdf": Expected(read=True, refusals=BROKEN),
    "coords-negative.pdf": Expected(read=True, notes=(NoteKind.HIDDEN_TEXT,), words=("Fraunhofer",)),
    "email-encrypted.eml": LOCKED,
    "office-password.xlsx": LOCKED,
    "office-malformed.pptx": OTHER,
    "invoice-eicar-attachment.xml": OTHER,
    "einvoice-broken-embedded-xml.pdf": Expected(read=True),
    "text-layer-hidden-metadata.pdf": Expected(
        read=True, notes=(NoteKind.HIDDEN_TEXT,), source=TextSource.OCR, pages=1
    ),
    "synthetic-100k-pages.pdf": Expected(refusals=(RejectReason.TOO_MANY_PAGES,)),
    "synthetic-count-2-billion.pdf": Expected(refusals=(RejectReason.NO_TEXT,)),
    "synthetic-huge-mediabox.pdf": Expected(refusals=(RejectReason.NO_TEXT, RejectReason.TOO_LARGE)),
    "synthetic-form-xobject-recursion.pdf": STOPPED,
    "synthetic-prompt-injection-white-text.pdf": Expected(
        read=True, notes=(NoteKind.HIDDEN_TEXT,), words=INVOICE, never=("ignore", "IBAN")
    ),
    "synthetic-prompt-injection-visible.pdf": Expected(read=True, words=INVOICE),
    "synthetic-arithmetic-wrong.pdf": Expected(read=True, words=("1,410.00",)),
    "synthetic-pdf-junk-prefix.pdf": Expected(read=True, notes=(NoteKind.DAMAGED,)),
    "synthetic-truncated.pdf": Expected(refusals=BROKEN),
    "synthetic-xxe.xml": OTHER,
    "synthetic-docx-zip-bomb-512MiB.docx": OTHER,
    "synthetic-zip-slip.zip": OTHER,
    "synthetic-utf16-no-bom.txt": Expected(read=True, words=("99.00",)),
    "synthetic-rtl-override-filename.txt": Expected(read=True, notes=(NoteKind.BIDI_CONTROLS,)),
    "synthetic-homoglyph-vendor.txt": Expected(read=True, notes=(NoteKind.MIXED_SCRIPTS,)),
}


def hostile_files() -> list[Path]:
    folder = Path(os.environ.get("DOCTRAIL_DATA", "")) / "hostile" / "files"
    return sorted(folder.iterdir()) if "DOCTRAIL_DATA" in os.environ and folder.is_dir() else []


def outcome(data: bytes) -> tuple[ReadDocument | Refusal, float, int]:
    async def run() -> tuple[ReadDocument | Refusal, int]:
        async with PageReader(ReadLimits(), 1) as reader:
            return await reader.read(data), reader._children[0].peak_bytes

    begun = time.monotonic()
    answer, peak = asyncio.run(run())
    return answer, time.monotonic() - begun, peak


def check_document(found: ReadDocument, expected: Expected) -> None:
    said = " ".join(line.text for page in found.layout.pages for line in page.lines)
    kinds = {note.kind for note in found.layout.notes}
    assert kinds >= set(expected.notes)
    assert all(word in said for word in expected.words)
    assert not any(word.lower() in said.lower() for word in expected.never)
    assert expected.pages in (None, found.page_count)
    assert found.layout.pages[0].rotation == expected.rotation
    sources = {line.source for page in found.layout.pages for line in page.lines}
    assert expected.source is None or sources == {expected.source}


if FILES := hostile_files():

    @pytest.mark.slow
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_a_hostile_file_gets_the_answer_it_should(path: Path) -> None:
        expected = EXPECTED[path.name]

        answer, seconds, peak = outcome(path.read_bytes())

        print(f"{path.name}: {seconds:.1f} s, {peak / 1e6:.0f} MB")
        assert seconds < SECONDS
        assert peak <= BYTES
        if isinstance(answer, Refusal):
            assert answer.reason in expected.refusals, answer.sentence
        else:
            assert expected.read
            check_document(answer, expected)
