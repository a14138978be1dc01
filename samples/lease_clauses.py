"""What every wording of a lease says: rent, term, deposit, guaranty, standard clauses, the inventory."""

from __future__ import annotations

from samples.clauses import paragraphs, phrase, some_clauses
from samples.lease_draft import Lease
from samples.places import address, one_line, person
from samples.sample import chance


def rent(draft: Lease) -> str:
    """Print the rent: by the month, by the month out of a yearly rent, or (rarely) only by the year."""
    if draft.yearly_only:
        return f"{draft.money(draft.rent * 12)} per annum, payable by equal quarterly instalments in advance"
    if "currency" in draft.say:
        draft.say("currency")
    monthly = draft.say("monthly_rent")
    if draft.commercial and chance(draft.rng, 0.5):
        return f"{draft.money(draft.rent * 12)} per annum, payable in equal monthly instalments of {monthly}"
    return monthly + draft.rng.choice((" per month", " per calendar month", " each month", " a month"))


def term(draft: Lease) -> str:
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


def deposits(draft: Lease) -> list[str]:
    """Print the deposit, a clause that says there is none, or nothing."""
    say, who = draft.say, draft.tenant_role
    if "deposit" not in say:
        return [f"No security deposit is payable by the {who}."] if chance(draft.rng, 0.4) else []
    return [phrase(draft.rng, "lease deposit", who=who, amount=say("deposit"))]


def law(draft: Lease) -> str:
    """Print the law that governs the lease."""
    return phrase(draft.rng, "lease law", law=draft.say("governing_law"))


def _guarantor(draft: Lease) -> list[str]:
    """Print a guaranty, a clause that says there is none, or nothing."""
    rng = draft.rng
    shape = rng.random()
    if shape < 0.38:
        name = person(rng, draft.country)
        draft.guarantor = f"{name} (the “Guarantor”)" if chance(rng, 0.5) else f"Guarantor: {name}"
        home = one_line(address(rng, draft.country))
        words = {
            "who": draft.guarantor,
            "home": home,
            "landlord": draft.landlord_role,
            "tenant": draft.tenant_role,
        }
        return [phrase(rng, "lease guaranty", **words)]
    if shape < 0.5:
        return [f"No guarantor is required for the obligations of the {draft.tenant_role}."]
    if shape < 0.58:
        return ["On any assignment a guarantor acceptable to both sides may be required."]
    return []


def clause_tail(draft: Lease, count: int, *, deposit: bool = True) -> None:
    """Write the standard clauses in random order, those about deposit, guaranty and law among them."""
    clauses = some_clauses(draft.rng, "lease", count, draft.words())
    if deposit and (texts := deposits(draft)):
        clauses.insert(draft.rng.randint(0, 2), (draft.rng.choice(("Deposit", "Security Deposit")), texts))
    if texts := _guarantor(draft):
        clauses.insert(
            draft.rng.randint(1, len(clauses)), (draft.rng.choice(("Guarantor", "Guaranty")), texts)
        )
    clauses.append(
        (draft.rng.choice(("Governing Law", "Law and Jurisdiction", "Applicable Law")), [law(draft)])
    )
    for heading, texts in clauses:
        draft.story.clause(heading, *texts)


def inventory(draft: Lease) -> None:
    """Write the schedule of fixtures and fittings on a page of its own."""
    story, rng = draft.story, draft.rng
    story.new_page()
    story.heading("SCHEDULE", size=story.look.size * 1.2)
    story.text("Inventory of fixtures and fittings", center=True)
    things = [line.split(":") for line in paragraphs("inventory")]
    for room, listed in things:
        chosen = rng.sample(listed.strip(" .").split(", "), 4)
        story.text(f"<b>{room}</b>: " + ", ".join(f"{rng.randint(1, 4)} {thing}" for thing in chosen))
