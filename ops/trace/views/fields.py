"""The record's part of the tree: fields with evidence, rules, routing arithmetic, people's decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ops.trace.story import RevisionStory, RunStory, Trace
from ops.trace.views.elements import ON_PAGE, element_words, file_words
from ops.trace.views.readers import reader_node
from ops.trace.views.tables import decided_rows_words, row_nodes
from ops.words import moment, several, short, shown, spoken, unit
from ops.words.tree import Node, Tone, joined
from schemas.certificates import Certificate, Certificates
from schemas.decided import DecidedField, Decision
from schemas.fields import Evidence, FieldState, FieldValue, KnownStatus, Reading
from schemas.layout import Box
from schemas.results import (
    Extraction,
    FieldDecision,
    Record,
    RecordField,
    RuleVerdict,
    TableCoverage,
    Verdict,
)

_MARKS: dict[FieldDecision, tuple[str, Tone]] = {
    FieldDecision.ACCEPTED: ("✓", "good"),
    FieldDecision.HUMAN: ("✓", "good"),
    FieldDecision.OPTIONAL_ABSENT: ("–", "quiet"),
    FieldDecision.REVIEW: ("?", "doubt"),
    FieldDecision.CANNOT_TELL: ("!", "bad"),
}

DECIDED: dict[FieldDecision, str] = {
    FieldDecision.ACCEPTED: "accepted",
    FieldDecision.OPTIONAL_ABSENT: "accepted",
    FieldDecision.HUMAN: "decided by a person",
    FieldDecision.REVIEW: "to review",
    FieldDecision.CANNOT_TELL: "cannot tell",
}
"""What became of a field, in words."""

_VERDICTS: dict[Verdict, tuple[str, Tone]] = {
    Verdict.HOLDS: ("✓", "good"),
    Verdict.BROKEN: ("✗", "bad"),
    Verdict.CANNOT_TELL: ("?", "doubt"),
}

_WIDEST_VALUE = 32
"""Column width for values; a longer one pushes its own line only."""


def field_nodes(record: Record | None, extraction: Extraction | None, *, full: bool) -> tuple[Node, ...]:
    """Return the section of the fields: of the record where there is one, else as extracted."""
    if record is not None and record.fields:
        coverage = record.coverage
        counted = (
            f"{coverage.with_value} of {coverage.declared} with a value, {coverage.absent} absent, "
            f"{len(coverage.missing)} missing, {len(coverage.cannot_tell)} cannot tell"
        )
        told = "; ".join((counted, *map(_table_words, coverage.tables)))
        return (Node("fields", told, children=_fields(record.fields, full=full)),)
    if extraction is not None:
        extracted = [(None, field) for field in extraction.fields]
        return (Node("fields", "extracted, not yet validated", children=_lines(extracted, full=full)),)
    return ()


def _table_words(table: TableCoverage) -> str:
    return (
        f"{table.field}: {table.with_value} of {table.rows * table.columns} cells with a value, "
        f"{table.absent} absent, {len(table.missing)} missing, {len(table.cannot_tell)} cannot tell"
    )


def rule_nodes(record: Record | None) -> tuple[Node, ...]:
    """Return the section of the rules, broken ones first."""
    if record is None or not record.rules:
        return ()
    order = (Verdict.BROKEN, Verdict.CANNOT_TELL, Verdict.HOLDS)
    counted = ", ".join(
        f"{count} {spoken(verdict.value)}"
        for verdict in order
        if (count := sum(rule.verdict is verdict for rule in record.rules))
    )
    listed = sorted(record.rules, key=lambda rule: order.index(rule.verdict))
    return (Node("rules", counted, children=tuple(_rule(rule) for rule in listed)),)


def routing_nodes(run: RunStory, *, full: bool) -> tuple[Node, ...]:
    """Return the section of the routing: every comparison, doubtful fields first, each with its because."""
    record = run.record
    if record is None:
        return ()
    status = record.status.value if record.status else "review"
    whole = [Node("because", shown(reason, None)) for reason in whole_record_reasons(record)]
    certificates = run.certificates if full else None
    doubtful = [_arithmetic(f, certificates) for f in record.fields if f.decision in _DOUBTFUL]
    settled = [_arithmetic(f, certificates) for f in record.fields if f.decision not in _DOUBTFUL]
    tone: Tone = "good" if status == "accepted" else "doubt"
    return (Node("routing", f"→ {status}", tone, (*whole, *doubtful, *settled)),)


_DOUBTFUL = (FieldDecision.REVIEW, FieldDecision.CANNOT_TELL)


def whole_record_reasons(record: Record) -> tuple[str, ...]:
    """Return the reasons that concern the record as a whole; the fields' own are told with the fields."""
    own = {f"{f.field.name}: {reason}" for f in record.fields for reason in f.reasons}
    return tuple(reason for reason in record.reasons if reason not in own)


