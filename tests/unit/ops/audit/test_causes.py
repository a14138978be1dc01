"""What follows from what: one cause, its symptoms below it, the costliest first."""

from __future__ import annotations

from datetime import date, timedelta

from ops.audit.causes import explained
from ops.audit.costs import Costs
from ops.audit.finding import Family, Finding

DAY = date(2026, 6, 28)


def finding(check: str, scope: str = "bill", subject: str = "", **more: object) -> Finding:
    """Return a finding of the day."""
    facts = {"records": 10, "since": DAY, "fix": "mend it", "sentence": f"{check} {subject}"} | more
    return Finding.model_validate(
        {"check": check, "family": Family.DATA, "scope": scope, "subject": subject} | facts
    )


def test_a_lost_field_explains_the_rules_and_reviews_that_follow_from_it() -> None:
    (only,) = explained(
        [finding("rule.silent", subject="sum"), finding("field.null", subject="total"), finding("doc.review")]
    )

    assert only.check == "field.null"
    assert set(only.symptoms) == {"rule.silent sum", "doc.review "}


def test_what_began_at_another_time_or_in_another_type_is_a_trouble_of_its_own() -> None:
    before = DAY - timedelta(days=5)

    found = explained(
        [
            finding("field.null", subject="total"),
            finding("doc.review", scope="lease"),
            finding("rule.broken", subject="sum", since=before),
        ]
    )

    assert {one.check for one in found} == {"field.null", "doc.review", "rule.broken"}


def test_the_costliest_comes_first_and_a_rare_catastrophe_outranks_a_frequent_trifle() -> None:
    found = explained(
        [
            finding("field.null", subject="note", records=500, field_cost=0.1),
            finding("field.magnitude", subject="total", records=8, field_cost=100.0),
        ]
    )

    assert [one.subject for one in found] == ["total", "note"]


def test_a_cause_weighs_at_least_what_follows_from_it() -> None:
    (only,) = explained(
        [
            finding("stage.waited", scope="gatekeeper", records=1),
            finding("stage.queue", scope="extraction", records=90),
        ]
    )

    assert (only.check, only.records) == ("stage.waited", 90)


def test_many_fields_read_worse_at_once_are_one_changed_template() -> None:
    (only,) = explained([finding("field.confidence", subject=name) for name in ("a", "b", "c")])

    assert only.check == "template"
    assert len(only.symptoms) == 3


def test_two_fields_written_anew_at_once_are_exchanged_columns() -> None:
    (only,) = explained([finding("field.shape", subject=name) for name in ("vendor", "reference")])

    assert (only.check, only.sentence.split(" hold")[0]) == ("columns", "bill: reference, vendor")


def test_what_an_error_costs_is_the_operators_word_before_the_types() -> None:
    assert Costs({"bill.total": 250.0}).of("bill", "total") == 250.0
    assert Costs().of("bill", "total") == 1.0
