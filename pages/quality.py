"""How well pages can be read, in parts with the measurement behind each, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pages.parts import ReadPage
from schemas.layout import Note, NoteKind, PageQuality, Quality, QualityPart

UNSURE = 0.8
"""A word the OCR engine trusts less than this is one it is unsure of."""

# A reason is given for a part below this, and at most for so many pages one by one.
WORTH_SAYING = 0.9
NAMED_PAGES = 5
WORST_WEIGHT = 0.6
# Pixels of a line's height at the resolution that people scan and photograph with.
USUAL_LINE = 40.0


@dataclass(frozen=True, slots=True)
class Scan:
    """What was measured on a page that was read by OCR.

    Attributes:
        confidences: Of each word, with its length.
        line_height: Median height of a line in pixels of the image as it was supplied.
        contrast: Between ink and paper, 0..1.
        edge: Pixels over which ink fades into paper.
        skew: Degrees, clockwise.
    """

    confidences: Sequence[tuple[float, int]]
    line_height: float
    contrast: float
    skew: float
    edge: float = 0.0


def scan_parts(scan: Scan) -> list[QualityPart]:
    """Return the parts of a scanned page's quality."""
    letters = sum(length for _, length in scan.confidences)
    if not letters:
        return [QualityPart(name="coverage", score=1.0, measured="no text is printed on it")]
    mean = sum(confidence * length for confidence, length in scan.confidences) / letters
    unsure = sum(confidence < UNSURE for confidence, _ in scan.confidences) / len(scan.confidences)
    skew = abs(scan.skew)
    return [
        _part("ocr_confidence", (mean - 0.5) / 0.45, f"OCR's mean confidence is {_percent(mean)}"),
        _part("unsure_words", 1.05 - unsure, f"OCR is unsure of {_percent(unsure)} of words"),
        _part("resolution", scan.line_height / 18, f"a line is {scan.line_height:.0f} pixels high"),
        _part("sharpness", 1.6 - _blur(scan) * 5, f"letters are blurred over {scan.edge:.0f} pixels"),
        _part("contrast", scan.contrast / 0.45, f"contrast is {_percent(scan.contrast)}"),
        _part("skew", 1.06 - skew / 30, f"skewed by {skew:.1f}°"),
    ]


def _blur(scan: Scan) -> float:
    """Return the width of edges in heights of a line; where all is blurred, one line seems a page high."""
    return scan.edge / max(1.0, min(scan.line_height, USUAL_LINE))


def native_parts(words: int, bad: float, *, has_images: bool) -> list[QualityPart]:
    """Return the parts of the quality of a page whose own text was used."""
    if not words:
        said = "no text, only pictures" if has_images else "the page is empty"
        return [QualityPart(name="coverage", score=1.0, measured=said)]
    return [
        QualityPart(name="coverage", score=1.0, measured=f"{words} words of native text"),
        _part("garble", 1.0 - bad / 0.25, f"{_percent(bad)} of characters stand for nothing"),
    ]


def garbled_part(bad: float) -> QualityPart:
    """Return the part for native text that is unsound and could not be replaced by OCR."""
    return QualityPart(
        name="garble",
        score=0.2,
        measured=f"the text's encoding is garbled ({_percent(bad)} of characters stand for nothing)",
    )


def unreadable_part() -> QualityPart:
    """Return the part for a page that could not be read at all."""
    return QualityPart(name="coverage", score=0.0, measured="the page could not be read")


def whole_quality(pages: Sequence[ReadPage]) -> Quality:
    """Return the quality of a document; its score is .6 of the worst page's plus .4 of the mean."""
    per_page = []
    for page in pages:
        score = 1.0
        for part in page.quality:
            score *= part.score
        per_page.append(PageQuality(page=page.number, score=round(score, 4), parts=tuple(page.quality)))
    return _together(per_page, [note for page in pages for note in page.notes])


def quality_of_part(quality: Quality, notes: Iterable[Note], first: int, last: int) -> Quality:
    """Return the quality of pages ``first`` to ``last`` as a document of their own, numbered from 1.

    Args:
        quality: Of the whole document.
        notes: The part's own.
    """
    pages = [
        page.model_copy(update={"page": page.page - first + 1})
        for page in quality.pages
        if first <= page.page <= last
    ]
    return _together(pages, notes)


def _together(pages: Sequence[PageQuality], notes: Iterable[Note]) -> Quality:
    scores = [quality.score for quality in pages] or [0.0]
    score = WORST_WEIGHT * min(scores) + (1 - WORST_WEIGHT) * sum(scores) / len(scores)
    turned = [note.text for note in notes if note.kind is NoteKind.ROTATED]
    return Quality(score=round(score, 4), pages=tuple(pages), reasons=(*turned, *_reasons(pages)))


def _reasons(pages: Sequence[PageQuality]) -> list[str]:
    reasons: list[str] = []
    by_part: dict[str, list[tuple[float, int, str]]] = {}
    for page in pages:
        for part in page.parts:
            if part.score < WORTH_SAYING:
                by_part.setdefault(part.name, []).append((part.score, page.page, part.measured))
    for found in by_part.values():
        worst = sorted(found)[:NAMED_PAGES]
        if len(pages) == 1:
            reasons += [measured for _, _, measured in worst]
            continue
        reasons += [f"page {number}: {measured}" for _, number, measured in worst]
        if len(found) > NAMED_PAGES:
            reasons.append(f"the same, less so, on {len(found) - NAMED_PAGES} more pages")
    return reasons


def _part(name: str, score: float, measured: str) -> QualityPart:
    return QualityPart(name=name, score=round(max(0.0, min(1.0, score)), 4), measured=measured)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