def decision_nodes(trace: Trace, *, full: bool) -> tuple[Node, ...]:
    """Return what people decided, oldest first."""
    taken = [_decision(decision, "", full=full) for decision in trace.decisions]
    waiting = [_decision(decision, "not yet taken up", full=full) for decision in trace.handed_in]
    return (*taken, *waiting)


def revision_nodes(trace: Trace) -> tuple[Node, ...]:
    """Return the record's revisions, oldest first."""
    if not trace.revisions:
        return ()
    lines = tuple(_revision(revision) for revision in trace.revisions)
    return (Node("revisions", f"revision {trace.revisions[-1].number} stands", children=lines),)


def mark_of(judged: RecordField | None) -> tuple[str, Tone]:
    """Return the sign and tone of what became of a field; None stands for one not validated yet."""
    return _MARKS[judged.decision] if judged else ("·", "plain")


def place(evidence: Evidence) -> str:
    """Return where a piece of evidence stands: page, line, and box in percent of the page."""
    return f"page {evidence.page}, line {shown(evidence.line)} ({box_words(evidence.box)})"


def box_words(box: Box) -> str:
    """Return a box in percent of the page."""
    across = f"{box.x0 * 100:.0f}–{box.x1 * 100:.0f} % across"
    return f"{across}, {box.y0 * 100:.0f}–{box.y1 * 100:.0f} % down"


def value_of(reading: Reading, limit: int | None = 80) -> str:
    """Return a reading's normal form, or what was printed where it has none; of a file its name."""
    if reading.file is not None:
        return file_words(reading.file)
    return (
        shown(reading.value, limit)
        if reading.value is not None
        else f"{shown(reading.raw, limit)} (as printed)"
    )


def value_words(field: FieldValue, limit: int | None = 80) -> str:
    """Return a field's values, or its state in words where it has none."""
    if field.state is not FieldState.VALUE:
        return spoken(field.state.value)
    if field.columns:
        return several(len(field.rows), "row")
    return "; ".join(value_of(reading, limit) for reading in field.readings)


def _fields(fields: Iterable[RecordField], *, full: bool) -> tuple[Node, ...]:
    return _lines([(field, field.field) for field in fields], full=full)


def _lines(fields: Sequence[tuple[RecordField | None, FieldValue]], *, full: bool) -> tuple[Node, ...]:
    limit = None if full else 80
    values = [value_words(value, limit) for _, value in fields]
    width = max((len(value) for value in values if len(value) <= _WIDEST_VALUE), default=0)
    return tuple(
        _field(judged, field, value.ljust(width), full=full)
        for (judged, field), value in zip(fields, values, strict=True)
    )


def _field(judged: RecordField | None, field: FieldValue, value: str, *, full: bool) -> Node:
    mark, tone = mark_of(judged)
    said = joined(unit(field.confidence), DECIDED[judged.decision] if judged else None, _noted(field))
    children = [
        node
        for reading in field.readings
        for node in (
            *_stated(reading, full=full),
            *(_evidence(reading, place_, full=full) for place_ in _places(reading)),
            *_known(reading, full=full),
        )
    ]
    if field.read_by is not None:
        children.append(reader_node(field.read_by))
    if field.checked_by is not None:
        children.append(reader_node(field.checked_by, "checked by"))
    children += row_nodes(judged, field, full=full)
    shown_alternatives = field.alternatives if full else field.alternatives[:1]
    if judged is None or judged.decision in _DOUBTFUL or full:
        children += [_alternative(reading) for reading in shown_alternatives]
    if judged is not None and judged.model_field is not None:
        model = judged.model_field
        children.append(Node("model read", f"{value_words(model)} · {unit(model.confidence)}", "quiet"))
    return Node(f"{mark} {field.name}", f"{value}  {said}", tone, tuple(children))


def _noted(field: FieldValue) -> str | None:
    return shown(field.note) if field.note else None


