"""Sale and purchase agreements: property, shares and businesses, in six wordings and any look."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from samples.clauses import some_clauses
from samples.leases import normal_law
from samples.paper import Story, some_look
from samples.places import Country, address, company, law_of, one_line, person
from samples.places import country as country_of
from samples.printed import CONTRACT_DATES, money_printer, plain, print_date, round_to, some_day
from samples.sample import Sample, chance
from samples.signatures import Signatory, sign
from samples.values import Values

FIELDS = (
    "seller", "buyer", "subject", "agreement_date", "purchase_price", "currency", "deposit", "completion_date",
    "governing_law", "signed",
)  # fmt: skip


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
    money: Callable[[Decimal], str]
    price: Decimal
    what: str

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


def sale(rng: random.Random, key: str, template: str) -> Sample:
    """Return a sale and purchase agreement of ``template`` (a key of TEMPLATES)."""
    draft = _draft(rng, template)
    TEMPLATES[template](draft)
    evidence = sign(
        rng, draft.story, draft.people, signed=draft.signed, day=draft.made, style=draft.date_style
    )
    spans: dict[str, list[str]] = {}
    if evidence:
        draft.say.also_true("signed", "yes")
        spans["signed"] = evidence
    fields = draft.say.truth()
    keys = tuple(name for name in FIELDS if name != "currency" or "currency" in fields)
    return Sample(
        key, "sale_purchase_agreement", f"sale/{template}", ".pdf", draft.story.pdf(), fields, keys, spans
    )


def _draft(rng: random.Random, template: str) -> Sale:
    country = country_of(rng.choices(("GB", "US", "IE", "SG", "AU"), (4, 4, 1.5, 1, 1))[0])
    if template == "american":
        country = country_of("US")
    what = {"shares": "shares", "assets": "business"}.get(template, "property")
    corporate = what != "property"
    seller = company(rng, country, "property") if corporate or chance(rng, 0.5) else person(rng, country)
    buyer = company(rng, country) if corporate or chance(rng, 0.55) else person(rng, country)
    made = some_day(rng, date(2015, 2, 1), date(2025, 9, 1))
    completion = made + timedelta(days=rng.randint(14, 150))
    sign_pattern, figures, names_currency = money_printer(rng, country)
    price = round_to(
        rng.uniform(140_000, 2_400_000) * (4 if corporate else 1), rng.choice((500, 5000, 25_000))
    )

    def money(amount: Decimal) -> str:
        return sign_pattern.format(figures.print(amount))

    style = rng.choice(CONTRACT_DATES)
    land = one_line(address(rng, country))
    subject = _subject(rng, country, what, land)
    law = law_of(rng, country, land)
    forms: dict[str, tuple[str, str | list[str]]] = {
        "seller": (seller, seller),
        "buyer": (buyer, buyer),
        "subject": (subject, subject),
        "agreement_date": (print_date(made, style), made.isoformat()),
        "purchase_price": (money(price), plain(price)),
        "governing_law": (law, normal_law(law)),
    }
    if chance(rng, 0.8):
        deposit = (price * rng.choice((5, 10, 10, 10, 20)) / 100).quantize(Decimal(1))
        forms["deposit"] = (money(deposit), plain(deposit))
    if chance(rng, 0.82):
        forms["completion_date"] = (print_date(completion, style), completion.isoformat())
    if names_currency:
        forms["currency"] = (country.currency, country.currency)
    roles = rng.choice((("Seller", "Buyer"), ("Seller", "Purchaser"), ("Vendor", "Purchaser")))
    return Sale(
        rng=rng, country=country, story=Story(some_look(rng, letter=country.letter), "Sale and Purchase Agreement"),
        say=Values(forms), roles=roles, homes=(one_line(address(rng, country)), one_line(address(rng, country))),
        people=[_signatory(rng, country, seller, roles[0]), _signatory(rng, country, buyer, roles[1])],
        signed=chance(rng, 0.72), made=made, completion=completion, date_style=style, money=money, price=price,
        what=what,
    )  # fmt: skip


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


def _price(draft: Sale) -> str:
    if "currency" in draft.say:
        draft.say("currency")
    return draft.say("purchase_price")


def _deposit(draft: Sale) -> str:
    amount, buyer = draft.say("deposit"), draft.roles[1]
    return draft.rng.choice(
        (
            f"On signing, the {buyer} pays a deposit of {amount} to the stakeholder as part of the price.",
            f"Within three (3) business days the {buyer} shall deposit {amount} in escrow as earnest money, to be "
            "credited against the price at closing.",
            f"A deposit in the sum of {amount} has been paid on the signing of this agreement.",
        )
    )


def _balance(draft: Sale) -> str:
    if "deposit" not in draft.say:
        return "The price is payable in full in cleared funds on completion."
    deposit = Decimal(draft.say.form("deposit"))
    return f"The balance of {draft.money(draft.price - deposit)} is payable in cleared funds on completion."


def _completion(draft: Sale) -> str:
    if "completion_date" not in draft.say:
        return "Completion takes place on the tenth (10th) business day after the last of the conditions is satisfied."
    day = draft.say("completion_date")
    stop = print_date(draft.completion + timedelta(days=90), draft.date_style)
    return draft.rng.choice(
        (
            f"Completion shall take place on {day} at the offices of the {draft.roles[0]}'s lawyers.",
            f"The closing of the transaction shall occur on {day}, or such other date as the parties agree in writing, "
            f"but not later than {stop}.",
            f"The date fixed for completion is {day}.",
        )
    )


def _law(draft: Sale) -> str:
    law = draft.say("governing_law")
    return draft.rng.choice(
        (
            f"This agreement is governed by and construed in accordance with the laws of {law}.",
            f"The law of {law} governs this agreement. The courts of that place have exclusive jurisdiction.",
            f"This Agreement shall be governed by the laws of {law}, without regard to conflict of laws principles.",
        )
    )


def _tail(draft: Sale, count: int) -> None:
    clauses = some_clauses(draft.rng, "sale", count, draft.words())
    heading = draft.rng.choice(("Governing Law", "Law and Jurisdiction", "Applicable Law"))
    clauses.insert(draft.rng.randint(len(clauses) // 2, len(clauses)), (heading, [_law(draft)]))
    for heading, paragraphs in clauses:
        draft.story.clause(heading, *paragraphs)


def _money_clauses(draft: Sale) -> None:
    a, b = draft.roles
    paragraphs = [f"The price to be paid by the {b} to the {a} is {_price(draft)} (the “Purchase Price”)."]
    if "deposit" in draft.say:
        paragraphs.append(_deposit(draft))
    draft.story.clause(
        draft.rng.choice(("Purchase Price", "Price", "Consideration")), *paragraphs, _balance(draft)
    )
    draft.story.clause(draft.rng.choice(("Completion", "Closing", "Settlement")), _completion(draft))


def _narrative(draft: Sale) -> None:
    """A contract of sale in sentences."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(
        rng.choice(("SALE AND PURCHASE AGREEMENT", "CONTRACT OF SALE", "AGREEMENT FOR SALE AND PURCHASE"))
    )
    story.text(
        rng.choice(
            ("THIS AGREEMENT is dated {}", "This agreement is made on {}", "AN AGREEMENT made this {}")
        ).format(say("agreement_date"))
    )
    story.text("<b>PARTIES</b>")
    story.text(f"(1) <b>{say('seller')}</b> of {draft.homes[0]} (the “{a}”); and", indent=18)
    story.text(f"(2) <b>{say('buyer')}</b> of {draft.homes[1]} (the “{b}”).", indent=18)
    story.text("<b>AGREED TERMS</b>")
    story.clause(
        rng.choice(("Sale and Purchase", "Agreement to Sell", "The Property")),
        f"The {a} sells and the {b} buys the freehold property known as {say('subject')} (the “Property”).",
    )
    _money_clauses(draft)
    _tail(draft, rng.randint(6, 10))


