"""A lease before it is worded: its parties, days and sums, and the look of its paper."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from doctypes.normalise import normalise
from doctypes.rules_v1 import add_months
from samples.paper import Story, some_look
from samples.places import Country, address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import (
    CONTRACT_DATES,
    Money,
    plain,
    print_date,
    print_length,
    round_to,
    some_day,
    some_money,
)
from samples.sample import chance
from samples.signatures import Signatory
from samples.values import Values
from schemas.fields import FieldKind


@dataclass(slots=True)
class Lease:
    """One lease while it is being written."""

    rng: random.Random
    country: Country
    story: Story
    say: Values
    landlord_role: str
    tenant_role: str
    landlord_address: str
    tenant_address: str
    signatories: list[Signatory]
    guarantor: str | None
    signed: bool
    made: date
    date_style: str
    commercial: bool
    yearly_only: bool
    money: Money
    rent: Decimal

    def words(self) -> dict[str, str]:
        """Return what the standard clauses are filled with."""
        low = self.rent / 10
        return {
            "landlord": f"the {self.landlord_role}",
            "tenant": f"the {self.tenant_role}",
            "small": self.money(round_to(float(low), 5) + 25),
            "medium": self.money(round_to(float(low) * 2.3, 10) + 90),
            "large": self.money(Decimal(self.rng.choice((500_000, 1_000_000, 2_000_000, 5_000_000)))),
            "days": self.rng.choice(("ten (10)", "14", "fourteen (14)", "21", "five (5)")),
        }


@dataclass(frozen=True, slots=True)
class _Deal:
    """What landlord and tenants agreed on."""

    country: Country
    landlord: str
    tenants: list[str]
    commercial: bool
    start: date
    months: int
    end: date
    money: Money
    rent: Decimal


def draft_lease(rng: random.Random, template: str, date_style: str | None = None) -> Lease:
    """Return a lease to be worded by ``template``, its dates printed in ``date_style`` if one is given."""
    deal = _deal(rng, template)
    country = deal.country
    roles = rng.choice((("Landlord", "Tenant"), ("Landlord", "Tenant"), ("Lessor", "Lessee")))
    style = date_style or rng.choice(CONTRACT_DATES)
    made = deal.start - timedelta(days=rng.randint(1, 75))
    say = _values(rng, deal, made, style)
    look = some_look(rng, letter=country.letter)
    draft = Lease(
        rng=rng,
        country=country,
        story=Story(look, "Lease"),
        say=say,
        landlord_role=roles[0],
        tenant_role=roles[1],
        landlord_address=one_line(address(rng, country)),
        tenant_address=one_line(address(rng, country)),
        signatories=[],
        guarantor=None,
        signed=chance(rng, 0.72),
        made=made,
        date_style=style,
        commercial=deal.commercial,
        yearly_only=deal.commercial and chance(rng, 0.12),
        money=deal.money,
        rent=deal.rent,
    )
    draft.signatories = _signatories(rng, country, roles, deal.landlord, deal.tenants)
    return draft


def _deal(rng: random.Random, template: str) -> _Deal:
    country = country_of(rng.choices(("GB", "US", "IE", "SG", "AU"), (4, 4, 1.5, 1, 1))[0])
    if template == "american":
        country = country_of("US")
    commercial = template in {"basic", "definitions"} or chance(rng, 0.25)
    landlord = company(rng, country, "property") if chance(rng, 0.6) else person(rng, country)
    if commercial:
        tenants = [company(rng, country)]
    else:
        tenants = [person(rng, country) for _ in range(1 + chance(rng, 0.35))]
    start = some_day(rng, date(2016, 1, 1), date(2025, 10, 1)).replace(day=rng.choice((1, 1, 1, 15, 6, 24)))
    months = rng.choice((36, 60, 120, 24, 180)) if commercial else rng.choice((6, 12, 12, 12, 18, 24, 36))
    end = add_months(start, months) - timedelta(days=0 if chance(rng, 0.15) else 1)
    money = some_money(rng, country)
    rent = round_to(rng.uniform(650, 4200) * (2.5 if commercial else 1), rng.choice((5, 25, 50)))
    rent += Decimal(rng.choice((0, 0, 0, 50))) / 100
    return _Deal(country, landlord, tenants, commercial, start, months, end, money, rent)


def _values(rng: random.Random, deal: _Deal, made: date, style: str) -> Values:
    years = deal.months % 12 == 0 and chance(rng, 0.6)
    count, unit = (deal.months // 12, "year") if years else (deal.months, "month")
    deposit = deal.rent * rng.choice((1, 1, 2, 2, 3)) if chance(rng, 0.8) else None
    premises = one_line(address(rng, deal.country))
    law = law_of(rng, deal.country, premises)
    forms: dict[str, tuple[str, str | list[str]]] = {
        "landlord": (deal.landlord, deal.landlord),
        "tenant": (" and ".join(deal.tenants), deal.tenants),
        "premises_address": (premises, premises),
        "agreement_date": (print_date(made, style), made.isoformat()),
        "commencement_date": (print_date(deal.start, style), deal.start.isoformat()),
        "monthly_rent": (deal.money(deal.rent), plain(deal.rent)),
        "governing_law": (law, normal_law(law)),
    }
    if chance(rng, 0.75):
        forms["expiry_date"] = (print_date(deal.end, style), deal.end.isoformat())
    if "expiry_date" not in forms or chance(rng, 0.7):
        forms["term"] = (print_length(rng, count, unit), f"P{count}{unit[0].upper()}")
    if deposit:
        forms["deposit"] = (deal.money(deposit), plain(deposit))
    if deal.money.names_currency:
        forms["currency"] = (deal.country.currency, deal.country.currency)
    return Values(forms)


def normal_law(law: str) -> str:
    """Return the normal form of a governing law as printed."""
    return normalise(FieldKind.JURISDICTION, law).value or law


def _signatories(
    rng: random.Random, country: Country, roles: tuple[str, str], landlord: str, tenants: list[str]
) -> list[Signatory]:
    def of(name: str, role: str) -> Signatory:
        if any(name.endswith(form) for form in country.legal_forms):
            position = rng.choice(("Director", "Managing Director", "Authorised Signatory", "Secretary"))
            return Signatory(name, role, person(rng, country), position)
        return Signatory(name, role, name)

    return [of(landlord, roles[0]), *(of(name, roles[1]) for name in tenants)]
