"""What must hold of a registration form."""

from __future__ import annotations

from datetime import date, timedelta

from doctypes.rules_v1 import check, rule, same_party

AHEAD = timedelta(days=1)
FIRST_DAY = date(1938, 6, 8)


@rule("date_stamped")
def stamp_is_not_in_the_future(fields, facts):
    """The form was stamped no later than the day of submission; one day is allowed for time zones."""
    stamped = fields.date("date_stamped")
    return check(stamped <= facts.today + AHEAD, f"stamped {stamped}, submitted {facts.today}, 1 day allowed")


@rule("date_stamped")
def stamp_is_not_before_the_act(fields, facts):
    """The form was stamped on or after 8 June 1938, when the act came into force."""
    stamped = fields.date("date_stamped")
    return check(stamped >= FIRST_DAY, f"stamped {stamped}, {FIRST_DAY} or later expected")


@rule("registration_num")
def registration_number_is_short_and_numeric(fields, facts):
    """The registration number is of one to six digits."""
    number = fields.text("registration_num")
    return check(number.isdigit() and len(number) <= 6, f"{len(number)} characters")


@rule("registrant_name", "signer_name")
def signer_is_not_the_registrant(fields, facts):
    """The signer is a person, the registrant another name."""
    same = same_party(fields.text("registrant_name"), fields.text("signer_name"))
    return check(not same, "signer and registrant have the same name" if same else "the names differ")


@rule("registrant_name")
def registrant_has_letters(fields, facts):
    """The registrant's name holds letters, not only a number."""
    name = fields.text("registrant_name")
    letters = sum(c.isalpha() for c in name)
    return check(letters >= 2, f"{letters} letters among {len(name)} characters")
