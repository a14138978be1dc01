"""Where names and free text may stand among the words of a text: runs, definitions, sentences."""

from __future__ import annotations

from collections.abc import Iterator

from inference.reading.document import Document
from inference.reading.patterns import (
    CAPITALS,
    DEFINITION,
    LAW,
    MEANS,
    MEANT,
    OPENING,
    PLACE_RUN,
    SENTENCE,
    SENTENCE_END,
    SLASHED,
)
from inference.reading.pieces import Piece, Proposal, matches, matches_around, pieces_between, searched

_LONGEST_MEANT = 160
_LAW_REACH = 100
_LONGEST_CLAUSE = 1200
_FULL_LINE = 0.75


def slashed_runs(document: Document) -> Iterator[Proposal]:
    """Yield names whose parts are set apart by slashes, as in POL/Jane Roe/Senate, and their core."""
    text = document.text
    for match in matches_around("/", SLASHED, text):
        yield _run(document, match.start(), match.end()), "slashed"
        first, last = text.find("/", match.start()), text.rfind("/", match.start(), match.end())
        core = text.rfind(" ", match.start(), first) + 1 or match.start()
        space = text.find(" ", last + 2, match.end())
        yield _run(document, core, space if space > 0 else match.end()), "slashed-core"


def capital_runs(document: Document) -> Iterator[Proposal]:
    """Yield runs of capitalised words, anywhere."""
    for match in matches(CAPITALS, document.text):
        start, end = match.span()
        if end - start > 4:
            yield _run(document, start, end), "run"
            yield from _cut_runs(document, start, end)
            comma = document.text.find(",", start, end)
            if comma > start + 4:
                yield _run(document, start, comma), "run-comma"


def place_runs(document: Document) -> Iterator[Proposal]:
    """Yield runs of numbers and capitalised words that hold a number, as addresses in prose do."""
    for match in matches(PLACE_RUN, document.text):
        if len(match.group()) > 8 and any(c.isdigit() for c in match.group()):
            yield _run(document, match.start(), match.end()), "run"
            yield from _cut_runs(document, match.start(), match.end())


def law_runs(document: Document) -> Iterator[Proposal]:
    """Yield the capitalised runs close behind a word about law or courts."""
    told: set[tuple[int, int]] = set()
    for cue in matches(LAW, document.text):
        window = document.text[cue.end() : cue.end() + _LAW_REACH]
        for match in CAPITALS.finditer(window):
            start, end = cue.end() + match.start(), cue.end() + match.end()
            if (start, end) not in told:
                told.add((start, end))
                yield _run(document, start, end), "law"
                yield from _cut_runs(document, start, end)


def _cut_runs(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield a run without what follows the end of its line or of its sentence."""
    newline = document.text.find("\n", start, end)
    if newline > start:
        yield _run(document, start, newline), "run-line"
    for stop in SENTENCE_END.finditer(document.text, start, end):
        if not _abbreviates(document.text, stop.start() + 1):
            yield _run(document, start, stop.start()), "run-sentence"
            break


def _run(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    while end > start and document.text[end - 1] in ".,;: \n" and not _abbreviates(document.text, end):
        end -= 1
    return pieces_between(document, start, end)


def _abbreviates(text: str, end: int) -> bool:
    """Whether the dot before ``end`` belongs to the word, as in Inc. or S.A."""
    return text[end - 1] == "." and text[max(0, end - 5) : end - 1].rsplit(" ", maxsplit=1)[-1].lower() in {
        "inc", "co", "ltd", "corp", "l.p", "s.a", "n.a", "llc", "l.l.c", "plc", "e.k", "jr", "sr",
    }  # fmt: skip


def clauses(document: Document) -> Iterator[Proposal]:
    """Yield every sentence, over as many lines as it runs; a line that ends early ends a sentence too."""
    for start, end in _paragraphs(document):
        at = start
        for stop in [*(match.end() for match in SENTENCE.finditer(document.text, start, end)), end]:
            if stop - at > 2:
                yield pieces_between(document, at, min(stop, at + _LONGEST_CLAUSE)), "clause"
                at = stop


def _paragraphs(document: Document) -> Iterator[tuple[int, int]]:
    """Yield where runs of lines begin and end that each go on to the right edge of what is printed."""
    if not document.segments:
        return
    full = _FULL_LINE * sorted(s.x1 for s in document.segments)[9 * len(document.segments) // 10]
    for first, last in searched(document.text):
        start: int | None = None
        for segment in document.segments:
            if segment.start < first or segment.end > last:
                continue
            start = segment.start if start is None else start
            if segment.x1 < full:
                yield start, segment.end
                start = None
        if start is not None:
            yield start, last


def before_definitions(document: Document) -> Iterator[Proposal]:
    """Yield what stands before a defined term, as in: the premises known as A (the "Premises")."""
    text = document.text
    for definition in matches(DEFINITION, text):
        end = definition.start()
        window = max(0, end - _LONGEST_MEANT)
        for opening in OPENING.finditer(text, window, end):
            if end - opening.end() > 3:
                yield _run(document, opening.end(), end), "defined"


def after_definitions(document: Document) -> Iterator[Proposal]:
    """Yield what a term is said to mean, as in: “Shares” means the shares in A Ltd."""
    text = document.text
    for means in matches(MEANS, text):
        meant = MEANT.match(text, means.end(), means.end() + _LONGEST_MEANT)
        if meant and len(meant.group()) > 3:
            yield _run(document, meant.start(), meant.end()), "meant"
            yield from _cut_runs(document, meant.start(), meant.end())
