"""The rules over an invoice's lines: rounding, allowances, rows with tax, a row that is missing."""

from __future__ import annotations

from datetime import date

import pytest

from doctypes.folder import ROOT, load_folder
from doctypes.rules_v1 import Facts
from doctypes.runner import evaluate
from schemas.results import Verdict
from tests.unit.doctypes.records import Given, record

FACTS = Facts(today=date(2026, 11, 21))
Line = dict[str, str]


def line(quantity: str, price: str, amount: str, rate: str = "20") -> Line:
    """Return a line of an invoice."""
    return {
        "description": "Nougat", "quantity": quantity, "unit_price": price, "tax_rate": rate,
        "net_amount": amount,
    }  # fmt: skip


def judged(rule: str, *lines: Line, **fields: str) -> tuple[Verdict, str]:
    """Return what one rule says of an invoice with these lines."""
    folder = load_folder(ROOT / "invoice")
    declared = [spec.name for spec in folder.doc_type.fields]
    given: dict[str, Given] = {**fields, "lines": list(lines)} if lines else dict(fields)
    verdicts = {v.rule: v for v in evaluate(folder.rules, record(given, declared), FACTS)}
    return verdicts[rule].verdict, verdicts[rule].explanation


@pytest.mark.parametrize(
    ("lines", "verdict", "explanation"),
    [
        ([line("20", "4.10", "82.00")], Verdict.HOLDS, "the one row"),
        ([line("3", "0.333", "1.00"), line("-2", "5.00", "-10.00")], Verdict.HOLDS, "all 2 rows"),
        ([line("1", "160.00", "160.00"), line("1", "160.00", "171.20")], Verdict.BROKEN,
         "row 2: 1 × 160.00 = 160.00, printed 171.20"),
        ([line("5", "4.10", "20.48")], Verdict.HOLDS, "the one row"),
        ([line("20", "4.10", "81.90")], Verdict.HOLDS, "the one row"),
        ([line("10000", "0.05", "560.00")], Verdict.BROKEN, "10000 × 0.05 = 500.00, printed 560.00"),
        ([line("10000", "0.05", "490.00")], Verdict.CANNOT_TELL, "the price is rounded"),
        ([line("10000", "0.0520", "52.00")], Verdict.CANNOT_TELL, "may be that of several units"),
        ([line("200", "0.10", "20000.00")], Verdict.BROKEN, "200 × 0.10 = 20.00, printed 20000.00"),
        ([line("400", "0.79", "376.04", "19")], Verdict.CANNOT_TELL, "the amount carries tax"),
        ([line("20", "355.49", "6896.51")], Verdict.CANNOT_TELL, "the row may be discounted by 3 %"),
        ([line("20", "355.49", "6901.51")], Verdict.BROKEN, "printed 6901.51"),
        ([line("10", "10.00", "30.00")], Verdict.BROKEN, "printed 30.00"),
        ([line("2", "5.00", "13.00"), line("20", "4.10", "90.00")], Verdict.BROKEN, "; row 2: 20 × 4.10"),
    ],
)  # fmt: skip
def test_quantity_times_price_is_the_amount_as_exactly_as_the_price_is_printed(
    lines: list[Line], verdict: Verdict, explanation: str
) -> None:
    found, said = judged("line_amounts_follow", *lines)

    assert (found, explanation in said) == (verdict, True), said


@pytest.mark.parametrize(
    ("totals", "verdict", "explanation"),
    [
        (("100.00", "120.00"), Verdict.HOLDS, "the rows (2) add up to 100.00, net total 100.00"),
        (("83.33", "100.00"), Verdict.CANNOT_TELL, "the rows carry tax"),
        (("95.00", "114.00"), Verdict.CANNOT_TELL, "5.00 may be an allowance on the whole invoice"),
        (("130.00", "156.00"), Verdict.BROKEN, "a row is missing, or 30.00 is charged outside the rows"),
    ],
)
def test_the_rows_add_up_to_the_net_total_unless_something_stands_outside_them(
    totals: tuple[str, str], verdict: Verdict, explanation: str
) -> None:
    lines = [line("1", "60.00", "60.00"), line("1", "40.00", "40.00")]
    found, said = judged("lines_add_up", *lines, net_total=totals[0], grand_total=totals[1])

    assert (found, explanation in said) == (verdict, True), said


def test_a_row_without_an_amount_leaves_the_sum_open() -> None:
    bare = {"description": "Versand"}

    verdict, said = judged("lines_add_up", line("1", "60.00", "60.00"), bare, net_total="60.00")

    assert verdict is Verdict.CANNOT_TELL
    assert said == "row 2: net_amount is not printed"


def test_rows_without_quantities_are_not_judged_by_them() -> None:
    flat = {"description": "Beratung", "net_amount": "60.00"}

    verdict, said = judged("line_amounts_follow", line("2", "5.00", "10.00"), flat)

    assert (verdict, said) == (Verdict.CANNOT_TELL, "row 2: quantity is not printed")


def test_the_tax_of_the_rows_adds_up_by_rate() -> None:
    lines = [line("1", "60.00", "60.00", "20"), line("1", "40.00", "40.00", "5.5")]
    totals = {"net_total": "100.00", "grand_total": "114.20"}

    assert judged("lines_tax_adds_up", *lines, **totals, tax_total="14.20")[0] is Verdict.HOLDS
    assert judged("lines_tax_adds_up", *lines, **totals, tax_total="20.00") == (
        Verdict.BROKEN,
        "the rows' tax is 14.20, printed 20.00",
    )


def test_a_tax_rate_out_of_range_is_named_with_its_row() -> None:
    lines = [line("1", "60.00", "60.00"), line("1", "40.00", "40.00", "40")]

    assert judged("line_tax_rates_are_plausible", *lines) == (Verdict.BROKEN, "row 2: tax rate 40 %")


def test_an_explanation_names_five_rows_together_where_it_can_and_counts_the_others() -> None:
    wrong = "2 × 5.00 = 10.00, printed 13.00"

    assert judged("line_amounts_follow", *[line("2", "5.00", "13.00")] * 12)[1] == (
        f"rows 1, 2, 3, 4, 5: {wrong}; and 7 more rows"
    )
    assert judged("line_amounts_follow", line("2", "5.00", "13.00"), line("1", "5.00", "9.00"))[1] == (
        f"row 1: {wrong}; row 2: 1 × 5.00 = 5.00, printed 9.00"
    )


def test_no_rule_about_rows_passes_without_rows() -> None:
    for rule in ("line_amounts_follow", "lines_add_up", "lines_tax_adds_up", "line_tax_rates_are_plausible"):
        assert judged(rule, net_total="1.00", grand_total="1.00", tax_total="0.00") == (
            Verdict.CANNOT_TELL,
            "lines is not in the document",
        )