def _particulars(draft: Sale) -> None:
    """A contract whose particulars stand in a table, followed by conditions."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(
        rng.choice(("CONTRACT FOR THE SALE OF LAND", "CONTRACT OF SALE OF REAL ESTATE", "SALE CONTRACT"))
    )
    rows = [
        (rng.choice(("Date", "Date of agreement", "Contract date")), say("agreement_date")),
        (a, f"{say('seller')}<br/>{draft.homes[0]}"),
        (b, f"{say('buyer')}<br/>{draft.homes[1]}"),
        (rng.choice(("Property", "Land", "Property sold")), say("subject")),
        (rng.choice(("Purchase price", "Price", "Sale price")), _price(draft)),
    ]
    if "deposit" in say:
        rows.append((rng.choice(("Deposit", "Deposit paid")), say("deposit")))
        rows.append(("Balance", draft.money(draft.price - Decimal(say.form("deposit")))))
    if "completion_date" in say:
        rows.append(
            (
                rng.choice(("Completion date", "Date for completion", "Settlement date")),
                say("completion_date"),
            )
        )
    rows.append((f"{a}'s agent", company(rng, draft.country, "property").replace("&", "&amp;")))
    story.facts(rows, lines=chance(rng, 0.6), first_width=rng.choice((0.28, 0.34, 0.4)))
    story.text(f"The {a} sells and the {b} buys the property on the following conditions.")
    _tail(draft, rng.randint(7, 11))


def _american(draft: Sale) -> None:
    """A purchase and sale agreement in sections."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(rng.choice(("PURCHASE AND SALE AGREEMENT", "REAL ESTATE PURCHASE AGREEMENT")))
    story.text(
        f"This Purchase and Sale Agreement (this “Agreement”) is made and entered into as of {say('agreement_date')} "
        f"(the “Effective Date”), by and between {say('seller')}, having an address at {draft.homes[0]} (“{a}”), and "
        f"{say('buyer')}, having an address at {draft.homes[1]} (“{b}”)."
    )
    story.clause(
        "Property",
        f"{a} agrees to sell and {b} agrees to purchase the real property located at {say('subject')}.",
    )
    inspection = print_date(draft.made + timedelta(days=12), draft.date_style)
    _money_clauses(draft)
    story.clause(
        "Inspection",
        f"{b} may inspect the Property until 5:00 p.m. on {inspection} and terminate by notice before then.",
    )
    _tail(draft, rng.randint(7, 11))
    story.text("IN WITNESS WHEREOF, the parties have executed this Agreement as of the Effective Date.")


