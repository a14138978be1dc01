"""Small made-up receipts: enough to learn from in a second, on any machine."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from doctypes.definition import DocType, FieldSpec
from inference.extractor.training import Trained, train
from inference.labelled.documents import LabelledDocument
from inference.reading.blocks import from_block
from schemas.fields import FieldKind
from schemas.layout_block import BlockBox, BlockLine, BlockPage, LayoutBlock, format_block

MakeBlock = Callable[[int], tuple[LayoutBlock, dict[str, tuple[str, ...]]]]

_NAMES = ("Corner", "Golden", "Harbour", "Willow", "Copper", "Lantern", "Maple", "Bridge", "Anchor", "Meadow")
_TRADES = ("Bakery", "Hardware", "Books", "Pharmacy", "Tea House")


def block_of(rows: list[list[str]]) -> LayoutBlock:
    """Return a one-page block: rows of cells, evenly spread."""
    lines: list[BlockLine] = []
    for number, row in enumerate(rows):
        top = 40 + 30 * number
        for place, text in enumerate(row):
            left = 80 + 500 * place
            lines.append(
                BlockLine(f"1.{len(lines) + 1}", BlockBox(left, top, left + 10 * len(text), top + 20), text)
            )
    return LayoutBlock((BlockPage(1, 400, 900, 0, tuple(lines)),))


@pytest.fixture(scope="session")
def make_receipt() -> MakeBlock:
    """A receipt by number, and its labels."""

    def make(number: int) -> tuple[LayoutBlock, dict[str, tuple[str, ...]]]:
        rng = random.Random(number)
        vendor = f"{rng.choice(_NAMES)} {rng.choice(_TRADES)} {rng.choice(('Ltd', 'Inc', 'GmbH'))}"
        date = f"{rng.randint(13, 28)}/{rng.randint(1, 12):02d}/20{rng.randint(15, 24)}"
        prices = [rng.randint(100, 2500) for _ in range(rng.randint(1, 4))]
        cash = 5000 * (sum(prices) // 5000 + 1)
        rows = [[vendor], [f"{rng.randint(1, 99)} High Street"], ["Date:", date]]
        rows += [[rng.choice(("Bread", "Nails", "Tea", "Soap")), f"{p / 100:.2f}"] for p in prices]
        rows.append([rng.choice(("Total", "TOTAL", "Total due")), f"{sum(prices) / 100:.2f}"])
        rows.append(["Cash", f"{cash / 100:.2f}"])
        rows.append(["Change", f"{(cash - sum(prices)) / 100:.2f}"])
        labels: dict[str, tuple[str, ...]] = {
            "vendor": (vendor,),
            "date": (date,),
            "total": (f"{sum(prices) / 100:.2f}",),
        }
        if number % 4 == 0:
            rows.append(["Member no", f"M{rng.randint(10000, 99999)}"])
            labels["member"] = (rows[-1][1],)
        else:
            labels["member"] = ()
        return block_of(rows), labels

    return make


@pytest.fixture(scope="session")
def slip() -> DocType:
    """The type of the made-up receipts."""
    return DocType(
        name="slip",
        title="Slip",
        description="A made-up receipt.",
        version="1",
        fields=(
            FieldSpec(name="vendor", title="Vendor", description="Who sold.", kind=FieldKind.PARTY),
            FieldSpec(
                name="date", title="Date", description="Day of sale.", kind=FieldKind.DATE, critical=True
            ),
            FieldSpec(name="total", title="Total", description="Paid.", kind=FieldKind.MONEY, critical=True),
            FieldSpec(name="member", title="Member no", description="Card.", kind=FieldKind.IDENTIFIER),
        ),
    )


@pytest.fixture(scope="session")
def receipts(make_receipt: MakeBlock) -> list[LabelledDocument]:
    """Sixty labelled receipts."""
    out = []
    for number in range(60):
        block, labels = make_receipt(number)
        out.append(LabelledDocument(f"slip/{number:03d}", from_block(block), labels, set_name="slips"))
    return out


@pytest.fixture(scope="session")
def trained(receipts: list[LabelledDocument], slip: DocType) -> Trained:
    """An extractor trained on the sixty."""
    return train(receipts, slip, folds=3)


@pytest.fixture(scope="session")
def unseen(make_receipt: MakeBlock) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A receipt nobody trained on, as a layout block, and its labels."""
    block, labels = make_receipt(1000)
    return format_block(block), labels
