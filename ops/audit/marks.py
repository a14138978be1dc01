"""What is measured of one document: shares (yes or no), numbers and kinds, each under its measure's name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ops.audit.seen import CLASSIFIED, SUBMITTED, Seen
from schemas.fields import FieldState, FieldValue
from schemas.results import FieldDecision, RecordField, Verdict
from store.trail import AttemptRecord

ROUND = frozenset({10, 20, 25, 50, 100, 200, 250, 500, 1000})
"""Row counts at which tables are cut by whoever pages through them."""
SKEW_SECONDS = 30.0
"""An attempt that began this long before its message was sent ran on another clock."""
UNNOTICED = 0.5
"""Seconds of work that nobody waits for: below them twice as long is no news."""
EXTRACTED = "documents.extracted"
_BEFORE = {"gatekeeper": SUBMITTED, "extraction": CLASSIFIED, "validation": EXTRACTED}
_NUMBER = re.compile(r"[0-9][0-9.,\s'’]*")
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Measure:
    """What a series is of.

    Attributes:
        name: ``field.null``, ``stage.seconds``, ….
        scope: The document type or stage.
        subject: The field, rule or reason; empty where the scope says all.
    """

    name: str
    scope: str
    subject: str = ""


Mark = tuple[Measure, bool | float | str]


def marks_of(seen: Seen) -> Iterator[Mark]:
    """Yield everything measured of one document."""
    kind = seen.way.doc_type or "unknown"
    yield from _whole(seen, kind)
    for attempt in seen.attempts:
        yield from _attempt(seen, attempt)
    if seen.record is None:
        return
    for one in seen.record.fields:
        yield from _field(seen, kind, one)
    for verdict in seen.record.rules:
        broken = verdict.verdict is Verdict.BROKEN
        yield Measure("rule.broken", kind, verdict.rule), broken
        yield Measure("rule.silent", kind, verdict.rule), verdict.verdict is Verdict.CANNOT_TELL
    for lookup in seen.record.lookups:
        yield Measure("tool.empty", lookup.tool), not lookup.content
    yield from _audited(seen, kind)


def _whole(seen: Seen, kind: str) -> Iterator[Mark]:
    if seen.way.ending is not None:
        yield Measure("doc.review", kind), seen.way.ending == "review"
        yield Measure("doc.rejected", "all"), seen.way.ending == "rejected"
    if seen.classification is not None:
        found = seen.classification
        if seen.way.ending != "rejected":
            yield Measure("doc.unknown", "all"), found.doc_type == "unknown"
        yield Measure("doc.type_confidence", kind), found.confidence
        if found.quality is not None:
            yield Measure("doc.quality", kind), found.quality.score
        if found.novelty is not None:
            yield Measure("doc.novelty", kind), found.novelty
    if seen.record is not None:
        yield Measure("doc.duplicate", kind), bool(seen.record.duplicates)


def _field(seen: Seen, kind: str, one: RecordField) -> Iterator[Mark]:
    value = one.model_field or one.field
    name = value.name
    yield Measure("field.null", kind, name), value.state is not FieldState.VALUE
    yield Measure("field.failed", kind, name), value.state is FieldState.CANNOT_TELL
    if value.confidence is not None:
        yield Measure("field.confidence", kind, name), value.confidence
    if value.state is not FieldState.VALUE:
        return
    yield Measure("field.ungrounded", kind, name), not value.grounded
    if value.columns:
        yield Measure("field.cut", kind, name), len(value.rows) in ROUND
        yield Measure("field.rows", kind, name), math.log10(1 + len(value.rows))
        return
    yield from _value(seen, kind, value)


def _value(seen: Seen, kind: str, value: FieldValue) -> Iterator[Mark]:
    reading, name = value.readings[0], value.name
    yield Measure("field.unread", kind, name), reading.value is None
    yield Measure("field.shape", kind, name), shape(reading.raw)
    if reading.value is None:
        return
    yield Measure("field.value", kind, name), reading.value
    day = _date(reading.value)
    if day is not None:
        yield Measure("field.days", kind, name), float((day - seen.day).days)
        return
    number = _number(reading.value)
    if number is None:
        return
    yield Measure("field.zero", kind, name), number == 0
    printed = _printed(reading.raw)
    if number:
        yield Measure("field.magnitude", kind, name), math.log10(abs(number))
        if printed:
            yield Measure("field.factor", kind, name), math.log10(abs(number) / printed)


def _audited(seen: Seen, kind: str) -> Iterator[Mark]:
    """Yield whether people found an accepted field wrong, where they looked at the accepted record."""
    if seen.record is None or seen.way.accepted is None:
        return
    said = {field.name: field for decision in seen.decisions for field in decision.fields}
    if not seen.decisions:
        return
    for one in seen.record.fields:
        if one.decision is not FieldDecision.ACCEPTED:
            continue
        decided = said.get(one.field.name)
        wrong = decided is not None and not decided.rows and decided.value != one.field.value
        yield Measure("field.wrong", kind, one.field.name), wrong


def _attempt(seen: Seen, attempt: AttemptRecord) -> Iterator[Mark]:
    stage = attempt.stage
    failed = attempt.ended == "failed"
    yield Measure("stage.failed", stage), failed
    yield Measure("stage.schema", attempt.topic), attempt.dataschema
    yield Measure("stage.retried", stage), not failed and any(one.error for one in attempt.tries)
    began = seen.way.at.get(_BEFORE.get(stage, ""))
    if began is not None and attempt.attempt == 1:
        gap = (attempt.started - began).total_seconds()
        yield Measure("stage.skew", stage), gap < -SKEW_SECONDS
        yield Measure("stage.queue", stage), math.log10(max(gap, 0.0) + 1)
    if attempt.ended != "computed":
        return
    waited = sum(float(step.data.get("waited") or 0) for step in attempt.steps if step.kind == "read")
    yield Measure("stage.seconds", stage), math.log10(max(attempt.seconds - waited, 0.0) + UNNOTICED)
    yield Measure("stage.waited", stage), math.log10(waited + 0.1)
    yield Measure("stage.fallback", stage), any(step.name == "fallback" for step in attempt.steps)
    if attempt.tokens[0]:
        yield Measure("stage.tokens", stage), math.log10(sum(attempt.tokens))


def shape(text: str) -> str:
    """Return how a text is built, without what it says: ``09.03.2026`` is ``9.9.9``, a name ``a a``."""
    plain = _DIGITS.sub("9", _LETTERS.sub("a", text.strip()))
    return re.sub(r"(?:a[ -]?)+", "a", plain)[:16]


def _number(text: str) -> float | None:
    """Return a normal form that is an amount or number, with or without its unit."""
    first = text.partition(" ")[0]
    try:
        value = Decimal(first)
    except InvalidOperation:
        return None
    return float(value) if value.is_finite() else None


def _printed(raw: str) -> float | None:
    """Return the first number in a printed text, its separators read by their place; None where unsure."""
    found = _NUMBER.search(raw)
    if found is None:
        return None
    digits = re.sub(r"[\s'’]", "", found[0]).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    whole = digits if last == -1 or len(digits) - last == 4 else digits[:last]
    rest = "" if whole == digits else digits[last + 1 :]
    plain = re.sub(r"[.,]", "", whole)
    number = float(f"{plain}.{rest}") if rest else float(plain or 0)
    return number or None


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text[:10], "%Y-%m-%d").date() if len(text) == 10 else None  # noqa: DTZ007
    except ValueError:
        return None
