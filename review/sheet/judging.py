"""Is a decision whole and readable, and do the type's rules hold with it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doctypes.definition import DocType, FieldSpec
from doctypes.lookups import Answers
from doctypes.rules_v1 import Facts
from doctypes.runner import evaluate
from review.queue.errors import BrokenRulesError, UnusableDecisionError
from review.queue.lanes import Lane
from review.queue.tasks import Task
from review.sheet.answers import kinds_of
from review.sheet.content import Content
from review.sheet.curves import drawn, is_drawn, stated
from review.sheet.laying import answer_decided, answer_of, kept, laid
from review.sheet.lifting import evidence_at, with_places
from review.sheet.rows import ROW, decided_rows
from review.sheet.submission import Entry, Submission
from review.sheet.values import DecisionFileError, is_normal, normal_value
from schemas.decided import DecidedField
from schemas.fields import FieldKind, FieldState, FieldValue
from schemas.layout import Layout
from schemas.packets import ranges_problem
from schemas.records import DecisionKind
from schemas.results import RuleVerdict, Verdict

_SILENT = (Lane.GOLD, Lane.DOUBLE, Lane.BLIND, Lane.SHADOW)


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision that can be taken.

    Attributes:
        body: What is kept for ever.
        publishes: Whether the pipeline hears of it.
    """

    body: dict[str, Any]
    publishes: bool


def judge(content: Content, task: Task, given: Submission, layout: Layout | None = None) -> Judged:
    """Return the decision as it is kept.

    Args:
        content: What the task is about.
        task: The task.
        given: What was handed in.
        layout: The document's words, for values that were lifted from the page.

    Raises:
        UnusableDecisionError: It lacks a field, or a value can't be read; named with the field.
        BrokenRulesError: Rules are broken that it gives no reason for.
    """
    if given.kind is not DecisionKind.FIELDS:
        return _about_the_document(content, task, given)
    if content.doc_type is None:
        raise UnusableDecisionError(
            "this review asks what the document is: name its type, split it, or reject it",
            known_types=list(content.known_types),
        )
    decided, entries = read_entries(content, content.doc_type, given.fields, layout)
    missing = [name for name in task.asked if name not in decided]
    if missing:
        raise UnusableDecisionError(
            f"nothing is decided about {', '.join(missing)}; every field that is asked needs a word",
            fields=missing,
        )
    require_reasons(verdicts(content, task, decided), given)
    changed = {name for name, entry in entries.items() if entry["action"] != "accept"}
    told = changed if task.lane is Lane.AUDIT else set(decided)
    body = {
        **_common(content, task, given),
        "fields": list(entries.values()),
        "decided": [decided[name].model_dump(mode="json") for name in decided if name in told],
        "kinds": kinds_of(content.doc_type),
    }
    return Judged(body, _publishes(task.lane, changed=bool(changed)))


def read_entries(
    content: Content,
    doc_type: DocType,
    given: Sequence[Entry],
    layout: Layout | None = None,
    numbers: Mapping[str, str] | None = None,
) -> tuple[dict[str, DecidedField], dict[str, dict[str, Any]]]:
    """Return each field as decided, and as it is kept with before and after.

    Args:
        content: What the entries are about.
        doc_type: Its type.
        given: The entries.
        layout: The document's words, for values that were lifted from the page.
        numbers: What ``curves.stated`` says, where these are not all the entries.

    Raises:
        UnusableDecisionError: A field is not declared, given twice, or can't be read.
    """
    known = {judged.field.name: judged.field for judged in content.record.fields}
    specs = {spec.name: spec for spec in doc_type.fields}
    if numbers is None:
        numbers = stated(content.record, doc_type, given)
    decided: dict[str, DecidedField] = {}
    entries: dict[str, dict[str, Any]] = {}
    for entry in given:
        if entry.path not in specs or entry.path not in known:
            raise UnusableDecisionError(f"the type declares no field {entry.path!r}", field=entry.path)
        if entry.path in decided:
            raise UnusableDecisionError(f"field {entry.path!r} is decided twice", field=entry.path)
        spec, field = specs[entry.path], known[entry.path]
        try:
            if entry.action in ("correct", "add") and is_drawn(spec, entry.value):
                found = drawn(content.record.record_id, spec.name, entry.value or "", numbers)
            else:
                found = _decided(spec, field, entry, doc_type)
        except DecisionFileError as error:
            raise UnusableDecisionError(str(error), field=entry.path) from error
        if entry.box is not None and found.value is not None:
            found = found.model_copy(update={"evidence": evidence_at(layout, entry.box)})
        if entry.places and found.values:
            shown = tuple(evidence_at(layout, one) if one else () for one in entry.places)
            found = found.model_copy(update={"places": shown})
        if entry.lifted:
            found = with_places(found, entry.lifted, layout)
        decided[entry.path] = found
        entries[entry.path] = {
            "path": entry.path,
            "before": answer_of(field),
            "after": answer_decided(found),
            "action": entry.action,
            "source": entry.source,
            "ms": entry.ms,
            "box": entry.box and entry.box.model_dump(),
        }
    return decided, entries


def verdicts(content: Content, task: Task, decided: dict[str, DecidedField]) -> tuple[RuleVerdict, ...]:
    """Return what the type's rules say of the record with the person's fields laid over it."""
    if content.rules is None or content.doc_type is None:
        return ()
    if not decided and content.record.rules:
        # As Validation judged them: the same rules, of the same fields.
        return content.record.rules
    fields = {judged.field.name: judged.field for judged in content.record.fields}
    for spec in content.doc_type.fields:
        if spec.name in decided:
            fields[spec.name] = laid(spec, decided[spec.name], fields[spec.name])
    answers = Answers.of(content.record.lookups)
    return evaluate(content.rules, fields, Facts(today=task.requested_at.date(), answers=answers))


