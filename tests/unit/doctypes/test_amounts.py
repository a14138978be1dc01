from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctypes.normalise import compare, normalise
from samples.printed import Figures
from schemas.fields import FieldKind

MONEY = FieldKind.MONEY


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1,980.00", "1980.00"),
        ("1.980,00", "1980.00"),
        ("1 980,00", "1980.00"),
        ("1\u00a0980,00", "1980.00"),
        ("1\u202f980,00 €", "1980.00"),
        ("1'980.00", "1980.00"),
        ("CHF 1’250.50", "1250.50"),
        ("1,980", "1980.00"),
        ("12.345.678,90", "12345678.90"),
        ("1,00,000.00", "100000.00"),
        ("(100.00)", "-100.00"),
        ("$(100.00)", "-100.00"),
        ("USD (100.00)", "-100.00"),
        ("(USD 100.00)", "-100.00"),
        ("(100.00) EUR", "-100.00"),
        ("100.00 (EUR)", "100.00"),
        ("1,000.00 (RM)", "1000.00"),
        ("(USD) 100.00", "100.00"),
        ("(5.00", None),
        ("100.00-", "-100.00"),
        ("-5.00", "-5.00"),
        ("\u22125,00", "-5.00"),
        ("RM-3.20", "-3.20"),
        ("100.00 CR", "-100.00"),
        ("100.00 DR", "100.00"),
        ("RM 9.00", "9.00"),
        ("RM9.00", "9.00"),
        ("$2,970.00", "2970.00"),
        ("Euro 12,30", "12.30"),
        ("kr 100", "100.00"),
        ("500,-", "500.00"),
        ("500.--", "500.00"),
        ("1.980,-- EUR", "1980.00"),
        ("Rs. 500/-", "500.00"),
        ("9 .00", "9.00"),
        ("9. 00", "9.00"),
        ("£1,200 per month", "1200.00"),
        ("USD 5,000.00 p.m.", "5000.00"),
        ("Total: RM 9.00", "9.00"),
        ("**9.00**", "9.00"),
        ("$1.5 million", "1500000.00"),
        ("two thousand dollars", "2000.00"),
        ("Two Million Dollars ($2,000,000.00)", "2000000.00"),
        ("USD 1,250,000 (one million two hundred fifty thousand)", "1250000.00"),
        ("0.125", "0.1250"),
        ("1.980 KWD", "1.98"),
        ("1.985 KWD", "1.9850"),
        ("0.00", "0.00"),
        ("394,91 20", None),
        ("12,345,67", None),
        ("1.980,00.00", None),
        ("1,O80.00", None),
        ("3.2O", None),
        ("O5.00", None),
        ("1l.00", None),
        ("No 5", None),
        ("12 apples", None),
        ("five hundred (600)", None),
        ("EUR", None),
        ("", None),
    ],
)
def test_a_printed_amount_becomes_an_exact_decimal_or_nothing(printed: str, value: str | None) -> None:
    assert normalise(MONEY, printed).value == value


def test_a_letter_among_the_digits_is_named() -> None:
    assert normalise(MONEY, "1,O80.00").notes == ("a letter stands among the digits",)


def test_words_and_figures_that_contradict_each_other_are_flagged_with_both() -> None:
    found = normalise(MONEY, "Five hundred dollars (600.00)")

    assert (found.value, found.ambiguous) == (None, True)
    assert found.notes == ("words say 500, figures say 600.00",)


def test_a_lone_point_before_three_digits_is_flagged() -> None:
    assert normalise(MONEY, "€ 1.980").ambiguous
    assert not normalise(MONEY, "1,980").ambiguous
    assert normalise(FieldKind.NUMBER, "20.000").value == "20"


