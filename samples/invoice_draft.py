"""What an invoice says before it is laid out: sums that add up, numbers whose check digits are right."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from samples.invoice_besides import Besides
from samples.invoice_items import CENT, Item, draw_items, taxes_of, varied_items, wording
from samples.invoice_numbers import iban, invoice_number, print_vat, vat_number
from samples.places import LANGUAGE, Country, address, company, person
from samples.places import country as country_of
from samples.printed import Figures, Money, plain, print_date, some_day
from samples.sample import Rows, chance
from samples.values import Values

_DATES = {
    "GB": ("d month y", "%d/%m/%Y", "d mon y", "%d.%m.%Y"), "IE": ("d month y", "%d/%m/%Y", "d mon y"),
    "US": ("month d, y", "%m/%d/%Y", "month d, y"), "SG": ("d month y", "d mon y", "d-mon-y"),
    "DE": ("%d.%m.%Y", "%d.%m.%Y", "d month y", "%d.%m.%y"), "AT": ("%d.%m.%Y", "d month y"),
    "CH": ("%d.%m.%Y", "d month y"), "FR": ("%d/%m/%Y", "d month y", "%d/%m/%Y", "%d-%m-%Y"),
}  # fmt: skip
_FIGURES = {
    "DE": (Figures(",", "."), Figures(",", " "), Figures(",", "")), "AT": (Figures(",", "."),),
    "CH": (Figures(".", "'"),), "FR": (Figures(",", " "), Figures(",", " ")),
}  # fmt: skip
_BANKS = {
    "en": ("Fairbank", "First County Bank", "Union & Dale Bank"),
    "de": ("Sparkasse Mittelland", "Volksbank Aue", "Handelsbank"),
    "fr": ("Crédit du Midi", "Banque Rivage", "Caisse du Val"),
}


@dataclass(slots=True)
class Invoice:
    """One invoice before it is laid out.

    Attributes:
        words: Label texts of this document by concept: one wording, used throughout.
        money: Prints an amount with the currency's sign where this document shows one.
        bare: Prints an amount without it.
        taxes: (rate, base, tax) per rate.
        rows: What the table prints of each item, by column; known once it is laid out.
        besides: What it says that is no field, where it is one of very many kinds.
    """

    rng: random.Random
    country: Country
    language: str
    words: dict[str, str]
    say: Values
    seller: str
    seller_address: tuple[str, str]
    buyer: str
    buyer_address: tuple[str, str]
    items: list[Item]
    taxes: list[tuple[str, Decimal, Decimal]]
    money: Money
    bare: Money
    paid: Decimal | None
    extras: dict[str, str]
    bank: list[tuple[str, str]]
    days: int
    credit: bool
    rows: Rows = field(default_factory=list)
    besides: Besides | None = None


def draft_invoice(
    rng: random.Random, code: str, *, wrong_sum: bool = False, varied: bool = False, rows: int = 0
) -> Invoice:
    """Return what stands in an invoice of the country ``code``.

    Args:
        rng: Draws everything.
        code: Of the country.
        wrong_sum: Spoils the total.
        varied: With discounts, longer descriptions and now and then very many rows.
        rows: How many items; 0 for as many as are drawn.
    """
    land = country_of(code)
    language = LANGUAGE.get(code, "en")
    words = _words(rng, language)
    credit = chance(rng, 0.03) and not wrong_sum
    items = draw_items(rng, code, language, sign=-1 if credit and chance(rng, 0.5) else 1)
    if varied:
        items = varied_items(rng, language, items)
    if rows:
        items = [items[number % len(items)] for number in range(rows)]
    taxes = taxes_of(items)
    net, tax, total = _sums(taxes)
    paid = None
    if total > 0 and chance(rng, 0.18):
        paid = (total * rng.choice((10, 20, 30, 50)) / 100).quantize(CENT)
    money, bare = _money(rng, land)
    sums = (net, tax, _swap(total) if wrong_sum else total)
    style = rng.choice(_DATES[code])
    say = _values(rng, land, language, style, money, sums, paid)
    besides = None
    if varied:
        day = date.fromisoformat(say.form("issue_date"))
        besides = Besides((say.form("seller_name"), say.form("invoice_number")), land, language, day, style)
        words = besides.renamed(words)
    words = _of_country(words, code)
    draft = Invoice(
        rng=rng, country=land, language=language, words=words, say=say, seller=say.form("seller_name"),
        seller_address=address(rng, land), buyer=say.form("buyer_name"), buyer_address=address(rng, land),
        items=items, taxes=taxes, money=money, bare=bare, paid=paid, extras=_extras(rng, land, words),
        bank=[], days=rng.choice((7, 10, 14, 30, 30, 45)), credit=credit, besides=besides,
    )  # fmt: skip
    if besides is not None:
        _surround(draft, besides, sums[2])
    draft.bank += _bank(draft)
    _tell_currency(say, money, land)
    return draft


def _sums(taxes: list[tuple[str, Decimal, Decimal]]) -> tuple[Decimal, Decimal, Decimal]:
    net = sum((base for _, base, _ in taxes), Decimal(0))
    tax = sum((amount for _, _, amount in taxes), Decimal(0))
    return net, tax, net + tax


def _tell_currency(say: Values, money: Money, land: Country) -> None:
    """Note the currency that amounts show; offer it where they show none."""
    if money.names_currency:
        say.also_true("currency", land.currency)
    elif money.sign == "{}":
        say.offer("currency", land.currency)


def _surround(draft: Invoice, besides: Besides, total: Decimal) -> None:
    """Add what is no field, and the amount to be paid where a form prints every sum."""
    draft.extras |= besides.data()
    holder = besides.account_holder(draft.seller)
    if holder:
        draft.bank.append(holder)
    if "iban" in draft.say and besides.compact:
        draft.say.replace("iban", draft.say.form("iban"), draft.say.form("iban"))
    if "delivery_date" in draft.say and besides.later:
        draft.say.replace("delivery_date", *besides.later)
    if besides.fully and draft.paid is None:
        draft.say.offer("due_payable", plain(total), draft.money(total))


def _words(rng: random.Random, language: str) -> dict[str, str]:
    return {concept: rng.choice(texts) for concept, texts in wording(language).items() if concept != "items"}


def _of_country(words: dict[str, str], code: str) -> dict[str, str]:
    """Return the labels with the name that the country's tax has."""
    if code in {"US", "SG"}:
        tax = "Sales tax" if code == "US" else "GST"
        words = {name: text.replace("VAT", tax) for name, text in words.items()}
        words["tax_number"] = "Federal Tax ID" if code == "US" else "UEN"
    return words


