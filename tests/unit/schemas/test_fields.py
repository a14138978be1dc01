from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.certificates import Certificate, Certificates
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.errors import (
    DigestMismatchError,
    InvariantError,
    MissingObjectError,
    PermanentError,
    PipelineError,
    TransientError,
    UnreadableMessageError,
)
from schemas.fields import Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Box, Page

BOX = Box(x0=0, y0=0, x1=1, y1=1)


def reading(evidence_class: EvidenceClass, value: str = "2026-01-01") -> Reading:
    evidence = Evidence(page=1, line="1.1", start=0, end=4, box=BOX, quote="Jan 1")
    return Reading(raw="Jan 1", value=value, evidence=(evidence,), evidence_class=evidence_class)


def test_a_field_has_the_value_of_its_first_reading() -> None:
    verbatim, computed = reading(EvidenceClass.VERBATIM), reading(EvidenceClass.COMPUTED, "2027-01-01")
    field = FieldValue(name="dates", state=FieldState.VALUE, readings=(verbatim, computed))

    assert field.value == "2026-01-01"
    assert field.grounded


def test_one_reading_without_evidence_makes_a_field_ungrounded() -> None:
    readings = (reading(EvidenceClass.VERBATIM), reading(EvidenceClass.UNGROUNDED))

    assert not FieldValue(name="dates", state=FieldState.VALUE, readings=readings).grounded


def test_an_absent_field_has_no_value() -> None:
    assert FieldValue(name="guarantor", state=FieldState.ABSENT).value is None


@pytest.mark.parametrize("width", [float("nan"), float("inf")])
def test_an_artifact_holds_no_number_that_json_lacks(width: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Page(number=1, width=width, height=1.0, lines=())


def test_a_certificate_is_found_by_its_field() -> None:
    certificate = Certificate(
        field="total",
        target_error=0.02,
        threshold=0.9,
        decisions=200,
        errors=0,
        bound=0.015,
        needed=149,
        population="audited receipts",
    )
    certificates = Certificates(variant="v1", certificates=(certificate,))

    assert certificates.of("total") is certificate
    assert certificates.of("date") is None


def test_every_reject_reason_has_its_sentence() -> None:
    assert set(REJECT_SENTENCES) == set(RejectReason)


def test_every_error_has_one_of_three_roots() -> None:
    errors: list[PipelineError] = [
        TransientError("the store timed out", target="store", retry_after=1.5),
        DigestMismatchError("inbox/x", expected="a" * 64, found="b" * 64),
        MissingObjectError("inbox/x"),
        UnreadableMessageError("no message"),
        InvariantError("a revision has two records"),
    ]

    assert [isinstance(error, PermanentError) for error in errors] == [False, True, True, True, False]
    assert all(isinstance(error, PipelineError) for error in errors)


def test_an_error_says_what_is_wrong_and_carries_what_the_loop_needs() -> None:
    digest = DigestMismatchError("inbox/x", expected="a" * 64, found="b" * 64)
    throttled = TransientError("the store timed out", target="store", retry_after=1.5)

    assert str(digest) == (
        "object 'inbox/x' has sha256 bbbbbbbbbbbbbbbb…, its reference says aaaaaaaaaaaaaaaa…"
    )
    assert (digest.reason, MissingObjectError("k").reason) == ("digest", "missing_object")
    assert (throttled.target, throttled.retry_after) == ("store", 1.5)
