"""What becomes of each field and of the record: pure, with the arithmetic in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.validation.tables import table_coverage, told
from doctypes.definition import DocType, FieldSpec
from schemas.certificates import GENERATED, Certificate, Certificates
from schemas.fields import FieldState, FieldValue
from schemas.records import RecordStatus
from schemas.results import CellDoubt, Coverage, FieldDecision, RecordField, RuleVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Policy:
    """By what fields are accepted.

    Attributes:
        certificates: Of the variant that read the fields; None accepts nothing.
        accept_generated: Whether certificates on generated samples count.
        revoked: Why certificates hold no longer, by field.
    """

    certificates: Certificates | None
    accept_generated: bool
    revoked: Mapping[str, str] = field(default_factory=dict)


def decide_field(
    spec: FieldSpec,
    field: FieldValue,
    doubts: Sequence[str],
    policy: Policy,
    cells: Sequence[CellDoubt] = (),
) -> RecordField:
    """Return what becomes of one field that no person has decided.

    A list of rows is decided as one: its certificate speaks of whole tables, and a doubt about one of its
    ``cells`` sends it to a person.
    """
    if field.state is FieldState.CANNOT_TELL:
        return RecordField(
            field=field,
            decision=FieldDecision.CANNOT_TELL,
            arithmetic=f"cannot tell: {field.note or 'a part failed'}",
        )
    arithmetic, certified = _against_certificate(field, policy)
    against, said = _found_wanting(spec, field, cells)
    if field.state is FieldState.MISSING:
        arithmetic = f"missing: {field.note or 'nothing was decided'}"
    elif said:
        arithmetic = f"{arithmetic}; {said}"
    if not against and not certified:
        against = (_why_uncertified(field, policy),)
    reasons = (*against, *doubts)
    if not reasons:
        decision = (
            FieldDecision.ACCEPTED if field.state is FieldState.VALUE else FieldDecision.OPTIONAL_ABSENT
        )
        return RecordField(field=field, decision=decision, arithmetic=f"{arithmetic} accepted")
    return RecordField(
        field=field,
        decision=FieldDecision.REVIEW,
        arithmetic=f"{arithmetic} → review",
        reasons=reasons,
        cells=tuple(cells),
    )


def _found_wanting(
    spec: FieldSpec, field: FieldValue, cells: Sequence[CellDoubt]
) -> tuple[tuple[str, ...], str]:
    """Return what keeps a field from being accepted at any confidence, and what the arithmetic says of it."""
    if field.state is FieldState.MISSING:
        return ("the table was not read" if field.columns else "nothing was decided about this field",), ""
    if cells:
        doubtful = len({(doubt.row, doubt.column) for doubt in cells})
        return told(spec, cells), f"{doubtful} of {len(field.cells)} cells doubtful"
    if not field.grounded:
        return ("the value was not found on the page",), "not found on the page"
    if field.state is FieldState.ABSENT and spec.required:
        return ("required, but not found in the document",), ""
    if field.state is FieldState.VALUE and any(reading.value is None for reading in field.readings):
        return (f"can't be read as a {spec.kind.value}",), ""
    return (), ""


def _against_certificate(field: FieldValue, policy: Policy) -> tuple[str, bool]:
    certificate = policy.certificates.of(field.name) if policy.certificates else None
    shown = "no confidence" if field.confidence is None else f"{field.confidence:.2f}"
    if certificate is None or certificate.threshold is None:
        return f"{shown}, not certified{_needs(certificate)}", False
    if field.name in policy.revoked:
        return f"{shown}, certificate revoked ({policy.revoked[field.name]})", False
    if certificate.population == GENERATED and not policy.accept_generated:
        return f"{shown}, certified on generated samples only", False
    if field.confidence is None or field.confidence < certificate.threshold:
        return f"{shown} < {certificate.threshold:.2f}", False
    return f"{shown} ≥ {certificate.threshold:.2f}", True


def _needs(certificate: Certificate | None) -> str:
    return "" if certificate is None else f" ({certificate.shortfall()})"


def _why_uncertified(field: FieldValue, policy: Policy) -> str:
    certificate = policy.certificates.of(field.name) if policy.certificates else None
    if certificate is None or certificate.threshold is None:
        return "no confidence on this field is certified yet"
    if field.name in policy.revoked:
        return f"its certificate was revoked: {policy.revoked[field.name]}"
    if certificate.population == GENERATED and not policy.accept_generated:
        return "its certificate rests on generated samples, which this installation does not accept"
    what = "the value is" if field.state is FieldState.VALUE else "its absence is"
    return f"{what} doubtful"


def coverage(doc_type: DocType, fields: Sequence[RecordField]) -> Coverage:
    """Return how many declared fields, and cells of tables, are accounted for, naming those that are not."""
    states = {f.field.name: f.field.state for f in fields}
    declared = [spec.name for spec in doc_type.fields]
    return Coverage(
        declared=len(declared),
        with_value=sum(states.get(name) is FieldState.VALUE for name in declared),
        absent=sum(states.get(name) is FieldState.ABSENT for name in declared),
        missing=tuple(n for n in declared if states.get(n, FieldState.MISSING) is FieldState.MISSING),
        cannot_tell=tuple(n for n in declared if states.get(n) is FieldState.CANNOT_TELL),
        tables=tuple(table_coverage(f.field) for f in fields if f.field.rows),
    )


def broken_rules(rules: Sequence[RuleVerdict]) -> dict[str, tuple[str, ...]]:
    """Return, per field, what the broken rules that read it say."""
    said: dict[str, tuple[str, ...]] = {}
    for verdict in rules:
        if verdict.verdict is Verdict.BROKEN:
            for name in verdict.fields:
                said[name] = (*said.get(name, ()), f"rule {verdict.rule} is broken: {verdict.explanation}")
    return said


def record_status(
    fields: Sequence[RecordField], reasons: Sequence[str], *, unanswered: bool = False
) -> RecordStatus | None:
    """Return the end state, or None where a person has to look first.

    Args:
        fields: As decided.
        reasons: Those that concern the record as a whole, such as a possible duplicate.
        unanswered: A tool did not answer that should have been asked.
    """
    decisions = {f.decision for f in fields}
    if FieldDecision.REVIEW in decisions or reasons:
        return None
    missing = unanswered or FieldDecision.CANNOT_TELL in decisions
    return RecordStatus.PARTIAL if missing else RecordStatus.ACCEPTED
