from __future__ import annotations

import pytest

from ops.trace.headline import doubts
from schemas.fields import FieldState, FieldValue
from schemas.results import Coverage, FieldDecision, Record, RecordField, RuleVerdict, Verdict
from tests.unit.ops.receipt import NOWHERE


def field(name: str, arithmetic: str, *reasons: str, decision: str = "review") -> RecordField:
    return RecordField(
        field=FieldValue(name=name, state=FieldState.VALUE),
        decision=FieldDecision(decision),
        arithmetic=arithmetic,
        reasons=reasons,
    )


def record(
    *fields: RecordField,
    rules: tuple[str, ...] = (),
    duplicates: tuple[str, ...] = (),
    reasons: tuple[str, ...] = (),
) -> Record:
    return Record(
        record_id="a",
        doc_type="receipt",
        status=None,
        classification=NOWHERE,
        fields=fields,
        rules=tuple(RuleVerdict(rule=rule, verdict=Verdict.BROKEN, explanation="1 ≠ 2") for rule in rules),
        coverage=Coverage(declared=0, with_value=0, absent=0),
        duplicates=duplicates,
        reasons=reasons,
    )


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (
            record(
                field("vendor", "0.71 < 0.85 → review", "the value is doubtful"),
                field("total", "0.93, not certified (error ≤ 2% needs 149 decisions) → review", "no bound"),
            ),
            ["vendor 0.71 < 0.85", "total not certified"],
        ),
        (
            record(*(field(name, "0.93, not certified → review", "none yet") for name in "abcde")),
            ["a, b, c and 2 more not certified"],
        ),
        (
            record(
                field("iban", "0.93 ≥ 0.88; not found on the page → review", "the value was not found"),
                field("date", "0.91 < 0.95; not found on the page → review", "the value was not found"),
            ),
            ["iban, date: the value was not found"],
        ),
        (
            record(
                field("net", "0.93 ≥ 0.88 → review", "rule sum_holds is broken: 1 ≠ 2"),
                field("total", "0.93 ≥ 0.88 → review", "rule sum_holds is broken: 1 ≠ 2"),
                rules=("sum_holds",),
            ),
            ["sum holds is broken"],
        ),
        (record(field("due", "cannot tell: timeout", decision="cannot_tell")), ["due: cannot tell"]),
        (record(duplicates=("f" * 64,)), ["possible duplicate of ffffffffffff"]),
        (
            record(field("a", "0.9 ≥ 0.8 accepted", decision="accepted"), reasons=("the type is doubtful",)),
            ["the type is doubtful"],
        ),
        (
            record(
                field("vendor", "0.71 < 0.85 → review", "the value is doubtful"),
                reasons=(
                    "text on page 1 tells automated readers what to do",
                    "vendor: the value is doubtful",
                ),
            ),
            ["text on page 1 tells automated readers what to do", "vendor 0.71 < 0.85"],
        ),
    ],
)
def test_doubts_are_told_in_the_shortest_form_and_like_ones_together(
    waiting: Record, expected: list[str]
) -> None:
    assert doubts(waiting) == expected
