"""What an invoice bills: its lines, their rates, their taxes, and the words of its language."""

from __future__ import annotations

import functools
import json
import random
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from samples.sample import chance

CENT = Decimal("0.01")
RATES = {
    "GB": ("20",), "IE": ("23",), "US": ("8.25", "6.5", "7"), "SG": ("9",), "DE": ("19",), "AT": ("20",),
    "CH": ("8.1",), "FR": ("20",),
}  # fmt: skip


REDUCED = {"DE": "7", "AT": "10", "FR": "5.5", "IE": "13.5"}


@dataclass(frozen=True, slots=True)
class Item:
    """One line: ``total`` is quantity times price less ``discount`` per cent, rounded to the cent."""

    article: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: str
    discount: int = 0

    @property
    def total(self) -> Decimal:
        """Return the line's net total."""
        whole = self.quantity * self.price * (100 - self.discount) / 100
        return whole.quantize(CENT, ROUND_HALF_UP)


@functools.cache
def wording(language: str) -> dict[str, tuple[str, ...]]:
    """Return the label texts of a language by concept."""
    path = Path(__file__).parent / "wording" / "invoice.json"
    texts = json.loads(path.read_text(encoding="utf-8"))[language]
    return {concept: tuple(text.split("|")) for concept, text in texts.items()}


def draw_items(rng: random.Random, code: str, language: str, sign: int) -> list[Item]:
    """Return the lines of an invoice, of negative quantities where ``sign`` is -1."""
    count = rng.randint(14, 38) if chance(rng, 0.1) else rng.randint(1, 8)
    offers = wording(language)["items"]
    rates = RATES[code]
    rate = rng.choice(rates)
    items = []
    for _ in range(count):
        name, unit, low, high = rng.choice(offers).split(";")
        price = Decimal(str(round(rng.uniform(float(low), float(high)), 2)))
        quantity = Decimal(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 8, 10, 12, 20, 25, 50, 100)))
        if unit in {"h", "Std", "kg"} and chance(rng, 0.5):
            quantity = Decimal(rng.randint(2, 60)) / 4
        reduced = code in REDUCED and chance(rng, 0.15)
        article = f"{rng.choice('ABKMT')}{rng.randint(100, 9999)}"
        items.append(Item(article, name, sign * quantity, unit, price, REDUCED[code] if reduced else rate))
    return items


def varied_items(rng: random.Random, language: str, items: list[Item]) -> list[Item]:
    """Return items of which some are cheaper by a discount, and some described at length."""
    if chance(rng, 0.05):
        items = items * (rng.randint(40, 220) // len(items) + 1)
    exempt = chance(rng, 0.08)
    discounts = chance(rng, 0.25)
    longer = rng.choice((0.0, 0.1, 0.5))
    offers = wording(language)["items"]
    out = []
    for item in items:
        more = rng.choice(offers).split(";")[0] if chance(rng, longer) else ""
        name = f"{item.description}, {more[:1].lower()}{more[1:]}" if more else item.description
        discount = rng.choice((0, 2, 3, 5, 10, 15, 20)) if discounts else 0
        article = str(rng.randint(10**6, 10**8)) if item.article[0] == "K" else item.article
        rate = "0" if exempt else item.rate
        out.append(replace(item, description=name, discount=discount, article=article, rate=rate))
    return out


def taxes_of(items: list[Item]) -> list[tuple[str, Decimal, Decimal]]:
    """Return rate, base and tax of every rate, the highest first."""
    bases: dict[str, Decimal] = {}
    for item in items:
        bases[item.rate] = bases.get(item.rate, Decimal(0)) + item.total
    return [
        (rate, base, (base * Decimal(rate) / 100).quantize(CENT, ROUND_HALF_UP))
        for rate, base in sorted(bases.items(), key=lambda pair: -Decimal(pair[0]))
    ]