@pytest.mark.parametrize("kind", ["money", "number", "percentage", "quantity", "duration"])
@pytest.mark.parametrize("printed", ["1,250.00\u00b9", "12\u00b2 months", "10\u00b3", "7\u2074 %"])
def test_the_raised_digit_of_a_note_is_no_digit_of_the_number_before_it(kind: str, printed: str) -> None:
    found = normalise(FieldKind(kind), printed)

    assert found.value is None
    assert "raised digit" in found.notes[0]


def test_amounts_compare_by_value() -> None:
    assert compare(MONEY, "$2,970.00", "2970")
    assert compare(FieldKind.PERCENTAGE, "19,00 %", "19")
    assert not compare(MONEY, "9.00", "-9.00")
    assert not compare(MONEY, "no amount", "9.00")


@pytest.mark.parametrize(
    ("kind", "printed", "value"),
    [
        (FieldKind.NUMBER, "20.000", "20"),
        (FieldKind.NUMBER, "1,234", "1234"),
        (FieldKind.NUMBER, "12 345,6", "12345.6"),
        (FieldKind.PERCENTAGE, "19 %", "19"),
        (FieldKind.PERCENTAGE, "7.5% p.a.", "7.5"),
        (FieldKind.PERCENTAGE, "seven percent (7%)", "7"),
        (FieldKind.PERCENTAGE, "5,5 pour cent", "5.5"),
        (FieldKind.QUANTITY, "12 pcs", "12 pcs"),
        (FieldKind.QUANTITY, "20 Stück", "20 pcs"),
        (FieldKind.QUANTITY, "3,5 kg", "3.5 kg"),
        (FieldKind.QUANTITY, "120 m²", "120 m2"),
        (FieldKind.QUANTITY, "5", "5"),
        (FieldKind.QUANTITY, "3 barrels", "3 barrels"),
        (FieldKind.QUANTITY, "kg", None),
        (FieldKind.CURRENCY, "RM", "MYR"),
        (FieldKind.CURRENCY, "€", "EUR"),
        (FieldKind.CURRENCY, "US$", "USD"),
        (FieldKind.CURRENCY, "US$ 1,200.00", "USD"),
        (FieldKind.CURRENCY, "1.200,00 EUR", "EUR"),
        (FieldKind.CURRENCY, "Pounds Sterling", "GBP"),
        (FieldKind.CURRENCY, "Fr.", "CHF"),
        (FieldKind.CURRENCY, "chf", "CHF"),
        (FieldKind.CURRENCY, "doubloons", None),
        (FieldKind.CURRENCY, "12.00", None),
    ],
)
def test_other_kinds_of_numbers(kind: FieldKind, printed: str, value: str | None) -> None:
    assert normalise(kind, printed).value == value


@pytest.mark.parametrize("sign", ["$", "$ 12.00", "kr", "¥", "Rs", "dollars"])
def test_a_sign_of_several_currencies_is_flagged(sign: str) -> None:
    found = normalise(FieldKind.CURRENCY, sign)

    assert (found.value, found.ambiguous) == (None, True)


amounts = st.decimals(Decimal("-9999999.99"), Decimal("9999999.99"), places=2)
styles = st.sampled_from(
    [Figures(), Figures(",", "."), Figures(",", " "), Figures(".", "'"), Figures(".", "")]
)


@settings(deadline=None)
@given(amounts, styles, st.sampled_from(["{}", "EUR {}", "{} €", "RM{}", "USD {}"]))
def test_every_amount_is_read_back_from_every_style(amount: Decimal, figures: Figures, sign: str) -> None:
    found = normalise(MONEY, sign.format(figures.print(amount)))

    assert found.value is not None
    assert Decimal(found.value) == amount


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,' -()ORM€$%CRDlpo", max_size=20))
def test_what_is_read_as_an_amount_has_the_digits_that_are_printed(text: str) -> None:
    found = normalise(MONEY, text)

    if found.value is not None:
        printed = "".join(c for c in text if c.isdigit()).strip("0")
        read = "".join(c for c in found.value if c.isdigit()).strip("0")
        assert printed.startswith(read) or printed == read
