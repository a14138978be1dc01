"""Leases: who lets what to whom, since when and for how much, in seven wordings and any look."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from doctypes.normalise import normalise
from doctypes.rules_v1 import add_months
from samples.clauses import some_clauses
from samples.paper import Story, some_look
from samples.places import Country, address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import CONTRACT_DATES, money_printer, plain, print_date, print_length, round_to, some_day
from samples.sample import Sample, chance
from samples.signatures import Signatory, sign
from samples.values import Values
from schemas.fields import FieldKind

FIELDS = (
    "landlord", "tenant", "premises_address", "agreement_date", "commencement_date", "expiry_date", "term",
    "monthly_rent", "currency", "deposit", "governing_law", "guarantor", "signed",
)  # fmt: skip


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
    money: Callable[[Decimal], str]
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


def lease(rng: random.Random, key: str, template: str) -> Sample:
    """Return a lease of ``template`` (a key of TEMPLATES)."""
    draft = _draft(rng, template)
    TEMPLATES[template](draft)
    evidence = sign(
        rng, draft.story, draft.signatories, signed=draft.signed, day=draft.made, style=draft.date_style
    )
    spans: dict[str, list[str]] = {}
    if evidence:
        draft.say.also_true("signed", "yes")
        spans["signed"] = evidence
    if draft.guarantor:
        draft.say.also_true("guarantor", "yes")
        spans["guarantor"] = [draft.guarantor]
    fields = draft.say.truth()
    keys = tuple(name for name in FIELDS if name != "currency" or "currency" in fields)
    return Sample(key, "lease", f"lease/{template}", ".pdf", draft.story.pdf(), fields, keys, spans)


def _draft(rng: random.Random, template: str) -> Lease:
    country = country_of(rng.choices(("GB", "US", "IE", "SG", "AU"), (4, 4, 1.5, 1, 1))[0])
    if template == "american":
        country = country_of("US")
    commercial = template in {"basic", "definitions"} or chance(rng, 0.25)
    landlord = company(rng, country, "property") if chance(rng, 0.6) else person(rng, country)
    tenants = (
        [company(rng, country)]
        if commercial
        else [person(rng, country) for _ in range(1 + chance(rng, 0.35))]
    )
    start = some_day(rng, date(2016, 1, 1), date(2025, 10, 1)).replace(day=rng.choice((1, 1, 1, 15, 6, 24)))
    months = rng.choice((36, 60, 120, 24, 180)) if commercial else rng.choice((6, 12, 12, 12, 18, 24, 36))
    end = add_months(start, months) - timedelta(days=0 if chance(rng, 0.15) else 1)
    sign_pattern, figures, names_currency = money_printer(rng, country)
    rent = round_to(rng.uniform(650, 4200) * (2.5 if commercial else 1), rng.choice((5, 25, 50)))
    rent += Decimal(rng.choice((0, 0, 0, 50))) / 100

    def money(amount: Decimal) -> str:
        return sign_pattern.format(figures.print(amount))

    roles = rng.choice((("Landlord", "Tenant"), ("Landlord", "Tenant"), ("Lessor", "Lessee")))
    style = rng.choice(CONTRACT_DATES)
    made = start - timedelta(days=rng.randint(1, 75))
    say = _values(
        rng, country, landlord, tenants, made, start, end, months, rent, money, style, names_currency
    )
    look = some_look(rng, letter=country.letter)
    title = "Lease"
    draft = Lease(
        rng=rng, country=country, story=Story(look, title), say=say, landlord_role=roles[0], tenant_role=roles[1],
        landlord_address=one_line(address(rng, country)), tenant_address=one_line(address(rng, country)),
        signatories=[], guarantor=None, signed=chance(rng, 0.72), made=made, date_style=style,
        commercial=commercial, yearly_only=commercial and chance(rng, 0.12), money=money, rent=rent,
    )  # fmt: skip
    draft.signatories = _signatories(rng, country, roles, landlord, tenants)
    return draft


def _values(
    rng: random.Random, country: Country, landlord: str, tenants: list[str], made: date, start: date, end: date,
    months: int,
    rent: Decimal, money: Callable[[Decimal], str], style: str, names_currency: bool,
) -> Values:  # fmt: skip
    years = months % 12 == 0 and chance(rng, 0.6)
    count, unit = (months // 12, "year") if years else (months, "month")
    deposit = rent * rng.choice((1, 1, 2, 2, 3)) if chance(rng, 0.8) else None
    premises = one_line(address(rng, country))
    law = law_of(rng, country, premises)
    forms: dict[str, tuple[str, str | list[str]]] = {
        "landlord": (landlord, landlord),
        "tenant": (" and ".join(tenants), tenants),
        "premises_address": (premises, premises),
        "agreement_date": (print_date(made, style), made.isoformat()),
        "commencement_date": (print_date(start, style), start.isoformat()),
        "monthly_rent": (money(rent), plain(rent)),
        "governing_law": (law, normal_law(law)),
    }
    if chance(rng, 0.75):
        forms["expiry_date"] = (print_date(end, style), end.isoformat())
    if "expiry_date" not in forms or chance(rng, 0.7):
        forms["term"] = (print_length(rng, count, unit), f"P{count}{unit[0].upper()}")
    if deposit:
        forms["deposit"] = (money(deposit), plain(deposit))
    if names_currency:
        forms["currency"] = (country.currency, country.currency)
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


def _rent(draft: Lease) -> str:
    """Print the rent: by the month, by the month out of a yearly rent, or (rarely) only by the year."""
    if draft.yearly_only:
        return f"{draft.money(draft.rent * 12)} per annum, payable by equal quarterly instalments in advance"
    if "currency" in draft.say:
        draft.say("currency")
    monthly = draft.say("monthly_rent")
    if draft.commercial and chance(draft.rng, 0.5):
        return f"{draft.money(draft.rent * 12)} per annum, payable in equal monthly instalments of {monthly}"
    return monthly + draft.rng.choice((" per month", " per calendar month", " each month", " a month"))


def _term(draft: Lease) -> str:
    """Print the term as a sentence's end: for how long, from when, until when."""
    say, rng = draft.say, draft.rng
    start = say("commencement_date")
    length = say("term") if "term" in say else ""
    until = say("expiry_date") if "expiry_date" in say else ""
    begin = rng.choice((f"commencing on {start}", f"beginning on {start}", f"from and including {start}"))
    finish = rng.choice((f"and ending on {until}", f"and expiring on {until}", f"to and including {until}"))
    if length and until:
        return f"for a term of {length} {begin} {finish}"
    return f"for a term of {length} {begin}" if length else f"for a fixed term {begin} {finish}"


