"""The rules of the shipped types, each on a record that keeps it and one that breaks it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import samples
from doctypes.folder import ROOT, load_folder
from doctypes.rules_v1 import Duration as Length
from doctypes.rules_v1 import Facts, add_months, ends_of, iban_is_valid, vat_is_valid
from doctypes.runner import evaluate
from samples.generate import labelled
from schemas.results import Verdict
from tests.unit.doctypes.answers import answers, with_account
from tests.unit.doctypes.records import record
from tests.unit.doctypes.sound import GOOD, LEASE, Fields

FACTS = Facts(today=date(2026, 11, 21))


def _judge(doc_type: str, fields: Fields) -> dict[str, tuple[Verdict, str]]:
    folder = load_folder(ROOT / doc_type)
    declared = [spec.name for spec in folder.doc_type.fields]
    found = record(fields, declared)
    told = with_account(str(fields.get("iban", "")))
    facts = replace(FACTS, answers=answers(folder.rules.lookups, found, told))
    verdicts = evaluate(folder.rules, found, facts)
    return {verdict.rule: (verdict.verdict, verdict.explanation) for verdict in verdicts}


@pytest.mark.parametrize("doc_type", sorted(GOOD))
def test_every_rule_holds_on_a_sound_record(doc_type: str) -> None:
    verdicts = _judge(doc_type, GOOD[doc_type])

    assert {rule: v for rule, v in verdicts.items() if v[0] is not Verdict.HOLDS} == {}


@pytest.mark.parametrize("doc_type", sorted(GOOD))
def test_no_rule_passes_on_an_empty_record(doc_type: str) -> None:
    verdicts = _judge(doc_type, {})

    assert {verdict for verdict, _ in verdicts.values()} == {Verdict.CANNOT_TELL}


@pytest.mark.parametrize(
    ("doc_type", "changes", "rule", "explanation"),
    [
        (
            "invoice", {"grand_total": "1410.00"}, "net_plus_tax_is_total",
            "950.00 + 190.00 = 1140.00, printed 1410.00",
        ),
        ("invoice", {"grand_total": "1140.03"}, "net_plus_tax_is_total", "printed 1140.03"),
        ("invoice", {"tax_total": "475.00"}, "tax_rate_is_plausible", "475.00 is 50.0 % of 950.00"),
        ("invoice", {"tax_total": "-1.00"}, "tax_rate_is_plausible", "-0.1 %"),
        ("invoice", {"due_payable": "1150.00"}, "due_is_no_more_than_total", "due 1150.00 of 1140.00"),
        ("invoice", {"grand_total": "0.00"}, "total_is_not_zero", "total 0.00"),
        ("invoice", {"issue_date": "2026-12-31"}, "issue_is_not_in_the_future", "31 days allowed"),
        ("invoice", {"due_date": "2024-03-11"}, "due_is_not_before_issue", "-1 days later"),
        ("invoice", {"due_date": "2026-03-11"}, "due_is_not_before_issue", "729 days later"),
        ("invoice", {"delivery_date": "2020-01-01"}, "delivery_is_near_issue", "days apart"),
        ("invoice", {"buyer_name": "BERGMANN WERKZEUGE GMBH."}, "seller_is_not_buyer", "same name"),
        ("invoice", {"iban": "DE89200800000970375700"}, "iban_check_digits_are_right", "check digits wrong"),
        ("invoice", {"iban": "FR201242124212421242124212"}, "iban_check_digits_are_right", "26 characters"),
        ("invoice", {"seller_vat_id": "DE136695975"}, "seller_vat_check_digits_are_right", "digits wrong"),
        ("invoice", {"buyer_vat_id": "ATU12345670"}, "buyer_vat_check_digits_are_right", "digits wrong"),
        ("invoice", {"currency": "EUE"}, "currency_is_known", "currency EUE"),
        ("lease", {"tenant": ["Someone", "harbour estates LTD"]}, "landlord_is_not_a_tenant", "tenant 2"),
        ("lease", {"tenant": ["A B", "C D", "a b"]}, "tenants_differ", "tenant 3 of 3"),
        ("lease", {"expiry_date": "2022-12-31"}, "expiry_is_after_commencement", "-1 days"),
        (
            "lease", {"expiry_date": "2025-12-31"}, "term_is_the_time_between",
            "ends on 2024-12-31 or 2025-01-01, printed 2025-12-31",
        ),
        ("lease", {"term": "P1200Y"}, "term_is_of_usual_length", "14400 months"),
        ("lease", {"agreement_date": "2019-01-01"}, "agreement_is_near_commencement", "1461 days apart"),
        ("lease", {"agreement_date": "2027-01-01"}, "agreement_is_not_in_the_future", "dated 2027-01-01"),
        ("lease", {"monthly_rent": "0.00"}, "rent_is_positive", "rent 0.00"),
        ("lease", {"deposit": "24000.00"}, "deposit_is_within_reason", "20.0 months' rent"),
        ("lease", {"currency": "GBO"}, "currency_is_known", "currency GBO"),
        ("sale_purchase_agreement", {"buyer": "Oakfield Holdings PLC"}, "seller_is_not_buyer", "same name"),
        ("sale_purchase_agreement", {"purchase_price": "-1.00"}, "price_is_positive", "price -1.00"),
        (
            "sale_purchase_agreement", {"deposit": "600000.00"}, "deposit_is_part_of_the_price",
            "deposit 600000.00 is 120.0 % of 500000.00",
        ),
        (
            "sale_purchase_agreement", {"completion_date": "2023-01-28"},
            "completion_is_not_before_agreement", "-4 days later",
        ),
        (
            "sale_purchase_agreement", {"completion_date": "2032-01-28"},
            "completion_is_within_five_years", "at most 1830",
        ),
        ("sale_purchase_agreement", {"agreement_date": "2028-01-01"}, "agreement_is_not_in_the_future", ""),
        ("sale_purchase_agreement", {"currency": "???"}, "currency_is_known", "???"),
        ("receipt", {"total": "0.00"}, "total_is_positive", "total 0.00"),
        ("receipt", {"date": "2026-11-23"}, "date_is_not_in_the_future", "1 day allowed"),
        ("receipt", {"date": "1918-03-12"}, "date_is_within_living_tills", "1980 or later"),
        ("receipt", {"vendor_name": "003-118"}, "vendor_has_letters", "0 letters"),
    ],
)  # fmt: skip
def test_each_rule_breaks_where_it_should_and_shows_the_numbers(
    doc_type: str, changes: Fields, rule: str, explanation: str
) -> None:
    verdict, said = _judge(doc_type, GOOD[doc_type] | changes)[rule]

    assert verdict is Verdict.BROKEN
    assert explanation in said


def test_a_term_may_count_its_last_day_or_not() -> None:
    for end in ("2024-12-31", "2025-01-01"):
        assert _judge("lease", LEASE | {"expiry_date": end})["term_is_the_time_between"][0] is Verdict.HOLDS


def test_measures_without_a_base_say_cannot_tell() -> None:
    cases: list[tuple[str, Fields, str]] = [
        ("invoice", {"net_total": "0.00"}, "tax_rate_is_plausible"),
        ("invoice", {"seller_vat_id": "US123456789"}, "seller_vat_check_digits_are_right"),
        ("lease", {"monthly_rent": "0.00"}, "deposit_is_within_reason"),
        ("lease", {"term": "P55.5M"}, "term_is_the_time_between"),
        ("lease", {"term": "P99999Y"}, "term_is_the_time_between"),
        ("sale_purchase_agreement", {"purchase_price": "0.00"}, "deposit_is_part_of_the_price"),
    ]
    for doc_type, changes, rule in cases:
        assert _judge(doc_type, GOOD[doc_type] | changes)[rule][0] is Verdict.CANNOT_TELL, rule


@pytest.mark.parametrize("doc_type", ["lease", "sale_purchase_agreement", "invoice"])
def test_no_rule_breaks_on_the_truth_of_generated_documents(doc_type: str) -> None:
    for sample in labelled(doc_type, 24, seed=21):
        broken = {
            rule: said
            for rule, (verdict, said) in _judge(doc_type, sample.fields).items()
            if verdict is Verdict.BROKEN
        }
        assert broken == {}, sample.key


def test_the_only_broken_rule_of_the_demo_is_that_of_the_wrong_sum() -> None:
    lines = (Path(samples.__file__).parent / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    broken = {
        (label["file"], rule)
        for label in map(json.loads, lines)
        if label["doc_type"] in GOOD
        for rule, (verdict, _) in _judge(label["doc_type"], label["fields"]).items()
        if verdict is Verdict.BROKEN
    }

    assert broken == {("documents/invoice-wrong-sum.pdf", "net_plus_tax_is_total")}


def test_months_end_on_the_last_day_of_shorter_months() -> None:
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 12, 15), 1) == date(2025, 1, 15)


def test_a_term_of_weeks_ends_on_its_day() -> None:
    from decimal import Decimal

    assert ends_of(date(2024, 1, 1), Length(Decimal(0), Decimal(14))) == (
        date(2024, 1, 14),
        date(2024, 1, 15),
    )


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("DE136695976", True), ("DE 136 695 976", True), ("DE136695977", False), ("ATU12345675", True),
        ("GB980780685", False), ("GB331539135", True), ("CHE911739344MWST", True),
        ("CHE911739345MWST", False),
        ("NO123456789MVA", None), ("", None),
    ],
)  # fmt: skip
def test_vat_numbers_are_checked_by_their_countrys_rule(number: str, valid: bool | None) -> None:
    assert vat_is_valid(number) is valid


def test_ibans_are_checked_by_length_and_digits() -> None:
    assert iban_is_valid("DE88200800000970375700")
    assert not iban_is_valid("DE8820080000097037570")
    assert not iban_is_valid("XX00")
