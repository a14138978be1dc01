"""What must hold of a receipt."""

from __future__ import annotations

from datetime import timedelta

from doctypes.rules_v1 import check, rule

AHEAD = timedelta(days=1)
OLDEST_YEAR = 1980


@rule("total")
def total_is_positive(fields, facts):
    """Something was paid."""
    total = fields.amount("total")
    return check(total > 0, f"total {total:.2f}")


@rule("date")
def date_is_not_in_the_future(fields, facts):
    """The sale is no later than the day of submission; one day is allowed for time zones."""
    sold = fields.date("date")
    return check(sold <= facts.today + AHEAD, f"sold {sold}, submitted {facts.today}, 1 day allowed")


@rule("date")
def date_is_within_living_tills(fields, facts):
    """The sale is of 1980 or later."""
    sold = fields.date("date")
    return check(sold.year >= OLDEST_YEAR, f"sold {sold}, {OLDEST_YEAR} or later expected")


@rule("vendor_name")
def vendor_has_letters(fields, facts):
    """The vendor's name holds letters, not only a number."""
    name = fields.text("vendor_name")
    letters = sum(c.isalpha() for c in name)
    return check(letters >= 2, f"{letters} letters among {len(name)} characters")