def _deposit(draft: Lease) -> list[str]:
    say, who = draft.say, draft.tenant_role
    if "deposit" not in say:
        return [f"No security deposit is payable by the {who}."] if chance(draft.rng, 0.4) else []
    amount = say("deposit")
    return [
        draft.rng.choice(
            (
                f"On signing this agreement the {who} pays a security deposit of {amount}, which is held against "
                "damage and arrears and returned without interest within thirty (30) days of the end of the tenancy.",
                f"The {who} has lodged {amount} as a deposit. It is protected with an approved scheme and repaid less "
                "any proper deductions after the keys have been returned.",
                f"A deposit in the sum of {amount} shall be paid not later than the day on which the term begins.",
            )
        )
    ]


def _law(draft: Lease) -> str:
    law = draft.say("governing_law")
    return draft.rng.choice(
        (
            f"This agreement is governed by the laws of {law}.",
            f"This lease shall be construed in accordance with the law of {law}, whose courts have jurisdiction.",
            f"The laws of {law} apply to this agreement and to any dispute arising out of it.",
        )
    )


def _guarantor(draft: Lease) -> list[str]:
    """Print a guaranty, a clause that says there is none, or nothing."""
    rng = draft.rng
    shape = rng.random()
    if shape < 0.38:
        name = person(rng, draft.country)
        draft.guarantor = f"{name} (the “Guarantor”)" if chance(rng, 0.5) else f"Guarantor: {name}"
        home = one_line(address(rng, draft.country))
        return [
            f"{draft.guarantor}, of {home}, guarantees to the {draft.landlord_role} the punctual payment of the rent "
            f"and the performance of all obligations of the {draft.tenant_role}."
        ]
    if shape < 0.5:
        return [f"No guarantor is required for the obligations of the {draft.tenant_role}."]
    if shape < 0.58:
        return ["On any assignment a guarantor acceptable to both sides may be required."]
    return []


