from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctypes.normalise import LONGEST, compare, normalise
from schemas.fields import FieldKind


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("twelve (12) months", "P12M"),
        ("3 years", "P3Y"),
        ("one year", "P1Y"),
        ("2 years and 6 months", "P2Y6M"),
        ("one (1) year and six (6) months", "P1Y6M"),
        ("90 days", "P90D"),
        ("six weeks", "P6W"),
        ("55.5 months", "P55.5M"),
        ("five-year", "P5Y"),
        ("12-month", "P12M"),
        ("for a term of three (3) years", "P3Y"),
        ("not less than ninety (90) days prior", "P90D"),
        ("thirty-six (36) calendar months", "P36M"),
        ("one hundred and twenty days", "P120D"),
        ("successive 1 year", "P1Y"),
        ("60) days", "P60D"),
        ("zwölf Monate", "P12M"),
        ("trois ans", "P3Y"),
        ("2 ans et 6 mois", "P2Y6M"),
        ("dos años", "P2Y"),
        ("a one year term", "P1Y"),
        ("for a two-year period", "P2Y"),
        ("a twelve (12) month period", "P12M"),
        ("one hundred and eighty days", "P180D"),
        ("two thousand one hundred days", "P2100D"),
        ("soixante-quinze jours", "P75D"),
        ("zwei und dreißig Tage", "P32D"),
        ("a month", "P1M"),
        ("P18M", "P18M"),
        ("twelve (13) months", None),
        ("between 6 and 12 months", None),
        ("two to three years", None),
        ("one year renewable for 2 years", None),
        ("2 years, and thereafter 6 months", None),
        ("6 months; 12 months", None),
        ("half a year", None),
        ("a year and a half", None),
        ("1 1/2 years", None),
        ("1½ years", None),
        ("a quarter of a year", None),
        ("two three months", None),
        ("quatre vingt jours", None),
        ("twelve months (one year)", None),
        ("1 year (12 months)", None),
        ("12\u00b9 months", None),
        ("month-to-month", None),
        ("perpetual", None),
        ("months", None),
        ("P", None),
        ("7/22/2019", None),
    ],
)
def test_a_printed_duration_becomes_iso_or_nothing(printed: str, value: str | None) -> None:
    assert normalise(FieldKind.DURATION, printed).value == value


@pytest.mark.parametrize(
    ("kind", "printed", "value"),
    [
        (FieldKind.PARTY, 'Acme Ltd. ("Seller")', "Acme Ltd."),
        (FieldKind.PARTY, "Bei Spiel GmbH (hereinafter called the Landlord)", "Bei Spiel GmbH"),
        (FieldKind.PARTY, '  "Foo  GmbH & Co. KG", ', "Foo GmbH & Co. KG"),
        (FieldKind.PARTY, "Weidner UG (haftungsbeschränkt)", "Weidner UG (haftungsbeschränkt)"),
        (FieldKind.PARTY, "---", None),
        (FieldKind.ADDRESS, "14 Mill Lane\nBristol  BS1 4QA", "14 Mill Lane, Bristol BS1 4QA"),
        (FieldKind.ADDRESS, " , \n", None),
        (FieldKind.IDENTIFIER, "DE88 2008 0000 0970 3757 00", "DE88200800000970375700"),
        (FieldKind.IDENTIFIER, "IBAN: DE88 2008 0000 0970 3757 00", "DE88200800000970375700"),
        (FieldKind.IDENTIFIER, "VAT No. DE 136 695 976", "DE136695976"),
        (FieldKind.IDENTIFIER, "CHE-123.456.789 MWST", "CHE123456789MWST"),
        (FieldKind.IDENTIFIER, "RE-20201121/508", "RE-20201121/508"),
        (FieldKind.IDENTIFIER, "Invoice No: 55", "55"),
        (FieldKind.IDENTIFIER, "...", None),
        (FieldKind.JURISDICTION, "the laws of the State of New York", "New York"),
        (FieldKind.JURISDICTION, "England and Wales", "England and Wales"),
        (FieldKind.JURISDICTION, "Federal Republic of Germany.", "Germany"),
        (FieldKind.JURISDICTION, "42", None),
        (FieldKind.TEXT, "  the entire\nissued  capital ", "the entire issued capital"),
        (FieldKind.TEXT, " ", None),
        (FieldKind.PRESENCE, "/s/ John Doe", "yes"),
        (FieldKind.PRESENCE, "Digitally signed by X", "yes"),
        (FieldKind.PRESENCE, "☒", "yes"),
        (FieldKind.PRESENCE, "By: ________", "no"),
        (FieldKind.PRESENCE, "______", "no"),
        (FieldKind.PRESENCE, "N/A", "no"),
        (FieldKind.PRESENCE, "the quick fox", None),
    ],
)
def test_words_lose_their_wrapping_and_nothing_else(kind: FieldKind, printed: str, value: str | None) -> None:
    assert normalise(kind, printed).value == value


