"""A lease as a plain text file, the way an e-mail or an old word processor leaves it."""

from __future__ import annotations

import random
import textwrap
from datetime import date, timedelta
from decimal import Decimal

from doctypes.rules_v1 import add_months
from samples.leases import FIELDS, normal_law
from samples.places import address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import plain, print_date, some_day
from samples.sample import Sample


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
    paragraphs = [
        f'This Lease is made as of {day["made"]} between {landlord} ("Landlord") and {tenant} ("Tenant").',
        f"1. PREMISES. Landlord leases to Tenant the dwelling at {premises}.",
        f"2. TERM. The term is one (1) year, beginning on {day['start']} and ending on {day['end']}.",
        f"3. RENT. Tenant shall pay USD {rent:,.2f} per month, in advance on the first day of each month. A charge of "
        "USD 60.00 applies to payments received after the fifth.",
        f"4. SECURITY DEPOSIT. On signing, Tenant deposits USD {rent:,.2f} with Landlord.",
        "5. USE. The Premises are a private residence for the Tenant and the Tenant's household.",
        "6. REPAIRS. Landlord keeps the structure, heating and plumbing in repair. Tenant keeps the Premises clean.",
        f"7. GOVERNING LAW. This Lease is governed by the laws of {law}.",
    ]
    body = "\n\n".join(textwrap.fill(paragraph, 78) for paragraph in paragraphs)
    signatures = f"LANDLORD: {landlord}\n\nBy: /s/ {agent}\n    Name: {agent}\n\nTENANT:\n\n/s/ {tenant}\n    {tenant}\n"
    text = f"{'RESIDENTIAL LEASE':^78}\n\n{body}\n\n{signatures}"
    fields: dict[str, str | list[str]] = {
        "landlord": landlord, "tenant": [tenant], "premises_address": premises, "agreement_date": made.isoformat(),
        "commencement_date": start.isoformat(), "expiry_date": end.isoformat(), "term": "P1Y",
        "monthly_rent": plain(rent), "currency": "USD", "deposit": plain(rent), "governing_law": normal_law(law),
        "signed": "yes",
    }  # fmt: skip
    spans = {"signed": [f"/s/ {agent}", f"/s/ {tenant}"]}
    return Sample(key, "lease", "lease/plain", ".txt", text.encode(), fields, FIELDS, spans)
