"""How the table of one varied invoice looks: its columns, their order, heads, alignment and habits."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from samples.invoice_draft import Invoice
from samples.invoice_items import CENT, Item
from samples.printed import plain
from samples.sample import chance

ORDERS = (
    "pos article description quantity unit price discount rate amount",
    "quantity description rate price amount",
    "pos quantity unit article description price amount",
    "description quantity price discount amount",
    "description price quantity rate amount",
    "article description quantity price rate taxes gross",
    "pos article description price quantity rate amount",
    "article quantity price rate amount description",
    "description amount",
    "pos description amount",
    "quantity article description price discount amount gross",
    "description unit quantity price taxes amount gross",
    "pos description rate quantity unit price amount",
)
"""Columns from left to right; a table leaves some of them out."""

_OPTIONAL = {
    "pos": 0.7,
    "article": 0.5,
    "unit": 0.6,
    "discount": 0.55,
    "rate": 0.6,
    "taxes": 0.5,
    "gross": 0.6,
}
_WIDTHS = {
    "pos": 0.055, "article": 0.12, "quantity": 0.1, "unit": 0.08, "price": 0.12, "discount": 0.09,
    "rate": 0.09, "taxes": 0.1, "gross": 0.12, "amount": 0.13,
}  # fmt: skip
_TELLS = {
    "article": "article_number", "description": "description", "quantity": "quantity", "unit": "unit",
    "price": "unit_price", "rate": "tax_rate", "amount": "net_amount",
}  # fmt: skip


@dataclass(frozen=True)
class PlannedColumn:
    """One column: the lines of its heading, its share of the width, where its cells and heading stand.

    Attributes:
        cell: What it prints of an item and its number.
        tells: The columns of a record that it prints.
        below: What every cell has in further lines; ``#`` stands for a long number.
    """

    name: str
    heading: list[str]
    share: float
    align: str
    head_align: str
    cell: Callable[[Item, int], str]
    tells: tuple[str, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class TablePlan:
    """The habits of one table.

    Attributes:
        stand: Where short cells stand beside a text of several lines: top, middle or bottom.
        lowered: The last column stands this many lines below the others.
        stacked: The article number stands above the description, in one column.
        details: Probability of a line such as ``Serial no.: 4711`` under a description.
        sections: Headings within the table, with sums where ``subtotals`` says so.
        gap: Room between rows, in sizes of type.
        head_stand: Where headings of fewer lines stand beside taller ones.
        asides: Probability of a line of labels and numbers under a row, in columns of its own.
        noise: Small print runs along the left edge of the page.
        preface: A sentence stands between the headings and the first row.
        charges: Lines below the rows tell of rebates and charges on the whole.
        fresh_page: The table begins on a page of its own.
        others: How many more tables stand below, of payments, charges or packages, with their own headings.
        apart: Room before the lines under a description, in sizes of type.
        summed: The totals stand below in the columns of the rows, as if they were some.
        headed: It has headings at all; a letter that lists texts with their amounts has none.
        shifted: How far those lines stand to the right of the description, as a share of the width.
    """

    columns: list[PlannedColumn]
    stand: str
    style: str
    lowered: int
    stacked: bool
    details: float
    sections: bool
    subtotals: bool
    repeat: bool
    carry: str
    bases: bool
    gap: float
    head_stand: str
    asides: float
    noise: bool
    preface: bool
    charges: bool
    fresh_page: bool
    others: int
    apart: float
    shifted: float
    headed: bool
    summed: bool


@functools.cache
def table_words(language: str) -> dict[str, tuple[str, ...]]:
    """Return what tables say in a language, by concept."""
    path = Path(__file__).parent / "wording" / "table.json"
    texts = json.loads(path.read_text(encoding="utf-8"))[language]
    return {concept: tuple(text.split("|")) for concept, text in texts.items()}


def plan_table(draft: Invoice) -> TablePlan:
    """Return a plan that the draft's own source of numbers draws."""
    rng = draft.rng
    names = _names(draft)
    stacked = "price" in names and chance(rng, 0.1 if "article" in names else 0.14)
    headed = "price" in names or chance(rng, 0.6)
    return TablePlan(
        columns=_columns(draft, names, stacked=stacked),
        stand=rng.choices(("top", "middle", "bottom"), (7, 1.5, 1))[0],
        style=rng.choice(("plain", "plain", "ruled", "grid", "lines")),
        lowered=1 if chance(rng, 0.2) and len(names) > 3 else 0,
        stacked=stacked,
        details=rng.choice((0.0, 0.0, 0.35, 0.9)),
        sections=chance(rng, 0.12),
        subtotals=chance(rng, 0.5),
        repeat=chance(rng, 0.65),
        carry=rng.choice(("none", "below", "both")),
        bases=chance(rng, 0.3),
        gap=rng.choice((0.3, 0.5, 0.9, 1.6)),
        head_stand=rng.choice(("bottom", "bottom", "top", "middle")),
        asides=rng.choice((0.0, 0.0, 0.0, 0.4, 0.9)),
        noise=chance(rng, 0.06),
        preface=chance(rng, 0.1),
        charges=chance(rng, 0.12),
        fresh_page=chance(rng, 0.12),
        others=rng.choice((0, 0, 0, 1, 1, 2)),
        apart=rng.choice((0.0, 0.0, 0.4, 1.2)),
        shifted=rng.choice((0.0, 0.0, 0.0, -0.1, 0.05)),
        headed=headed,
        summed=chance(rng, 0.2 if headed else 0.8),
    )


