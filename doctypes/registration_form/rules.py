"""What must hold of a registration form."""

from __future__ import annotations

from datetime import date, timedelta

from doctypes.rules_v1 import check, rule

AHEAD = timedelta(days=1)
FIRST_DAY = date(1938, 6, 8)
# A person may register alone, so that signer and registrant have one name: only words tell a firm.
ORGANISATIONS = (
    " agency association associates authority bank board bureau center centre chamber co committee company "
    "corp corporation council department embassy foundation fund government group inc institute "
    "international llc llp lp ltd ministry office organization partners registry society tourism trade "
    "union university "
)


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


@rule("signer_name")
def signer_is_a_person(fields, facts):
    """The signer's name reads as a person's: two words or more, no digit, no word of organisations."""
    words = "".join(c if c.isalnum() else " " for c in fields.text("signer_name").casefold()).split()
    firm = any(f" {word} " in ORGANISATIONS for word in words)
    digits = sum(any(c.isdigit() for c in word) for word in words)
    said = f"{len(words)} words, {digits} with digits, {'some' if firm else 'none'} of organisations"
    return check(len(words) >= 2 and not digits and not firm, said)


@rule("registrant_name")
def registrant_has_letters(fields, facts):
    """The registrant's name holds letters, not only a number."""
    name = fields.text("registrant_name")
    letters = sum(c.isalpha() for c in name)
    return check(letters >= 2, f"{letters} letters among {len(name)} characters")
