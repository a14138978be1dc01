"""Parties, people, addresses, identifiers, jurisdictions, presence and free text."""

from __future__ import annotations

import re

from doctypes.forms.characters import clean, fold, letters_and_digits, squeeze
from doctypes.forms.result import Normalised, nothing

_EDGE = " \t\r\n,;:\"'“”„«»*_"
_ROLE = re.compile(
    r"\s*[(\[,]\s*(?:(?:hereinafter|hereafter|together|each|collectively|the|im folgenden|ci-apres)\b[^()]*"
    r"|[\"“”'‘’„][^()]*)[)\]]?\s*$",  # noqa: RUF001
    re.IGNORECASE,
)
_HONORIFIC = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|dr|prof|herr|frau|mme|mlle|m|sr|sra)\b\.?\s+)+", re.IGNORECASE
)


def normalise_text(raw: str) -> Normalised:
    """Return ``raw`` trimmed, with single spaces."""
    text = squeeze(raw)
    return Normalised(text) if text else nothing("empty")


def normalise_party(raw: str) -> Normalised:
    """Return a name as printed, with single spaces, without quotes, stray marks and defined role."""
    name = squeeze(raw)
    while (shorter := _ROLE.sub("", name).strip(_EDGE)) != name:
        name = shorter
    if not any(c.isalnum() for c in name):
        return nothing("no name")
    return Normalised(name)


def party_key(value: str) -> str:
    """Return a comparison key: case, spaces and punctuation do not count, legal forms do."""
    return letters_and_digits(value.replace("&", " and "))


def person_key(value: str) -> str:
    """Return a comparison key of a person's name: titles do not count, nor whether the last name is first."""
    last, comma, first = value.partition(",")
    name = f"{first} {last}" if comma and first.strip() and "," not in first else value
    return letters_and_digits(_HONORIFIC.sub("", name.strip()))


def normalise_address(raw: str) -> Normalised:
    """Return an address on one line, its lines joined by commas."""
    lines = [squeeze(line).strip(" ,;") for line in raw.splitlines()]
    text = ", ".join(line for line in lines if line)
    return Normalised(text) if any(c.isalnum() for c in text) else nothing("no address")


_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_VAT = re.compile(
    r"(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    r"[A-Z0-9]{2}\d[A-Z0-9]{3,10}|CHE\d{9}(?:MWST|TVA|IVA)?|NO\d{9}(?:MVA)?"
)
_LABEL = re.compile(
    r"^(?:(?:invoice|rechnung|rechnungs|facture|receipt|contract)[ -]?(?:no|nr|number|nummer|n°|#)\.?"
    r"|iban|vat(?: (?:no|number|id|reg))?\.?(?: no\.?)?|ust-?id(?:\.?-?nr\.?)?|tva|no\.?|nr\.?|n°|#)"
    r"(?![A-Za-z0-9])\s*[:.]?\s*(?=\S)",
    re.IGNORECASE,
)


def normalise_identifier(raw: str) -> Normalised:
    """Return an identifier as printed; IBANs and VAT numbers without spaces, points and hyphens."""
    text = clean(raw).strip(_EDGE)
    while (compact := _account_or_vat(text)) is None:
        stripped = _LABEL.sub("", text).strip(_EDGE)
        if stripped == text or not any(c.isdigit() for c in stripped):
            break
        text = stripped
    if compact is not None:
        return Normalised(compact)
    return Normalised(text) if any(c.isalnum() for c in text) else nothing("no identifier")


def _account_or_vat(text: str) -> str | None:
    compact = re.sub(r"[\s.\-]", "", text).upper()
    return compact if _IBAN.fullmatch(compact) or _VAT.fullmatch(compact) else None


_LAWS_OF = re.compile(
    r"^(?:.*\blaws? (?:of|in force in)\s+)?(?:the\s+)?"
    r"(?:(?:state|commonwealth|province|canton|federal republic|republic|kingdom) of\s+)?(?:the\s+)?",
    re.IGNORECASE,
)


def normalise_jurisdiction(raw: str) -> Normalised:
    """Return the place whose law governs: ``New York`` for "the laws of the State of New York"."""
    text = squeeze(raw).strip(_EDGE + ".")
    while (place := _LAWS_OF.sub("", text, count=1).strip(_EDGE + ".")) != text:
        if not any(c.isalpha() for c in place):
            break
        text = place
    return Normalised(text) if any(c.isalpha() for c in text) else nothing("no place")


_YES = re.compile(
    r"^(?:yes|y|true|1|x|ja|oui|si|present|included|signed|☒|☑|✓|✔|✗)$|/s/\s*\S|\[signed\]|\bgez\.\s*\S"
    r"|\b(?:(?:digitally |electronically |e-?)?signed|executed) by\b",
)
_NO = re.compile(
    r"^(?:no|n|false|0|none|nil|nein|non|not?\s+applicable|n/?a|absent|unsigned|not signed|☐|-+)$"
    r"|^[\s_.\-:x]*_{3,}[\s_.\-:]*$"
)
_BLANK_LINE = re.compile(r"(?:by|signed?|signature|date|name)?\s*:?\s*[_.\s]{3,}")


def normalise_presence(raw: str) -> Normalised:
    """Return ``yes`` or ``no``; a blank line is ``no``, text that says neither has no value."""
    text = fold(raw).strip(" .;:\"'")
    if _NO.search(text) or _BLANK_LINE.fullmatch(text):
        return Normalised("no")
    if _YES.search(text):
        return Normalised("yes")
    return nothing("says neither yes nor no")