def _names(draft: Invoice) -> list[str]:
    """Return the columns in their order: what is drawn, and what the items make necessary or idle."""
    rng = draft.rng
    order = rng.choice(ORDERS)
    names = [name for name in order.split() if name not in _OPTIONAL or chance(rng, _OPTIONAL[name])]
    discounts = any(item.discount for item in draft.items)
    if not discounts:
        names = [name for name in names if name != "discount"]
    elif "discount" not in names and "price" in names:
        names.insert(names.index("price") + 1, "discount")
    if "amount" not in names and "gross" not in names:
        names.append("amount")
    if len(draft.taxes) > 1 and "rate" not in names and "price" in names:
        names.insert(names.index("price") + 1, "rate")
    if not any(tax for _, _, tax in draft.taxes):
        # Who taxes nothing prints neither a column of taxes nor each amount twice.
        names = [n for n in names if n != "taxes" and (n != "gross" or "amount" not in names)]
    return names


def _columns(draft: Invoice, names: list[str], *, stacked: bool) -> list[PlannedColumn]:
    rng = draft.rng
    language = draft.language
    if chance(rng, 0.16):
        language = rng.choice(("en", "de", "fr", "es", "it", "nl"))
    with_unit = "unit" not in names and chance(rng, 0.45)
    words, cells = table_words(language), _cells(draft, with_unit=with_unit)
    head_align = rng.choice(("same", "same", "left", "middle"))
    numbers = rng.choices(("right", "left", "middle"), (7, 1.6, 1))[0]
    marked = chance(rng, 0.15)
    below = rng.choice(((), (), (), ("#",), ("#", "(GTIN)"), ("#", "#")))
    columns = []
    for name in names:
        heading = rng.choice(words[name])
        if marked and name in {"price", "amount", "gross"}:
            heading += rng.choice((f" {draft.country.currency}", f" in {draft.country.currency}", " €"))
        lines = _broken(rng, heading)
        if name == "article" and below:
            lines += rng.sample(words["article"], 2)[: len(below)]
        if name == "description" and stacked:
            lines = [rng.choice(words["article"]), *lines]
        align = "left" if name in {"pos", "article", "description", "unit"} else numbers
        tells: tuple[str, ...] = (_TELLS[name],) if name in _TELLS else ()
        if name == "quantity" and with_unit:
            tells = ("quantity", "unit")
        # The amount of a row is what the table prints, with tax where it prints no other.
        if name == "gross" and "amount" not in names:
            tells = ("net_amount",)
        if name == "description" and stacked and "article" not in names:
            tells = (*tells, "article_number")
        further = below if name == "article" else ()
        stand = align if head_align == "same" else head_align
        columns.append(
            PlannedColumn(name, lines, _WIDTHS.get(name, 0.0), align, stand, cells[name], tells, further)
        )
    rest = max(0.2, 1 - sum(column.share for column in columns))
    if chance(rng, 0.35):
        rest *= rng.choice((0.3, 0.45, 0.6))
    whole = sum(column.share or rest for column in columns)
    return [_with_share(column, (column.share or rest) / whole) for column in columns]


