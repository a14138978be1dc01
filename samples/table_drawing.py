"""Drawing the table of a varied invoice, over as many pages as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from samples.invoice_items import Item
from samples.invoices import Invoice
from samples.sample import chance
from samples.sheet import Sheet
from samples.table_plan import PlannedColumn, TablePlan, plan_table, table_words, truth_of

_LINE = 1.25
_TOP = 62.0
_FOOT = 100.0


@dataclass
class _Pen:
    """Where a table is being drawn."""

    sheet: Sheet
    draft: Invoice
    plan: TablePlan
    margin: float
    y: float

    @property
    def width(self) -> float:
        """Return how wide the table is."""
        wide: float = self.sheet.width - 2 * self.margin
        return wide

    @property
    def step(self) -> float:
        """Return the distance of two lines."""
        return self.sheet.size * _LINE

    def words(self, concept: str) -> str:
        """Return one of the texts for a concept."""
        return str(self.draft.rng.choice(table_words(self.draft.language)[concept]))


def draw_varied_table(sheet: Sheet, draft: Invoice, margin: float, y: float) -> float:
    """Draw the items of an invoice as a plan of its own has it; returns where the totals may begin."""
    plan = plan_table(draft)
    pen = _Pen(sheet, draft, plan, margin, y)
    if chance(draft.rng, 0.04):
        return _prose(pen)
    draft.rows = [truth_of(plan, item) for item in draft.items]
    if plan.fresh_page:
        sheet.next_page()
        pen.y = _TOP
    if plan.noise:
        _noise(pen)
    if plan.headed:
        _headings(pen)
    if plan.preface:
        pen.y = (
            sheet.lines(margin, pen.y, sheet.wrapped(draft.words["greeting"], pen.width)) + sheet.size * 0.6
        )
    carried, section = Decimal(0), Decimal(0)
    for number, item in enumerate(draft.items, start=1):
        if plan.sections and number % 4 == 1:
            _section(pen, section if number > 1 else None)
            section = Decimal(0)
        _item(pen, item, number, carried)
        carried += item.total
        section += item.total
    if plan.style != "plain":
        sheet.rule(margin, pen.y - sheet.size * 0.8, margin + pen.width, pen.y - sheet.size * 0.8, width=0.5)
    _below(pen)
    return pen.y + sheet.size


def _below(pen: _Pen) -> None:
    """Draw what stands below the rows and looks like some."""
    plan = pen.plan
    if plan.summed:
        _sums(pen)
    pen.y += pen.sheet.size * 0.9
    if plan.charges:
        _aside(pen)
        _aside(pen)
    if plan.bases:
        _bases(pen)
    for _ in range(plan.others):
        _other(pen)


def _prose(pen: _Pen) -> float:
    """Write what is billed as a sentence: such an invoice has no table."""
    pen.draft.rows = []
    text = pen.words("prose")
    below: float = pen.sheet.lines(pen.margin, pen.y, pen.sheet.wrapped(text, pen.width))
    return below + 14


def _headings(pen: _Pen) -> None:
    sheet, plan = pen.sheet, pen.plan
    bold = plan.style != "lines"
    heads = [_fitting(pen, column, bold=bold) for column in plan.columns]
    tall = max(len(head) for head in heads)
    x = pen.margin
    for column, head in zip(plan.columns, heads, strict=True):
        wide = pen.width * column.share
        low = {"top": 0.0, "middle": (tall - len(head)) / 2}.get(plan.head_stand, float(tall - len(head)))
        for line, text in enumerate(head):
            _put(sheet, x, wide, pen.y + (low + line) * pen.step, text, column.head_align, bold=bold)
        x += wide
    pen.y += tall * pen.step + sheet.size * (0.3 + pen.plan.gap / 2)
    if plan.style in {"ruled", "grid"}:
        sheet.rule(pen.margin, pen.y - pen.step, pen.margin + pen.width, pen.y - pen.step)


def _fitting(pen: _Pen, column: PlannedColumn, *, bold: bool) -> list[str]:
    """Return a heading's lines, broken further where the column is too narrow for them."""
    room = pen.width * column.share - 14
    return [
        part for line in column.heading for part in pen.sheet.wrapped(line, room, bold=bold) if part.strip()
    ]


def _put(
    sheet: Sheet, x: float, width: float, y: float, text: str, align: str, *, bold: bool = False
) -> None:
    place = {"left": x + 8, "right": x + width - 6}.get(align, x + width / 2)
    size = sheet.size
    while size > 4.5 and sheet.measure(text, size=size, bold=bold) > width - 14:
        size -= 0.25
    sheet.text(place, y, text, align=align, bold=bold, size=size)


def _described(pen: _Pen, item: Item, width: float) -> tuple[list[str], int]:
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


def _code(pen: _Pen, item: Item) -> str:
    """Return what stands above a description: the article number, or another where that has a column."""
    if not any(column.name == "article" for column in pen.plan.columns):
        return item.article
    rng = pen.draft.rng
    return f"{rng.choice(('K', 'ZR', 'B-', 'MX '))}{rng.randint(100, 99999)}"


