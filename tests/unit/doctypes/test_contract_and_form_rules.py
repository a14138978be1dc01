"""The rules of agreements, ad buys and registration forms, each kept by one record and broken by another."""

from __future__ import annotations

from datetime import date

import pytest

from doctypes.folder import ROOT, load_folder
from doctypes.rules_v1 import Facts, known_jurisdiction
from doctypes.runner import evaluate
from schemas.results import Verdict
from tests.unit.doctypes.records import record

FACTS = Facts(today=date(2026, 11, 21))
Fields = dict[str, str | list[str]]

GOOD: dict[str, Fields] = {
    "nda": {
        "party": ["Oakfield Holdings plc", "Maria Keller"],
        "effective_date": "2024-03-01",
        "term": "P2Y",
        "jurisdiction": "New York",
    },
    "political_ad_buy": {
        "advertiser": "Committee to Elect Jane Roe",
        "contract_num": "386135-1",
        "gross_amount": "13075.00",
        "flight_from": "2024-05-19",
        "flight_to": "2024-05-25",
    },
    "agreement": {
        "parties": ["Birch Global Investments Inc.", "Mountain Holdings Inc."],
        "agreement_date": "2023-12-01",
        "effective_date": "2024-01-01",
        "expiration_date": "2025-12-31",
        "renewal_term": "P1Y",
        "notice_period": "P30D",
        "governing_law": "Ontario, Canada",
    },
    "registration_form": {
        "registrant_name": "Singapore Trade Board",
        "registration_num": "3492",
        "signer_name": "Jing Xie",
        "date_stamped": "2012-09-17",
    },
}


def judge(doc_type: str, fields: Fields) -> dict[str, tuple[Verdict, str]]:
    folder = load_folder(ROOT / doc_type)
    declared = [spec.name for spec in folder.doc_type.fields]
    verdicts = evaluate(folder.rules, record(fields, declared), FACTS)
    return {verdict.rule: (verdict.verdict, verdict.explanation) for verdict in verdicts}


@pytest.mark.parametrize("doc_type", sorted(GOOD))
def test_every_rule_holds_on_a_sound_record_and_none_on_an_empty_one(doc_type: str) -> None:
    assert {verdict for verdict, _ in judge(doc_type, GOOD[doc_type]).values()} == {Verdict.HOLDS}
    assert {verdict for verdict, _ in judge(doc_type, {}).values()} == {Verdict.CANNOT_TELL}


@pytest.mark.parametrize(
    ("doc_type", "changes", "rule", "explanation"),
    [
        ("nda", {"party": ["A Ltd", "B Ltd", "a LTD."]}, "parties_differ", "1 named twice"),
        ("nda", {"party": ["A Ltd", "12345"]}, "parties_have_letters", "1 of 2"),
        ("nda", {"effective_date": "2029-01-01"}, "effective_date_is_plausible", "366 days allowed"),
        ("nda", {"term": "P90Y"}, "term_is_positive_and_not_endless", "1080.0 months"),
        ("nda", {"jurisdiction": "Utopia"}, "jurisdiction_is_known", "no known place"),
        (
            "political_ad_buy", {"flight_to": "2024-05-18"}, "flight_does_not_end_before_it_begins",
            "-1 days",
        ),
        ("political_ad_buy", {"flight_to": "2026-05-18"}, "flight_is_within_one_campaign", "at most 366"),
        ("political_ad_buy", {"flight_from": "1924-05-19"}, "flight_is_in_plausible_years", "1924"),
        ("political_ad_buy", {"gross_amount": "0.00"}, "gross_amount_is_positive", "0.00"),
        ("political_ad_buy", {"contract_num": "X"}, "contract_number_has_digits", "0 digits"),
        ("political_ad_buy", {"advertiser": "10-4"}, "advertiser_has_letters", "0 letters"),
        ("agreement", {"parties": ["A Inc.", "a inc"]}, "parties_differ", "1 named twice"),
        ("agreement", {"agreement_date": "2027-12-01"}, "agreement_date_is_plausible", "31 days allowed"),
        ("agreement", {"effective_date": "2029-01-01"}, "effect_is_near_the_agreement", "1098 days"),
        ("agreement", {"expiration_date": "2023-11-30"}, "expiration_follows_the_agreement", "-1 days"),
        ("agreement", {"expiration_date": "2023-12-31"}, "expiration_follows_effect", "-1 days"),
        ("agreement", {"notice_period": "P3Y"}, "notice_is_shorter_than_the_term", "term of 730 days"),
        ("agreement", {"notice_period": "P18M"}, "notice_is_no_longer_than_a_renewal", "about 540 days"),
        ("agreement", {"governing_law": "Atlantis"}, "governing_law_is_known", "no known place"),
        ("registration_form", {"date_stamped": "2026-11-23"}, "stamp_is_not_in_the_future", "1 day allowed"),
        ("registration_form", {"date_stamped": "1930-01-01"}, "stamp_is_not_before_the_act", "1938-06-08"),
        (
            "registration_form", {"registration_num": "OMB 1105"},
            "registration_number_is_short_and_numeric", "characters",
        ),
        (
            "registration_form", {"signer_name": "SINGAPORE trade board"}, "signer_is_a_person",
            "3 words, 0 with digits, some of organisations",
        ),
        ("registration_form", {"registrant_name": "3492"}, "registrant_has_letters", "0 letters"),
    ],
)  # fmt: skip
def test_each_rule_breaks_where_it_should_and_shows_the_numbers(
    doc_type: str, changes: Fields, rule: str, explanation: str
) -> None:
    verdict, said = judge(doc_type, GOOD[doc_type] | changes)[rule]

    assert verdict is Verdict.BROKEN
    assert explanation in said


@pytest.mark.parametrize(
    "place",
    ["New York", "the State of New York", "England and Wales", "Federal Republic of Germany", "U.S.A.",
     "People's Republic of China", "Cook County, Illinois"],
)  # fmt: skip
def test_places_with_a_law_of_their_own_are_known_however_they_are_written(place: str) -> None:
    assert known_jurisdiction(place)
    assert not known_jurisdiction("Nowhere in " + place[::-1])


def test_a_person_who_registers_alone_may_sign_under_the_same_name() -> None:
    alone: Fields = {"registrant_name": "Roe, Jane B.", "signer_name": "Jane B. Roe"}

    verdict, _ = judge("registration_form", GOOD["registration_form"] | alone)["signer_is_a_person"]

    assert verdict is Verdict.HOLDS