def _with_share(column: PlannedColumn, share: float) -> PlannedColumn:
    return PlannedColumn(
        column.name, column.heading, share, column.align, column.head_align, column.cell, column.tells,
        column.below,
    )  # fmt: skip


def _broken(rng: random.Random, heading: str) -> list[str]:
    """Return a heading in one line, or in several where it has several words."""
    words = heading.split(" ")
    if len(words) < 2 or chance(rng, 0.5):
        return [heading]
    return [words[0], " ".join(words[1:])]


def _cells(draft: Invoice, *, with_unit: bool) -> dict[str, Callable[[Item, int], str]]:
    rng = draft.rng
    comma = draft.bare(Decimal("1.50"))[1]
    places = rng.choice((0, 0, 0, 0, 2, 4))
    price_places = rng.choice((2, 2, 4))
    money = draft.money if chance(rng, 0.3) else draft.bare
    percent = rng.choice(("{}%", "{} %", "{} %", "{}", "{},0" if comma == "," else "{}.0"))
    first = rng.choice((1, 1, 1, 10))

    def quantity(item: Item, _: int) -> str:
        return _figures(item.quantity, places, comma) + (f" {item.unit}" if with_unit else "")

    def price(item: Item, _: int) -> str:
        if price_places == 2:
            return money(item.price)
        return draft.bare(item.price) + "00"

    def rate(item: Item, _: int) -> str:
        whole = Decimal(item.rate) == int(Decimal(item.rate))
        style = percent if whole else "{} %"
        return style.format(_figures(Decimal(item.rate), 0, comma))

    return {
        "pos": lambda _, number: str(number * first),
        "article": lambda item, _: item.article,
        "description": lambda item, _: item.description,
        "quantity": quantity,
        "unit": lambda item, _: item.unit,
        "price": price,
        "discount": lambda item, _: f"{item.discount} %" if item.discount else "",
        "rate": rate,
        "taxes": lambda item, _: draft.bare(_tax(item)),
        "gross": lambda item, _: money(item.total + _tax(item)),
        "amount": lambda item, _: money(item.total),
    }


def _figures(value: Decimal, least: int, comma: str) -> str:
    text = f"{value:.{least}f}" if least else f"{value.normalize():f}"
    return text.replace(".", comma)


def _tax(item: Item) -> Decimal:
    return (item.total * Decimal(item.rate) / 100).quantize(CENT, ROUND_HALF_UP)


def truth_of(plan: TablePlan, item: Item) -> dict[str, str]:
    """Return what the table prints of an item, in normal form."""
    shows_net = any(column.name == "amount" for column in plan.columns)
    known = {
        "article_number": item.article,
        "description": item.description,
        "quantity": f"{item.quantity.normalize():f}",
        "unit": item.unit,
        "unit_price": plain(item.price),
        "tax_rate": f"{Decimal(item.rate).normalize():f}",
        "net_amount": plain(item.total if shows_net else item.total + _tax(item)),
    }
    printed = {name for column in plan.columns for name in column.tells}
    return {name: value for name, value in known.items() if name in printed}
