"""Evidence is verified, never trusted."""

from __future__ import annotations

import pytest

from agents.extraction.grounding import LineIndex
from tests.unit.agents.layouts import layout


def test_a_quote_is_found_in_the_line_the_model_names() -> None:
    index = LineIndex(layout(("Total 12.00", "Total 12.00")))

    (found,) = index.ground("12.00", ["1.2"])

    assert (found.page, found.line, found.start, found.end, found.quote) == (1, "1.2", 6, 11, "12.00")


def test_the_box_is_that_of_the_quoted_words_alone() -> None:
    index = LineIndex(layout(("Total due 12.00",)))

    (found,) = index.ground("12.00", ["1.1"])

    assert (found.box.x0, found.box.x1) == (0.10, 0.15)


def test_a_quote_over_two_lines_has_a_span_in_each() -> None:
    index = LineIndex(layout(("NO. 5 JALAN SAGU,", "81100 JOHOR")))

    found = index.ground("JALAN SAGU, 81100 JOHOR", ["1.1", "1.2"])

    assert [(e.line, e.quote) for e in found] == [("1.1", "JALAN SAGU,"), ("1.2", "81100 JOHOR")]


def test_a_quote_that_differs_in_case_and_spacing_is_still_found() -> None:
    index = LineIndex(layout(("ACME  Trading GmbH",)))

    (found,) = index.ground("Acme trading GMBH", ["1.1"])

    assert found.quote == "ACME  Trading GmbH"


def test_a_wrongly_named_line_does_not_hide_a_quote_that_stands_elsewhere() -> None:
    index = LineIndex(layout(("Invoice 17",), ("Total 99.50",)))

    (found,) = index.ground("99.50", ["1.1"])

    assert (found.page, found.line) == (2, "2.1")


@pytest.mark.parametrize("quote", ["40.00", "140.0"])
def test_part_of_a_longer_number_is_no_evidence(quote: str) -> None:
    assert LineIndex(layout(("Total 140.00",))).ground(quote, ["1.1"]) == ()


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        ("140.00", ("Total due 1,140.00 EUR",)),
        ("140,00", ("Summe 1.140,00 EUR",)),
        ("100", ("Total 100.50",)),
        ("1200.00", ("1", "200.00")),
    ],
)
def test_part_of_an_amount_is_another_amount(quote: str, lines: tuple[str, ...]) -> None:
    index, ids = LineIndex(layout(lines)), [f"1.{number}" for number in range(1, len(lines) + 1)]

    assert index.ground(quote, ids, amount=True) == ()
    assert index.ground_cell(quote, ids, ids, amount=True) == ()


@pytest.mark.parametrize("quote", ["1,140.00", "EUR 1,140.00", "1 140.00", "12.50"])
def test_an_amount_is_found_whole_beside_other_marks(quote: str) -> None:
    index = LineIndex(layout(("Qty 1 140.00, 12.50.", "Total: EUR 1,140.00.")))

    assert index.ground(quote, ["1.2", "1.1"], amount=True)


@pytest.mark.parametrize("quote", ["", "   ", "not there"])
def test_what_stands_nowhere_is_ungrounded(quote: str) -> None:
    assert LineIndex(layout(("Total 140.00",))).ground(quote, []) == ()


def test_a_quote_of_several_lines_may_leave_out_the_commas_at_their_ends() -> None:
    index = LineIndex(layout(("NO. 5 JALAN SAGU,", "TAMAN DAYA,", "81100 JOHOR.")))
    quote = "NO. 5 JALAN SAGU\nTAMAN DAYA\n81100 JOHOR."

    found = index.ground(quote, ["1.1", "1.2", "1.3"])

    assert [e.quote for e in found] == ["NO. 5 JALAN SAGU", "TAMAN DAYA", "81100 JOHOR."]


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        ("NO. 5 JALAN\nTAMAN DAYA", ["1.1", "1.2"]),
        ("NO. 5 JALAN SAGU\nDAYA", ["1.1", "1.2"]),
        ("NO. 5 JALAN SAGU\nTAMAN DAYA\n81100", ["1.1", "1.2"]),
        ("TAMAN DAYA\nNO. 5 JALAN SAGU", ["1.1", "1.2"]),
    ],
)
def test_words_that_are_left_out_between_two_lines_are_not(quote: str, lines: list[str]) -> None:
    index = LineIndex(layout(("NO. 5 JALAN SAGU,", "TAMAN DAYA,", "81100 JOHOR.")))

    assert index.ground(quote, lines) == ()
