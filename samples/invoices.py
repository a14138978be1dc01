"""Invoices of many countries, in any layout."""

from __future__ import annotations

import random

from samples.invoice_draft import draft_invoice
from samples.invoice_layout import lay_out
from samples.sample import Sample

FIELDS = (
    "invoice_number", "issue_date", "due_date", "delivery_date", "seller_name", "buyer_name", "seller_vat_id",
    "buyer_vat_id", "iban", "currency", "net_total", "tax_total", "grand_total", "due_payable", "lines",
)  # fmt: skip


def invoice(rng: random.Random, key: str, template: str, *, wrong_sum: bool = False, rows: int = 0) -> Sample:
    """Return an invoice of a country (the template's name begins with its code), in any layout.

    Args:
        rng: Draws everything.
        key: Of the sample.
        template: Country and kind of layout.
        wrong_sum: Spoils the total.
        rows: How many lines it has; 0 for as many as are drawn.
    """
    varied = template.endswith(VARIED)
    draft = draft_invoice(rng, template[:2], wrong_sum=wrong_sum, varied=varied, rows=rows)
    data, layout = lay_out(draft, held_out=template.endswith("-ledger"), varied=varied)
    fields = draft.say.truth() | ({"lines": draft.rows} if draft.rows else {})
    keys = tuple(name for name in FIELDS if name != "currency" or "currency" in fields)
    return Sample(key, "invoice", f"invoice/{draft.language}/{layout}", ".pdf", data, fields, keys)


VARIED = "-varied"
"""Ending of templates whose table may look like anything."""
_COUNTRIES = ("DE", "GB", "FR", "US", "AT", "IE", "CH", "SG")
TEMPLATES = tuple(f"{code}{kind}" for code in _COUNTRIES for kind in ("-any", VARIED, VARIED))
HELD_OUT = frozenset({"DE-ledger", "GB-ledger", "FR-ledger"})
"""Layouts that only the demo uses."""
