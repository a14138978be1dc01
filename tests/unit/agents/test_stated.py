from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.extraction.fields import field_values
from agents.extraction.stated import Statements
from agents.validation.stated import AgainstPage, decide_stated
from doctypes.folder import ROOT, load_folder
from schemas.fields import EvidenceClass, FieldState, FieldValue
from schemas.layout import Layout
from schemas.results import FieldDecision, RecordField, ReviewCode
from store.field_contracts import check_fields
from tests.einvoices import FORGED, GENUINE, MINIMUM, Bill, cii, invoice_pdf, page_lines, printed, ubl
from tests.einvoices import pdf as pdf_of
from tests.unit.agents.layouts import layout_of

INVOICE = load_folder(ROOT / "invoice").doc_type
BILL = Bill()
CREDIT = replace(BILL, type_code="381")


def read_from_page(layout: Layout, bill: Bill, **others: tuple[str, float] | None) -> tuple[FieldValue, ...]:
    """Return what a model reads on a page of ``bill``; ``others`` it reads otherwise, or not at all."""
    quotes: dict[str, tuple[str, float] | None] = {
        "invoice_number": (bill.number, 0.97),
        "issue_date": (".".join(reversed(bill.issued.split("-"))), 0.97),
        "due_date": (".".join(reversed(bill.due.split("-"))), 0.97),
        "seller_name": (bill.seller, 0.9),
        "buyer_name": (bill.buyer, 0.9),
        "seller_vat_id": (bill.vat_id, 0.97),
        "iban": (" ".join(bill.iban[i : i + 4] for i in range(0, len(bill.iban), 4)), 0.97),
        "net_total": (printed(bill.net), 0.97),
        "tax_total": (printed(bill.tax), 0.97),
        "grand_total": (printed(bill.total), 0.97),
        "due_payable": None,
    } | others
    answer: dict[str, Any] = {spec.name: {"readings": []} for spec in INVOICE.fields}
    answer["lines"] = {"rows": None}
    for name, read in quotes.items():
        if read is not None:
            reading = {"value": read[0], "quote": read[0], "lines": [], "confidence": read[1]}
            answer[name] = {"readings": [reading], "confidence": read[1]}
    return field_values(answer, INVOICE, layout, day_first=True)


def judged(file: bytes, shown: Bill | None, **others: tuple[str, float] | None) -> dict[str, RecordField]:
    """Return what becomes of every field that data state, for a page that shows ``shown``."""
    layout = layout_of(file)
    page = read_from_page(layout, shown, **others) if shown else None
    fields = {field.name: field for field in Statements(INVOICE, layout, day_first=True).over(page)}
    assert list(check_fields(list(fields.values()))) == []
    judge = AgainstPage(INVOICE, fields, day_first=True)
    return {
        spec.name: decide_stated(spec, fields[spec.name], (), judge.of(spec, fields[spec.name], ()))
        for spec in INVOICE.fields
        if fields[spec.name].compared is not None
    }


def doubtful(fields: dict[str, RecordField]) -> dict[str, tuple[ReviewCode, ...]]:
    return {name: field.codes for name, field in fields.items() if field.decision is FieldDecision.REVIEW}


def test_data_and_page_that_agree_raise_nothing_and_are_grounded_in_both() -> None:
    fields = judged(invoice_pdf(BILL, BILL), BILL)
    total = fields["grand_total"]

    assert doubtful(fields) == {}
    assert total.decision is FieldDecision.ACCEPTED
    assert total.arithmetic == "data and page agree (read there at 0.97) accepted"
    [reading] = total.field.readings
    assert (reading.value, reading.evidence_class) == ("1250.10", EvidenceClass.EMBEDDED_DATA)
    assert [evidence.quote for evidence in reading.evidence] == ["1.250,10"]
    assert reading.element is not None
    assert (reading.element.data, reading.element.term) == ("factur-x.xml", "BT-112")
    assert reading.element.path.endswith("/GrandTotalAmount")


