"""Small bills with labelled rows, laid out in many ways: what a table reader is trained on in tests."""

from __future__ import annotations

import random
from collections.abc import Sequence

from doctypes.definition import FieldSpec
from inference.labelled.documents import LabelledDocument, TableLabel
from schemas.fields import FieldKind
from tests.unit.inference.layouts import Row, document_of

SPEC = FieldSpec(
    name="lines",
    title="Lines",
    description="One row per item.",
    kind=FieldKind.ROWS,
    columns=(
        FieldSpec(
            name="what", title="Item", description="", kind=FieldKind.TEXT, required=True, comparator="fuzzy"
        ),
        FieldSpec(name="count", title="Count", description="", kind=FieldKind.NUMBER),
        FieldSpec(name="unit", title="Unit", description="", kind=FieldKind.TEXT),
        FieldSpec(name="price", title="Price", description="", kind=FieldKind.MONEY),
        FieldSpec(
            name="sum", title="Sum", description="", kind=FieldKind.MONEY, required=True, critical=True
        ),
    ),
)  # fmt: skip
_HEADS = {
    "what": ("Description", "Item", "Goods"),
    "count": ("Quantity", "Qty", "Units"),
    "price": ("Unit price", "Price", "Rate"),
    "sum": ("Amount", "Total", "Net amount"),
}
_GOODS = (
    "Stainless bolts M8",
    "Oak desk",
    "Hire of scaffolding",
    "Filter coffee",
    "Safety gloves",
    "Garden soil",
)
_MORE = ("A2, box of 50", "for the site in Leeds", "in two colours, as agreed", "second delivery")
_ORDERS = (
    ("what", "count", "price", "sum"),
    ("count", "what", "price", "sum"),
    ("what", "price", "count", "sum"),
)
_LETTERHEAD: tuple[Row, ...] = (
    [(100, "Brandt Tools Ltd")],
    [(100, "12 Mill Lane, Leeds LS2 9JT")],
    [(100, "Invoice 2024-117"), (600, "Date: 3 May 2024")],
    [(100, "For work carried out as agreed:")],
)


def bills(count: int) -> list[LabelledDocument]:
    """Return labelled bills, every seventh of which is a letter without a table."""
    return [_letter(n) if n % 7 == 6 else _bill(n) for n in range(count)]


def _letter(number: int) -> LabelledDocument:
    rows: list[Row] = [
        *_LETTERHEAD,
        [(100, "We charge our flat fee.")],
        [(620, "Total"), (-900, f"{number}40.00")],
    ]
    return _labelled(number, [rows], ())


def _labelled(number: int, pages: list[list[Row]], rows: tuple[dict[str, str], ...]) -> LabelledDocument:
    names = frozenset(SPEC.column_names)
    return LabelledDocument(
        f"bill/{number:03d}", document_of(*pages), {}, generated=True, set_name="bill",
        tables={"lines": TableLabel(rows, names)},
    )  # fmt: skip


def _bill(number: int) -> LabelledDocument:
    rng = random.Random(number)
    order = rng.choice(_ORDERS)
    with_unit, left, wraps = rng.random() < 0.4, rng.random() < 0.4, rng.random() < 0.5
    places = _places(order)
    head: Row = [(_edge(places[name], name, left), rng.choice(_HEADS[name])) for name in order]
    truth: list[dict[str, str]] = []
    pages: list[list[Row]] = [[*_LETTERHEAD, head]]
    total = 0.0
    for n in range(rng.randint(1, 9)):
        if n == 5 and rng.random() < 0.6:
            pages[-1].append([(620, "Carried forward"), (-900, f"{total:.2f}")])
            pages.append([head])
        pieces, price = rng.randint(1, 60), rng.randint(20, 30_000) / 100
        cells = {
            "what": rng.choice(_GOODS),
            "count": f"{pieces} pcs" if with_unit else f"{pieces}",
            "price": f"{price:.2f}",
            "sum": f"{pieces * price:.2f}",
        }
        more = f"{rng.choice(_MORE)}" if wraps and rng.random() < 0.5 else ""
        if more:
            cells["what"] += ","
        pages[-1].append([(_edge(places[name], name, left=False), cells[name]) for name in order])
        if more:
            pages[-1].append([(places["what"], more)])
        row = {**cells, "count": f"{pieces}", "what": f"{cells['what']} {more}".strip()}
        truth.append({**row, "unit": "pcs"} if with_unit else row)
        total += round(pieces * price, 2)
    tax = round(total * 0.2, 2)
    for label, amount in (("Subtotal", total), ("VAT 20%", tax), ("Total", total + tax)):
        pages[-1].append([(620, label), (-900, f"{amount:.2f}")])
    pages[-1].append([(100, "Payment within 14 days of the invoice date.")])
    return _labelled(number, pages, tuple(truth))


def _places(order: Sequence[str]) -> dict[str, int]:
    """Return where each column ends, the one of texts where it begins."""
    if order[0] == "count":
        return {"count": 180, "what": 220, "price": 720, "sum": 900}
    ends = dict(zip((name for name in order if name not in {"what", "sum"}), (560, 720), strict=True))
    return {"what": 100, **ends, "sum": 900}


def _edge(place: int, name: str, left: bool) -> int:
    """Return where a cell stands: texts begin at their place, numbers end there, headings may stand left."""
    return place if name == "what" else max(place - 100, 100) if left else -place