def _item(pen: _Pen, item: Item, number: int, carried: Decimal) -> None:
    sheet, plan = pen.sheet, pen.plan
    wide = next(column for column in plan.columns if column.name == "description")
    lines, own = _described(pen, item, pen.width * wide.share)
    others = max(1 + len(column.below) for column in plan.columns)
    tall = max(len(lines), 1 + plan.lowered, others)
    room = plan.apart * sheet.size if len(lines) > own else 0.0
    if pen.y + tall * pen.step + room > sheet.height - _FOOT:
        _next_page(pen, carried)
    shift = {"top": 0.0, "middle": (own - 1) / 2, "bottom": float(own - 1)}[plan.stand] * pen.step
    x = pen.margin
    for place, column in enumerate(plan.columns):
        width = pen.width * column.share
        if column is wide:
            for line, text in enumerate(lines):
                more = line >= own
                left = max(x + more * plan.shifted * pen.width, pen.margin)
                _put(sheet, left, width, pen.y + line * pen.step + more * room, text, "left")
        else:
            lowered = plan.lowered * pen.step if place == len(plan.columns) - 1 else 0.0
            _put(sheet, x, width, pen.y + shift + lowered, column.cell(item, number), column.align)
            for line, text in enumerate(column.below, start=1):
                shown = text.replace("#", str(pen.draft.rng.randint(10**9, 10**13)))
                _put(sheet, x, width, pen.y + shift + line * pen.step, shown, column.align)
        x += width
    pen.y += tall * pen.step + room
    while chance(pen.draft.rng, plan.asides / 2):
        _aside(pen)
    pen.y += sheet.size * plan.gap
    if plan.style in {"grid", "lines"}:
        level = pen.y - sheet.size * (1 + plan.gap / 2)
        sheet.rule(pen.margin, level, pen.margin + pen.width, level, width=0.3, color="#999999")


def _aside(pen: _Pen) -> None:
    """Write labels and numbers side by side that are no row: rebates, bases, prices before them."""
    rng, sheet = pen.draft.rng, pen.sheet
    if pen.y + pen.step > sheet.height - _FOOT:
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


def _noise(pen: _Pen) -> None:
    for line, text in enumerate(("Form", "2013", "e.V.", "12/24", "Rev. 3", "AG 2") * 4):
        pen.sheet.text(8, 300 + line * 17, text, size=5)


def _next_page(pen: _Pen, carried: Decimal) -> None:
    if pen.plan.carry != "none":
        _sum(pen, pen.words("carried"), carried)
    pen.sheet.next_page()
    pen.y = _TOP
    if pen.plan.repeat and pen.plan.headed:
        _headings(pen)
    if pen.plan.carry == "both":
        _sum(pen, pen.words("brought"), carried)


def _section(pen: _Pen, total: Decimal | None) -> None:
    if total is not None and pen.plan.subtotals:
        _sum(pen, pen.words("subtotal"), total)
    pen.sheet.text(pen.margin + 3, pen.y, pen.words("sections"), bold=True)
    pen.y += pen.step + pen.sheet.size * 0.3


def _sum(pen: _Pen, label: str, amount: Decimal) -> None:
    right = pen.sheet.width - pen.margin - 4
    if chance(pen.draft.rng, 0.5):
        pen.sheet.text(right, pen.y, f"{label} {pen.draft.bare(amount)}", align="right")
    else:
        pen.sheet.text(pen.margin + pen.width * 0.45, pen.y, label)
        pen.sheet.text(right, pen.y, pen.draft.bare(amount), align="right")
    pen.y += pen.step + pen.sheet.size * 0.3


def _other(pen: _Pen) -> None:
    """Draw a small table with headings of its own: what is charged, paid or packed besides."""
    sheet, draft, rng = pen.sheet, pen.draft, pen.draft.rng
    heads = pen.words("others").split(";")
    count = rng.randint(1, 4)
    if pen.y + (count + 3) * pen.step > sheet.height - _FOOT:
        return
    wide = pen.width / len(heads)
    pen.y += sheet.size * rng.choice((0.5, 1.5))
    for place, head in enumerate(heads):
        _put(sheet, pen.margin + place * wide, wide, pen.y, head, "right" if place else "left")
    pen.y += pen.step * 1.2
    for _ in range(count):
        for place, head in enumerate(heads):
            value = rng.choice(draft.items).price
            text = pen.words("details") if not place else draft.bare(value)
            if "%" in head:
                text = str(rng.choice((2, 3, 7, 19, 20)))
            elif place and chance(rng, 0.12):
                text = ""
            _put(sheet, pen.margin + place * wide, wide, pen.y, text, "right" if place else "left")
        pen.y += pen.step * 1.15
    pen.y += sheet.size * 0.6


def _sums(pen: _Pen) -> None:
    """Draw the totals in the columns of description and amount: they look like rows and are none."""
    sheet, draft, columns = pen.sheet, pen.draft, pen.plan.columns
    if pen.y + 4 * pen.step > sheet.height - _FOOT:
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
                _put(sheet, x, width, pen.y, draft.money(amount), column.align)
            x += width
        pen.y += pen.step + sheet.size * pen.plan.gap / 2


def _bases(pen: _Pen) -> None:
    """Draw the table of what is taxed at which rate: it looks like one of items and is none."""
    sheet, draft = pen.sheet, pen.draft
    if pen.y + (len(draft.taxes) + 3) * pen.step > sheet.height - _FOOT:
        return
    heads = pen.words("bases").split(";")
    wide = pen.width / (len(heads) + chance(draft.rng, 0.5))
    rows = [heads]
    for rate, base, tax in draft.taxes:
        cells = [f"{rate.replace('.', ',')} %", draft.bare(base), draft.bare(tax), draft.bare(base + tax)]
        rows.append(cells[: len(heads)])
    for row in rows:
        for place, text in enumerate(row):
            _put(sheet, pen.margin + place * wide, wide, pen.y, text, "right" if place else "left")
        pen.y += pen.step * 1.15
    pen.y += sheet.size * 0.6