def _shares(draft: Sale) -> None:
    """A share purchase agreement that defines its terms first."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(
        rng.choice(
            ("SHARE PURCHASE AGREEMENT", "SHARE SALE AND PURCHASE AGREEMENT", "STOCK PURCHASE AGREEMENT")
        )
    )
    story.text(f"dated {say('agreement_date')}", center=True)
    story.text("between", center=True)
    story.text(f"<b>{say('seller')}</b><br/>as {a}", center=True)
    story.text("and", center=True)
    story.text(f"<b>{say('buyer')}</b><br/>as {b}", center=True)
    if chance(rng, 0.6):
        story.new_page()
    definitions = [
        f"“<b>Shares</b>” means {say('subject')};",
        f"“<b>Purchase Price</b>” means the sum of {_price(draft)};",
    ]
    if "deposit" in say:
        definitions.append(f"“<b>Deposit</b>” means {say('deposit')};")
    if "completion_date" in say:
        definitions.append(f"“<b>Completion Date</b>” means {say('completion_date')};")
    long_stop = print_date(draft.completion + timedelta(days=120), draft.date_style)
    definitions.append(f"“<b>Long Stop Date</b>” means {long_stop}.")
    story.clause("Definitions", "In this agreement:", *definitions)
    story.clause(
        "Sale and Purchase",
        f"The {a} sells and the {b} buys the Shares for the Purchase Price, which is payable at Completion.",
    )
    _tail(draft, rng.randint(8, 12))


def _assets(draft: Sale) -> None:
    """A business sale with recitals."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(
        rng.choice(
            ("BUSINESS SALE AGREEMENT", "ASSET PURCHASE AGREEMENT", "AGREEMENT FOR THE SALE OF A BUSINESS")
        )
    )
    story.text(
        f"This agreement is entered into on {say('agreement_date')} between <b>{say('seller')}</b>, {draft.homes[0]} "
        f"(“{a}”) and <b>{say('buyer')}</b>, {draft.homes[1]} (“{b}”)."
    )
    story.text(f"WHEREAS the {a} owns {say('subject')} (the “Business”); and")
    story.text(f"WHEREAS the {b} wishes to acquire the Business as a going concern;")
    story.text("NOW, THEREFORE, in consideration of the mutual promises below, it is agreed:")
    _money_clauses(draft)
    _tail(draft, rng.randint(6, 10))


def _form(draft: Sale) -> None:
    """A printed form with typed-in values."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading(
        rng.choice(("OFFER AND ACCEPTANCE", "SALE AND PURCHASE AGREEMENT", "AGREEMENT OF PURCHASE AND SALE"))
    )
    rows = [
        ("Date of this agreement", say.bare("agreement_date")),
        (a, say.bare("seller")),
        (f"Address of {a.lower()}", draft.homes[0]),
        (b, say.bare("buyer")),
        (f"Address of {b.lower()}", draft.homes[1]),
        (rng.choice(("Property", "Address of property")), say.bare("subject")),
        (rng.choice(("Purchase price", "Price")), _price(draft)),
    ]
    if "deposit" in say:
        rows.append(("Deposit", say.bare("deposit")))
    if "completion_date" in say:
        rows.append(
            (rng.choice(("Completion date", "Settlement on", "Possession date")), say.bare("completion_date"))
        )
    story.form(rows)
    for line in rng.sample(
        ("Vacant possession", "Subject to finance", "Chattels included", "Subject to tenancy"), 3
    ):
        story.text(f"[{'X' if chance(rng, 0.5) else '  '}] {line}")
    _tail(draft, rng.randint(4, 8))


def _heads(draft: Sale) -> None:
    """A memorandum of sale; used for the demo only, so that its layout is new to the model."""
    story, say, rng = draft.story, draft.say, draft.rng
    a, b = draft.roles
    story.heading("MEMORANDUM OF AGREEMENT", center=False)
    story.text(f"{say('agreement_date')}")
    story.text(
        f"It was agreed today that {say('seller')} ({a.lower()}, {draft.homes[0]}) sells to {say('buyer')} "
        f"({b.lower()}, {draft.homes[1]}) the property {say('subject')} for {_price(draft)}. {_completion(draft)}"
    )
    if "deposit" in say:
        story.text(_deposit(draft))
    for _, paragraphs in some_clauses(rng, "sale", 5, draft.words()):
        for paragraph in paragraphs:
            story.text(paragraph)
    story.text(_law(draft))


TEMPLATES: dict[str, Callable[[Sale], None]] = {
    "narrative": _narrative,
    "particulars": _particulars,
    "american": _american,
    "shares": _shares,
    "assets": _assets,
    "form": _form,
    "heads": _heads,
}
HELD_OUT = frozenset({"heads"})
"""Templates that only the demo uses."""
