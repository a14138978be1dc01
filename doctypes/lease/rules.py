"""What must hold of a lease."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from doctypes.rules_v1 import broken, cannot_tell, check, ends_of, holds, known_currency, rule, same_party

AHEAD = timedelta(days=31)
APART = timedelta(days=731)
MOST_MONTHS_OF_DEPOSIT = Decimal(12)
LONGEST_TERM_MONTHS = 999 * 12


@rule("landlord", "tenant")
def landlord_is_not_a_tenant(fields, facts):
    """The landlord is none of the tenants."""
    landlord, tenants = fields.text("landlord"), fields.texts("tenant")
    same = [number for number, tenant in enumerate(tenants, start=1) if same_party(landlord, tenant)]
    if same:
        return broken(f"tenant {same[0]} of {len(tenants)} has the landlord's name")
    return holds(f"the landlord's name differs from {len(tenants)} tenant(s)")


@rule("tenant")
def tenants_differ(fields, facts):
    """No tenant is named twice."""
    tenants = fields.texts("tenant")
    for number, tenant in enumerate(tenants):
        if any(same_party(tenant, earlier) for earlier in tenants[:number]):
            return broken(f"tenant {number + 1} of {len(tenants)} is named before")
    return holds(f"{len(tenants)} tenant(s), all different")


@rule("commencement_date", "expiry_date")
def expiry_is_after_commencement(fields, facts):
    """The lease ends after it begins."""
    start, end = fields.date("commencement_date"), fields.date("expiry_date")
    return check(end > start, f"{start} to {end} is {(end - start).days} days")


@rule("commencement_date", "expiry_date", "term")
def term_is_the_time_between(fields, facts):
    """The term equals end minus start, whether or not the last day is counted."""
    start, end, term = fields.date("commencement_date"), fields.date("expiry_date"), fields.duration("term")
    ends = ends_of(start, term)
    if ends is None:
        return cannot_tell("the term is no whole number of months and days")
    return check(end in ends, f"the term from {start} ends on {ends[0]} or {ends[1]}, printed {end}")


@rule("term")
def term_is_of_usual_length(fields, facts):
    """The term is longer than nothing and no longer than 999 years."""
    term = fields.duration("term")
    months = term.months + term.days / 30
    return check(0 < months <= LONGEST_TERM_MONTHS, f"about {months:.0f} months, at most 11988 expected")


@rule("agreement_date", "commencement_date")
def agreement_is_near_commencement(fields, facts):
    """The lease is dated within two years of its commencement."""
    made, start = fields.date("agreement_date"), fields.date("commencement_date")
    return check(
        abs(start - made) <= APART, f"dated {made}, begins {start}: {abs((start - made).days)} days apart"
    )


@rule("agreement_date")
def agreement_is_not_in_the_future(fields, facts):
    """The lease is dated no more than 31 days ahead."""
    made = fields.date("agreement_date")
    return check(made <= facts.today + AHEAD, f"dated {made}, submitted {facts.today}, 31 days allowed")


@rule("monthly_rent")
def rent_is_positive(fields, facts):
    """The rent is more than nothing."""
    rent = fields.amount("monthly_rent")
    return check(rent > 0, f"rent {rent:.2f}")


@rule("deposit", "monthly_rent")
def deposit_is_within_reason(fields, facts):
    """The deposit lies between nothing and twelve months' rent, whatever the law of the place."""
    deposit, rent = fields.amount("deposit"), fields.amount("monthly_rent")
    if rent <= 0:
        return cannot_tell(f"rent {rent:.2f} is no measure for the deposit")
    months = deposit / rent
    return check(
        0 <= months <= MOST_MONTHS_OF_DEPOSIT,
        f"deposit {deposit:.2f} is {months:.1f} months' rent of {rent:.2f}, 0 to 12 expected",
    )


@rule("currency")
def currency_is_known(fields, facts):
    """The currency is an ISO 4217 code."""
    code = fields.text("currency")
    return check(known_currency(code), f"currency {code}")
