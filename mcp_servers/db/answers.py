"""What the master data answer, as models and rules read it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.answering import Answer
from mcp_servers.matching import Status


class Vendor(BaseModel):
    """A vendor or another counterparty on file."""

    model_config = ConfigDict(frozen=True)

    vendor_id: str
    name: str
    aliases: tuple[str, ...] = ()
    country: str | None = None
    vat_id: str | None = None
    ibans: tuple[str, ...] = Field(default=(), description="accounts on file")
    status: str | None = Field(default=None, description="active or blocked")
    role: str | None = None


class LikelyVendor(BaseModel):
    """A vendor that may be meant."""

    model_config = ConfigDict(frozen=True)

    vendor: Vendor
    score: float
    matched: str


class FoundVendor(Answer):
    """Which vendor on file is meant.

    Attributes:
        status: As resolve_entity has it: match, ambiguous, conflict or no_match.
        on_file: How many vendors there are; with none, nothing can be told.
    """

    status: Status
    reason: str
    vendor: Vendor | None = None
    score: float | None = None
    candidates: tuple[LikelyVendor, ...] = ()
    ignored: tuple[str, ...] = ()
    on_file: int
    next_cursor: str | None = None


class Order(BaseModel):
    """A purchase order on file."""

    model_config = ConfigDict(frozen=True)

    order_number: str
    vendor_id: str
    ordered_on: str
    currency: str | None = None
    total: str
    status: str | None = Field(default=None, description="open or closed")


class FoundOrder(Answer):
    """A purchase order by its number.

    Attributes:
        status: ``found``, ``other_vendor`` (the number is another vendor's), ``not_found``.
    """

    status: Literal["found", "other_vendor", "not_found"]
    order: Order | None = None
    vendor: Vendor | None = None
    on_file: int


class Earlier(BaseModel):
    """An invoice on file."""

    model_config = ConfigDict(frozen=True)

    invoice_number: str
    vendor_id: str
    issued_on: str
    currency: str | None = None
    total: str
    why: str


class Seen(Answer):
    """Whether an invoice came before.

    Attributes:
        status: ``seen``: the same number of the same vendor. ``similar``: the same vendor, day and total
            under another number. ``not_seen``. ``unknown_vendor``: whose invoice it is could not be told.
        earlier: Those that it may be, best first.
    """

    status: Literal["seen", "similar", "not_seen", "unknown_vendor"]
    vendor_id: str | None = None
    earlier: tuple[Earlier, ...] = ()
    on_file: int
    next_cursor: str | None = None


class About(Answer):
    """What there is to ask."""

    vendors: int
    purchase_orders: int
    invoices: int
