"""Laying out an invoice: heads, address blocks, data blocks, tables, totals and feet, combined at random."""

from __future__ import annotations

from dataclasses import replace

from samples.invoice_design import Design, draw_design
from samples.invoice_draft import Invoice
from samples.invoice_heads import HEADS, draw_title, title_of
from samples.invoice_sections import draw_sections, in_sections
from samples.invoice_table import draw_table
from samples.invoice_totals import draw_foot, draw_payment, draw_totals, said_besides
from samples.sample import chance
from samples.sheet import Sheet
from samples.table_drawing import draw_varied_table


def lay_out(draft: Invoice, *, held_out: bool = False, varied: bool = False) -> tuple[bytes, str]:
    """Return the PDF and the name of its layout.

    Args:
        draft: What it says.
        held_out: Take the layout that only the demo uses.
        varied: Draw the table as one plan of very many has it.
    """
    rng = draft.rng
    design = draw_design(rng, held_out=held_out)
    if varied and in_sections(draft):
        design = replace(design, head="sections")
    elif draft.besides is not None and draft.besides.head:
        design = replace(design, head=draft.besides.head, apart=draft.besides.letterhead())
    family = rng.choices(("helvetica", "times", "courier"), (7, 2, 0.8))[0]
    size = rng.choice((8.5, 9.0, 9.0, 9.5, 10.0)) - (0.8 if family == "courier" else 0)
    sheet = Sheet(family=family, size=size, letter=draft.country.letter)
    notes = _Notes(draft)
    y = HEADS[design.head](sheet, draft, design)
    y = notes.draw(sheet, design, y, "above")
    y = _addresses_and_data(sheet, draft, design, y)
    y = _title_and_greeting(sheet, draft, design, y)
    y = notes.draw(sheet, design, y, "below")
    if varied:
        y = draw_varied_table(sheet, draft, design.margin, y)
    else:
        y = draw_table(sheet, draft, design.margin, y, color=design.color)
    y = draw_totals(sheet, draft, design, y)
    y = draw_payment(sheet, draft, design, y)
    notes.draw(sheet, design, y + 6, "end")
    draw_foot(sheet, draft, design)
    notes.draw(sheet, design, y, "next")
    return sheet.pdf(), design.name


class _Notes:
    """Lines about anything else, in the place that this invoice has for them."""

    def __init__(self, draft: Invoice) -> None:
        besides = draft.besides
        self._lines = [] if besides is None else besides.notes()
        self._place = "" if besides is None else besides.place_of_notes()

    def draw(self, sheet: Sheet, design: Design, y: float, place: str) -> float:
        """Draw the notes if this is their place and there is room for them; returns where they end."""
        if place != self._place or not self._lines:
            return y
        if place == "next":
            sheet.next_page()
            y = 70
        width = sheet.width - 2 * design.margin
        for line in self._lines:
            if y < sheet.height - 110:
                y = sheet.lines(design.margin, y, sheet.wrapped(line, width))
        return y + sheet.size


def _data_rows(draft: Invoice, *, number_in_title: bool) -> list[tuple[str, str]]:
    """Return (label, value) of the document's data, in this document's order."""
    say, words = draft.say, draft.words
    head = [] if number_in_title else [(words["number"], say.bare("invoice_number"))]
    if not _in_title(draft, "{d}"):
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


def _in_title(draft: Invoice, place: str) -> bool:
    """Whether the title says the number (``{n}``) or the day (``{d}``)."""
    return draft.besides is not None and place in draft.besides.title


def _addresses_and_data(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    if design.head == "sections":
        below = y = draw_sections(sheet, draft, design.margin, y)
    else:
        below = _buyer(sheet, draft, design, y)
    rows = _data_rows(draft, number_in_title=design.data == "sentence" or _in_title(draft, "{n}"))
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
        text = f"{title_of(draft)} {draft.say.bare('invoice_number')} {joint} {draft.say.bare('issue_date')}"
        sheet.text(design.margin, y + 8, text, bold=True, size=sheet.size * 1.25)
        extra = [
            f"{draft.words[c]}: {draft.say.bare(f)}"
            for c, f in (("delivery", "delivery_date"), ("due", "due_date"))
            if f in draft.say
        ]
        y = sheet.lines(design.margin, y + 24, ["   ".join(extra)]) if extra else y + 20
    elif draft.besides is not None and draft.besides.title:
        if not (design.head == "sections" and draft.besides.title_first):
            y = draw_title(sheet, draft, draft.besides, design, y + 8)
    elif design.head not in {"band", "split"}:
        sheet.text(
            design.margin, y + 8, title_of(draft), bold=True, size=sheet.size * 1.6, color=design.color
        )
        y += 26
    if design.terms_first:
        y = (
            sheet.lines(
                design.margin, y + 4, sheet.wrapped(draft.words["greeting"], sheet.width - 2 * design.margin)
            )
            + 4
        )
    for sentence in said_besides(draft)[::2]:
        y = sheet.lines(design.margin, y + 4, sheet.wrapped(sentence, sheet.width - 2 * design.margin))
    return y + 8