def _clause_tail(draft: Lease, count: int, *, deposit: bool = True) -> None:
    """Write the standard clauses in random order, those about deposit, guaranty and law among them."""
    clauses = some_clauses(draft.rng, "lease", count, draft.words())
    if deposit and (paragraphs := _deposit(draft)):
        clauses.insert(
            draft.rng.randint(0, 2), (draft.rng.choice(("Deposit", "Security Deposit")), paragraphs)
        )
    if paragraphs := _guarantor(draft):
        clauses.insert(
            draft.rng.randint(1, len(clauses)), (draft.rng.choice(("Guarantor", "Guaranty")), paragraphs)
        )
    clauses.append(
        (draft.rng.choice(("Governing Law", "Law and Jurisdiction", "Applicable Law")), [_law(draft)])
    )
    for heading, paragraphs in clauses:
        draft.story.clause(heading, *paragraphs)


def _narrative(draft: Lease) -> None:
    """A tenancy agreement in sentences."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(
        rng.choice(
            ("TENANCY AGREEMENT", "RESIDENTIAL TENANCY AGREEMENT", "LEASE AGREEMENT", "AGREEMENT OF LEASE")
        )
    )
    story.text(
        rng.choice(("THIS AGREEMENT is made on {}", "This agreement is dated {}", "Made this {}")).format(
            say("agreement_date")
        )
        + " <b>BETWEEN</b>"
    )
    story.text(f"(1) <b>{say('landlord')}</b> of {draft.landlord_address} (the “{a}”); and", indent=18)
    story.text(f"(2) <b>{say('tenant')}</b> of {draft.tenant_address} (the “{b}”).", indent=18)
    story.text("<b>IT IS AGREED</b> as follows:")
    story.clause(
        rng.choice(("Letting", "The Premises", "Demise")),
        f"The {a} lets and the {b} takes the premises known as {say('premises_address')} (the “Premises”), together "
        f"with the fixtures and fittings in the inventory, {_term(draft)}.",
    )
    story.clause(
        "Rent",
        f"The {b} shall pay rent of {_rent(draft)}, in advance on the first day of each month, by standing order to the "
        f"account notified by the {a}. The first payment is due on {say('commencement_date')}.",
    )
    _clause_tail(draft, rng.randint(6, 11))
    story.space()
    story.text("AS WITNESS the hands of the parties or their duly authorised representatives.")


def _particulars(draft: Lease) -> None:
    """A front sheet of particulars, then the clauses."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(rng.choice(("LEASE", "LEASE PARTICULARS", "TENANCY AGREEMENT — PARTICULARS")))
    rows = [
        (rng.choice(("Date of this lease", "Date", "Dated")), say("agreement_date")),
        (a, f"{say('landlord')}<br/>{draft.landlord_address}"),
        (b, f"{say('tenant')}<br/>{draft.tenant_address}"),
        (rng.choice(("Premises", "Property", "Demised premises")), say("premises_address")),
        (rng.choice(("Commencement date", "Start date", "Term commencement date")), say("commencement_date")),
    ]
    if "expiry_date" in say:
        rows.append((rng.choice(("Expiry date", "End date", "Term expires")), say("expiry_date")))
    if "term" in say:
        rows.append((rng.choice(("Term", "Contractual term", "Length of term")), say("term")))
    rows.append(
        (
            rng.choice(("Rent", "Initial rent", "Monthly rent" if not draft.yearly_only else "Rent")),
            _rent(draft),
        )
    )
    if "deposit" in say:
        rows.append((rng.choice(("Deposit", "Security deposit", "Rent deposit")), say("deposit")))
    if draft.commercial:
        review = draft.made + timedelta(days=1100)
        rows.append(("Rent review date", print_date(review, draft.date_style)))
    rows.append(
        (
            "Permitted use",
            rng.choice(("Offices", "Storage and distribution", "Retail", "Single private residence")),
        )
    )
    story.facts(rows, lines=chance(rng, 0.6), first_width=rng.choice((0.28, 0.34, 0.4)))
    story.text(f"The {a} lets the Premises to the {b} for the Term at the Rent, on the terms set out below.")
    if chance(rng, 0.4):
        story.new_page()
    _clause_tail(draft, rng.randint(6, 12), deposit=False)


