"""What must hold of an artifact beyond its shape: order, ids, boxes, keys, accounts that add up; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.classification import UNKNOWN_TYPE, Classification
from schemas.decided import Decision
from schemas.documents import Route
from schemas.layout import MOST_POINTS, Box, Layout, Line, Page
from schemas.records import DecisionKind, RecordStatus
from schemas.results import FieldDecision, Record
from store.field_contracts import check_decided_evidence, check_fields, repeated
from store.packet_contracts import check_children, check_split
from store.table_contracts import check_decided_rows, check_tables

_SLACK = 0.01
"""How far a word's box may stick out of its line's: readers round to four places."""
_ROUNDING = 0.002


def layout(key: str, value: Layout) -> Iterator[str]:
    """Pages and lines numbered in order, words cover their line, boxes in the page."""
    yield from _lies(key, "artifacts/layout/[^/]+/[^/]+")
    for place, page in enumerate(value.pages, start=1):
        if page.number != place:
            yield f"pages[{place - 1}] has number {page.number}, not {place}"
        yield from _page(page)
    for note in value.notes:
        if note.page is not None and note.page < 1:
            yield f"a {note.kind} note names page {note.page}"
    yield from _data(value)


def _data(value: Layout) -> Iterator[str]:
    """Embedded data name lines of the pages only where they are the document, and each is there once."""
    known = {line.id for page in value.pages for line in page.lines}
    for name in repeated(data.sha256 for data in value.data):
        yield f"data {name[:12]} stand twice"
    for data in value.data:
        values = [*data.values, *(stated for row in data.rows for stated in row.values)]
        named = {line for stated in values for line in stated.lines}
        if data.name is not None and named:
            yield f"attached data name lines of the page: {', '.join(sorted(named)[:3])}"
        if named - known:
            yield f"data name lines that no page has: {', '.join(sorted(named - known)[:3])}"


def classification(key: str, value: Classification) -> Iterator[str]:
    """Scores from the best down, a quality that follows from its pages, a route that can be taken."""
    yield from _lies(key, "results/gatekeeper/[^/]+", value.document_id)
    chances = [score.probability for score in value.scores]
    if chances != sorted(chances, reverse=True):
        yield "scores are not in order, best first"
    if sum(chances) > 1 + _ROUNDING:
        yield f"scores add up to {sum(chances):.4f}"
    if repeated(score.doc_type for score in value.scores):
        yield "a document type has two scores"
    if value.quality is not None:
        yield from _quality([page.score for page in value.quality.pages], value.quality.score)
        numbers = [page.page for page in value.quality.pages]
        if numbers != sorted(set(numbers)) or any(not 1 <= n <= value.page_count for n in numbers):
            yield f"quality names pages {numbers} of {value.page_count}"
    if value.route is Route.REJECT and not value.reason:
        yield "a rejection has no reason"
    if value.route is Route.EXTRACT and (value.layout is None or value.doc_type == UNKNOWN_TYPE):
        yield "route extract needs a layout and a known type"
    if value.layout is not None and not value.layout.uri.startswith(f"documents/{value.document_id}/"):
        yield f"layout {value.layout.uri!r} belongs to another document"
    yield from check_split(value)


def record(key: str, value: Record) -> Iterator[str]:
    """Every declared field once and accounted for; nothing accepted that is in doubt."""
    yield from _lies(key, "results/validation/[^/]+", value.record_id)
    yield from check_fields([entry.field for entry in value.fields])
    if repeated(verdict.rule for verdict in value.rules):
        yield "a rule has two verdicts"
    yield from _coverage(value)
    yield from check_tables(value)
    if value.status is RecordStatus.REJECTED and not value.reason:
        yield "a rejected record has no reason"
    if value.status is RecordStatus.ACCEPTED:
        doubtful = (FieldDecision.REVIEW, FieldDecision.CANNOT_TELL)
        open_fields = [entry.field.name for entry in value.fields if entry.decision in doubtful]
        if open_fields:
            yield f"an accepted record leaves {', '.join(open_fields)} undecided"
    yield from check_children(value.record_id, value.children)
    if (value.status is RecordStatus.SPLIT) != bool(value.children):
        yield f"a record with {len(value.children)} parts has status {value.status}"
    if value.record_id in value.duplicates:
        yield "a record is its own duplicate"


def decision(key: str, value: Decision) -> Iterator[str]:
    """What was decided is there, once."""
    own = re.escape(value.decision_id)
    yield from _lies(key, rf"(decisions/{own}|reviews/[^/]+)\.json", value.document_id)
    if repeated(entry.name for entry in value.fields):
        yield "a field is decided twice"
    yield from check_decided_rows(value)
    yield from check_decided_evidence(value)
    for entry in value.fields:
        if entry.file is None:
            continue
        if entry.value != entry.file.ref.uri:
            yield f"field {entry.name!r}: its value is not the key of its file"
        if not entry.file.ref.uri.startswith(f"documents/{value.document_id}/artifacts/"):
            yield f"field {entry.name!r}: its file belongs to another document"
    if value.kind is DecisionKind.TYPE and not value.doc_type:
        yield "a decision about the type names none"
    if value.kind is DecisionKind.SPLIT:
        yield from _ranges(value.ranges)


def _lies(key: str, below: str, document_id: str | None = None) -> Iterator[str]:
    found = re.fullmatch(rf"documents/([^/]+)/{below}", key)
    if not found or document_id not in (None, found[1]):
        yield f"key {key!r} is not of the form documents/{document_id or '<id>'}/{below}"


def _page(page: Page) -> Iterator[str]:
    where = f"page {page.number}"
    if not all(0 < side <= MOST_POINTS for side in (page.width, page.height)):
        yield f"{where} measures {page.width} by {page.height}"
    if page.rotation not in {0, 90, 180, 270}:
        yield f"{where} is turned by {page.rotation} degrees"
    for number, line in enumerate(page.lines, start=1):
        if line.id != f"{page.number}.{number}":
            yield f"{where}: line {number} has id {line.id!r}"
        problem = _line(line)
        if problem:
            yield f"line {line.id}: {problem}"


def _line(line: Line) -> str | None:
    box, text, end = line.box, line.text, 0
    if not upright(box):
        return "its box is turned inside out"
    left, top, right, bottom = box.x0 - _SLACK, box.y0 - _SLACK, box.x1 + _SLACK, box.y1 + _SLACK
    for word in line.words:
        start, own = word.start, word.box
        between = text[end:start]
        if start < end or word.end <= start or (between != " " and between.strip(" ")):
            return f"word {start}:{word.end} is out of order or leaves text before it uncovered"
        end = word.end
        # One comparison for both: a document has hundreds of words, and nearly all of them are right.
        if left <= own.x0 <= own.x1 <= right and top <= own.y0 <= own.y1 <= bottom:
            continue
        where = "lies outside the line's" if upright(own) else "is turned inside out"
        return f"the box of word {word.start}:{word.end} {where}"
    if end > len(line.text) or line.text[end:].strip(" ") or not line.words:
        return f"its words do not cover its {len(line.text)} characters"
    return None


def upright(box: Box) -> bool:
    """Whether the corners of ``box`` are in order."""
    return box.x0 <= box.x1 and box.y0 <= box.y1


def _quality(scores: list[float], total: float) -> Iterator[str]:
    if not scores:
        return
    expected = 0.6 * min(scores) + 0.4 * sum(scores) / len(scores)
    if abs(expected - total) > _ROUNDING:
        yield f"quality {total:.4f} does not follow from its pages, which give {expected:.4f}"


def _coverage(value: Record) -> Iterator[str]:
    stated, names = value.coverage, {entry.field.name for entry in value.fields}
    if not value.fields:
        if value.status is RecordStatus.ACCEPTED:
            yield "an accepted record has no fields"
        return
    if stated.declared != len(value.fields):
        yield f"coverage declares {stated.declared} fields, the record has {len(value.fields)}"
    counted = stated.with_value + stated.absent + len(stated.missing) + len(stated.cannot_tell)
    if counted != stated.declared:
        yield f"coverage accounts for {counted} of {stated.declared} fields"
    strangers = sorted({*stated.missing, *stated.cannot_tell} - names)
    if strangers:
        yield f"coverage names {', '.join(strangers)}, which the record does not have"


def _ranges(ranges: tuple[tuple[int, int], ...]) -> Iterator[str]:
    last = 0
    for first, end in ranges:
        if first <= last or end < first:
            yield f"page range {first}-{end} is out of order"
        last = end
    if not ranges:
        yield "a decision about the split names no page ranges"
