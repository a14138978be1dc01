"""CPU a page of every format: ours, up to the bytes that leave the process, against the bare library.

Usage: python -m benchmarks.formats [--rounds 3]

Documents are made here, of the same lines in every format. Bare is the least that the library
must do to reach the text: the XML of the main parts parsed, selectolax's text, Pillow's pixels and
RapidOCR's own pipeline for pictures, the decoded text for plain text. Ours lays out, places, judges what
is seen, and writes the answer. A page of a format without pages is one of ours for both sides.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from pages.formats import FORMATS, format_of
from pages.limits import ReadLimits
from pages.process.encode import encode_reading
from pages.sniff import sniff
from tests.unit.pages import office_files as made
from tests.unit.pages.making import encoded, picture

LIMITS = ReadLimits(pages=5000)
ROWS = 4000
LINE = "The Tenant pays 1,450.00 a month to Oak Hill Properties LLC on the first day"
CELLS = ("Unit 12", "Mary Elizabeth Poe", "1,450.00", "2025-03-01", "paid on the first day")
Bare = Callable[[bytes], object]


def documents() -> dict[str, bytes]:
    """Return a document of each format, most of some seventy pages."""
    lines = [LINE] * ROWS
    paragraphs = "".join(made.paragraph(made.run(line)) for line in lines)
    rows = "".join(f"<tr><td>{'<td>'.join(CELLS)}" for _ in range(ROWS))
    slides = ["".join(made.shape(line) for line in lines[:40])] * 100
    page = picture([LINE] * 12)
    return {
        "DOCX": made.docx(paragraphs),
        "DOCX, a table": made.docx(made.table(*[CELLS] * ROWS)),
        "XLSX": made.xlsx({"Rent roll": made.cells(*[CELLS] * ROWS)}),
        "PPTX": made.pptx(slides),
        "HTML": ("<html><body>" + "".join(f"<p>{line}</p>" for line in lines)).encode(),
        "HTML, a table": f"<html><body><table>{rows}</table>".encode(),
        "plain text": "\n".join(lines).encode(),
        "PNG": encoded(page, "PNG"),
        "JPEG": encoded(page, "JPEG"),
        "WebP": encoded(page, "WEBP"),
    }


def ours(data: bytes) -> int:
    """Read ``data`` in full and return how many pages it has."""
    media_type = sniff(data)
    reader = format_of(media_type)
    if reader is None:
        raise ValueError(f"{media_type} is not read")
    reading = reader.read(data, LIMITS, lambda _page: None)
    encode_reading(reading, media_type)
    return len(reading.pages)


def bare_xml(data: bytes) -> None:
    """Parse the parts that hold a document's text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith(("word/document", "xl/worksheets/", "ppt/slides/slide")):
                ET.fromstring(archive.read(name))  # noqa: S314 (made above)


def bare_picture(data: bytes) -> None:
    """Decode a picture and read it with RapidOCR's own pipeline."""
    _engine()(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[:, :, ::-1])


def _engine(known: list[Any] = []) -> Any:  # noqa: B006 (loaded once)
    if not known:
        from rapidocr import RapidOCR

        known.append(RapidOCR(params={"Global.log_level": "critical"}))
    return known[0]


def bare_runs() -> Mapping[str, list[tuple[str, Bare]]]:
    """Return what to compare each format with, by its first word."""
    office: list[tuple[str, Bare]] = [("its XML parsed", bare_xml)]
    pictures: list[tuple[str, Bare]] = [("Pillow and RapidOCR", bare_picture)]
    return {
        "DOCX": office,
        "XLSX": office,
        "PPTX": office,
        "HTML": [("selectolax's text", lambda data: LexborHTMLParser(data).text())],
        "plain": [("decoded and split", lambda data: data.decode().split())],
        "PNG": pictures,
        "JPEG": pictures,
        "WebP": pictures,
    }


def timed(run: Callable[[bytes], object], data: bytes) -> float:
    """Return the CPU seconds of one run."""
    begun = time.process_time()
    run(data)
    return time.process_time() - begun


def main() -> None:
    """Print CPU a page and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    compared = bare_runs()
    print(f"{len(FORMATS)} formats are read; CPU ms a page, median of {options.rounds} rounds")
    for name, data in documents().items():
        pages = ours(data)
        runs: list[tuple[str, Callable[[bytes], object]]] = [
            ("ours", ours),
            *compared[name.replace(",", "").split()[0]],
        ]
        seconds: dict[str, list[float]] = {label: [] for label, _ in runs}
        for _, run in runs:
            run(data)
        for _ in range(options.rounds):
            for label, run in runs:
                seconds[label].append(timed(run, data))
        mine = statistics.median(seconds["ours"])
        print(f"{name:16}{pages:5} pages   ours {mine / pages * 1000:8.2f}", end="")
        for label in list(seconds)[1:]:
            other = statistics.median(seconds[label])
            print(f"   {label} {other / pages * 1000:8.2f} ({mine / other:.2f} x)", end="")
        print()


if __name__ == "__main__":
    main()
