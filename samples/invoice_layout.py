"""Laying out an invoice: heads, address blocks, data blocks, tables, totals and feet, combined at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from samples.invoice_sections import draw_sections, in_sections
from samples.invoice_table import draw_table
from samples.invoices import Invoice
from samples.sample import chance
from samples.sheet import Sheet
from samples.table_drawing import draw_varied_table

_COLORS = ("#1f3a5f", "#7a1f2b", "#2d5a3d", "#333333", "#8a5a00", "#444a6d", "#0b6e6e", "#000000")


@dataclass(slots=True)
class Design:
    """How one company's invoices look."""

    head: str
    buyer: str
    data: str
    totals: str
    foot: str
    color: str
    margin: float
    logo: int
    titled_table: bool
    terms_first: bool

    @property
    def name(self) -> str:
        """Return what makes it the layout it is."""
        return f"{self.head}-{self.data}-{self.totals}"


def lay_out(draft: Invoice, *, held_out: bool = False, varied: bool = False) -> tuple[bytes, str]:
    """Return the PDF and the name of its layout.

    Args:
        draft: What it says.
        held_out: Take the layout that only the demo uses.
        varied: Draw the table as one plan of very many has it.
    """
    rng = draft.rng
    design = _design(rng, held_out=held_out)
    if varied and in_sections(draft):
        design = replace(design, head="sections")
    family = rng.choices(("helvetica", "times", "courier"), (7, 2, 0.8))[0]
    size = rng.choice((8.5, 9.0, 9.0, 9.5, 10.0)) - (0.8 if family == "courier" else 0)
    sheet = Sheet(family=family, size=size, letter=draft.country.letter)
    y = _HEADS[design.head](sheet, draft, design)
    y = _addresses_and_data(sheet, draft, design, y)
    y = _title_and_greeting(sheet, draft, design, y)
    if varied:
        y = draw_varied_table(sheet, draft, design.margin, y)
    else:
        y = draw_table(sheet, draft, design.margin, y, color=design.color)
    y = _totals(sheet, draft, design, y)
    _payment(sheet, draft, design, y)
    _foot(sheet, draft, design)
    return sheet.pdf(), design.name


def _design(rng: random.Random, *, held_out: bool) -> Design:
    return Design(
        head="ledger" if held_out else rng.choice(("left", "right", "centre", "band", "window", "split")),
        buyer=rng.choice(("plain", "captioned", "boxed")),
        data="sentence" if held_out else rng.choice(("right", "right", "cells", "left", "form")),
        totals=rng.choice(("lines", "boxed", "wide", "bare")),
        foot=rng.choice(("columns", "line", "none", "columns")),
        color=rng.choice(_COLORS),
        margin=rng.choice((42.0, 50.0, 57.0, 64.0)),
        logo=rng.randint(0, 3),
        titled_table=chance(rng, 0.6),
        terms_first=chance(rng, 0.3),
    )


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
        sheet.width - design.margin, 44, _title(draft), size=sheet.size * 2, align="right", color="#ffffff"
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
    sheet.text(design.margin, 62, _title(draft), size=sheet.size * 2.4, bold=True, color=design.color)
    x = sheet.width * 0.58
    sheet.text(x, 44, draft.words["from"], size=sheet.size * 0.85, color="#666666")
    y = sheet.lines(x, 57, [draft.say.bare("seller_name"), *draft.seller_address], bold_first=True)
    return y + 14


def _sections(sheet: Sheet, _draft: Invoice, design: Design) -> float:
    """No letterhead: who sells stands in a section of its own, beside or above who buys."""
    sheet.rule(design.margin, 40, sheet.width - design.margin, 40, color=design.color, width=0.8)
    return 62


def _ledger(sheet: Sheet, draft: Invoice, design: Design) -> float:
    """Everything between rules, as in an account book."""
    right = sheet.width - design.margin
    sheet.rule(design.margin, 40, right, 40, width=1.5)
    sheet.text(design.margin, 56, draft.say.bare("seller_name"), bold=True)
    sheet.text(right, 56, " / ".join(draft.seller_address), align="right")
    sheet.rule(design.margin, 62, right, 62, width=0.5)
    return 90


_HEADS: dict[str, Callable[[Sheet, Invoice, Design], float]] = {
    "left": _left, "right": _right, "centre": _centre, "band": _band, "window": _window, "split": _split,
    "ledger": _ledger, "sections": _sections,
}  # fmt: skip


def _title(draft: Invoice) -> str:
    return draft.words["credit_title" if draft.credit else "title"]