def _money(rng: random.Random, land: Country) -> tuple[Money, Money]:
    """Return how this document prints its sums, and how it prints amounts without a sign."""
    figures = rng.choice(_FIGURES.get(land.code, (Figures(),)))
    signed = land.code not in {"US", "SG"} or chance(rng, 0.5)
    sign = rng.choice(land.signs) if signed else land.plain_sign
    bare = Money("{}", figures, names_currency=False)
    return (Money(sign, figures, sign != land.plain_sign), bare) if chance(rng, 0.5) else (bare, bare)


def _values(
    rng: random.Random, land: Country, language: str, style: str, money: Money,
    sums: tuple[Decimal, Decimal, Decimal], paid: Decimal | None,
) -> Values:  # fmt: skip
    net, tax, total = sums
    issued = _clear_day(rng, style)
    seller, buyer = company(rng, land), company(rng, land) if chance(rng, 0.85) else person(rng, land)
    number = invoice_number(rng, issued)
    forms: dict[str, tuple[str, str | list[str]]] = {
        "invoice_number": (number, number),
        "issue_date": (print_date(issued, style, language), issued.isoformat()),
        "seller_name": (seller, seller),
        "buyer_name": (buyer, buyer),
        "net_total": (money(net), plain(net)),
        "tax_total": (money(tax), plain(tax)),
        "grand_total": (money(total), plain(total)),
        "currency": (land.currency, land.currency),
    }
    if chance(rng, 0.55):
        due = issued + timedelta(days=rng.choice((7, 10, 14, 30, 30, 45)))
        forms["due_date"] = (print_date(due, style, language), due.isoformat())
    if chance(rng, 0.5):
        delivered = issued - timedelta(days=rng.randint(0, 20))
        forms["delivery_date"] = (print_date(delivered, style, language), delivered.isoformat())
    if paid is not None:
        forms["due_payable"] = (money(total - paid), plain(total - paid))
    elif chance(rng, 0.12):
        forms["due_payable"] = (money(total), plain(total))
    if land.code not in {"US", "SG"}:
        vat = vat_number(rng, land.code)
        forms["seller_vat_id"] = (print_vat(rng, vat), vat)
        if chance(rng, 0.35):
            other = vat_number(rng, land.code)
            forms["buyer_vat_id"] = (other, other)
        if chance(rng, 0.9):
            account = iban(rng, land.code)
            forms["iban"] = (" ".join(account[i : i + 4] for i in range(0, 34, 4)).strip(), account)
    return Values(forms)


