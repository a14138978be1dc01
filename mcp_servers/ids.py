"""Identifiers of companies and accounts: written one way, and checked by their own check digits."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

Scheme = Literal["vat", "iban", "lei", "company"]

_COMPANY_RULES = {
    "AT": "uid", "BE": "vat", "CH": "uid", "DK": "cvr", "ES": "cif", "FI": "ytunnus",
    "FR": "siren", "IT": "iva", "NL": "btw", "NO": "orgnr", "PL": "regon", "PT": "nif", "SE": "orgnr",
    "US": "ein",
}  # fmt: skip
"""By country, the rule that company numbers follow; other countries have none that is known."""


def compact(value: str) -> str:
    """Return an identifier without spaces, points and hyphens, in capitals."""
    return "".join(c for c in value.upper() if c.isalnum())


def is_valid(scheme: Scheme, value: str, country: str | None = None) -> bool | None:
    """Whether an identifier's form and check digits are right; None where no rule is known for it.

    Args:
        scheme: What it is.
        value: As printed.
        country: ISO 3166 code of the register, for company numbers.
    """
    written = compact(value)
    match scheme:
        case "iban":
            return bool(_module("iban").is_valid(written))
        case "lei":
            return bool(_module("lei").is_valid(written))
        case "vat":
            return _vat(written)
        case "company":
            rule = _COMPANY_RULES.get((country or "").upper())
            return None if rule is None else bool(_module(f"{country}.{rule}".lower()).is_valid(value))


def _vat(written: str) -> bool | None:
    from doctypes.rules_v1 import vat_is_valid

    return vat_is_valid(written)


@cache
def _module(name: str) -> Any:
    from importlib import import_module

    return import_module(f"stdnum.{name}")