def _data_rows(draft: Invoice, *, number_in_title: bool) -> list[tuple[str, str]]:
    """Return (label, value) of the document's data, in this document's order."""
    say, words = draft.say, draft.words
    head = [] if number_in_title else [(words["number"], say.bare("invoice_number"))]
    head.append((words["date"], say.bare("issue_date")))
    rest = [
        (words[concept], say.bare(field))
        for concept, field in (("delivery", "delivery_date"), ("due", "due_date"))
        if field in say
    ]
    rest += list(draft.extras.items())
    if "currency" in say and chance(draft.rng, 0.5):
        rest.append(({"de": "Währung", "fr": "Devise"}.get(draft.language, "Currency"), say.bare("currency")))
    draft.rng.shuffle(rest)
    rows = head + rest
    if chance(draft.rng, 0.2):
        draft.rng.shuffle(rows)
    return rows


def _addresses_and_data(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    if design.head == "sections":
        below = y = draw_sections(sheet, draft, design.margin, y)
    else:
        below = _buyer(sheet, draft, design, y)
    rows = _data_rows(draft, number_in_title=design.data == "sentence")
    colon = ":" if chance(draft.rng, 0.5) else ""
    match design.data:
        case "right":
            x = sheet.width * draft.rng.choice((0.56, 0.6))
            end = sheet.width - design.margin
            label_y = y
            flush = chance(draft.rng, 0.5)
            for label, value in rows:
                sheet.text(x, label_y, label + colon, color="#333333")
                sheet.text(end if flush else x + 108, label_y, value, align="right" if flush else "left")
                label_y += sheet.size * 1.45
            return max(below, label_y) + 14
        case "left":
            y = below + 12
            for label, value in rows:
                sheet.text(design.margin, y, f"{label}{colon or ':'} {value}")
                y += sheet.size * 1.4
            return y + 10
        case "cells" | "form":
            return _cells(sheet, rows, design, below + 14)
        case _:
            return below + 10


def _cells(sheet: Sheet, rows: list[tuple[str, str]], design: Design, y: float) -> float:
    """Captions above values, side by side, ruled or shaded."""
    across = 4
    width = (sheet.width - 2 * design.margin) / across
    height = sheet.size * 3.3
    for index, (label, value) in enumerate(rows):
        x, top = design.margin + width * (index % across), y + height * (index // across)
        sheet.box(
            x,
            top,
            width,
            height,
            stroke="#888888" if design.data == "form" else None,
            fill=None if design.data == "form" else "#f0f0f0",
        )
        sheet.text(x + 4, top + sheet.size * 1.15, label, size=sheet.size * 0.78, color="#555555")
        sheet.text(x + 4, top + sheet.size * 2.5, value, bold=design.data == "cells")
    return y + height * ((len(rows) - 1) // across + 1) + 20


def _buyer(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    floor = 0.0
    lines = [draft.say.bare("buyer_name"), *draft.buyer_address]
    if design.buyer == "captioned":
        sheet.text(
            design.margin,
            y,
            draft.words["bill_to"] + (":" if chance(draft.rng, 0.4) else ""),
            bold=True,
            size=sheet.size * 0.9,
        )
        y += sheet.size * 1.5
    elif design.buyer == "boxed":
        sheet.box(design.margin - 5, y - sheet.size * 1.3, 220, sheet.size * 6.4, stroke="#777777")
        floor = y + sheet.size * 6.2
    below = sheet.lines(design.margin, y, lines, bold_first=chance(draft.rng, 0.4))
    if "buyer_vat_id" in draft.say:
        below = sheet.lines(
            design.margin, below, [f"{draft.words['buyer_vat_id']}: {draft.say.bare('buyer_vat_id')}"]
        )
    if chance(draft.rng, 0.12):
        below = sheet.lines(
            design.margin,
            below + 6,
            [draft.words["ship_to"], draft.buyer, draft.seller_address[0]],
            size=sheet.size * 0.85,
        )
    return max(below, floor)


def _title_and_greeting(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    if design.data == "sentence":
        joint = {"de": "vom", "fr": "du"}.get(draft.language, "of")
        # Number and day in one line, as letters have them.
        text = f"{_title(draft)} {draft.say.bare('invoice_number')} {joint} {draft.say.bare('issue_date')}"
        sheet.text(design.margin, y + 8, text, bold=True, size=sheet.size * 1.25)
        extra = [
            f"{draft.words[c]}: {draft.say.bare(f)}"
            for c, f in (("delivery", "delivery_date"), ("due", "due_date"))
            if f in draft.say
        ]
        y = sheet.lines(design.margin, y + 24, ["   ".join(extra)]) if extra else y + 20
    elif design.head not in {"band", "split"}:
        sheet.text(design.margin, y + 8, _title(draft), bold=True, size=sheet.size * 1.6, color=design.color)
        y += 26
    if design.terms_first:
        y = (
            sheet.lines(
                design.margin, y + 4, sheet.wrapped(draft.words["greeting"], sheet.width - 2 * design.margin)
            )
            + 4
        )
    return y + 8


def _totals(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    rows = _total_rows(draft)
    needed = len(rows) * sheet.size * 1.7 + 130
    if y + needed > sheet.height:
        sheet.next_page()
        y = 70
    right = sheet.width - design.margin
    left = design.margin if design.totals == "wide" else right - draft.rng.choice((190, 220, 250))
    top = y
    for index, (label, value, strong) in enumerate(rows):
        if strong and design.totals in {"lines", "wide"}:
            sheet.rule(left, y - sheet.size * 1.05, right, y - sheet.size * 1.05)
        sheet.text(left + 4, y, label, bold=strong)
        sheet.text(right - 4, y, value, bold=strong, align="right")
        y += sheet.size * (1.9 if index == len(rows) - 1 else 1.6)
    if design.totals == "boxed":
        sheet.box(left, top - sheet.size * 1.5, right - left, y - top + sheet.size * 0.6, stroke="#555555")
    return y + 14


def _total_rows(draft: Invoice) -> list[tuple[str, str, bool]]:
    say, words, rng = draft.say, draft.words, draft.rng
    rows = [(words["net"], say.bare("net_total"), False)]
    style = rng.choice(("{}%", "{} %"))
    for rate, base, tax in draft.taxes:
        label = words["tax"].format(
            rate=style.format(rate.replace(".", "," if draft.language != "en" else "."))
        )
        if len(draft.taxes) == 1:
            rows.append((label, say.bare("tax_total"), False))
        else:
            on = {"de": "auf", "fr": "sur"}.get(draft.language, "on")
            rows.append((f"{label} {on} {draft.bare(base)}", draft.money(tax), False))
    if len(draft.taxes) > 1 and chance(rng, 0.6):
        rows.append((words["tax_total"], say.bare("tax_total"), False))
    total = words["total"]
    if "currency" in say and chance(rng, 0.6):
        total += f" {say.bare('currency')}" if chance(rng, 0.6) else f" ({say.bare('currency')})"
    rows.append((total, say.bare("grand_total"), True))
    if draft.paid is not None:
        rows.append((words["paid"], draft.money(-draft.paid if chance(rng, 0.5) else draft.paid), False))
    if "due_payable" in say:
        rows.append((words["payable"], say.bare("due_payable"), True))
    return rows


def _payment(sheet: Sheet, draft: Invoice, design: Design, y: float) -> None:
    rng, words, say = draft.rng, draft.words, draft.say
    width = sheet.width - 2 * design.margin
    if "due_date" in say and chance(rng, 0.4):
        field = "due_payable" if "due_payable" in say else "grand_total"
        sentence = words["pay_by"].format(amount=say.bare(field), due=say.bare("due_date"))
    else:
        sentence = words["terms"].format(days=draft.days)
    y = sheet.lines(design.margin, y, sheet.wrapped(sentence, width))
    if not design.terms_first:
        y = sheet.lines(design.margin, y + 3, sheet.wrapped(words["thanks"], width))
    if design.foot != "columns":
        y += 8
        for label, value in draft.bank:
            y = sheet.lines(design.margin, y, [f"{label}: {value}"])
        if "seller_vat_id" in say:
            sheet.lines(design.margin, y, [f"{words['vat_id']}: {say.bare('seller_vat_id')}"])


def _foot(sheet: Sheet, draft: Invoice, design: Design) -> None:
    if design.foot == "none":
        return
    size = sheet.size * 0.78
    y = sheet.height - 62
    sheet.rule(design.margin, y - 12, sheet.width - design.margin, y - 12, width=0.4, color="#777777")
    if design.foot == "line":
        sheet.text(
            sheet.width / 2,
            y,
            f"{draft.seller} · {', '.join(draft.seller_address)}",
            size=size,
            align="middle",
        )
        return
    numbers = (draft.rng.randint(10, 99), draft.rng.randint(100, 999), draft.rng.randint(1000, 9999))
    register = f"{draft.words['tax_number']}: {'/'.join(str(number) for number in numbers)}"
    third = [register]
    if "seller_vat_id" in draft.say:
        third.append(f"{draft.words['vat_id']}: {draft.say.bare('seller_vat_id')}")
    columns = [
        [draft.seller, *draft.seller_address],
        [f"{label}: {value}" for label, value in draft.bank],
        third,
    ]
    across = (sheet.width - 2 * design.margin) / 3
    for index, lines in enumerate(columns):
        sheet.lines(design.margin + across * index, y, lines, size=size)
