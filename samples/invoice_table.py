"""The table of an invoice's lines: columns in any order, over as many pages as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from samples.invoice_draft import Invoice
from samples.invoice_items import Item
from samples.printed import plain
from samples.sample import chance
from samples.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its share of the width, and what it prints of an item (None: its number).

    Attributes:
        tells: The columns of a record that it prints: two, where a quantity has its unit beside it.
    """

    heading: str
    share: float
    right: bool
    cell: Callable[[Item], str] | None
    tells: tuple[str, ...] = ()


def draw_table(sheet: Sheet, draft: Invoice, margin: float, y: float, *, color: str) -> float:
    """Draw the lines from ``y`` on; returns where the totals may begin."""
    rng = draft.rng
    columns = _columns(draft)
    style = rng.choice(("filled", "ruled", "grid", "zebra", "plain"))
    repeat = chance(rng, 0.7)
    width = sheet.width - 2 * margin
    y = _headings(sheet, columns, margin, width, y, style, color)
    carried = Decimal(0)
    draft.rows = [_truth(columns, item) for item in draft.items]
    for number, item in enumerate(draft.items, start=1):
        texts = [column.cell(item) if column.cell else str(number) for column in columns]
        wide = max(range(len(columns)), key=lambda i: columns[i].share)
        lines = sheet.wrapped(texts[wide], width * columns[wide].share - 8)
        height = len(lines) * sheet.size * 1.25 + sheet.size * 0.55
        if y + height > sheet.height - 95:
            sheet.text(
                sheet.width - margin - 4,
                y + 4,
                f"{draft.words['carried']} {draft.bare(carried)}",
                align="right",
            )
            sheet.next_page()
            y = _headings(sheet, columns, margin, width, 60, style, color) if repeat else 60
        _row(sheet, columns, texts, wide, lines, margin, width, y, height, style, shaded=number % 2 == 0)
        carried += item.total
        y += height
    if style in {"ruled", "filled", "plain"}:
        sheet.rule(margin, y - sheet.size * 0.9, margin + width, y - sheet.size * 0.9, width=0.5)
    return y + sheet.size * 1.4


def _columns(draft: Invoice) -> list[Column]:
    rng, words = draft.rng, draft.words

    def rate(item: Item) -> str:
        return f"{item.rate.replace('.', ',') if draft.language != 'en' else item.rate}%"

    def quantity(item: Item) -> str:
        text = f"{item.quantity.normalize():f}"
        return text if draft.language == "en" else text.replace(".", ",")

    with_unit = chance(rng, 0.5)
    columns = []
    if chance(rng, 0.55):
        columns.append(Column(words["pos"], 0.06, False, None))
    if chance(rng, 0.4):
        columns.append(Column(words["article"], 0.11, False, lambda item: item.article, ("article_number",)))
    columns.append(Column(words["description"], 0.0, False, lambda item: item.description, ("description",)))
    numbers = [
        Column(words["quantity"], 0.11, True,
               lambda item: quantity(item) + (f" {item.unit}" if with_unit else ""),
               ("quantity", "unit") if with_unit else ("quantity",)),
        Column(words["price"], 0.14, True, lambda item: draft.bare(item.price), ("unit_price",)),
    ]  # fmt: skip
    if chance(rng, 0.15):
        numbers.reverse()
    columns += numbers
    if chance(rng, 0.5) or len(draft.taxes) > 1:
        columns.append(Column(words["rate"], 0.1, True, rate, ("tax_rate",)))
    total = Column(words["amount"], 0.15, True, lambda item: draft.bare(item.total), ("net_amount",))
    columns.append(total)
    rest = 1 - sum(column.share for column in columns)
    return [replace(column, share=column.share or rest) for column in columns]


def _truth(columns: list[Column], item: Item) -> dict[str, str]:
    """Return what the columns print of an item, in normal form."""
    known = {
        "article_number": item.article,
        "description": item.description,
        "quantity": f"{item.quantity.normalize():f}",
        "unit": item.unit,
        "unit_price": plain(item.price),
        "tax_rate": f"{Decimal(item.rate).normalize():f}",
        "net_amount": plain(item.total),
    }
    printed = {name for column in columns for name in column.tells}
    return {name: value for name, value in known.items() if name in printed}


def _headings(
    sheet: Sheet, columns: list[Column], margin: float, width: float, y: float, style: str, color: str
) -> float:
    height = sheet.size * 1.9
    if style in {"filled", "zebra"}:
        sheet.box(margin, y, width, height, fill=color)
    x = margin
    for column in columns:
        ink = "#ffffff" if style in {"filled", "zebra"} else "#000000"
        _cell(
            sheet,
            x,
            width * column.share,
            y + sheet.size * 1.3,
            column.heading,
            column.right,
            bold=True,
            color=ink,
        )
        if style == "grid":
            sheet.box(x, y, width * column.share, height, stroke="#777777")
        x += width * column.share
    if style in {"ruled", "plain"}:
        sheet.rule(margin, y + height - 2, margin + width, y + height - 2, width=0.8)
    return y + height + sheet.size * 1.1


def _row(
    sheet: Sheet, columns: list[Column], texts: list[str], wide: int, lines: list[str], margin: float,
    width: float, y: float, height: float, style: str, *, shaded: bool,
) -> None:  # fmt: skip
    if style == "zebra" and shaded:
        sheet.box(margin, y - sheet.size, width, height, fill="#eeeeee")
    x = margin
    for index, column in enumerate(columns):
        for line, text in enumerate(lines if index == wide else [texts[index]]):
            _cell(sheet, x, width * column.share, y + line * sheet.size * 1.25, text, column.right)
        if style == "grid":
            sheet.box(x, y - sheet.size * 1.1, width * column.share, height, stroke="#999999")
        x += width * column.share


def _cell(
    sheet: Sheet,
    x: float,
    width: float,
    y: float,
    text: str,
    right: bool,
    *,
    bold: bool = False,
    color: str = "#000000",
) -> None:
    sheet.text(
        x + width - 4 if right else x + 4, y, text, bold=bold, align="right" if right else "left", color=color
    )
