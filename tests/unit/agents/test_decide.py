"""What becomes of a field: accepted only where everything speaks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.validation.decide import (
    Policy,
    broken_rules,
    coverage,
    decide_field,
    record_status,
)
from doctypes.definition import DocType, FieldSpec
from schemas.certificates import GENERATED, Certificate, Certificates
from schemas.fields import Evidence, EvidenceClass, FieldKind, FieldState, FieldValue, Reading
from schemas.layout import Box
from schemas.records import RecordStatus
from schemas.results import FieldDecision, RecordField, RuleVerdict, Verdict

TOTAL = FieldSpec(
    name="total", title="Total", description="what is to be paid", kind=FieldKind.MONEY, required=True
)
NOTE = FieldSpec(name="note", title="Note", description="any note", kind=FieldKind.TEXT)


def policy(
    *, threshold: float | None = 0.88, population: str = "labelled", accept_generated: bool = False
) -> Policy:
    certificates = tuple(
        Certificate(
            field=name,
            target_error=0.02,
            threshold=threshold,
            decisions=200,
            errors=3,
            bound=0.02,
            needed=149,
            population=population,
        )
        for name in ("total", "note")
    )
    return Policy(Certificates(variant="v", certificates=certificates), accept_generated)


def reading(value: str | None = "9.00", evidence_class: EvidenceClass = EvidenceClass.VERBATIM) -> Reading:
    place = Evidence(page=1, line="1.1", start=0, end=4, box=Box(x0=0, y0=0, x1=1, y1=1), quote="9.00")
    return Reading(raw="9.00", value=value, evidence=(place,), evidence_class=evidence_class)


def total(confidence: float | None = 0.93, **changes: object) -> FieldValue:
    base = FieldValue(name="total", state=FieldState.VALUE, readings=(reading(),), confidence=confidence)
    return base.model_copy(update=changes)


def test_a_grounded_value_above_its_certified_threshold_is_accepted_with_the_arithmetic() -> None:
    decided = decide_field(TOTAL, total(), (), policy())

    assert (decided.decision, decided.arithmetic) == (FieldDecision.ACCEPTED, "0.93 ≥ 0.88 accepted")


def test_a_value_below_the_threshold_goes_to_review() -> None:
    decided = decide_field(TOTAL, total(0.71), (), policy())

    assert (decided.decision, decided.arithmetic) == (FieldDecision.REVIEW, "0.71 < 0.88 → review")
    assert decided.reasons == ("the value is doubtful",)


def test_a_value_without_confidence_is_never_accepted() -> None:
    assert decide_field(TOTAL, total(None), (), policy()).decision is FieldDecision.REVIEW


def test_an_ungrounded_value_is_never_accepted_however_sure_the_model_is() -> None:
    field = total(1.0, readings=(reading(evidence_class=EvidenceClass.UNGROUNDED),))

    decided = decide_field(TOTAL, field, (), policy())

    assert (decided.decision, decided.reasons) == (
        FieldDecision.REVIEW,
        ("the value was not found on the page",),
    )


@pytest.mark.parametrize("missing", [Policy(None, False), policy(threshold=None)])
def test_an_uncertified_field_goes_to_review(missing: Policy) -> None:
    decided = decide_field(TOTAL, total(1.0), (), missing)

    assert decided.decision is FieldDecision.REVIEW
    assert decided.reasons == ("no confidence on this field is certified yet",)


def test_an_uncertified_field_says_how_many_decisions_it_would_need() -> None:
    decided = decide_field(TOTAL, total(1.0), (), policy(threshold=None))

    assert "needs 149 decisions without an error; 3 of 200 were wrong" in decided.arithmetic


def test_a_certificate_on_generated_samples_accepts_only_where_the_operator_says_so() -> None:
    refused = decide_field(TOTAL, total(), (), policy(population=GENERATED))
    allowed = decide_field(TOTAL, total(), (), policy(population=GENERATED, accept_generated=True))

    assert (refused.decision, allowed.decision) == (FieldDecision.REVIEW, FieldDecision.ACCEPTED)
    assert "generated samples" in refused.reasons[0]


def test_a_doubt_sends_a_sure_value_to_review() -> None:
    decided = decide_field(TOTAL, total(), ("rule sum is broken: 2 + 2 = 5",), policy())

    assert (decided.decision, decided.reasons) == (FieldDecision.REVIEW, ("rule sum is broken: 2 + 2 = 5",))


def test_a_value_that_cannot_be_read_as_its_kind_goes_to_review() -> None:
    decided = decide_field(TOTAL, total(readings=(reading(None),)), (), policy())

    assert decided.reasons == ("can't be read as a money",)


def test_a_required_field_that_is_absent_goes_to_review() -> None:
    absent = FieldValue(name="total", state=FieldState.ABSENT, confidence=0.99)

    assert decide_field(TOTAL, absent, (), policy()).reasons == ("required, but not found in the document",)


def test_an_optional_field_may_be_absent_when_that_is_certain() -> None:
    absent = FieldValue(name="note", state=FieldState.ABSENT, confidence=0.99)

    assert decide_field(NOTE, absent, (), policy()).decision is FieldDecision.OPTIONAL_ABSENT
    unsure = decide_field(NOTE, absent.model_copy(update={"confidence": 0.5}), (), policy())
    assert unsure.reasons == ("its absence is doubtful",)


def test_a_missing_field_is_never_taken_for_an_absent_one() -> None:
    missing = FieldValue(name="note", state=FieldState.MISSING, confidence=1.0)

    assert decide_field(NOTE, missing, (), policy()).decision is FieldDecision.REVIEW


def test_a_field_whose_part_failed_says_cannot_tell() -> None:
    failed = FieldValue(name="note", state=FieldState.CANNOT_TELL, note="the knowledge graph is down")

    decided = decide_field(NOTE, failed, (), policy())

    assert decided.decision is FieldDecision.CANNOT_TELL
    assert decided.arithmetic == "cannot tell: the knowledge graph is down"


def with_decision(decision: FieldDecision) -> RecordField:
    return RecordField(field=total(), decision=decision, arithmetic="")


def test_a_record_is_accepted_only_if_no_field_and_nothing_else_is_doubtful() -> None:
    accepted = with_decision(FieldDecision.ACCEPTED)

    assert record_status([accepted], ()) is RecordStatus.ACCEPTED
    assert record_status([accepted, with_decision(FieldDecision.REVIEW)], ()) is None
    assert record_status([accepted], ("possible duplicate",)) is None


def test_a_record_is_partial_only_where_nothing_but_a_failed_part_is_doubtful() -> None:
    failed = with_decision(FieldDecision.CANNOT_TELL)

    assert record_status([with_decision(FieldDecision.ACCEPTED), failed], ()) is RecordStatus.PARTIAL
    assert record_status([with_decision(FieldDecision.REVIEW), failed], ()) is None


def test_coverage_accounts_for_every_declared_field() -> None:
    doc_type = DocType(name="t", title="T", description="", version="1", fields=(TOTAL, NOTE))
    states = coverage(doc_type, [with_decision(FieldDecision.ACCEPTED)])

    assert (states.declared, states.with_value, states.absent, states.missing) == (2, 1, 0, ("note",))


def test_a_broken_rule_speaks_against_every_field_it_reads() -> None:
    verdicts = [
        RuleVerdict(rule="sum", verdict=Verdict.BROKEN, explanation="2 + 2 = 5", fields=("net", "tax")),
        RuleVerdict(rule="dates", verdict=Verdict.CANNOT_TELL, explanation="no date", fields=("date",)),
    ]

    said = broken_rules(verdicts)

    assert said == {"net": ("rule sum is broken: 2 + 2 = 5",), "tax": ("rule sum is broken: 2 + 2 = 5",)}


def test_a_revoked_certificate_sends_its_field_to_a_person_with_the_reason() -> None:
    revoked = replace(policy(), revoked={"total": "4 of 40 audited values were wrong"})
    found = decide_field(TOTAL, total(0.99), (), revoked)

    assert found.decision is FieldDecision.REVIEW
    assert found.arithmetic == "0.99, certificate revoked (4 of 40 audited values were wrong) → review"
    assert found.reasons == ("its certificate was revoked: 4 of 40 audited values were wrong",)
