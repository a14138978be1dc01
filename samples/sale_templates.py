"""The wordings of sale and purchase agreements: seven ways to say who sells what to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from samples.clauses import phrase, some_clauses
from samples.places import company
from samples.printed import print_date
from samples.sale_draft import Sale
from samples.sample import chance


def _price(draft: Sale) -> str:
    if "currency" in draft.say:
        draft.say("currency")
    return draft.say("purchase_price")


def _deposit(draft: Sale) -> str:
    return phrase(draft.rng, "sale deposit", buyer=draft.roles[1], amount=draft.say("deposit"))


def _balance(draft: Sale) -> str:
    if "deposit" not in draft.say:
        return "The price is payable in full in cleared funds on completion."
    deposit = Decimal(draft.say.form("deposit"))
    return f"The balance of {draft.money(draft.price - deposit)} is payable in cleared funds on completion."


def _completion(draft: Sale) -> str:
    if "completion_date" not in draft.say:
        return phrase(draft.rng, "sale without a day")
    stop = print_date(draft.completion + timedelta(days=90), draft.date_style)
    day = draft.say("completion_date")
    return phrase(draft.rng, "sale completion", day=day, stop=stop, seller=draft.roles[0])


def _law(draft: Sale) -> str:
    return phrase(draft.rng, "sale law", law=draft.say("governing_law"))


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
        f"This Purchase and Sale Agreement (this “Agreement”) is made and entered into as of "
        f"{say('agreement_date')} "
        f"(the “Effective Date”), by and between {say('seller')}, having an address at "
        f"{draft.homes[0]} (“{a}”), and "
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
        f"This agreement is entered into on {say('agreement_date')} between "
        f"<b>{say('seller')}</b>, {draft.homes[0]} "
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
        f"({b.lower()}, {draft.homes[1]}) the property {say('subject')} for {_price(draft)}. "
        f"{_completion(draft)}"
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
