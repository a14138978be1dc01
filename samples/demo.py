"""The documents of the demo: what a morning's post might hold, some of it doubtful, some of it broken."""

from __future__ import annotations

from collections.abc import Iterator

from samples.binding import packet
from samples.invoices import invoice
from samples.leases import lease
from samples.oddities import broken, delivery_schedule, encrypted, letter
from samples.plain import plain_lease
from samples.receipts import receipt
from samples.sales import sale
from samples.sample import Sample, source
from samples.scan import Condition

SEED = 7
"""The seed of the committed documents."""

_LEASES = (("flat", "narrative"), ("workshop", "particulars"), ("apartment", "american"),
           ("letter-of-letting", "letter"))  # fmt: skip
_SALES = (("house", "narrative"), ("plot", "particulars"), ("shares", "shares"), ("memorandum", "heads"))
_INVOICES = (("werkzeuge", "DE-any"), ("supplies", "GB-any"), ("prestations", "FR-any"),
             ("services", "US-any"), ("journal", "DE-ledger"))  # fmt: skip
_FADED = Condition(
    type="till", points=24, narrow=0.74, fade=0.82, noise=11, blur=1.1, skew=1.6, creases=6, dropout=0.14
)
_SIDEWAYS = Condition(type="till", points=28, narrow=0.84, fade=0.1, noise=3, blur=0.5, skew=0.4, turned=90)
_RECEIPTS: tuple[tuple[str, str, Condition | None], ...] = (
    ("minimarket", "till", None), ("hardware", "laser", None), ("cafe", "british", None),
    ("sideways", "till", _SIDEWAYS), ("faded", "till", _FADED),
)  # fmt: skip


def demo(seed: int = SEED) -> Iterator[Sample]:
    """Yield the demo's documents; equal seeds give equal documents, and none that training sees."""
    for name, template in _LEASES:
        yield lease(source(seed, "demo", name), f"lease-{name}", template)
    yield lease(source(seed, "demo", "numeric"), "lease-numeric-dates", "particulars", date_style="%d/%m/%Y")
    yield plain_lease(source(seed, "demo", "plain"), "lease-plain")
    for name, template in _SALES:
        yield sale(source(seed, "demo", name), f"sale-{name}", template)
    for name, template in _INVOICES:
        yield invoice(source(seed, "demo", name), f"invoice-{name}", template)
    yield invoice(source(seed, "demo", "wrong-sum"), "invoice-wrong-sum", "GB-any", wrong_sum=True)
    for name, template, condition in _RECEIPTS:
        yield receipt(source(seed, "demo", name), f"receipt-{name}", template, condition=condition)
    yield delivery_schedule(source(seed, "demo", "schedule"), "delivery-schedule")
    yield letter(source(seed, "demo", "hedge"), "letter-hedge")
    yield packet(source(seed, "demo", "post"), "packet-post")
    yield broken(source(seed, "demo", "broken"), "broken")
    yield encrypted(source(seed, "demo", "encrypted"), "encrypted")