@pytest.mark.parametrize(
    ("shown", "stated", "field", "both"),
    [
        (BILL, replace(BILL, total="12501.00"), "grand_total", ("1250.10", "12501.00")),
        (replace(BILL, total="12501.00"), BILL, "grand_total", ("12501.00", "1250.10")),
        (BILL, replace(BILL, iban=FORGED), "iban", (GENUINE, FORGED)),
        (replace(BILL, iban=FORGED), BILL, "iban", (FORGED, GENUINE)),
        (BILL, replace(BILL, seller="Bergman Tools Ltd"), "seller_name", (BILL.seller, "Bergman Tools Ltd")),
        (replace(BILL, seller="Bergman Tools Ltd"), BILL, "seller_name", ("Bergman Tools Ltd", BILL.seller)),
        (BILL, replace(BILL, number="RE-2026-0418"), "invoice_number", ("RE-2026-0417", "RE-2026-0418")),
        (BILL, replace(BILL, issued="2025-10-12"), "issue_date", ("2026-10-12", "2025-10-12")),
        (BILL, replace(BILL, net="1000.00"), "net_total", ("1050.50", "1000.00")),
    ],
)
def test_a_page_that_says_otherwise_goes_to_a_person_with_both_values(
    shown: Bill, stated: Bill, field: str, both: tuple[str, str]
) -> None:
    fields = judged(invoice_pdf(shown, stated), shown)

    assert doubtful(fields)[field] == (ReviewCode.PAGE_AND_DATA_DIFFER,)
    [reason] = fields[field].reasons
    assert reason.index(f"the page says {both[0]}") < reason.index(f"the data say {both[1]}")
    assert [reading.value for reading in fields[field].field.alternatives][:1] == [both[0]]


def test_an_account_that_was_misread_is_doubtful_although_the_page_prints_the_stated_one() -> None:
    both = pdf_of([*page_lines(BILL), f"Konto: {FORGED}"], {"factur-x.xml": cii(BILL)})

    assert doubtful(judged(both, BILL, iban=(FORGED, 0.2))) == {"iban": (ReviewCode.PAGE_AND_DATA_DIFFER,)}


def test_a_page_that_was_likely_misread_raises_nothing_where_little_is_at_stake() -> None:
    fields = judged(invoice_pdf(BILL, BILL), BILL, seller_name=("Hafenweg 12", 0.3))

    assert doubtful(fields) == {}
    assert "was read at 0.30 < 0.50" in fields["seller_name"].arithmetic


def test_a_value_of_another_field_read_for_this_one_raises_nothing_where_both_are_printed() -> None:
    fields = judged(invoice_pdf(BILL, BILL), BILL, net_total=(printed(BILL.total), 0.9))

    assert doubtful(fields) == {}


@pytest.mark.parametrize("field", ["iban", "grand_total", "invoice_number", "seller_name"])
def test_what_counts_and_stands_on_no_page_is_not_accepted(field: str) -> None:
    hidden = pdf_of(["Rechnung", "siehe Anlage"], {"factur-x.xml": cii(BILL)})
    nothing = dict.fromkeys([spec.name for spec in INVOICE.fields if spec.name != "lines"])
    fields = judged(hidden, BILL, **nothing)

    assert fields[field].codes == (ReviewCode.DATA_NOT_ON_PAGE,)
    assert "which no page prints" in fields[field].reasons[0]
    assert fields["buyer_name"].decision is FieldDecision.ACCEPTED


def test_an_amount_that_no_model_read_is_accepted_where_the_page_prints_it() -> None:
    fields = judged(invoice_pdf(BILL, BILL), BILL, grand_total=None)

    assert fields["grand_total"].decision is FieldDecision.ACCEPTED
    assert fields["grand_total"].arithmetic == "the page prints what the data state accepted"


def test_what_neither_states_is_absent_and_what_only_the_page_states_stays_as_read() -> None:
    layout = layout_of(invoice_pdf(BILL, replace(BILL, delivered=None)))
    read = read_from_page(layout, BILL, delivery_date=("09.10.2026", 0.9))
    fields = {field.name: field for field in Statements(INVOICE, layout, day_first=True).over(read)}

    assert fields["buyer_vat_id"].state is FieldState.ABSENT
    assert fields["buyer_vat_id"].note == "neither the e-invoice nor the page states it"
    assert fields["delivery_date"] in read


def test_the_sellers_number_read_for_the_buyers_is_nobodys() -> None:
    fields = judged(invoice_pdf(BILL, BILL), BILL, buyer_vat_id=(BILL.vat_id, 0.9))

    assert fields["buyer_vat_id"].decision is FieldDecision.OPTIONAL_ABSENT
    assert [reading.value for reading in fields["buyer_vat_id"].field.alternatives] == [BILL.vat_id]


def test_two_e_invoices_that_differ_go_to_a_person_with_all_values() -> None:
    hidden = replace(BILL, iban=FORGED, total="99.00")
    two = pdf_of(page_lines(BILL), {"factur-x.xml": cii(BILL), "zz.xml": ubl(hidden)})
    fields = judged(two, BILL)

    assert doubtful(fields) == {
        "iban": (ReviewCode.DATA_DISAGREE,),
        "grand_total": (ReviewCode.DATA_DISAGREE,),
    }
    assert fields["grand_total"].reasons == (
        "the data say 1250.10 (BT-112 of factur-x.xml) and also 99.00 (BT-112 of zz.xml)",
    )