def require_reasons(found: Sequence[RuleVerdict], given: Submission) -> None:
    """Refuse broken rules that no reason is given for.

    Raises:
        BrokenRulesError: There are some; ``details`` name them.
    """
    excused = {override.rule for override in given.overrides}
    broken = [one for one in found if one.verdict is Verdict.BROKEN and one.rule not in excused]
    if broken:
        names = ", ".join(one.rule for one in broken)
        raise BrokenRulesError(
            f"broken: {names}; correct a field, or say in 'overrides' why it is right all the same",
            rules=[one.model_dump(mode="json") for one in broken],
        )


def _decided(spec: FieldSpec, field: FieldValue, entry: Entry, doc_type: DocType) -> DecidedField:
    where = f"field {spec.name!r}"
    if entry.action == "absent":
        return DecidedField(name=spec.name)
    if entry.action == "accept":
        found = _accepted(spec, field, where)
    elif spec.columns:
        rows = [
            {name: str(cell) if name == ROW and cell is not None else cell for name, cell in row.items()}
            for row in entry.rows or ()
        ]
        found = decided_rows(spec, rows, field, doc_type)
    elif spec.many:
        given = entry.values if entry.values is not None else (entry.value,) if entry.value else ()
        normal = tuple(normal_value(spec, value, doc_type, where) for value in given)
        found = DecidedField(name=spec.name, raw="; ".join(given) or None, values=normal)
    else:
        if entry.value is None:
            raise DecisionFileError(f"{where} has no value; say 'absent' where the document has none")
        value = normal_value(spec, entry.value, doc_type, where)
        found = DecidedField(name=spec.name, raw=entry.value, value=value)
    _require_evidence(spec, field, entry, found)
    return found


def _accepted(spec: FieldSpec, field: FieldValue, where: str) -> DecidedField:
    if field.state in (FieldState.MISSING, FieldState.CANNOT_TELL):
        raise DecisionFileError(
            f"{where} was not read, so there is nothing to accept; add it, or say 'absent'"
        )
    _require_normal(spec, field, where)
    return kept(spec, field)


def _require_normal(spec: FieldSpec, field: FieldValue, where: str) -> None:
    """Refuse to keep what was read and has no normal form, or more than one: nobody could use it."""
    if not spec.columns:
        if not all(is_normal(spec.kind, reading.value) for reading in field.readings):
            raise DecisionFileError(f"{where} can't be read as a {spec.kind.value} as it stands; correct it")
        return
    kinds = {column.name: column.kind for column in spec.columns}
    for number, row in enumerate(field.rows, start=1):
        for cell in row.cells:
            kind = kinds.get(cell.name)
            if kind and not all(is_normal(kind, reading.value) for reading in cell.readings):
                raise DecisionFileError(
                    f"{where}, row {number}, column {cell.name!r} can't be read as a {kind.value} as it "
                    "stands; correct it"
                )


def _require_evidence(spec: FieldSpec, field: FieldValue, entry: Entry, found: DecidedField) -> None:
    """A thing is only there where somebody can point at it; that it is not there needs no place."""
    if spec.kind is not FieldKind.PRESENCE or found.value != "yes" or entry.box is not None:
        return
    if entry.action == "accept" and any(reading.evidence for reading in field.readings):
        return
    raise DecisionFileError(
        f"field {spec.name!r} is a presence: show on the page where it is, or say 'absent'"
    )


def _about_the_document(content: Content, task: Task, given: Submission) -> Judged:
    body = {**_common(content, task, given), "fields": [], "decided": []}
    if given.kind is DecisionKind.TYPE:
        if given.doc_type not in content.known_types:
            raise UnusableDecisionError(
                "this type is not set up in the run's release", known_types=list(content.known_types)
            )
        if content.doc_type is not None and given.doc_type == content.doc_type.name:
            raise UnusableDecisionError("that is what the document was taken for; decide its fields")
    elif given.kind is DecisionKind.SPLIT:
        problem = ranges_problem(given.ranges, content.page_count) if given.ranges else "no ranges are given"
        if problem is not None:
            raise UnusableDecisionError(
                f"split: {problem}; give each of the {content.page_count} pages once, in order"
            )
    return Judged(body, _publishes(task.lane, changed=True))


def _common(content: Content, task: Task, given: Submission) -> dict[str, Any]:
    return {
        "kind": given.kind.value,
        "doc_type": given.doc_type if given.kind is DecisionKind.TYPE else None,
        "ranges": [list(pages) for pages in given.ranges] if given.kind is DecisionKind.SPLIT else [],
        "comment": _comment(given),
        "together_with": given.together_with,
        "overrides": [override.model_dump() for override in given.overrides],
        "route_reason": list(content.record.reasons),
        "schema_version": content.doc_type.version if content.doc_type else None,
        "extraction": content.record.extraction and content.record.extraction.sha256,
        "release": content.manifest.release_digest,
        "record": task.record.sha256,
    }


def _comment(given: Submission) -> str | None:
    said = [given.comment] if given.comment else []
    said += [f"{override.rule} is right all the same: {override.reason}" for override in given.overrides]
    return "\n".join(said) or None


def _publishes(lane: Lane, *, changed: bool) -> bool:
    if lane in _SILENT:
        return False
    return changed if lane is Lane.AUDIT else True