def _places(reading: Reading) -> tuple[Evidence | None, ...]:
    return reading.evidence or (() if reading.element else (None,))


def _stated(reading: Reading, *, full: bool) -> Iterator[Node]:
    if reading.element is not None:
        quote = f"“{shown(reading.raw, None if full else 80)}”"
        said = joined(quote, element_words(reading.element, full=full))
        yield Node(spoken(reading.evidence_class.value), said, "quiet")


def _known(reading: Reading, *, full: bool) -> Iterator[Node]:
    known = reading.known
    if known is None:
        return
    snapshot = known.snapshot and f"snapshot {known.snapshot if full else short(known.snapshot)}"
    who = f"“{shown(known.name)}” {shown(known.entity or '')}" if known.name else None
    tone: Tone = "quiet" if known.status in (KnownStatus.MATCH, KnownStatus.NO_MATCH) else "doubt"
    said = joined(who or spoken(known.status.value), shown(known.reason), snapshot)
    yield Node("known as" if who else "known", said, tone)


def _evidence(reading: Reading, evidence: Evidence | None, *, full: bool) -> Node:
    kind = spoken(reading.evidence_class.value) if reading.element is None else ON_PAGE
    if evidence is None:
        tone: Tone = "bad" if kind == "ungrounded" else "quiet"
        return Node(kind, f"“{shown(reading.raw, None if full else 80)}”, no place on a page", tone)
    return Node(kind, f"“{shown(evidence.quote, None if full else 80)}” · {place(evidence)}", "quiet")


def _alternative(reading: Reading) -> Node:
    elsewhere = element_words(reading.element, full=False) if reading.element else "no place on a page"
    where = place(reading.evidence[0]) if reading.evidence else elsewhere
    return Node("or", joined(f"{value_of(reading)} at {unit(reading.confidence)}", where), "quiet")


def _rule(rule: RuleVerdict) -> Node:
    mark, tone = _VERDICTS[rule.verdict]
    return Node(f"{mark} {rule.rule}", shown(rule.explanation, None), tone)


def _arithmetic(judged: RecordField, certificates: Certificates | None) -> Node:
    _, tone = mark_of(judged)
    because = (
        f", because {'; '.join(shown(reason, None) for reason in judged.reasons)}" if judged.reasons else ""
    )
    certificate = certificates.of(judged.field.name) if certificates else None
    children = (Node("certificate", certificate_words(certificate), "quiet"),) if certificate else ()
    return Node(judged.field.name, f"{shown(judged.arithmetic, None)}{because}", tone, children)


def certificate_words(certificate: Certificate) -> str:
    """Return what a certificate rests on."""
    threshold = "nothing certified" if certificate.threshold is None else f"from {certificate.threshold:.2f}"
    return joined(
        threshold,
        f"{certificate.errors} of {certificate.decisions} wrong, error ≤ {certificate.bound:.1%} at 95 %",
        f"{certificate.target_error:.1%} is allowed",
        f"AUROC {unit(certificate.auroc)}",
        f"{certificate.basis} on {shown(certificate.population)}",
    )


def _decision(decision: Decision, standing: str, *, full: bool) -> Node:
    what = {
        "fields": "decided fields",
        "type": f"decided the type: {shown(decision.doc_type or '')}",
        "split": f"split into pages {', '.join(f'{a}–{b}' for a, b in decision.ranges)}",
        "rejection": "rejected the document",
    }[decision.kind.value]
    who = f"{shown(decision.reviewer)} {what}"
    head = joined(moment(decision.decided_at), who, standing, decision.decision_id)
    limit = None if full else 80
    children = [Node(field.name, _decided_words(field, limit)) for field in decision.fields]
    if decision.comment:
        children.append(Node("comment", f"“{shown(decision.comment, None if full else 160)}”"))
    return Node("decision", head, children=tuple(children))


def _decided_words(decided: DecidedField, limit: int | None) -> str:
    if decided.rows:
        return decided_rows_words(decided)
    return shown("; ".join(decided.values) or decided.value or "absent", limit)


def _revision(revision: RevisionStory) -> Node:
    by = f"decision {revision.decision_id}" if revision.decision_id else None
    held = f"record {short(revision.record.sha256)}" if revision.record else None
    return Node(str(revision.number), joined(revision.status.value, f"run {revision.run_id}", by, held))
