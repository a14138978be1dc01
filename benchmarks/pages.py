"""Words with boxes from PDFs: ours against bare pypdfium2 with one call a character, side by side.

Usage: python -m benchmarks.pages --data DIR [--rounds 3]

DIR is searched for PDFs under ``*/documents``; all sides open every page of every document. The bare loop
joins characters to words. Ours is measured twice: the words alone, and the whole reading, which also tells
what can be seen, joins words to lines in reading order, and writes the answer's bytes. OCR is left out: a
page that would be read from its picture counts up to that decision. Rounds are interleaved, so that a busy
machine is busy for all.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pypdfium2.raw as raw

from pages.limits import ReadLimits
from pages.parts import Reading, UnreadableError
from pages.pdf import document as pdf_document
from pages.pdf import reading as pdf
from pages.pdf.pdfium import open_page, open_text
from pages.pdf.words import find_words
from pages.process.encode import encode_reading

LIMITS = ReadLimits(pages=5000)
BARE = "bare pypdfium2"


@dataclass(frozen=True, slots=True)
class Counted:
    """Pages and words of a document, and the CPU seconds they took."""

    pages: int
    words: int
    cpu: float


def bare(path: Path) -> Counted:
    """Read words with boxes the plain way: two calls for every character."""
    begun = time.process_time()
    data = path.read_bytes()
    document = raw.FPDF_LoadMemDocument64(data, len(data), None)
    pages = words = 0
    if document:
        pages = raw.FPDF_GetPageCount(document)
        for index in range(pages):
            page = raw.FPDF_LoadPage(document, index)
            textpage = raw.FPDFText_LoadPage(page)
            words += len(bare_words(textpage))
            raw.FPDFText_ClosePage(textpage)
            raw.FPDF_ClosePage(page)
        raw.FPDF_CloseDocument(document)
    return Counted(pages, words, time.process_time() - begun)


def bare_words(textpage: Any) -> list[tuple[str, list[float]]]:
    """Return words with left, bottom, right, top, joined from characters."""
    edges = [ctypes.c_double() for _ in range(4)]
    out = [ctypes.byref(edge) for edge in edges]
    words: list[tuple[str, list[float]]] = []
    letters: list[str] = []
    box: list[float] = []
    for index in range(raw.FPDFText_CountChars(textpage)):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if code <= 0x20 or code == 0xA0:
            if letters:
                words.append(("".join(letters), box))
                letters, box = [], []
            continue
        raw.FPDFText_GetCharBox(textpage, index, *out)
        left, right, bottom, top = (edge.value for edge in edges)
        letters.append(chr(code))
        if box:
            box = [min(box[0], left), min(box[1], bottom), max(box[2], right), max(box[3], top)]
        else:
            box = [left, bottom, right, top]
    if letters:
        words.append(("".join(letters), box))
    return words


def our_words(path: Path) -> Counted:
    """Read words with boxes as ours finds them, hidden ones included: no more than the bare loop does."""
    begun = time.process_time()
    data = path.read_bytes()
    pages = words = 0
    try:
        with pdf_document.opened(data) as document:
            pages = raw.FPDF_GetPageCount(document)
            for index in range(pages):
                with open_page(document, index) as page, open_text(page) as textpage:
                    words += len(find_words(textpage, None))
    except UnreadableError:
        return Counted(0, 0, time.process_time() - begun)
    return Counted(pages, words, time.process_time() - begun)


def ours(path: Path) -> Counted:
    """Read visible words with boxes as lines in reading order, up to the bytes that leave the process."""
    begun = time.process_time()
    data = path.read_bytes()
    try:
        with pdf_document.opened(data) as document:
            reading = Reading([], pdf_document.notes(document, data))
            count = pdf_document.page_count(document, LIMITS.pages, reading.notes)
            reading.pages += [
                pdf.read_page(document, index, LIMITS, with_ocr=False) for index in range(count)
            ]
            encode_reading(reading, "application/pdf")
    except UnreadableError:
        return Counted(0, 0, time.process_time() - begun)
    words = sum(len(line) for page in reading.pages for line in page.lines)
    return Counted(len(reading.pages), words, time.process_time() - begun)


def timed(
    run: Callable[[Path], Counted], paths: Sequence[Path], pool: ProcessPoolExecutor | None
) -> tuple[float, float, int]:
    """Return wall ms and CPU ms a page, and the words found."""
    begun = time.perf_counter()
    counted = list(map(run, paths) if pool is None else pool.map(run, paths, chunksize=4))
    wall = time.perf_counter() - begun
    pages = sum(found.pages for found in counted)
    return (
        wall / pages * 1000,
        sum(found.cpu for found in counted) / pages * 1000,
        sum(found.words for found in counted),
    )


def main() -> None:
    """Print both sides and their ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    paths = sorted(path for path in options.data.glob("*/documents/**/*.pdf") if "hostile" not in path.parts)
    raw.FPDF_InitLibrary()
    runs: dict[str, Callable[[Path], Counted]] = {
        BARE: bare,
        "our words": our_words,
        "our whole reading": ours,
    }
    figures: dict[tuple[str, str], list[float]] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for run in runs.values():
            list(pool.map(run, paths[:8]))
        for _ in range(options.rounds):
            for name, run in runs.items():
                wall, cpu, words = timed(run, paths, None)
                pooled, _, _ = timed(run, paths, pool)
                for kind, value in (
                    ("CPU ms", cpu),
                    ("wall ms", wall),
                    ("wall ms, pool of 2", pooled),
                    ("words", words),
                ):
                    figures.setdefault((kind, name), []).append(value)
    print(f"{len(paths)} PDFs, {options.rounds} rounds, a page: minimum, median, median over bare")
    for kind in ("CPU ms", "wall ms", "wall ms, pool of 2", "words"):
        for name in runs:
            values = figures[kind, name]
            ratio = statistics.median(values) / statistics.median(figures[kind, BARE])
            print(f"{kind:20}{name:20}{min(values):12.2f}{statistics.median(values):12.2f}{ratio:8.2f} x")


if __name__ == "__main__":
    main()
