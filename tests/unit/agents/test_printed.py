"""How a page writes what the data of an e-invoice state."""

from __future__ import annotations

import pytest

from agents.extraction.printed import Printed
from schemas.fields import FieldKind
from tests.einvoices import pdf as pdf_of
from tests.unit.agents.layouts import layout_of


@pytest.mark.parametrize(
    ("kind", "value", "line", "quote"),
    [
        (FieldKind.MONEY, "1250.10", "Summe EUR 1.250,10", "1.250,10"),
        (FieldKind.MONEY, "1250.10", "Total 1,250.10 paid", "1,250.10"),
        (FieldKind.MONEY, "500.00", "500 EUR", "500 EUR"),
        (FieldKind.DATE, "2026-10-12", "Datum: 12.10.2026", "12.10.2026"),
        (FieldKind.DATE, "2026-10-12", "dated 12 October 2026 in Leipzig", "12 October 2026"),
        (FieldKind.IDENTIFIER, "DE136695976", "USt-ID DE 136 695 976", "DE 136 695 976"),
        (FieldKind.IDENTIFIER, "RE-2026-0417", "Nr:RE-2026-0417", "RE-2026-0417"),
        (FieldKind.PARTY, "Bergmann Werkzeuge GmbH", "BERGMANN WERKZEUGE GMBH", "BERGMANN WERKZEUGE GMBH"),
        (FieldKind.CURRENCY, "EUR", "12,00 €", "€"),
    ],
)
def test_a_value_is_found_however_the_page_writes_it(
    kind: FieldKind, value: str, line: str, quote: str
) -> None:
    found = Printed(layout_of(pdf_of([line], {})), day_first=True).find(kind, value)

    assert [evidence.quote for evidence in found] == [quote]


@pytest.mark.parametrize(
    ("kind", "value", "line"),
    [
        (FieldKind.MONEY, "52.00", "KW 52"),
        (FieldKind.MONEY, "250.10", "1.250,10"),
        (FieldKind.MONEY, "0.00", "0,00 EUR"),
        (FieldKind.IDENTIFIER, "0417", "RE-2026-0417"),
        (FieldKind.IDENTIFIER, "A17", "Position A17"),
        (FieldKind.PARTY, "Berg", "Bergmann Werkzeuge GmbH"),
        (FieldKind.DATE, "2026-12-10", "12.10.2026"),
    ],
)
def test_what_only_looks_like_a_value_is_not_it(kind: FieldKind, value: str, line: str) -> None:
    assert Printed(layout_of(pdf_of([line], {})), day_first=True).find(kind, value) == ()
