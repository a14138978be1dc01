"""Currencies: ISO 4217 codes, and what the printed signs and names of money stand for."""

from __future__ import annotations

import re

from doctypes.forms.characters import fold
from doctypes.forms.result import Normalised, nothing

_IN_USE = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD "
    "LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
)
_WITHDRAWN = "BGN HRK DEM FRF ITL ESP NLG ATS BEF"
CODES = frozenset((_IN_USE + _WITHDRAWN).split())
"""ISO 4217 codes in use, and the withdrawn ones that old contracts still name."""

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

_NAMES = {
    name: code
    for code, names in {
        "EUR": "€|euro|euros",
        "GBP": "£|pound sterling|pounds sterling|pounds|gb£|stg",
        "USD": "us$|u.s.$|us dollar|us dollars|u.s. dollars|united states dollars|$us",
        "MYR": "rm|ringgit|ringgit malaysia|malaysian ringgit",
        "SGD": "s$|sg$|singapore dollars",
        "HKD": "hk$|hong kong dollars",
        "AUD": "a$|au$|australian dollars",
        "CAD": "c$|ca$|can$|canadian dollars",
        "NZD": "nz$|new zealand dollars",
        "TWD": "nt$",
        "BRL": "r$|reais",
        "MXN": "mex$",
        "INR": "₹|indian rupees",
        "CHF": "sfr|sfr.|fr.|schweizer franken|swiss francs|swiss franc|francs suisses",
        "PLN": "zł|zl|zloty",
        "CZK": "kč|kc",
        "HUF": "ft|forint",
        "TRY": "₺|tl",
        "KRW": "₩|won",
        "ILS": "₪|nis",
        "VND": "₫",
        "THB": "฿|baht",
        "PHP": "₱|php",
        "IDR": "rp|rupiah",
        "NGN": "₦|naira",
        "RUB": "₽|rub",
        "UAH": "₴",
        "JPY": "yen|円|jp¥",
        "CNY": "rmb|元|cn¥|yuan|renminbi",
        "AED": "dhs|dh|dirhams",
        "ZAR": "rand",
        "DKK": "dkr",
    }.items()
    for name in names.split("|")
}
_SHARED = {
    "$": "USD, CAD, AUD or another dollar",
    "dollar": "USD, CAD, AUD or another dollar",
    "dollars": "USD, CAD, AUD or another dollar",
    "¥": "JPY or CNY",
    "kr": "SEK, NOK, DKK or ISK",
    "kr.": "SEK, NOK, DKK or ISK",
    "rs": "INR, PKR or LKR",
    "rs.": "INR, PKR or LKR",
    "rupees": "INR, PKR or LKR",
    "francs": "CHF, XOF or an older franc",
}
_AMOUNT = re.compile(r"[-+(]*\s*\d[\d.,' ]*[-)]*")


def currency_of(sign: str) -> str | None:
    """Return the ISO code that ``sign`` (a code, symbol or name) stands for, "" if several, None if none."""
    token = sign.strip()
    if token.upper() in CODES:
        return token.upper()
    lowered = token.casefold()
    if lowered in _SHARED:
        return ""
    return _NAMES.get(lowered) or _NAMES.get(lowered.rstrip("."))


def normalise_currency(raw: str) -> Normalised:
    """Return the ISO 4217 code of a currency printed by code, symbol or name, amounts beside it ignored."""
    sign = _AMOUNT.sub(" ", fold(raw)).strip(" :()[]*").strip()
    code = currency_of(sign)
    if code is None:
        sign = sign.replace(" ", "")
        code = currency_of(sign)
    if code:
        return Normalised(code)
    if code == "":
        return nothing(f"the sign stands for {_SHARED[sign.casefold()]}", ambiguous=True)
    return nothing("not a known currency")
