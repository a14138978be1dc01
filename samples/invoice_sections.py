"""Seller and buyer as sections of a form: a heading, then labels with values, as readable data have them."""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path

from samples.invoice_draft import Invoice
from samples.places import person
from samples.sample import chance, source
from samples.sheet import Sheet

SHARE = 0.35
"""Of the invoices that are drawn in every layout, those whose parties stand in sections."""

_Row = tuple[str, list[str]]


@functools.cache
def _wording(language: str) -> dict[str, tuple[str, ...]]:
    path = Path(__file__).parent / "wording" / "sections.json"
    texts = json.loads(path.read_text(encoding="utf-8"))[language]
    return {concept: tuple(text.split("|")) for concept, text in texts.items()}


def in_sections(draft: Invoice) -> bool:
    """Whether this invoice has its parties in sections; draws nothing from the invoice's own dice."""
    return chance(_dice(draft), SHARE)


def draw_sections(sheet: Sheet, draft: Invoice, margin: float, y: float) -> float:
    """Draw who sells and who buys, one below the other or side by side; returns where they end."""
    dice = _dice(draft)
    dice.random()
    words = {concept: dice.choice(texts) for concept, texts in _wording(draft.language).items()}
    style = dice.choice(("column", "column", "inline", "bare"))
    if style == "bare":
        words |= {"name": "", "address": ""}
    sections = [
        (words["seller"], _party(draft, words, dice, "seller")),
        (words["buyer"], _party(draft, words, dice, "buyer")),
    ]
    if chance(dice, 0.2):
        sections.reverse()
    if chance(dice, 0.35):
        other = [(words["name"], [dice.choice((draft.buyer, draft.seller))])]
        sections.append((words["other"], [*other, (words["address"], list(draft.buyer_address))]))
    beside = len(sections) == 2 and chance(dice, 0.3)
    ends = [y]
    for number, (heading, rows) in enumerate(sections):
        x = margin + (number * (sheet.width - 2 * margin) / 2 if beside else 0)
        top = y if beside else ends[-1]
        ends.append(_section(sheet, x, top, heading, rows, style))
    return max(ends) + 6


def _dice(draft: Invoice) -> random.Random:
    return source("sections", draft.seller, draft.buyer, draft.days, len(draft.items))


def _party(draft: Invoice, words: dict[str, str], dice: random.Random, who: str) -> list[_Row]:
    """Return a party's labels and values; what is printed here is noted as printed."""
    address = draft.seller_address if who == "seller" else draft.buyer_address
    rows: list[_Row] = []
    if chance(dice, 0.5):
        rows.append((words["number"], [str(dice.randint(1000, 999_999))]))
    if chance(dice, 0.3):
        rows.append((words["global"], [str(dice.randint(10**12, 10**13 - 1))]))
    rows.append((words["name"], _broken(draft.say.bare(f"{who}_name"), dice)))
    if words["name"] == "" and chance(dice, 0.2):
        rows.append(("", [person(dice, draft.country)]))
    rows.append((words["address"], list(address)))
    vat = f"{who}_vat_id"
    if vat in draft.say and chance(dice, 0.7):
        rows.append((draft.words["vat_id"], [draft.say.bare(vat)]))
    return rows


def _broken(name: str, dice: random.Random) -> list[str]:
    """Return a name in one line, or in two where it is long."""
    parts = name.split()
    if len(parts) < 3 or not chance(dice, 0.2):
        return [name]
    at = dice.randint(1, len(parts) - 1)
    return [" ".join(parts[:at]), " ".join(parts[at:])]


def _section(sheet: Sheet, x: float, y: float, heading: str, rows: list[_Row], style: str) -> float:
    step = sheet.size * 1.4
    sheet.text(x, y, heading + (":" if style == "bare" else ""), bold=True)
    y += step
    for label, values in rows:
        for number, value in enumerate(values):
            named = bool(label) and number == 0
            if style == "column":
                sheet.text(x, y, f"{label}:" if named else "")
                sheet.text(x + 96, y, value)
            else:
                sheet.text(x, y, f"{label}: {value}" if named else value)
            y += step
    return y + step * 0.5
