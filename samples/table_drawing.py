"""Drawing the table of a varied invoice, over as many pages as it takes."""

from __future__ import annotations

from decimal import Decimal

from samples.invoice_draft import Invoice
from samples.invoice_items import Item
from samples.sample import chance
from samples.sheet import Sheet
from samples.table_besides import draw_aside, draw_below, draw_noise, draw_prose, draw_section, draw_sum
from samples.table_pen import FOOT, TOP, Pen, put
from samples.table_plan import PlannedColumn, plan_table, truth_of


def draw_varied_table(sheet: Sheet, draft: Invoice, margin: float, y: float) -> float:
    """Draw the items of an invoice as a plan of its own has it; returns where the totals may begin."""
    plan = plan_table(draft)
    pen = Pen(sheet, draft, plan, margin, y)
    if chance(draft.rng, 0.04):
        return draw_prose(pen)
    draft.rows = [truth_of(plan, item) for item in draft.items]
    if plan.fresh_page:
        sheet.next_page()
        pen.y = TOP
    if plan.noise:
        draw_noise(pen)
    if plan.headed:
        _headings(pen)
    if plan.preface:
        pen.y = (
            sheet.lines(margin, pen.y, sheet.wrapped(draft.words["greeting"], pen.width)) + sheet.size * 0.6
        )
    carried, section = Decimal(0), Decimal(0)
    for number, item in enumerate(draft.items, start=1):
        if plan.sections and number % 4 == 1:
            draw_section(pen, section if number > 1 else None)
            section = Decimal(0)
        _item(pen, item, number, carried)
        carried += item.total
        section += item.total
    if plan.style != "plain":
        sheet.rule(margin, pen.y - sheet.size * 0.8, margin + pen.width, pen.y - sheet.size * 0.8, width=0.5)
    draw_below(pen)
    return pen.y + sheet.size


def _headings(pen: Pen) -> None:
    sheet, plan = pen.sheet, pen.plan
    bold = plan.style != "lines"
    heads = [_fitting(pen, column, bold=bold) for column in plan.columns]
    tall = max(len(head) for head in heads)
    x = pen.margin
    for column, head in zip(plan.columns, heads, strict=True):
        wide = pen.width * column.share
        low = {"top": 0.0, "middle": (tall - len(head)) / 2}.get(plan.head_stand, float(tall - len(head)))
        for line, text in enumerate(head):
            put(sheet, x, wide, pen.y + (low + line) * pen.step, text, column.head_align, bold=bold)
        x += wide
    pen.y += tall * pen.step + sheet.size * (0.3 + pen.plan.gap / 2)
    if plan.style in {"ruled", "grid"}:
        sheet.rule(pen.margin, pen.y - pen.step, pen.margin + pen.width, pen.y - pen.step)


def _fitting(pen: Pen, column: PlannedColumn, *, bold: bool) -> list[str]:
    """Return a heading's lines, broken further where the column is too narrow for them."""
    room = pen.width * column.share - 14
    return [
        part for line in column.heading for part in pen.sheet.wrapped(line, room, bold=bold) if part.strip()
    ]


def _described(pen: Pen, item: Item, width: float) -> tuple[list[str], int]:
    """Return the lines of a description, and how many of them are the description itself."""
    plan = pen.plan
    lines = [_code(pen, item)] if plan.stacked else []
    lines += pen.sheet.wrapped(item.description, width - 14)
    own = len(lines)
    rng = pen.draft.rng
    while chance(rng, plan.details) and len(lines) < own + 3:
        value = rng.choice(
            (f"{rng.randint(1000, 99999)}", pen.draft.bare(item.price), item.unit, "EU", "12/24")
        )
        lines.append(f"{pen.words('details')}{rng.choice((': ', ' : ', ' '))}{value}")
    return lines, own


def _code(pen: Pen, item: Item) -> str:
    """Return what stands above a description: the article number, or another where that has a column."""
    if not any(column.name == "article" for column in pen.plan.columns):
        return item.article
    rng = pen.draft.rng
    return f"{rng.choice(('K', 'ZR', 'B-', 'MX '))}{rng.randint(100, 99999)}"


def _item(pen: Pen, item: Item, number: int, carried: Decimal) -> None:
    sheet, plan = pen.sheet, pen.plan
    wide = next(column for column in plan.columns if column.name == "description")
    lines, own = _described(pen, item, pen.width * wide.share)
    others = max(1 + len(column.below) for column in plan.columns)
    tall = max(len(lines), 1 + plan.lowered, others)
    room = plan.apart * sheet.size if len(lines) > own else 0.0
    if pen.y + tall * pen.step + room > sheet.height - FOOT:
        _next_page(pen, carried)
    shift = {"top": 0.0, "middle": (own - 1) / 2, "bottom": float(own - 1)}[plan.stand] * pen.step
    x = pen.margin
    for place, column in enumerate(plan.columns):
        width = pen.width * column.share
        if column is wide:
            for line, text in enumerate(lines):
                more = line >= own
                left = max(x + more * plan.shifted * pen.width, pen.margin)
                put(sheet, left, width, pen.y + line * pen.step + more * room, text, "left")
        else:
            lowered = plan.lowered * pen.step if place == len(plan.columns) - 1 else 0.0
            put(sheet, x, width, pen.y + shift + lowered, column.cell(item, number), column.align)
            for line, text in enumerate(column.below, start=1):
                shown = text.replace("#", str(pen.draft.rng.randint(10**9, 10**13)))
                put(sheet, x, width, pen.y + shift + line * pen.step, shown, column.align)
        x += width
    pen.y += tall * pen.step + room
    while chance(pen.draft.rng, plan.asides / 2):
        draw_aside(pen)
    pen.y += sheet.size * plan.gap
    if plan.style in {"grid", "lines"}:
        level = pen.y - sheet.size * (1 + plan.gap / 2)
        sheet.rule(pen.margin, level, pen.margin + pen.width, level, width=0.3, color="#999999")


def _next_page(pen: Pen, carried: Decimal) -> None:
    if pen.plan.carry != "none":
        draw_sum(pen, pen.words("carried"), carried)
    pen.sheet.next_page()
    pen.y = TOP
    if pen.plan.repeat and pen.plan.headed:
        _headings(pen)
    if pen.plan.carry == "both":
        draw_sum(pen, pen.words("brought"), carried)
