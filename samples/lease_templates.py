"""The wordings of leases: seven ways to say who lets what to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from samples.clauses import some_clauses
from samples.lease_clauses import clause_tail, deposits, law, rent, term
from samples.lease_draft import Lease
from samples.places import company
from samples.printed import print_date
from samples.sample import chance


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
        f"The {a} lets and the {b} takes the premises known as {say('premises_address')} (the "
        f"“Premises”), together "
        f"with the fixtures and fittings in the inventory, {term(draft)}.",
    )
    story.clause(
        "Rent",
        f"The {b} shall pay rent of {rent(draft)}, in advance on the first day of each month, by "
        f"standing order to the "
        f"account notified by the {a}. The first payment is due on {say('commencement_date')}.",
    )
    clause_tail(draft, rng.randint(6, 11))
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
            rent(draft),
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
    clause_tail(draft, rng.randint(6, 12), deposit=False)


def _american(draft: Lease) -> None:
    """A residential lease with sections, as sold in stationery shops."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.landlord_role, draft.tenant_role
    story.heading(
        rng.choice(("RESIDENTIAL LEASE AGREEMENT", "APARTMENT LEASE", "STANDARD RESIDENTIAL LEASE"))
    )
    story.clause(
        "Parties",
        f"This Lease Agreement (“Lease”) is entered into as of {say('agreement_date')} by and "
        f"between {say('landlord')}, "
        f"with a mailing address at {draft.landlord_address} (“{a}”), and {say('tenant')} (“{b}”).",
    )
    story.clause("Property", f"{a} leases to {b} the residence located at {say('premises_address')}.")
    story.clause(
        "Term",
        f"The {b} shall have and hold the Premises {term(draft)}, unless terminated sooner as "
        f"provided herein.",
    )
    late = draft.money(Decimal(rng.choice((35, 50, 75, 100))))
    story.clause(
        "Rent",
        f"{b} agrees to pay {rent(draft)}, due on the 1st day of each month. A late fee of "
        f"{late} is charged on rent "
        "received after the 5th.",
    )
    if chance(rng, 0.5):
        pet = draft.money(Decimal(rng.choice((200, 250, 300))))
        story.clause("Pets", f"No pets are allowed without a written pet addendum and a pet fee of {pet}.")
    clause_tail(draft, rng.randint(7, 12))
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
    clause_tail(draft, rng.randint(4, 8), deposit=False)


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
        f"“<b>Rent</b>” means {rent(draft)};",
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
    clause_tail(draft, rng.randint(8, 13), deposit=False)
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
        ("Base rent", rent(draft)),
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
    clause_tail(draft, rng.randint(7, 12), deposit=False)


def _letter(draft: Lease) -> None:
    """A lease by letter; used for the demo only, so that its layout is new to the model."""
    story, say, rng = draft.story, draft.say, draft.rng
    story.text(f"<b>{say('landlord')}</b><br/>{draft.landlord_address}")
    story.text(say("agreement_date"))
    story.text(f"To: {say('tenant')}<br/>{draft.tenant_address}")
    story.heading(f"Letting of {say.bare('premises_address')}", size=story.look.size * 1.1, center=False)
    story.text(
        f"We are pleased to let the above premises to you {term(draft)}. The rent is {rent(draft)}. "
        f"In this letter we are called the {draft.landlord_role} and you are called the "
        f"{draft.tenant_role}."
    )
    for paragraph in deposits(draft):
        story.text(paragraph)
    for _, texts in some_clauses(rng, "lease", 5, draft.words()):
        for paragraph in texts:
            story.text(paragraph)
    story.text(law(draft))
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
