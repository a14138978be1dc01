"""Numbers of invoices, taxpayers and accounts, their check digits right, of no one in particular."""

from __future__ import annotations

import random
from datetime import date

from samples.sample import chance


def invoice_number(rng: random.Random, issued: date) -> str:
    """Return a number as sellers count their invoices."""
    serial = rng.randint(1, 99999)
    short = f"{serial % 1000:03d}"
    kinds = (
        f"{issued.year}-{short}",
        f"RE-{issued:%Y%m%d}/{serial % 1000}",
        f"INV-{serial:05d}",
        f"{serial + 100000}",
        f"{issued:%y%m}{serial % 10000:04d}",
        f"F{issued.year}-{serial % 10000:04d}",
        f"{short}/{issued.year}",
        f"SI-{serial}",
        f"{rng.choice('ABCDR')}{rng.choice('KLMX')}{serial:05d}",
    )
    return rng.choice(kinds)


def print_vat(rng: random.Random, vat: str) -> str:
    """Return a VAT number with or without spaces and points."""
    if vat.startswith("CHE"):
        return f"CHE-{vat[3:6]}.{vat[6:9]}.{vat[9:12]} {vat[12:]}"
    return f"{vat[:2]} {vat[2:5]} {vat[5:8]} {vat[8:]}" if chance(rng, 0.2) else vat


def vat_number(rng: random.Random, code: str) -> str:
    """Return a VAT number of a country with right check digits, of no one in particular."""
    from doctypes.rules_v1 import vat_is_valid

    shapes = {
        "DE": "DE#########",
        "AT": "ATU########",
        "FR": "FR##{}",
        "GB": "GB#########",
        "IE": "IE#######@",
    }
    while True:
        if code == "CH":
            number = "CHE" + _digits(rng, 9) + "MWST"
        elif code == "FR":
            siren = _digits(rng, 9)
            number = f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
        else:
            number = "".join(
                str(rng.randint(1, 9))
                if c == "#"
                else rng.choice("ABCDEFGHIJKLMNOPQRSTUVW")
                if c == "@"
                else c
                for c in shapes[code]
            )
        if vat_is_valid(number):
            return number


def iban(rng: random.Random, code: str) -> str:
    """Return an IBAN with right check digits, of an account that is no one's in particular."""
    from stdnum.iban import calc_check_digits

    letters = "".join(rng.choice("BDFGHKLMNPRST") for _ in range(4))
    account = {
        "GB": letters + _digits(rng, 14), "IE": letters + _digits(rng, 14), "DE": _digits(rng, 18),
        "AT": _digits(rng, 16), "CH": _digits(rng, 17), "FR": _digits(rng, 23),
    }[code]  # fmt: skip
    return f"{code}{calc_check_digits(code + '00' + account)}{account}"


def _digits(rng: random.Random, count: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))