def _clear_day(rng: random.Random, style: str) -> date:
    """Return a day of issue; among figures mostly one whose day can't be taken for a month."""
    issued = some_day(rng, date(2017, 1, 3), date(2025, 10, 20))
    if style.startswith("%") and "." not in style:
        while issued.day <= 12 and issued.day != issued.month and not chance(rng, 0.1):
            issued = some_day(rng, date(2017, 1, 3), date(2025, 10, 20))
    return issued


def _extras(rng: random.Random, land: Country, words: dict[str, str]) -> dict[str, str]:
    """Return what else such documents print: numbers and names that are no field."""
    extras = {}
    if chance(rng, 0.6):
        extras[words["customer"]] = f"{rng.choice(('', 'K', 'C-'))}{rng.randint(1000, 99999)}"
    if chance(rng, 0.5):
        extras[words["order"]] = f"{rng.choice(('', 'PO', 'B-', 'AB '))}{rng.randint(1000, 9999999)}"
    if chance(rng, 0.4):
        extras[words["contact"]] = person(rng, land)
    return extras


def _bank(draft: Invoice) -> list[tuple[str, str]]:
    rng, say = draft.rng, draft.say
    rows = [(draft.words["bank"], rng.choice(_BANKS[draft.language]))]
    if "iban" in say:
        rows.append((draft.words["iban"].rstrip(": "), say.bare("iban")))
        bank = "".join(rng.choice("ABDEFGKLMNRST") for _ in range(4))
        rows.append(("BIC", f"{bank}{draft.country.code}{rng.choice('2M')}{rng.choice('ALX')}XXX"))
    elif draft.country.code == "US":
        rows.append(("Routing", f"{rng.randint(10**8, 10**9 - 1)}"))
        rows.append(("Account", f"{rng.randint(10**9, 10**10 - 1)}"))
    else:
        rows.append(("Account no.", f"{rng.randint(10**7, 10**8 - 1)}"))
        rows.append(("Sort code", f"{rng.randint(10, 99)}-{rng.randint(10, 99)}-{rng.randint(10, 99)}"))
    return rows


def _swap(total: Decimal) -> Decimal:
    """Return the total as a typist would get it wrong: two neighbouring digits of it swapped."""
    digits = list(f"{total:.2f}")
    for i in range(len(digits) - 4, 0, -1):
        if digits[i] != digits[i - 1]:
            digits[i], digits[i - 1] = digits[i - 1], digits[i]
            return Decimal("".join(digits))
    return total + 10
