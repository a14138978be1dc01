"""What must hold of a non-disclosure agreement."""

from __future__ import annotations

from datetime import date, timedelta

from doctypes.rules_v1 import check, known_jurisdiction, rule, same_party

AHEAD = timedelta(days=366)
OLDEST = date(1950, 1, 1)
LONGEST_TERM_IN_MONTHS = 600
DAYS_OF_A_MONTH = 30


@rule("party")
def parties_differ(fields, facts):
    """No party is named twice."""
    names = fields.texts("party")
    twice = [b for n, b in enumerate(names) if any(same_party(a, b) for a in names[:n])]
    return check(not twice, f"{len(names)} parties, {len(twice)} named twice")


@rule("party")
def parties_have_letters(fields, facts):
    """Every party's name holds letters, not only numbers."""
    names = fields.texts("party")
    odd = [name for name in names if sum(c.isalpha() for c in name) < 2]
    return check(not odd, f"{len(odd)} of {len(names)} names without letters")


@rule("effective_date")
def effective_date_is_plausible(fields, facts):
    """The agreement takes effect after 1950 and no more than a year after submission."""
    effective = fields.date("effective_date")
    plausible = OLDEST <= effective <= facts.today + AHEAD
    return check(plausible, f"effective {effective}, submitted {facts.today}, 366 days allowed")


@rule("term")
def term_is_positive_and_not_endless(fields, facts):
    """The term is longer than nothing and no longer than 50 years."""
    term = fields.duration("term")
    months = term.months + term.days / DAYS_OF_A_MONTH
    return check(0 < months <= LONGEST_TERM_IN_MONTHS, f"about {months:.1f} months")


@rule("jurisdiction")
def jurisdiction_is_known(fields, facts):
    """The law is that of a country, or of a state or province with a law of its own."""
    place = fields.text("jurisdiction")
    known = known_jurisdiction(place)
    return check(known, f"{place}: {'a known place' if known else 'no known place'}")
