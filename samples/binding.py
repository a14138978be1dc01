"""Several documents bound into one PDF, as a scanner or a colleague sends them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from samples.invoices import invoice
from samples.leases import lease
from samples.sales import sale
from samples.sample import Sample

_OBJECT = re.compile(rb"^(\d+) 0 obj\s(.*?)endobj", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_KIDS = re.compile(rb"/Kids \[([^\]]*)\]")
_LEFT_BEHIND = (b"/Type /Catalog", b"/Type /Pages")
_CATALOG, _PAGES = 1, 2


def packet(rng: random.Random, key: str) -> Sample:
    """Return an office's post of one day in one file: an invoice, a lease and a contract of sale."""
    parts = (invoice(rng, key, "GB-any"), lease(rng, key, "particulars"), sale(rng, key, "narrative"))
    return Sample(
        key, "unknown", "packet", ".pdf", bind([part.data for part in parts]), expected=f"split: {len(parts)}"
    )


def bind(documents: Sequence[bytes]) -> bytes:
    """Return the pages of PDFs that this project wrote, one after the other, as one PDF.

    Their pages are uncompressed and their objects plain, so that references are found by their form; what
    stands in streams is left alone.
    """
    objects: dict[int, bytes] = {}
    kids: list[int] = []
    for data in documents:
        offset = max(objects, default=_PAGES)
        found = {int(number): body for number, body in _OBJECT.findall(data)}
        tree = next(number for number, body in found.items() if _LEFT_BEHIND[1] in body)
        listed = _KIDS.search(found[tree])
        if listed is None:
            raise ValueError("a PDF to bind lists no pages")
        kids += [int(number) + offset for number in _REFERENCE.findall(listed[1])]
        for number, body in found.items():
            if not any(kind in body for kind in _LEFT_BEHIND):
                objects[number + offset] = _moved(body, offset, tree)
    objects[_CATALOG] = b"<< /Type /Catalog /Pages %d 0 R >>\n" % _PAGES
    references = b" ".join(b"%d 0 R" % number for number in kids)
    objects[_PAGES] = b"<< /Type /Pages /Count %d /Kids [ %s ] >>\n" % (len(kids), references)
    return _written(objects)


def _moved(body: bytes, offset: int, tree: int) -> bytes:
    """Return an object with its references moved on by ``offset``; its old page tree becomes the new one."""
    head, stream, rest = body.partition(b"stream")

    def moved(found: re.Match[bytes]) -> bytes:
        number = int(found[1])
        return b"%d 0 R" % (_PAGES if number == tree else number + offset)

    return _REFERENCE.sub(moved, head) + stream + rest


def _written(objects: dict[int, bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places: dict[int, int] = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%sendobj\n" % (number, objects[number])
    start, count = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    for number in range(1, count):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, _CATALOG, start)
    return bytes(out)
