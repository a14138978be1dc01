"""Letterheads and titles of invoices."""

from __future__ import annotations

from collections.abc import Callable

from samples.invoice_besides import Besides
from samples.invoice_design import Design
from samples.invoice_draft import Invoice
from samples.sample import chance
from samples.sheet import Sheet


def _left(sheet: Sheet, draft: Invoice, design: Design) -> float:
    sheet.logo(design.margin, 40, 34, design.logo, design.color)
    sheet.text(
        design.margin + 44,
        58,
        draft.say.bare("seller_name"),
        size=sheet.size * 1.5,
        bold=True,
        color=design.color,
    )
    sheet.lines(design.margin + 44, 72, [", ".join(draft.seller_address)], size=sheet.size * 0.9)
    return 110


def _right(sheet: Sheet, draft: Invoice, design: Design) -> float:
    right = sheet.width - design.margin
    sheet.logo(right - 40, 36, 40, design.logo, design.color)
    y = 92.0
    for index, line in enumerate([draft.say.bare("seller_name"), *draft.seller_address]):
        sheet.text(right, y, line, bold=index == 0, align="right")
        y += sheet.size * 1.3
    return y + 8


def _centre(sheet: Sheet, draft: Invoice, design: Design) -> float:
    middle = sheet.width / 2
    sheet.text(
        middle,
        56,
        draft.say.bare("seller_name"),
        size=sheet.size * 1.8,
        bold=True,
        align="middle",
        color=design.color,
    )
    sheet.text(middle, 72, " · ".join(draft.seller_address), align="middle")
    sheet.rule(design.margin, 82, sheet.width - design.margin, 82, color=design.color, width=1)
    return 112


def _band(sheet: Sheet, draft: Invoice, design: Design) -> float:
    sheet.box(0, 0, sheet.width, 70, fill=design.color)
    sheet.text(
        design.margin, 44, draft.say.bare("seller_name"), size=sheet.size * 1.7, bold=True, color="#ffffff"
    )
    sheet.text(
        sheet.width - design.margin, 44, title_of(draft), size=sheet.size * 2, align="right", color="#ffffff"
    )
    sheet.lines(design.margin, 88, [", ".join(draft.seller_address)], size=sheet.size * 0.9)
    return 118


def _window(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """A letter for window envelopes: the sender small above the receiver."""
    sheet.logo(sheet.width - design.margin - 44, 40, 44, design.logo, design.color)
    sender = f"{draft.say.bare('seller_name')} · {' · '.join(draft.seller_address)}"
    sheet.text(design.margin, 118, sender, size=6.8, color="#444444")
    sheet.rule(design.margin, 121, design.margin + sheet.measure(sender, size=6.8), 121, width=0.3)
    return 136


def _split(sheet: Sheet, draft: Invoice, design: Design) -> float:
    sheet.text(design.margin, 62, title_of(draft), size=sheet.size * 2.4, bold=True, color=design.color)
    x = sheet.width * 0.58
    sheet.text(x, 44, draft.words["from"], size=sheet.size * 0.85, color="#666666")
    y = sheet.lines(x, 57, [draft.say.bare("seller_name"), *draft.seller_address], bold_first=True)
    return y + 14


def _line(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """A letterhead of one line: name and address, parted by a mark."""
    parts = [draft.say.bare("seller_name"), *draft.seller_address]
    sheet.text(design.margin, 44, design.apart.join(parts), size=sheet.size * 0.9)
    return 84


def _side(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """A letter for window envelopes with the seller in a column at its right."""
    x, y = sheet.width * draft.rng.choice((0.66, 0.72, 0.76)), draft.rng.choice((60.0, 90.0, 120.0))
    lines = [] if draft.besides is None else draft.besides.reached_at()
    sheet.lines(x, y, [draft.say.bare("seller_name"), *draft.seller_address, *lines], bold_first=True)
    parts = [draft.seller, *draft.seller_address]
    at = design.margin
    for piece in [", ".join(parts)] if draft.besides is None else draft.besides.sender(parts, design.apart):
        sheet.text(at, 118, piece, size=6.8)
        at += sheet.measure(piece, size=6.8) + 7
    return 136


def _sections(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """No letterhead: who sells stands in a section of its own, beside or above who buys."""
    sheet.rule(design.margin, 40, sheet.width - design.margin, 40, color=design.color, width=0.8)
    if draft.besides is None:
        return 62
    y = sheet.lines(design.margin, 56, draft.besides.running()) + 6
    if draft.besides.title_first:
        y = draw_title(sheet, draft, draft.besides, design, y)
    return y


def _ledger(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """Everything between rules, as in an account book."""
    right = sheet.width - design.margin
    sheet.rule(design.margin, 40, right, 40, width=1.5)
    sheet.text(design.margin, 56, draft.say.bare("seller_name"), bold=True)
    sheet.text(right, 56, " / ".join(draft.seller_address), align="right")
    sheet.rule(design.margin, 62, right, 62, width=0.5)
    return 90


HEADS: dict[str, Callable[[Sheet, Invoice, Design], float]] = {
    "left": _left, "right": _right, "centre": _centre, "band": _band, "window": _window, "split": _split,
    "ledger": _ledger, "sections": _sections, "line": _line, "side": _side,
}  # fmt: skip


def title_of(draft: Invoice) -> str:
    """Return what the document calls itself."""
    return draft.words["credit_title" if draft.credit else "title"]


def draw_title(sheet: Sheet, draft: Invoice, besides: Besides, design: Design, y: float) -> float:
    """Draw a title that says number or day; returns where it ends."""
    say, rng = draft.say, draft.rng
    text = besides.titled(title_of(draft), say.bare("invoice_number"), say.bare("issue_date"))
    sheet.text(design.margin, y, text, bold=chance(rng, 0.6), size=sheet.size * rng.choice((1, 1.2, 1.5)))
    return y + 18
