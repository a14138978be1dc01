"""Where the business terms of EN 16931 stand in the two XML vocabularies: one table each.

A path leads through local names below the root; ``[@name=value]`` asks for an attribute, ``[path=value]``
for what a child holds. ``*`` behind a term: an invoice may state it several times.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Form(Enum):
    """In what form a vocabulary writes a value."""

    TEXT = "text"
    DATE = "date"
    DECIMAL = "decimal"


class Term(NamedTuple):
    """One term and where it stands; ``many``: with several values it contradicts nothing."""

    term: str
    path: str
    form: Form = Form.TEXT
    many: bool = False
    attribute: str | None = None


def _table(text: str) -> tuple[Term, ...]:
    terms = []
    for row in filter(None, map(str.strip, text.splitlines())):
        term, form, path = row.split(maxsplit=2)
        path, _, attribute = path.partition(" @")
        terms.append(Term(term.rstrip("*"), path, Form(form), term.endswith("*"), attribute or None))
    return tuple(terms)


_TRADE = "SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRADE}/ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRADE}/ApplicableHeaderTradeSettlement"
_MEANS = f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans"
_SUMS = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"

CII = _table(f"""
    BT-1    text    ExchangedDocument/ID
    BT-2    date    ExchangedDocument/IssueDateTime/DateTimeString
    BT-3    text    ExchangedDocument/TypeCode
    BT-24   text    ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID
    BT-10   text    {_AGREEMENT}/BuyerReference
    BT-12   text    {_AGREEMENT}/ContractReferencedDocument/IssuerAssignedID
    BT-13   text    {_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID
    BT-13   text    {_AGREEMENT}/BuyerOrderReferencedDocument/ID
    BT-27   text    {_AGREEMENT}/SellerTradeParty/Name
    BT-31   text    {_AGREEMENT}/SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=VA]
    BT-32   text    {_AGREEMENT}/SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=FC]
    BT-44   text    {_AGREEMENT}/BuyerTradeParty/Name
    BT-48   text    {_AGREEMENT}/BuyerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=VA]
    BT-72   date    {_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString
    BT-73   date    {_SETTLEMENT}/BillingSpecifiedPeriod/StartDateTime/DateTimeString
    BT-74   date    {_SETTLEMENT}/BillingSpecifiedPeriod/EndDateTime/DateTimeString
    BT-5    text    {_SETTLEMENT}/InvoiceCurrencyCode
    BT-9*   date    {_SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString
    BT-20*  text    {_SETTLEMENT}/SpecifiedTradePaymentTerms/Description
    BT-59   text    {_SETTLEMENT}/PayeeTradeParty/Name
    BT-83   text    {_SETTLEMENT}/PaymentReference
    BT-84*  text    {_MEANS}/PayeePartyCreditorFinancialAccount/IBANID
    BT-84*  text    {_MEANS}/PayeePartyCreditorFinancialAccount/ProprietaryID
    BT-85*  text    {_MEANS}/PayeePartyCreditorFinancialAccount/AccountName
    BT-106  decimal {_SUMS}/LineTotalAmount
    BT-107  decimal {_SUMS}/AllowanceTotalAmount
    BT-108  decimal {_SUMS}/ChargeTotalAmount
    BT-109  decimal {_SUMS}/TaxBasisTotalAmount
    BT-110  decimal {_SUMS}/TaxTotalAmount
    BT-112  decimal {_SUMS}/GrandTotalAmount
    BT-113  decimal {_SUMS}/TotalPrepaidAmount
    BT-114  decimal {_SUMS}/RoundingAmount
    BT-115  decimal {_SUMS}/DuePayableAmount
    BT-116* decimal {_SETTLEMENT}/ApplicableTradeTax/BasisAmount
    BT-117* decimal {_SETTLEMENT}/ApplicableTradeTax/CalculatedAmount
    BT-119* decimal {_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent
""")
"""Cross Industry Invoice: Factur-X, ZUGFeRD 2, XRechnung."""

CII_ROW = f"{_TRADE}/IncludedSupplyChainTradeLineItem"
_ROW_SETTLEMENT = "SpecifiedLineTradeSettlement"
CII_ROWS = _table(f"""
    BT-126  text    AssociatedDocumentLineDocument/LineID
    BT-155  text    SpecifiedTradeProduct/SellerAssignedID
    BT-153  text    SpecifiedTradeProduct/Name
    BT-154  text    SpecifiedTradeProduct/Description
    BT-129  decimal SpecifiedLineTradeDelivery/BilledQuantity
    BT-130  text    SpecifiedLineTradeDelivery/BilledQuantity @unitCode
    BT-146  decimal SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount
    BT-149  decimal SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity
    BT-152  decimal {_ROW_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent
    BT-131  decimal {_ROW_SETTLEMENT}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount
    BT-131  decimal {_ROW_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation/LineTotalAmount
""")

OLD_CII_NAMES = {
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": _TRADE,
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedTradeSettlementMonetarySummation": "SpecifiedTradeSettlementHeaderMonetarySummation",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
}
"""How ZUGFeRD 1.0 calls what later versions call otherwise."""

_SELLER = "AccountingSupplierParty/Party"
_BUYER = "AccountingCustomerParty/Party"
_TOTALS = "LegalMonetaryTotal"

UBL = _table(f"""
    BT-1    text    ID
    BT-2    date    IssueDate
    BT-3    text    InvoiceTypeCode
    BT-3    text    CreditNoteTypeCode
    BT-24   text    CustomizationID
    BT-5    text    DocumentCurrencyCode
    BT-9*   date    DueDate
    BT-9*   date    PaymentMeans/PaymentDueDate
    BT-10   text    BuyerReference
    BT-12   text    ContractDocumentReference/ID
    BT-13   text    OrderReference/ID
    BT-27   text    {_SELLER}/PartyLegalEntity/RegistrationName
    BT-28   text    {_SELLER}/PartyName/Name
    BT-31   text    {_SELLER}/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID
    BT-44   text    {_BUYER}/PartyLegalEntity/RegistrationName
    BT-45   text    {_BUYER}/PartyName/Name
    BT-48   text    {_BUYER}/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID
    BT-59   text    PayeeParty/PartyName/Name
    BT-72   date    Delivery/ActualDeliveryDate
    BT-73   date    InvoicePeriod/StartDate
    BT-74   date    InvoicePeriod/EndDate
    BT-20*  text    PaymentTerms/Note
    BT-83*  text    PaymentMeans/PaymentID
    BT-84*  text    PaymentMeans/PayeeFinancialAccount/ID
    BT-85*  text    PaymentMeans/PayeeFinancialAccount/Name
    BT-106  decimal {_TOTALS}/LineExtensionAmount
    BT-107  decimal {_TOTALS}/AllowanceTotalAmount
    BT-108  decimal {_TOTALS}/ChargeTotalAmount
    BT-109  decimal {_TOTALS}/TaxExclusiveAmount
    BT-110  decimal TaxTotal/TaxAmount
    BT-112  decimal {_TOTALS}/TaxInclusiveAmount
    BT-113  decimal {_TOTALS}/PrepaidAmount
    BT-114  decimal {_TOTALS}/PayableRoundingAmount
    BT-115  decimal {_TOTALS}/PayableAmount
    BT-116* decimal TaxTotal/TaxSubtotal/TaxableAmount
    BT-117* decimal TaxTotal/TaxSubtotal/TaxAmount
    BT-119* decimal TaxTotal/TaxSubtotal/TaxCategory/Percent
""")
"""UBL 2.1 Invoice and CreditNote: Peppol, XRechnung."""

UBL_ROW = {"Invoice": "InvoiceLine", "CreditNote": "CreditNoteLine"}
UBL_ROWS = _table("""
    BT-126  text    ID
    BT-155  text    Item/SellersItemIdentification/ID
    BT-153  text    Item/Name
    BT-154  text    Item/Description
    BT-129  decimal InvoicedQuantity
    BT-129  decimal CreditedQuantity
    BT-130  text    InvoicedQuantity @unitCode
    BT-130  text    CreditedQuantity @unitCode
    BT-146  decimal Price/PriceAmount
    BT-149  decimal Price/BaseQuantity
    BT-152  decimal Item/ClassifiedTaxCategory/Percent
    BT-131  decimal LineExtensionAmount
""")

TITLES = {
    "BT-1": "Invoice number", "BT-2": "Issue date", "BT-3": "Type", "BT-5": "Currency", "BT-9": "Due date",
    "BT-10": "Buyer reference", "BT-12": "Contract", "BT-13": "Order", "BT-20": "Payment terms",
    "BT-24": "Specification", "BT-27": "Seller", "BT-28": "Seller trades as", "BT-31": "Seller VAT id",
    "BT-32": "Seller tax number", "BT-44": "Buyer", "BT-45": "Buyer trades as", "BT-48": "Buyer VAT id",
    "BT-59": "Payee", "BT-72": "Delivery date", "BT-73": "Period from", "BT-74": "Period to",
    "BT-83": "Payment reference", "BT-84": "Account", "BT-85": "Account name", "BT-106": "Sum of lines",
    "BT-107": "Allowances", "BT-108": "Charges", "BT-109": "Net total", "BT-110": "Tax total",
    "BT-111": "Tax total in accounting currency", "BT-112": "Grand total", "BT-113": "Prepaid",
    "BT-114": "Rounding", "BT-115": "Amount due", "BT-116": "Taxable", "BT-117": "Tax", "BT-119": "Tax rate",
    "BT-126": "Line", "BT-129": "Quantity", "BT-130": "Unit", "BT-131": "Net amount", "BT-146": "Unit price",
    "BT-149": "Price per", "BT-152": "Tax rate", "BT-153": "Item", "BT-154": "Description",
    "BT-155": "Article",
}  # fmt: skip
"""The terms as people call them."""
