"""What must hold of a sale and purchase agreement."""

from __future__ import annotations

from datetime import timedelta

from doctypes.rules_v1 import cannot_tell, check, known_currency, rule, same_party

AHEAD = timedelta(days=31)
LONGEST_WAIT = timedelta(days=5 * 366)


@rule("seller", "buyer")
def seller_is_not_buyer(fields, facts):
    """Seller and buyer are different."""
    same = same_party(fields.text("seller"), fields.text("buyer"))
    return check(not same, "seller and buyer have the same name" if same else "the names differ")


@rule("purchase_price")
def price_is_positive(fields, facts):
    """The price is more than nothing."""
    price = fields.amount("purchase_price")
    return check(price > 0, f"price {price:.2f}")


@rule("deposit", "purchase_price")
def deposit_is_part_of_the_price(fields, facts):
    """The deposit lies between nothing and the price."""
    deposit, price = fields.amount("deposit"), fields.amount("purchase_price")
    if price <= 0:
        return cannot_tell(f"price {price:.2f} is no measure for the deposit")
    share = 100 * deposit / price
    return check(0 <= deposit <= price, f"deposit {deposit:.2f} is {share:.1f} % of {price:.2f}")


@rule("agreement_date", "completion_date")
def completion_is_not_before_agreement(fields, facts):
    """Completion is on or after the day of the agreement."""
    made, completed = fields.date("agreement_date"), fields.date("completion_date")
    return check(
        completed >= made, f"agreed {made}, completion {completed}: {(completed - made).days} days later"
    )


@rule("agreement_date", "completion_date")
def completion_is_within_five_years(fields, facts):
    """Completion follows within five years of the agreement."""
    made, completed = fields.date("agreement_date"), fields.date("completion_date")
    return check(completed - made <= LONGEST_WAIT, f"{(completed - made).days} days, at most 1830 expected")


@rule("agreement_date")
def agreement_is_not_in_the_future(fields, facts):
    """The agreement is dated no more than 31 days ahead."""
    made = fields.date("agreement_date")
    return check(made <= facts.today + AHEAD, f"dated {made}, submitted {facts.today}, 31 days allowed")


@rule("currency")
def currency_is_known(fields, facts):
    """The currency is an ISO 4217 code."""
    code = fields.text("currency")
    return check(known_currency(code), f"currency {code}")
