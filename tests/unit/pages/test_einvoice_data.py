from __future__ import annotations

import pytest

from pages.einvoice.data import read_data
from pages.einvoice.xml import (
    MOST_BYTES,
    MOST_DEPTH,
    MOST_TEXT,
    DoctypeError,
    OtherRootError,
    XmlError,
)
from schemas.layout import DataSyntax, EmbeddedData
from tests.einvoices import BILLION_LAUGHS, CII_SPACES, EXTERNAL_ENTITY, MINIMUM, Bill, cii, ubl

SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"


def values(data: EmbeddedData, term: str) -> list[str | None]:
    return [value.value for value in data.of(term)]


def test_a_cross_industry_invoice_is_read_by_the_terms_of_en_16931() -> None:
    data = read_data(cii(Bill()), "factur-x.xml")

    assert (data.syntax, data.name, data.profile) == (
        DataSyntax.CII,
        "factur-x.xml",
        "urn:cen.eu:en16931:2017",
    )
    assert values(data, "BT-1") == ["RE-2026-0417"]
    assert values(data, "BT-2") == ["2026-10-12"]
    assert values(data, "BT-31") == ["DE136695976"]
    assert values(data, "BT-84") == ["DE88200800000970375700"]
    assert values(data, "BT-112") == ["1250.1"]
    assert data.of("BT-112")[0].path == f"/CrossIndustryInvoice/{SUMS}/GrandTotalAmount"
    assert data.conflicts == ()


def test_the_lines_of_an_invoice_are_read_with_their_units() -> None:
    rows = read_data(cii(Bill()), None).rows

    assert [[value.raw for value in row.values] for row in rows] == [
        ["1", "Bohrhammer BH 26", "2", "H87", "310.00", "19.00", "620.00"],
        ["2", "Bohrersatz", "10", "H87", "43.05", "19.00", "430.50"],
    ]
    assert "IncludedSupplyChainTradeLineItem[2]" in rows[1].values[0].path


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_ubl_states_the_same_terms(root: str) -> None:
    stated, same = read_data(ubl(Bill(), root), None), read_data(cii(Bill()), None)

    assert stated.syntax is DataSyntax.UBL
    for term in (
        "BT-1",
        "BT-2",
        "BT-9",
        "BT-27",
        "BT-31",
        "BT-44",
        "BT-84",
        "BT-5",
        "BT-109",
        "BT-112",
        "BT-115",
    ):
        assert values(stated, term) == values(same, term), term
    assert len(stated.rows) == 2


def test_a_tax_total_in_another_currency_is_not_the_tax_total() -> None:
    data = read_data(ubl(Bill()), None)

    assert values(data, "BT-110") == ["199.6"]
    assert values(data, "BT-111") == ["2210"]


def test_zugferd_1_is_read_by_the_same_table() -> None:
    old = (
        b'<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"'
        b' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12">'
        b"<rsm:HeaderExchangedDocument><ram:ID>471102</ram:ID></rsm:HeaderExchangedDocument>"
        b"<rsm:SpecifiedSupplyChainTradeTransaction>"
        b"<ram:ApplicableSupplyChainTradeSettlement><ram:SpecifiedTradeSettlementMonetarySummation>"
        b"<ram:GrandTotalAmount>529.87</ram:GrandTotalAmount>"
        b"</ram:SpecifiedTradeSettlementMonetarySummation></ram:ApplicableSupplyChainTradeSettlement>"
        b"<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>"
        b"</ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>"
        b"<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedSupplyChainTradeSettlement>"
        b"<ram:SpecifiedTradeSettlementMonetarySummation><ram:LineTotalAmount>198.00</ram:LineTotalAmount>"
        b"</ram:SpecifiedTradeSettlementMonetarySummation></ram:SpecifiedSupplyChainTradeSettlement>"
        b"</ram:IncludedSupplyChainTradeLineItem>"
        b"</rsm:SpecifiedSupplyChainTradeTransaction></rsm:CrossIndustryDocument>"
    )

    data = read_data(old, None)

    assert (values(data, "BT-1"), values(data, "BT-112")) == (["471102"], ["529.87"])
    assert [[(value.term, value.value) for value in row.values] for row in data.rows] == [[("BT-131", "198")]]