def test_parties_compare_without_case_spaces_and_punctuation_but_with_their_legal_form() -> None:
    assert compare(FieldKind.PARTY, "ACME  LTD", "Acme Ltd.")
    assert compare(FieldKind.PARTY, "Smith & Sons", "Smith and Sons")
    assert not compare(FieldKind.PARTY, "Acme Ltd", "Acme plc")


def test_people_compare_without_their_titles() -> None:
    assert compare(FieldKind.PERSON, "Dr. Maria Keller", "maria keller")


def test_durations_compare_by_length() -> None:
    assert compare(FieldKind.DURATION, "one year", "12 months")
    assert compare(FieldKind.DURATION, "2 weeks", "14 days")
    assert not compare(FieldKind.DURATION, "12 months", "365 days")


def test_identifiers_addresses_and_places_compare_by_letters_and_digits() -> None:
    assert compare(FieldKind.IDENTIFIER, "RE-2020/1", "re 2020 1")
    assert compare(FieldKind.ADDRESS, "14 Mill Lane\nBristol", "14 MILL LANE, BRISTOL.")
    assert compare(FieldKind.JURISDICTION, "the State of New York", "NEW YORK")
    assert not compare(FieldKind.QUANTITY, "3 kg", "3 g")


@pytest.mark.parametrize("kind", sorted(set(FieldKind) - {FieldKind.TEXT, FieldKind.ADDRESS}))
def test_text_too_long_for_its_kind_is_not_parsed(kind: FieldKind) -> None:
    assert normalise(kind, "1 May 2014 " * LONGEST).notes == (f"longer than {LONGEST} characters",)


def test_text_and_addresses_may_be_of_any_length() -> None:
    long = "1 May 2014 " * LONGEST

    assert normalise(FieldKind.TEXT, long).value == long.strip()
    assert normalise(FieldKind.ADDRESS, long).value == long.strip()


@pytest.mark.parametrize("printed", ["R s 500", "R 500 s", "k r.", "r0s", "\x1f$"])
def test_a_sign_of_several_currencies_that_is_printed_apart_is_as_ambiguous_as_together(printed: str) -> None:
    found = normalise(FieldKind.CURRENCY, printed)

    assert (found.value, found.ambiguous) == (None, True)


def test_the_work_on_a_hostile_text_is_bounded() -> None:
    # Patterns that made one regular expression or another go over the text again and again: with
    # the bound the whole loop takes moments, without it minutes.
    patterns = ("(the ", "1st ", "1 a", ", the ", "__ ", "hundred ", "12 (", "1,", "day of ")
    taken = {kind for kind in FieldKind for text in patterns if normalise(kind, text * 20_000).value}

    assert taken == {FieldKind.TEXT, FieldKind.ADDRESS}


@settings(deadline=None)
@given(st.sampled_from(list(FieldKind)), st.text(max_size=80))
def test_normalising_a_normal_form_changes_nothing(kind: FieldKind, text: str) -> None:
    value = normalise(kind, text).value

    if value is not None:
        assert normalise(kind, value).value == value


likely = st.text(alphabet="0123456789.,-/ ()'abdehmnorstuyMJPYD€$%", max_size=40)


@settings(deadline=None)
@given(st.sampled_from(list(FieldKind)), likely)
def test_normalising_a_normal_form_changes_nothing_where_texts_look_like_values(
    kind: FieldKind, text: str
) -> None:
    value = normalise(kind, text).value

    if value is not None:
        assert normalise(kind, value).value == value


@settings(deadline=None)
@given(st.sampled_from(list(FieldKind)), likely, likely)
def test_comparing_is_symmetric_and_everything_equals_itself(kind: FieldKind, a: str, b: str) -> None:
    assert compare(kind, a, a)
    assert compare(kind, a, b) == compare(kind, b, a)


@settings(deadline=None)
@given(st.sampled_from(list(FieldKind)), st.text(max_size=80))
def test_notes_never_hold_the_text(kind: FieldKind, text: str) -> None:
    for note in normalise(kind, "Zyxwv " + text).notes:
        assert "Zyxwv" not in note


def test_a_persons_last_name_may_stand_first() -> None:
    assert compare(FieldKind.PERSON, "Lee, Dooyoung", "Dooyoung Lee")
    assert compare(FieldKind.PERSON, "Truskey, Vanessa L.", "Ms. Vanessa L. Truskey")
    assert not compare(FieldKind.PERSON, "Lee, Dooyoung", "Dooyoung Kim")
