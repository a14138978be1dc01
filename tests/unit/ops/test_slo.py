"""What promises count."""

from __future__ import annotations

from ops.slo import printed_against
from schemas.results import RuleVerdict, Verdict


def said(verdict: Verdict, *fields: str) -> RuleVerdict:
    return RuleVerdict(rule="any", verdict=verdict, explanation="as it is", fields=fields)


def test_a_table_counts_once_where_a_printed_figure_speaks_of_it_and_is_bad_where_one_contradicts() -> None:
    found = printed_against(
        [
            said(Verdict.HOLDS, "lines.net_amount", "net_total"),
            said(Verdict.BROKEN, "lines.net_amount", "lines.tax_rate", "tax_total"),
            said(Verdict.HOLDS, "flights.amount", "gross"),
        ]
    )

    assert found == {"lines": True, "flights": False}


def test_rules_within_rows_or_without_a_verdict_say_nothing_of_a_table() -> None:
    found = printed_against(
        [
            said(Verdict.BROKEN, "lines.quantity", "lines.unit_price"),
            said(Verdict.CANNOT_TELL, "lines.net_amount", "net_total"),
            said(Verdict.BROKEN, "net_total", "tax_total"),
        ]
    )

    assert found == {}
