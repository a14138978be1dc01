"""A sale before it is worded: its parties, days and sums, and the look of its paper."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from samples.lease_draft import normal_law
from samples.paper import Story, some_look
from samples.places import Country, address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import CONTRACT_DATES, Money, plain, print_date, round_to, some_day, some_money
from samples.sample import chance
from samples.signatures import Signatory
from samples.values import Values


@dataclass(slots=True)
class Sale:
    """One agreement while it is being written."""

    rng: random.Random
    country: Country
    story: Story
    say: Values
    roles: tuple[str, str]
    homes: tuple[str, str]
    people: list[Signatory]
    signed: bool
    made: date
    completion: date
    date_style: str
    money: Money
    price: Decimal

    def words(self) -> dict[str, str]:
        """Return what the standard clauses are filled with."""
        return {
            "seller": f"the {self.roles[0]}",
            "buyer": f"the {self.roles[1]}",
            "small": self.money(round_to(float(self.price) / 200, 500) + 500),
            "medium": self.money(round_to(float(self.price) / 40, 100) + 250),
            "large": self.money(
                round_to(float(self.price) * self.rng.choice((0.3, 0.5, 1.2)), 10_000) + 5000
            ),
            "days": self.rng.choice(("ten (10)", "fourteen (14)", "thirty (30)", "45", "sixty (60)")),
        }


def draft_sale(rng: random.Random, template: str) -> Sale:
    """Return a sale to be worded by ``template``."""
    country = country_of(rng.choices(("GB", "US", "IE", "SG", "AU"), (4, 4, 1.5, 1, 1))[0])
    if template == "american":
        country = country_of("US")
    what = {"shares": "shares", "assets": "business"}.get(template, "property")
    corporate = what != "property"
    seller = company(rng, country, "property") if corporate or chance(rng, 0.5) else person(rng, country)
    buyer = company(rng, country) if corporate or chance(rng, 0.55) else person(rng, country)
    made = some_day(rng, date(2015, 2, 1), date(2025, 9, 1))
    completion = made + timedelta(days=rng.randint(14, 150))
    money = some_money(rng, country)
    price = round_to(
        rng.uniform(140_000, 2_400_000) * (4 if corporate else 1), rng.choice((500, 5000, 25_000))
    )
    style = rng.choice(CONTRACT_DATES)
    forms = _forms(rng, country, what, money, price)
    forms["seller"], forms["buyer"] = (seller, seller), (buyer, buyer)
    forms["agreement_date"] = (print_date(made, style), made.isoformat())
    if chance(rng, 0.82):
        forms["completion_date"] = (print_date(completion, style), completion.isoformat())
    roles = rng.choice((("Seller", "Buyer"), ("Seller", "Purchaser"), ("Vendor", "Purchaser")))
    return Sale(
        rng=rng,
        country=country,
        story=Story(some_look(rng, letter=country.letter), "Sale and Purchase Agreement"),
        say=Values(forms),
        roles=roles,
        homes=(one_line(address(rng, country)), one_line(address(rng, country))),
        people=[_signatory(rng, country, seller, roles[0]), _signatory(rng, country, buyer, roles[1])],
        signed=chance(rng, 0.72),
        made=made,
        completion=completion,
        date_style=style,
        money=money,
        price=price,
    )


def _forms(
    rng: random.Random, country: Country, what: str, money: Money, price: Decimal
) -> dict[str, tuple[str, str | list[str]]]:
    """Return what is sold, under whose law and for how much, as (printed, normal) by field."""
    land = one_line(address(rng, country))
    subject = _subject(rng, country, what, land)
    law = law_of(rng, country, land)
    forms: dict[str, tuple[str, str | list[str]]] = {
        "subject": (subject, subject),
        "purchase_price": (money(price), plain(price)),
        "governing_law": (law, normal_law(law)),
    }
    if chance(rng, 0.8):
        deposit = (price * rng.choice((5, 10, 10, 10, 20)) / 100).quantize(Decimal(1))
        forms["deposit"] = (money(deposit), plain(deposit))
    if money.names_currency:
        forms["currency"] = (country.currency, country.currency)
    return forms


def _subject(rng: random.Random, country: Country, what: str, land: str) -> str:
    if what == "property":
        return land
    if what == "shares":
        portion = rng.choice(
            ("the entire issued share capital of", "all of the issued shares in", "100% of the shares in")
        )
        return f"{portion} {company(rng, country)}"
    trade = rng.choice(
        ("bakery", "printing", "freight forwarding", "dental laboratory", "garden centre", "catering")
    )
    return f"the {trade} business carried on as “{company(rng, country).rsplit(' ', 1)[0]}”"


def _signatory(rng: random.Random, country: Country, name: str, role: str) -> Signatory:
    if any(name.endswith(form) for form in country.legal_forms):
        return Signatory(
            name, role, person(rng, country), rng.choice(("Director", "President", "Managing Member"))
        )
    return Signatory(name, role, name)
