"""A lease as a plain text file, the way an e-mail or an old word processor leaves it."""

from __future__ import annotations

import random
import textwrap
from datetime import date, timedelta
from decimal import Decimal

from doctypes.rules_v1 import add_months
from samples.clauses import paragraphs
from samples.lease_draft import normal_law
from samples.leases import FIELDS
from samples.places import address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import plain, print_date, some_day
from samples.sample import Sample, Truth


def plain_lease(rng: random.Random, key: str) -> Sample:
    """Return a short conformed lease in ASCII."""
    land = country_of("US")
    landlord, tenant, agent = company(rng, land, "property"), person(rng, land), person(rng, land)
    premises = one_line(address(rng, land))
    law = law_of(rng, land, premises)
    start = some_day(rng, date(2019, 1, 1), date(2024, 6, 1)).replace(day=1)
    end = add_months(start, 12) - timedelta(days=1)
    made = start - timedelta(days=20)
    rent = Decimal(rng.randint(18, 60) * 50)
    day = {
        name: print_date(value, "month d, y")
        for name, value in (("made", made), ("start", start), ("end", end))
    }
    texts = paragraphs(
        "plain_lease",
        landlord=landlord,
        tenant=tenant,
        premises=premises,
        law=law,
        rent=f"{rent:,.2f}",
        **day,
    )
    body = "\n\n".join(textwrap.fill(paragraph, 78) for paragraph in texts)
    signed = f"LANDLORD: {landlord}\n\nBy: /s/ {agent}\n    Name: {agent}\n\n"
    signed += f"TENANT:\n\n/s/ {tenant}\n    {tenant}\n"
    text = f"{'RESIDENTIAL LEASE':^78}\n\n{body}\n\n{signed}"
    days = {name: value.isoformat() for name, value in (("made", made), ("start", start), ("end", end))}
    fields: Truth = {
        "landlord": landlord, "tenant": [tenant], "premises_address": premises,
        "agreement_date": days["made"], "commencement_date": days["start"],
        "expiry_date": days["end"], "term": "P1Y",
        "monthly_rent": plain(rent), "currency": "USD", "deposit": plain(rent),
        "governing_law": normal_law(law), "signed": "yes",
    }  # fmt: skip
    spans = {"signed": [f"/s/ {agent}", f"/s/ {tenant}"]}
    return Sample(key, "lease", "lease/plain", ".txt", text.encode(), fields, FIELDS, spans)