def test_two_e_invoices_that_say_the_same_raise_nothing() -> None:
    two = pdf_of(page_lines(BILL), {"factur-x.xml": cii(BILL), "xrechnung.xml": ubl(BILL)})

    assert doubtful(judged(two, BILL)) == {}


def test_a_total_that_the_data_state_twice_is_doubtful() -> None:
    twice = cii(BILL).replace(
        b"<ram:DuePayableAmount>", b"<ram:GrandTotalAmount>9.00</ram:GrandTotalAmount><ram:DuePayableAmount>"
    )
    fields = judged(pdf_of(page_lines(BILL), {"factur-x.xml": twice}), BILL)

    assert doubtful(fields) == {"grand_total": (ReviewCode.DATA_DISAGREE,)}


def test_of_several_accounts_the_one_that_the_page_shows_is_taken() -> None:
    means = (
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>"
        f"<ram:IBANID>{FORGED}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans>"
    )
    fields = judged(pdf_of(page_lines(BILL), {"factur-x.xml": cii(BILL, settlement=means)}), BILL)

    assert fields["iban"].field.value == GENUINE
    assert doubtful(fields) == {}


def test_a_payee_whom_no_page_names_is_doubtful() -> None:
    fields = judged(invoice_pdf(BILL, replace(BILL, payee="Cayman Factoring Ltd")), BILL)

    assert doubtful(fields) == {"seller_name": (ReviewCode.DATA_NOT_ON_PAGE,)}
    assert "another payee, Cayman Factoring Ltd" in fields["seller_name"].reasons[0]


def test_a_credit_note_agrees_without_regard_to_the_sign_and_an_invoice_does_not() -> None:
    minus = replace(CREDIT, net="-1050.50", tax="-199.60", total="-1250.10", payable="-1250.10")

    assert doubtful(judged(invoice_pdf(minus, CREDIT), minus)) == {}
    assert "grand_total" in doubtful(judged(invoice_pdf(minus, BILL), minus))


@pytest.mark.parametrize("xml", [cii(BILL), ubl(BILL)], ids=["cii", "ubl"])
def test_xml_alone_is_accepted_by_itself_with_the_lines_that_show_it(xml: bytes) -> None:
    fields = judged(xml, None)

    assert doubtful(fields) == {}
    assert fields["grand_total"].arithmetic == "BT-112 of the e-invoice itself accepted"
    assert [evidence.quote for evidence in fields["iban"].field.readings[0].evidence] == [GENUINE]
    assert fields["buyer_vat_id"].decision is FieldDecision.OPTIONAL_ABSENT
    assert len(fields["lines"].field.rows) == 2


def test_xml_alone_without_a_required_field_goes_to_a_person() -> None:
    fields = judged(cii(replace(BILL, number="")), None)

    assert fields["invoice_number"].reasons == ("required, but the e-invoice does not state it",)


def test_lines_that_a_profile_does_not_carry_are_missing_and_not_absent() -> None:
    fields = judged(cii(BILL, profile=MINIMUM), None)

    assert fields["lines"].field.state is FieldState.MISSING
    assert fields["lines"].decision is FieldDecision.REVIEW


def test_rows_stand_where_the_page_prints_them() -> None:
    rows = judged(invoice_pdf(BILL, BILL), BILL)["lines"].field.rows
    cells = {cell.name: cell for cell in rows[1].cells}

    assert [cell.name for cell in rows[1].cells] == list(INVOICE.field("lines").column_names)
    assert [cells[name].value for name in ("description", "quantity", "unit_price", "net_amount")] == [
        "Bohrersatz",
        "10",
        "43.05",
        "430.50",
    ]
    assert cells["net_amount"].readings[0].evidence[0].quote == "430,50"
    assert cells["article_number"].state is FieldState.ABSENT


def test_a_row_amount_that_no_page_prints_is_named_with_its_row() -> None:
    other = replace(BILL, positions=(BILL.positions[0], replace(BILL.positions[1], net="4305.00")))
    lines = judged(invoice_pdf(BILL, other), BILL)["lines"]

    assert lines.codes == (ReviewCode.DATA_NOT_ON_PAGE,)
    assert [(doubt.row, doubt.column) for doubt in lines.cells] == [(2, "net_amount")]


def test_a_price_per_hundred_is_the_price_of_one() -> None:
    hundred = cii(BILL).replace(
        b"<ram:ChargeAmount>43.05</ram:ChargeAmount>",
        b"<ram:ChargeAmount>4305.00</ram:ChargeAmount><ram:BasisQuantity>100</ram:BasisQuantity>",
    )
    cells = {cell.name: cell for cell in judged(hundred, None)["lines"].field.rows[1].cells}

    assert (cells["unit_price"].value, cells["unit_price"].readings[0].raw) == ("43.05", "4305.00 for 100")
