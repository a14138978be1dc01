"""What must hold of a political ad buy."""

from __future__ import annotations

from datetime import timedelta

from doctypes.rules_v1 import check, rule

LONGEST_FLIGHT = timedelta(days=366)
AHEAD = timedelta(days=2 * 366)
FIRST_YEAR = 1950


@rule("flight_from", "flight_to")
def flight_does_not_end_before_it_begins(fields, facts):
    """The last day of the flight is on or after the first."""
    first, last = fields.date("flight_from"), fields.date("flight_to")
    return check(first <= last, f"from {first} to {last}: {(last - first).days} days")


@rule("flight_from", "flight_to")
def flight_is_within_one_campaign(fields, facts):
    """The flight lasts no longer than a year."""
    first, last = fields.date("flight_from"), fields.date("flight_to")
    return check(last - first <= LONGEST_FLIGHT, f"{(last - first).days} days, at most 366 expected")


@rule("flight_from")
def flight_is_in_plausible_years(fields, facts):
    """The flight begins in 1950 or later, and no more than two years after submission."""
    first = fields.date("flight_from")
    plausible = first.year >= FIRST_YEAR and first <= facts.today + AHEAD
    return check(plausible, f"from {first}, submitted {facts.today}")


@rule("gross_amount")
def gross_amount_is_positive(fields, facts):
    """The advertising costs something."""
    gross = fields.amount("gross_amount")
    return check(gross > 0, f"gross amount {gross:.2f}")


@rule("contract_num")
def contract_number_has_digits(fields, facts):
    """The contract number holds at least two digits."""
    digits = sum(c.isdigit() for c in fields.text("contract_num"))
    return check(digits >= 2, f"{digits} digits")


@rule("advertiser")
def advertiser_has_letters(fields, facts):
    """The advertiser's name holds letters, not only a number."""
    name = fields.text("advertiser")
    letters = sum(c.isalpha() for c in name)
    return check(letters >= 2, f"{letters} letters among {len(name)} characters")
