"""E-invoices made for tests: one bill as CII, as UBL and as a page, and PDFs that carry any of them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pypdfium2 as pdfium
from reportlab.pdfgen.canvas import Canvas

CII_SPACES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
UBL_SPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
EN16931 = "urn:cen.eu:en16931:2017"
MINIMUM = "urn:factur-x.eu:1p0:minimum"
GENUINE, FORGED = "DE88200800000970375700", "DE02120300000000202051"


@dataclass(frozen=True)
class Position:
    """One line of a bill."""

    name: str
    quantity: str
    price: str
    net: str
    rate: str = "19.00"


@dataclass(frozen=True)
class Bill:
    """What an invoice says; the page and the XML are made from it, each perhaps from another."""

    number: str = "RE-2026-0417"
    issued: str = "2026-10-12"
    due: str = "2026-11-11"
    delivered: str | None = "2026-10-09"
    seller: str = "Bergmann Werkzeuge GmbH"
    buyer: str = "Stadtwerke Lindenau AG"
    vat_id: str = "DE136695976"
    iban: str = GENUINE
    payee: str | None = None
    type_code: str = "380"
    positions: tuple[Position, ...] = (
        Position("Bohrhammer BH 26", "2", "310.00", "620.00"),
        Position("Bohrersatz", "10", "43.05", "430.50"),
    )
    net: str = "1050.50"
    tax: str = "199.60"
    total: str = "1250.10"
    payable: str = "1250.10"


def cii(bill: Bill, *, profile: str = EN16931, settlement: str = "", body: str = "") -> bytes:
    """Return a bill as Cross Industry Invoice; ``settlement`` and ``body`` are added as they are."""
    rows = "" if profile == MINIMUM else "".join(_cii_row(n, p) for n, p in enumerate(bill.positions, 1))
    delivered = (
        f"<ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>{_day(bill.delivered)}"
        if (bill.delivered)
        else ""
    )
    if delivered:
        delivered += "</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>"
    payee = (
        f"<ram:PayeeTradeParty><ram:Name>{bill.payee}</ram:Name></ram:PayeeTradeParty>" if bill.payee else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {CII_SPACES}>
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{profile}</ram:ID>
 </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>{bill.number}</ram:ID><ram:TypeCode>{bill.type_code}</ram:TypeCode>
  <ram:IssueDateTime>{_day(bill.issued)}</ram:IssueDateTime></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>{rows}
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>{bill.seller}</ram:Name>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">201/113/40209</ram:ID></ram:SpecifiedTaxRegistration>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{bill.vat_id}</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>{bill.buyer}</ram:Name></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery>{delivered}</ram:ApplicableHeaderTradeDelivery>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>{payee}
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
    <ram:IBANID>{bill.iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_day(bill.due)}</ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>{settlement}
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>{bill.net}</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>{bill.net}</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">{bill.tax}</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{bill.total}</ram:GrandTotalAmount>
    <ram:DuePayableAmount>{bill.payable}</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>{body}
</rsm:CrossIndustryInvoice>""".encode()


def ubl(bill: Bill, root: str = "Invoice") -> bytes:
    """Return a bill as UBL Invoice or CreditNote."""
    line, quantity = (
        ("CreditNoteLine", "CreditedQuantity")
        if root == "CreditNote"
        else ("InvoiceLine", "InvoicedQuantity")
    )
    rows = "".join(
        f"""<cac:{line}><cbc:ID>{number}</cbc:ID><cbc:{quantity} unitCode="H87">{p.quantity}</cbc:{quantity}>
  <cbc:LineExtensionAmount currencyID="EUR">{p.net}</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>{p.name}</cbc:Name>
   <cac:ClassifiedTaxCategory><cbc:Percent>{p.rate}</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">{p.price}</cbc:PriceAmount></cac:Price></cac:{line}>"""
        for number, p in enumerate(bill.positions, 1)
    )
    vat = f"<cbc:CompanyID>{bill.vat_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {UBL_SPACES.format(root=root)}>
 <cbc:CustomizationID>{EN16931}</cbc:CustomizationID><cbc:ID>{bill.number}</cbc:ID>
 <cbc:IssueDate>{bill.issued}</cbc:IssueDate><cbc:DueDate>{bill.due}</cbc:DueDate>
 <cbc:{root}TypeCode>{bill.type_code}</cbc:{root}TypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PartyTaxScheme><cbc:CompanyID>201/113</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme>
  </cac:PartyTaxScheme><cac:PartyTaxScheme>{vat}</cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>{bill.seller}</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity>
  <cbc:RegistrationName>{bill.buyer}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>
 </cac:AccountingCustomerParty>
 <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>{bill.iban}</cbc:ID></cac:PayeeFinancialAccount>
 </cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{bill.tax}</cbc:TaxAmount></cac:TaxTotal>
 <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">2210.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal>
  <cbc:TaxExclusiveAmount currencyID="EUR">{bill.net}</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">{bill.total}</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">{bill.payable}</cbc:PayableAmount></cac:LegalMonetaryTotal>{rows}
