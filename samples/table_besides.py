"""What stands among and below the rows of a varied invoice and is none: asides, sums, other tables."""

from __future__ import annotations

from decimal import Decimal

from samples.sample import chance
from samples.table_pen import FOOT, Pen, put


def draw_prose(pen: Pen) -> float:
    """Write what is billed as a sentence: such an invoice has no table."""
    pen.draft.rows = []
    text = pen.words("prose")
    below: float = pen.sheet.lines(pen.margin, pen.y, pen.sheet.wrapped(text, pen.width))
    return below + 14


def draw_noise(pen: Pen) -> None:
    """Write small print along the left edge of the page."""
    for line, text in enumerate(("Form", "2013", "e.V.", "12/24", "Rev. 3", "AG 2") * 4):
        pen.sheet.text(8, 300 + line * 17, text, size=5)


def draw_aside(pen: Pen) -> None:
    """Write labels and numbers side by side that are no row: rebates, bases, prices before them."""
    rng, sheet = pen.draft.rng, pen.sheet
    if pen.y + pen.step > sheet.height - FOOT:
        return
    x = pen.margin + pen.width * rng.choice((0.0, 0.12, 0.25))
    for _ in range(rng.randint(1, 3)):
        value = pen.draft.bare(rng.choice(pen.draft.items).price)
        shown = rng.choice((f"{rng.randint(1, 12)} %", value, f"-{value}", f"{rng.randint(1, 40)}"))
        label = f"{pen.words('details')}{rng.choice((':', ' :', ''))}"
        sheet.text(x, pen.y, label)
        x += sheet.measure(label) + sheet.size * rng.choice((0.4, 1.5))
        sheet.text(x, pen.y, shown)
        x += sheet.measure(shown) + sheet.size * rng.choice((1.5, 3))
        if x > sheet.width - pen.margin - 90:
            break
    pen.y += pen.step


def draw_section(pen: Pen, total: Decimal | None) -> None:
    """Write a heading within the table, below the sum of the section before it."""
    if total is not None and pen.plan.subtotals:
        draw_sum(pen, pen.words("subtotal"), total)
    pen.sheet.text(pen.margin + 3, pen.y, pen.words("sections"), bold=True)
    pen.y += pen.step + pen.sheet.size * 0.3


def draw_sum(pen: Pen, label: str, amount: Decimal) -> None:
    """Write an amount that sums rows, with its label."""
    right = pen.sheet.width - pen.margin - 4
    if chance(pen.draft.rng, 0.5):
        pen.sheet.text(right, pen.y, f"{label} {pen.draft.bare(amount)}", align="right")
    else:
        pen.sheet.text(pen.margin + pen.width * 0.45, pen.y, label)
        pen.sheet.text(right, pen.y, pen.draft.bare(amount), align="right")
    pen.y += pen.step + pen.sheet.size * 0.3


def draw_below(pen: Pen) -> None:
    """Draw what stands below the rows and looks like some."""
    plan = pen.plan
    if plan.summed:
        _sums(pen)
    pen.y += pen.sheet.size * 0.9
    if plan.charges:
        draw_aside(pen)
        draw_aside(pen)
    if plan.bases:
        _bases(pen)
    for _ in range(plan.others):
        _other(pen)


def _sums(pen: Pen) -> None:
    """Draw the totals in the columns of description and amount: they look like rows and are none."""
    sheet, draft, columns = pen.sheet, pen.draft, pen.plan.columns
    if pen.y + 4 * pen.step > sheet.height - FOOT:
        return
    net = sum((base for _, base, _ in draft.taxes), Decimal(0))
    tax = sum((amount for _, _, amount in draft.taxes), Decimal(0))
    rate = f"{draft.taxes[0][0]} %"
    sums = [(draft.words["net"], net), (draft.words["tax"].format(rate=rate), tax)]
    for label, amount in [*sums, (draft.words["total"], net + tax)]:
        x = pen.margin
        for column in columns:
            width = pen.width * column.share
            if column.name == "description":
                sheet.text(x + 8, pen.y, label)
            if column is columns[-1] and column.name != "description":
                put(sheet, x, width, pen.y, draft.money(amount), column.align)
            x += width
        pen.y += pen.step + sheet.size * pen.plan.gap / 2


def _other(pen: Pen) -> None:
    """Draw a small table with headings of its own: what is charged, paid or packed besides."""
    sheet, draft, rng = pen.sheet, pen.draft, pen.draft.rng
    heads = pen.words("others").split(";")
    count = rng.randint(1, 4)
    if pen.y + (count + 3) * pen.step > sheet.height - FOOT:
        return
    wide = pen.width / len(heads)
    pen.y += sheet.size * rng.choice((0.5, 1.5))
    for place, head in enumerate(heads):
        put(sheet, pen.margin + place * wide, wide, pen.y, head, "right" if place else "left")
    pen.y += pen.step * 1.2
    for _ in range(count):
        for place, head in enumerate(heads):
            value = rng.choice(draft.items).price
            text = pen.words("details") if not place else draft.bare(value)
            if "%" in head:
                text = str(rng.choice((2, 3, 7, 19, 20)))
            elif place and chance(rng, 0.12):
                text = ""
            put(sheet, pen.margin + place * wide, wide, pen.y, text, "right" if place else "left")
        pen.y += pen.step * 1.15
    pen.y += sheet.size * 0.6


def _bases(pen: Pen) -> None:
    """Draw the table of what is taxed at which rate: it looks like one of items and is none."""
    sheet, draft = pen.sheet, pen.draft
    if pen.y + (len(draft.taxes) + 3) * pen.step > sheet.height - FOOT:
        return
    heads = pen.words("bases").split(";")
    wide = pen.width / (len(heads) + chance(draft.rng, 0.5))
    rows = [heads]
    for rate, base, tax in draft.taxes:
        cells = [f"{rate.replace('.', ',')} %", draft.bare(base), draft.bare(tax), draft.bare(base + tax)]
        rows.append(cells[: len(heads)])
    for row in rows:
        for place, text in enumerate(row):
            put(sheet, pen.margin + place * wide, wide, pen.y, text, "right" if place else "left")
        pen.y += pen.step * 1.15
    pen.y += sheet.size * 0.6