def test_a_line_that_holds_a_remark_only_is_no_row() -> None:
    remark = "<ram:IncludedSupplyChainTradeLineItem/>"
    xml = cii(Bill()).replace(
        b"<rsm:SupplyChainTradeTransaction>", b"<rsm:SupplyChainTradeTransaction>" + remark.encode()
    )

    assert len(read_data(xml, None).rows) == 2


def test_a_total_that_stands_twice_with_two_values_is_a_conflict() -> None:
    xml = cii(Bill()).replace(
        b"<ram:DuePayableAmount>", b"<ram:GrandTotalAmount>9.00</ram:GrandTotalAmount><ram:DuePayableAmount>"
    )

    data = read_data(xml, None)

    assert data.conflicts == ("BT-112",)
    assert values(data, "BT-112") == ["1250.1", "9"]


def test_several_accounts_are_no_conflict() -> None:
    means = (
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>"
        "<ram:IBANID>DE02120300000000202051</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans>"
    )

    data = read_data(cii(Bill(), settlement=means), None)

    assert len(data.of("BT-84")) == 2
    assert data.conflicts == ()


def test_elements_of_a_foreign_namespace_are_not_the_invoices() -> None:
    foreign = '<x:ExchangedDocument xmlns:x="urn:evil"><x:ID>OTHER</x:ID></x:ExchangedDocument>'

    assert values(read_data(cii(Bill(), body=foreign), None), "BT-1") == ["RE-2026-0417"]


def test_a_malformed_day_or_amount_has_no_value() -> None:
    data = read_data(cii(Bill(issued="2026-13-45", total="1.250,10")), None)

    assert values(data, "BT-2") == values(data, "BT-112") == [None]


def test_minimum_says_that_it_carries_no_lines() -> None:
    data = read_data(cii(Bill(), profile=MINIMUM), None)

    assert (data.has_rows, data.rows) == (False, ())


@pytest.mark.parametrize("hostile", [BILLION_LAUGHS, EXTERNAL_ENTITY])
def test_a_document_type_is_refused_before_anything_it_declares(hostile: bytes) -> None:
    with pytest.raises(DoctypeError) as caught:
        read_data(hostile, None)

    assert caught.value.root == "CrossIndustryInvoice"


def test_other_xml_is_not_read_beyond_its_root() -> None:
    with pytest.raises(OtherRootError):
        read_data(b"<html><body>" + b"<p>" * 1000, None)


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b"<rsm:CrossIndustryInvoice " + CII_SPACES.encode() + b">", "well-formed"),
        (b"", "well-formed"),
        (cii(Bill())[:-40], "well-formed"),
        (cii(Bill()).replace(b'encoding="UTF-8"', b'encoding="no-such"'), "encoding"),
        (cii(Bill(), body="<a>" * MOST_DEPTH), "deeper"),
        (cii(Bill(seller="x" * (MOST_TEXT + 1))), "characters"),
        (cii(Bill()) + b" " * MOST_BYTES, "MB"),
    ],
    ids=["open", "empty", "cut", "encoding", "deep", "long", "large"],
)
def test_what_passes_a_bound_is_refused_with_the_reason(xml: bytes, why: str) -> None:
    with pytest.raises(XmlError, match=why):
        read_data(xml, None)


def test_files_in_base64_are_left_in_the_xml() -> None:
    blob = "<ram:AttachmentBinaryObject>" + "QUJD" * MOST_TEXT + "</ram:AttachmentBinaryObject>"

    assert values(read_data(cii(Bill(), settlement=blob), None), "BT-112") == ["1250.1"]