</{root}>""".encode()


def page_lines(bill: Bill) -> list[str]:
    """Return what the page of a bill says, in German print."""
    y, m, d = bill.issued.split("-")
    due_y, due_m, due_d = bill.due.split("-")
    delivered = ".".join(reversed(bill.delivered.split("-"))) if bill.delivered else ""
    grouped = " ".join(bill.iban[i : i + 4] for i in range(0, len(bill.iban), 4))
    return [
        bill.seller,
        "Hafenweg 12, 04179 Leipzig",
        f"USt-IdNr.: {bill.vat_id}",
        "",
        bill.buyer,
        "Wasserstrasse 3, 04177 Leipzig",
        "",
        "RECHNUNG",
        f"Rechnungsnummer: {bill.number}",
        f"Rechnungsdatum: {d}.{m}.{y}",
        f"Lieferdatum: {delivered}" if delivered else "",
        "",
        *(f"{p.name}    {p.quantity}    {printed(p.price)}    {printed(p.net)}" for p in bill.positions),
        "",
        f"Nettobetrag: {printed(bill.net)} EUR",
        f"Umsatzsteuer 19 %: {printed(bill.tax)} EUR",
        f"Gesamtbetrag: {printed(bill.total)} EUR",
        "",
        f"Zahlbar bis {due_d}.{due_m}.{due_y}",
        f"IBAN: {grouped}",
    ]


def pdf(lines: Sequence[str], attachments: Mapping[str, bytes]) -> bytes:
    """Return a PDF that shows ``lines`` and carries ``attachments`` by name."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number, line in enumerate(lines):
        canvas.drawString(60, 780 - 18 * number, line)
    canvas.save()
    document = pdfium.PdfDocument(out.getvalue())
    for name, data in attachments.items():
        document.new_attachment(name).set_data(data)
    saved = io.BytesIO()
    document.save(saved)
    document.close()
    return saved.getvalue()


def invoice_pdf(page: Bill, data: Bill, name: str = "factur-x.xml") -> bytes:
    """Return a hybrid invoice whose page says one thing and whose data perhaps another."""
    return pdf(page_lines(page), {name: cii(data)})


def with_packed_attachment(shown: bytes, data: bytes, *, listed: bool) -> bytes:
    """Return a page with a compressed attachment, in the PDF's list of files or hidden from it."""
    packed = zlib.compress(data, 1)
    names = b"/Names << /EmbeddedFiles << /Names [(factur-x.xml) 6 0 R] >> >>" if listed else b""
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % names,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        PAGE,
        _stream(b"BT /F1 12 Tf 60 780 Td (%s) Tj ET" % shown, b""),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /EF << /F 7 0 R >> >>",
        _stream(packed, b"/Type /EmbeddedFile /Filter /FlateDecode"),
    )
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(bodies, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table))
    out.write(b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start))
    return out.getvalue()


def printed(amount: str) -> str:
    """Return an amount as German pages print it."""
    return f"{Decimal(amount):,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    b"/Resources << /Font << /F1 5 0 R >> >> >>"
)
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE CrossIndustryInvoice [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><CrossIndustryInvoice>&j;</CrossIndustryInvoice>"
)
EXTERNAL_ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE CrossIndustryInvoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<CrossIndustryInvoice>&x;</CrossIndustryInvoice>"
)


def _stream(content: bytes, entries: bytes) -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def _day(day: str | None) -> str:
    return f'<udt:DateTimeString format="102">{(day or "").replace("-", "")}</udt:DateTimeString>'


def _cii_row(number: int, position: Position) -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct><ram:Name>{position.name}</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
    <ram:ChargeAmount>{position.price}</ram:ChargeAmount></ram:NetPriceProductTradePrice>
   </ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">{position.quantity}</ram:BilledQuantity>
   </ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement>
    <ram:ApplicableTradeTax><ram:RateApplicablePercent>{position.rate}</ram:RateApplicablePercent>
    </ram:ApplicableTradeTax>
    <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{position.net}</ram:LineTotalAmount>
    </ram:SpecifiedTradeSettlementLineMonetarySummation>
   </ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"""
