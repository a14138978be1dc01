"""What must hold of a commercial agreement."""

from __future__ import annotations

from datetime import date, timedelta

from doctypes.rules_v1 import check, known_jurisdiction, rule, same_party

AHEAD = timedelta(days=31)
OLDEST = date(1950, 1, 1)
APART = timedelta(days=3 * 366)
DAYS_OF_A_MONTH = 30


@rule("parties")
def parties_differ(fields, facts):
    """No party is named twice."""
    names = fields.texts("parties")
    twice = [b for n, b in enumerate(names) if any(same_party(a, b) for a in names[:n])]
    return check(not twice, f"{len(names)} parties, {len(twice)} named twice")


@rule("agreement_date")
def agreement_date_is_plausible(fields, facts):
    """The agreement is dated after 1950 and no more than 31 days ahead."""
    made = fields.date("agreement_date")
    return check(
        OLDEST <= made <= facts.today + AHEAD, f"dated {made}, submitted {facts.today}, 31 days allowed"
    )


@rule("agreement_date", "effective_date")
def effect_is_near_the_agreement(fields, facts):
    """The agreement takes effect within three years of its date."""
    made, effective = fields.date("agreement_date"), fields.date("effective_date")
    return check(abs(effective - made) <= APART, f"dated {made}, effective {effective}, 1098 days allowed")


@rule("agreement_date", "expiration_date")
def expiration_follows_the_agreement(fields, facts):
    """The agreement ends after it is made."""
    made, ended = fields.date("agreement_date"), fields.date("expiration_date")
    return check(ended > made, f"dated {made}, ends {ended}: {(ended - made).days} days later")


@rule("effective_date", "expiration_date")
def expiration_follows_effect(fields, facts):
    """The agreement ends after it takes effect."""
    effective, ended = fields.date("effective_date"), fields.date("expiration_date")
    return check(
        ended > effective, f"effective {effective}, ends {ended}: {(ended - effective).days} days later"
    )


@rule("effective_date", "expiration_date", "notice_period")
def notice_is_shorter_than_the_term(fields, facts):
    """Notice of the end is given within the term, not before it begins."""
    effective, ended = fields.date("effective_date"), fields.date("expiration_date")
    notice = _days(fields.duration("notice_period"))
    term = (ended - effective).days
    return check(notice < term, f"notice of about {notice:.0f} days, term of {term} days")


@rule("renewal_term", "notice_period")
def notice_is_no_longer_than_a_renewal(fields, facts):
    """The notice that stops a renewal is no longer than the renewal."""
    renewal, notice = _days(fields.duration("renewal_term")), _days(fields.duration("notice_period"))
    return check(notice <= renewal, f"notice of about {notice:.0f} days, renewal of about {renewal:.0f} days")


@rule("governing_law")
def governing_law_is_known(fields, facts):
    """The law is that of a country, or of a state or province with a law of its own."""
    place = fields.text("governing_law")
    known = known_jurisdiction(place)
    return check(known, f"{place}: {'a known place' if known else 'no known place'}")


def _days(length):
    return length.months * DAYS_OF_A_MONTH + length.days