def _american(draft: Lease) -> None:
    """A residential lease with sections, as sold in stationery shops."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(
        rng.choice(("RESIDENTIAL LEASE AGREEMENT", "APARTMENT LEASE", "STANDARD RESIDENTIAL LEASE"))
    )
    story.clause(
        "Parties",
        f"This Lease Agreement (“Lease”) is entered into as of {say('agreement_date')} by and between {say('landlord')}, "
        f"with a mailing address at {draft.landlord_address} (“{a}”), and {say('tenant')} (“{b}”).",
    )
    story.clause("Property", f"{a} leases to {b} the residence located at {say('premises_address')}.")
    story.clause(
        "Term",
        f"The {b} shall have and hold the Premises {_term(draft)}, unless terminated sooner as provided herein.",
    )
    late = draft.money(Decimal(rng.choice((35, 50, 75, 100))))
    story.clause(
        "Rent",
        f"{b} agrees to pay {_rent(draft)}, due on the 1st day of each month. A late fee of {late} is charged on rent "
        "received after the 5th.",
    )
    if chance(rng, 0.5):
        pet = draft.money(Decimal(rng.choice((200, 250, 300))))
        story.clause("Pets", f"No pets are allowed without a written pet addendum and a pet fee of {pet}.")
    _clause_tail(draft, rng.randint(7, 12))
    story.text("IN WITNESS WHEREOF, the parties have executed this Lease as of the date first written above.")


def _form(draft: Lease) -> None:
    """A form with typed-in values and ticked boxes."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(rng.choice(("TENANCY AGREEMENT", "RENTAL AGREEMENT FORM", "AGREEMENT TO LEASE")))
    story.text("<i>Complete in block letters. Strike out what does not apply.</i>", center=True)
    rows = [
        ("Date of agreement", say.bare("agreement_date")),
        (f"Name of {a.lower()}", say.bare("landlord")),
        ("Address", draft.landlord_address),
        (f"Name(s) of {b.lower()}", say.bare("tenant")),
        ("Present address", draft.tenant_address),
        (
            rng.choice(("Premises let", "Address of premises", "Rental property")),
            say.bare("premises_address"),
        ),
        (rng.choice(("Begins on", "Tenancy starts", "First day of tenancy")), say.bare("commencement_date")),
    ]
    if "expiry_date" in say:
        rows.append((rng.choice(("Ends on", "Tenancy ends", "Last day of tenancy")), say.bare("expiry_date")))
    if "term" in say:
        rows.append(("Period", say.bare("term")))
    if "currency" in say:
        say("currency")
    rows.append(("Rent per month", say.bare("monthly_rent")))
    if "deposit" in say:
        rows.append(("Deposit", say.bare("deposit")))
    story.form(rows)
    for line in rng.sample(("Furnished", "Parking space included", "Pets permitted", "Smoking permitted"), 3):
        story.text(f"[{'X' if chance(rng, 0.5) else '  '}] {line}")
    _clause_tail(draft, rng.randint(4, 8), deposit=False)


