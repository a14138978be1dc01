"""Months in several languages, and the signs of calendars other than the Gregorian."""

from __future__ import annotations

import re

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jaenner janner janvier janv enero ene gennaio gen januari janeiro",
            "february feb february febr februar feber fevrier fevr fev febrero febbraio februari fevereiro",
            "march mar marz maerz mrz mars marzo maart mrt marco",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag mei maio",
            "june jun juni juin junio giugno giu junho",
            "july jul juli juillet juil julio luglio lug julho",
            "august aug aout agosto ago augustus",
            "september sep sept septembre septiembre settembre set setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez decembre diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}

_HIJRI = (
    r"\bmuharram|\bsafar\b|\brabi'? ?(?:al|ul|i)|\bjumada|\brajab\b|\bsha'?ban\b|\bramadh?an\b|\bshawwal"
    r"|\bdh[ui]l? ?-?(?:al)?-? ?(?:qa|hij)|\bzul ?-?(?:qa|hij)|\d\s*a\.?h\.?$|هـ"
)
_PERSIAN = (
    r"\bfarvardin|\bordibehesht|\bkhordad|\btir\b|\bmordad|\bshahrivar|\bmehr\b|\baban\b|\bazar\b|\bdey\b"
    r"|\bbahman|\besfand"
)
_HEBREW = (
    r"\btishrei|\bcheshvan|\bmarcheshvan|\bkislev|\btevet|\bshevat|\badar\b|\bnisan\b|\biyar\b|\bsivan\b"
    r"|\btammuz|\belul\b"
)
_JAPANESE = r"令和|平成|昭和|大正|明治|\b(?:reiwa|heisei|showa|taisho)\b|^[rhs]\s?\d{1,2}[./年]"
_BUDDHIST = r"\bb\.?e\.?\s*2[45]\d\d|2[45]\d\d\s*b\.?e\.?\b|พ\.?\s*ศ|พุทธ"
_MINGUO = r"民國|民国"
_CALENDARS = {
    "Hijri": re.compile(_HIJRI),
    "Persian": re.compile(_PERSIAN),
    "Hebrew": re.compile(_HEBREW),
    "Japanese era": re.compile(_JAPANESE),
    "Buddhist": re.compile(_BUDDHIST),
    "Minguo": re.compile(_MINGUO),
}


def foreign_calendar(text: str) -> str | None:
    """Return the name of the other calendar that ``text`` (cleaned, lower case) is written in, if any."""
    for name, pattern in _CALENDARS.items():
        if pattern.search(text):
            return name
    return None


def calendar_of_year(year: int) -> str | None:
    """Return which other calendar a four-digit year most likely counts in; None for a Gregorian one."""
    if 1700 <= year <= 2200:
        return None
    if 1300 <= year < 1500:
        return "Hijri or Persian"
    if 2400 <= year < 2700:
        return "Buddhist"
    if 5600 <= year < 6000:
        return "Hebrew"
    return "unknown"
