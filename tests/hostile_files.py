"""What each file of the hostile set must come to when it is read, by the reader alone or in the pipeline."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from schemas.classification import RejectReason
from schemas.layout import NoteKind, TextSource

SECONDS, BYTES = 60, 1_500_000_000


@dataclass(frozen=True)
class Expected:
    """Refused for one of ``refusals``, or read (where allowed) with these notes and words.

    A container has ``parts`` instead: names, with the reason of those that are refused.
    """

    read: bool = False
    refusals: tuple[RejectReason, ...] = ()
    notes: tuple[NoteKind, ...] = ()
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    pages: int | None = None
    rotation: int = 0
    source: TextSource | None = None
    parts: tuple[tuple[str, RejectReason | None], ...] = ()


BROKEN = (RejectReason.UNREADABLE,)
EMPTY = (RejectReason.UNREADABLE, RejectReason.NO_TEXT)
LOCKED = Expected(refusals=(RejectReason.PASSWORD_REQUIRED,))
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
    "damaged-flate-stream.pdf": Expected(read=True, words=("Potato",), notes=(NoteKind.DAMAGED,)),
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
    # Malformed is one shape without a place: its text is read as every program shows it.
    "office-malformed.pptx": Expected(read=True, words=("Test Slide",), pages=1),
    "invoice-eicar-attachment.xml": Expected(read=True, words=("Grand total",), never=("X5O!", "WDVPIV")),
    "einvoice-broken-embedded-xml.pdf": Expected(read=True, notes=(NoteKind.EMBEDDED_DATA,)),
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
    "synthetic-xxe.xml": Expected(refusals=(RejectReason.UNSAFE_XML,)),
    "synthetic-docx-zip-bomb-512MiB.docx": Expected(refusals=(RejectReason.UNPACKED_SIZE,)),
    "synthetic-zip-slip.zip": Expected(
        parts=(("../" * 4 + "tmp/evil.txt", RejectReason.UNSAFE_NAME), ("ok.txt", None))
    ),
    "synthetic-utf16-no-bom.txt": Expected(read=True, words=("99.00",)),
    "synthetic-rtl-override-filename.txt": Expected(read=True, notes=(NoteKind.BIDI_CONTROLS,)),
    "synthetic-homoglyph-vendor.txt": Expected(read=True, notes=(NoteKind.MIXED_SCRIPTS,)),
}


def hostile_files() -> list[Path]:
    folder = Path(os.environ.get("DOCTRAIL_DATA", "")) / "hostile" / "files"
    return sorted(folder.iterdir()) if "DOCTRAIL_DATA" in os.environ and folder.is_dir() else []