def _definitions(draft: Lease) -> None:
    """A commercial lease that defines its terms first."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(rng.choice(("COMMERCIAL LEASE", "LEASE OF BUSINESS PREMISES", "OCCUPATIONAL LEASE")))
    story.text(f"DATED {say('agreement_date')}", center=True)
    story.text(f"<b>{say('landlord')}</b> ({a.lower()})", center=True)
    story.text("and", center=True)
    story.text(f"<b>{say('tenant')}</b> ({b.lower()})", center=True)
    story.text(f"relating to {say('premises_address')}", center=True)
    if chance(rng, 0.5):
        story.new_page()
    definitions = [
        f"“<b>Premises</b>” means {say('premises_address')};",
        f"“<b>Rent</b>” means {_rent(draft)};",
    ]
    if "deposit" in say:
        definitions.append(f"“<b>Deposit</b>” means the sum of {say('deposit')};")
    definitions.append(f"“<b>Commencement Date</b>” means {say('commencement_date')};")
    if "expiry_date" in say:
        definitions.append(f"“<b>Expiry Date</b>” means {say('expiry_date')};")
    if "term" in say:
        definitions.append(f"“<b>Term</b>” means {say('term')} from the Commencement Date;")
    story.clause("Definitions", "In this lease:", *definitions)
    story.clause(
        "Grant",
        f"The {a} lets the Premises to the {b} for the Term, the {b} paying the Rent without set-off.",
    )
    _clause_tail(draft, rng.randint(8, 13), deposit=False)
    story.text("This lease has been entered into as a deed on the date stated at its head.")


def _basic(draft: Lease) -> None:
    """Basic lease information in numbered items, then the clauses."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(rng.choice(("OFFICE LEASE", "INDUSTRIAL LEASE", "LEASE")), center=False)
    story.heading("Basic Lease Information", size=story.look.size * 1.15, center=False)
    items = [
        ("Lease date", say("agreement_date")),
        (a, f"{say('landlord')}, {draft.landlord_address}"),
        (b, f"{say('tenant')}, {draft.tenant_address}"),
        ("Premises", f"{rng.randint(2, 40) * 150:,} square feet at {say('premises_address')}"),
        ("Base rent", _rent(draft)),
        ("Commencement Date", say("commencement_date")),
    ]
    if "term" in say:
        items.append(("Term", say("term")))
    if "expiry_date" in say:
        items.append(("Expiration Date", say("expiry_date")))
    if "deposit" in say:
        items.append(("Security deposit", say("deposit")))
    items.append(("Broker", company(rng, draft.country, "property")))
    fixed, movable = items[:3], items[3:]
    rng.shuffle(movable)
    for number, (label, value) in enumerate(fixed + movable, start=1):
        story.text(f"{number}. <b>{label}:</b> {value}", indent=12)
    story.space()
    _clause_tail(draft, rng.randint(7, 12), deposit=False)


def _letter(draft: Lease) -> None:
    """A lease by letter; used for the demo only, so that its layout is new to the model."""
    story, say, rng = draft.story, draft.say, draft.rng
    story.text(f"<b>{say('landlord')}</b><br/>{draft.landlord_address}")
    story.text(say("agreement_date"))
    story.text(f"To: {say('tenant')}<br/>{draft.tenant_address}")
    story.heading(f"Letting of {say.bare('premises_address')}", size=story.look.size * 1.1, center=False)
    story.text(
        f"We are pleased to let the above premises to you {_term(draft)}. The rent is {_rent(draft)}. "
        f"In this letter we are called the {draft.landlord_role} and you are called the {draft.tenant_role}."
    )
    for paragraph in _deposit(draft):
        story.text(paragraph)
    for _, paragraphs in some_clauses(rng, "lease", 5, draft.words()):
        for paragraph in paragraphs:
            story.text(paragraph)
    story.text(_law(draft))
    story.text("Please sign below to show that you accept these terms.")


TEMPLATES: dict[str, Callable[[Lease], None]] = {
    "narrative": _narrative,
    "particulars": _particulars,
    "american": _american,
    "form": _form,
    "definitions": _definitions,
    "basic": _basic,
    "letter": _letter,
}
HELD_OUT = frozenset({"letter"})
"""Templates that only the demo uses."""
