"""What stands below the table of an invoice: sums, terms of payment, closing words, the foot."""

from __future__ import annotations

from samples.invoice_besides import NOUGHT, Besides
from samples.invoice_design import Design
from samples.invoice_draft import Invoice
from samples.sample import chance
from samples.sheet import Sheet


def said_besides(draft: Invoice) -> list[str]:
    """Return the sentences about what is no field: every other one stands above the table."""
    return [] if draft.besides is None else draft.besides.sentences


def draw_totals(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    """Draw the sums below the table; returns where they end."""
    rows = _total_rows(draft)
    needed = len(rows) * sheet.size * 1.7 + 130
    if y + needed > sheet.height:
        sheet.next_page()
        y = 70
    right = sheet.width - design.margin
    left = design.margin if design.totals == "wide" else right - draft.rng.choice((190, 220, 250))
    top = y
    for index, (label, value, strong) in enumerate(rows):
        if strong and design.totals in {"lines", "wide"}:
            sheet.rule(left, y - sheet.size * 1.05, right, y - sheet.size * 1.05)
        sheet.text(left + 4, y, label, bold=strong)
        sheet.text(right - 4, y, value, bold=strong, align="right")
        y += sheet.size * (1.9 if index == len(rows) - 1 else 1.6)
    if design.totals == "boxed":
        sheet.box(left, top - sheet.size * 1.5, right - left, y - top + sheet.size * 0.6, stroke="#555555")
    return y + 14


def _total_rows(draft: Invoice) -> list[tuple[str, str, bool]]:
    if draft.besides is not None and draft.besides.fully:
        return _all_sums(draft, draft.besides)
    say, words, rng = draft.say, draft.words, draft.rng
    rows = [(words["net"], say.bare("net_total"), False)]
    style = rng.choice(("{}%", "{} %"))
    for rate, base, tax in draft.taxes:
        label = words["tax"].format(
            rate=style.format(rate.replace(".", "," if draft.language != "en" else "."))
        )
        if len(draft.taxes) == 1:
            rows.append((label, say.bare("tax_total"), False))
        else:
            on = {"de": "auf", "fr": "sur"}.get(draft.language, "on")
            rows.append((f"{label} {on} {draft.bare(base)}", draft.money(tax), False))
    if len(draft.taxes) > 1 and chance(rng, 0.6):
        rows.append((words["tax_total"], say.bare("tax_total"), False))
    total = words["total"]
    if "currency" in say and chance(rng, 0.6):
        total += f" {say.bare('currency')}" if chance(rng, 0.6) else f" ({say.bare('currency')})"
    rows.append((total, say.bare("grand_total"), True))
    if draft.paid is not None:
        rows.append((words["paid"], draft.money(-draft.paid if chance(rng, 0.5) else draft.paid), False))
    if "due_payable" in say:
        rows.append((words["payable"], say.bare("due_payable"), True))
    return rows


def _all_sums(draft: Invoice, besides: Besides) -> list[tuple[str, str, bool]]:
    """Return the totals of a form: every sum, what is nought too, taxes in one."""
    say, words = draft.say, draft.words
    rows = [(besides.sum_of_lines(), say.bare("net_total"), False)]
    rows += [(label, value, False) for label, value in besides.sums(draft.money)]
    rows += [
        (words["net"], say.bare("net_total"), False),
        (words["tax_total"], say.bare("tax_total"), False),
        (words["total"], say.bare("grand_total"), True),
        (words["paid"], draft.money(draft.paid or NOUGHT), False),
    ]
    if "due_payable" in say:
        rows.append((words["payable"], say.bare("due_payable"), True))
    return rows


def draw_payment(sheet: Sheet, draft: Invoice, design: Design, y: float) -> float:
    """Draw when and where to pay, and closing words; returns where they end."""
    rng, words, say = draft.rng, draft.words, draft.say
    width = sheet.width - 2 * design.margin
    if "due_date" in say and chance(rng, 0.4):
        field = "due_payable" if "due_payable" in say else "grand_total"
        sentence = words["pay_by"].format(amount=say.bare(field), due=say.bare("due_date"))
    else:
        sentence = words["terms"].format(days=draft.days)
    y = sheet.lines(design.margin, y, sheet.wrapped(sentence, width))
    for sentence in said_besides(draft)[1::2]:
        y = sheet.lines(design.margin, y + 2, sheet.wrapped(sentence, width))
    if not design.terms_first:
        y = sheet.lines(design.margin, y + 3, sheet.wrapped(words["thanks"], width))
    if design.foot != "columns":
        y += 8
        for label, value in draft.bank:
            y = sheet.lines(design.margin, y, [f"{label}: {value}"])
        if "seller_vat_id" in say:
            y = sheet.lines(design.margin, y, [f"{words['vat_id']}: {say.bare('seller_vat_id')}"])
    return y


def draw_foot(sheet: Sheet, draft: Invoice, design: Design) -> None:
    """Draw the foot of the last page."""
    if design.foot == "none":
        return
    size = sheet.size * 0.78
    y = sheet.height - 62
    sheet.rule(design.margin, y - 12, sheet.width - design.margin, y - 12, width=0.4, color="#777777")
    if design.foot == "line":
        sheet.text(
            sheet.width / 2,
            y,
            f"{draft.seller} · {', '.join(draft.seller_address)}",
            size=size,
            align="middle",
        )
        return
    numbers = (draft.rng.randint(10, 99), draft.rng.randint(100, 999), draft.rng.randint(1000, 9999))
    register = f"{draft.words['tax_number']}: {'/'.join(str(number) for number in numbers)}"
    third = [register]
    if "seller_vat_id" in draft.say:
        third.append(f"{draft.words['vat_id']}: {draft.say.bare('seller_vat_id')}")
    columns = [
        [draft.seller, *draft.seller_address],
        [f"{label}: {value}" for label, value in draft.bank],
        third,
    ]
    across = (sheet.width - 2 * design.margin) / 3
    for index, lines in enumerate(columns):
        sheet.lines(design.margin + across * index, y, lines, size=size)
