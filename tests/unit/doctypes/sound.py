"""A record of each type against which no rule speaks."""

from __future__ import annotations

Fields = dict[str, str | list[str] | list[dict[str, str]]]
INVOICE: Fields = {
    "invoice_number": "2024-117",
    "issue_date": "2024-03-12",
    "due_date": "2024-04-11",
    "delivery_date": "2024-03-10",
    "seller_name": "Bergmann Werkzeuge GmbH",
    "buyer_name": "Nordlicht Bau AG",
    "seller_vat_id": "DE136695976",
    "buyer_vat_id": "FR11999999998",
    "iban": "DE88200800000970375700",
    "currency": "EUR",
    "net_total": "950.00",
    "tax_total": "190.00",
    "grand_total": "1140.00",
    "due_payable": "1140.00",
    "lines": [
        {"description": "Akkuschrauber", "quantity": "2", "unit": "Stk", "unit_price": "199.50",
         "tax_rate": "20", "net_amount": "399.00"},
        {"description": "Bohrer, Satz", "quantity": "29", "unit_price": "19.00",
         "tax_rate": "20", "net_amount": "551.00"},
    ],
}  # fmt: skip
LEASE: Fields = {
    "landlord": "Harbour Estates Ltd",
    "tenant": ["Maria Keller", "Jonas Keller"],
    "agreement_date": "2022-12-01",
    "commencement_date": "2023-01-01",
    "expiry_date": "2024-12-31",
    "term": "P2Y",
    "monthly_rent": "1200.00",
    "deposit": "2400.00",
    "currency": "GBP",
}
SALE: Fields = {
    "seller": "Oakfield Holdings plc",
    "buyer": "Nordlicht Immobilien GmbH",
    "agreement_date": "2023-02-01",
    "completion_date": "2023-04-28",
    "purchase_price": "500000.00",
    "deposit": "50000.00",
    "currency": "EUR",
}
RECEIPT: Fields = {"vendor_name": "Corner Bakery Ltd", "date": "2024-03-12", "total": "23.40"}
GOOD = {"invoice": INVOICE, "lease": LEASE, "sale_purchase_agreement": SALE, "receipt": RECEIPT}
