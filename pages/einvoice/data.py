"""The structured data of an e-invoice: what its XML states, by the business terms of EN 16931."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from itertools import islice
from typing import NamedTuple

from pages.einvoice.terms import (
    CII,
    CII_ROW,
    CII_ROWS,
    OLD_CII_NAMES,
    UBL,
    UBL_ROW,
    UBL_ROWS,
    Form,
    Term,
)
from pages.einvoice.xml import Element, XmlError, parse
from schemas.layout import DataRow, DataSyntax, DataValue, EmbeddedData

MOST_ROWS = 5_000
MOST_VALUES = 2_000
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = "urn:un:unece:uncefact:data:standard:"
_OLD_CII = "urn:ferd:CrossIndustryDocument:invoice:"
ROOTS = {
    (f"{_CII}CrossIndustryInvoice:100", "CrossIndustryInvoice"): DataSyntax.CII,
    (f"{_OLD_CII}1p0", "CrossIndustryDocument"): DataSyntax.CII,
    (f"{_UBL}Invoice-2", "Invoice"): DataSyntax.UBL,
    (f"{_UBL}CreditNote-2", "CreditNote"): DataSyntax.UBL,
}
"""The roots of e-invoices by namespace and name."""

ROOT_NAMES = frozenset(name for _, name in ROOTS)
# Elements of other namespaces are extensions, whatever their name; nothing in them is the invoice's.
_OWN = {DataSyntax.CII: (_CII, _OLD_CII), DataSyntax.UBL: (_UBL,)}
_BILLED = frozenset({"BT-129", "BT-131", "BT-153"})
_WITHOUT_ROWS = re.compile(r":(?:minimum|basicwl)\b", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*|Z|[+-]\d{2}:\d{2}|\d{4,6})?")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,12})?|\.\d{1,12})")


class _Step(NamedTuple):
    name: str
    attribute: tuple[str, str] | None
    child: tuple[tuple[str, ...], str] | None


def read_data(xml: bytes, name: str | None) -> EmbeddedData:
    """Return what the e-invoice ``xml`` states.

    Args:
        xml: The XML.
        name: As it is attached; None where it is the document itself.

    Raises:
        OtherRootError: It is no e-invoice.
        DoctypeError: It declares a document type.
        XmlError: Not well-formed, or larger than allowed.
    """
    root = parse(xml, ROOTS)
    syntax = ROOTS[root.namespace, root.name]
    own = _OWN[syntax]
    head, row_path, row_terms = (
        (CII, CII_ROW, CII_ROWS) if syntax is DataSyntax.CII else (UBL, UBL_ROW[root.name], UBL_ROWS)
    )
    values = _in_their_currency([*_values(root, head, own)])
    if len(values) > MOST_VALUES:
        raise XmlError(f"it states more than {MOST_VALUES} values of the invoice as a whole")
    rows = list(islice(_rows(root, row_path, row_terms, own), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise XmlError(f"it has more than {MOST_ROWS} lines")
    profile = next((value.raw for _, value in values if value.term == "BT-24"), None)
    return EmbeddedData(
        name=name,
        sha256=hashlib.sha256(xml).hexdigest(),
        syntax=syntax,
        profile=profile,
        has_rows=not (profile and _WITHOUT_ROWS.search(profile)),
        values=tuple(value for _, value in values),
        rows=tuple(rows),
        conflicts=_conflicts(values),
    )


def _values(above: Element, terms: Sequence[Term], own: tuple[str, ...]) -> Iterator[tuple[Term, DataValue]]:
    for term in terms:
        for element in _found(above, _steps(term.path), own):
            raw = element.attributes.get(term.attribute, "").strip() if term.attribute else element.text
            if raw:
                path = f"{element.path}/@{term.attribute}" if term.attribute else element.path
                currency = element.attributes.get("currencyID", "")
                value = DataValue(term=term.term, raw=raw, value=_plain(raw, term.form), path=path)
                yield term._replace(attribute=currency or None), value


def _rows(root: Element, path: str, terms: Sequence[Term], own: tuple[str, ...]) -> Iterator[DataRow]:
    for element in _found(root, _steps(path), own):
        values = tuple(value for _, value in _values(element, terms, own))
        # A line of ZUGFeRD 1.0 may hold a remark and nothing else.
        if _BILLED & {value.term for value in values}:
            yield DataRow(values=values)


def _in_their_currency(found: list[tuple[Term, DataValue]]) -> list[tuple[Term, DataValue]]:
    """Call the tax total in another currency than the invoice's what it is: BT-111."""
    currency = next((value.raw for _, value in found if value.term == "BT-5"), None)
    return [
        (term, value.model_copy(update={"term": "BT-111"}))
        if currency and value.term == "BT-110" and term.attribute not in (None, currency)
        else (term, value)
        for term, value in found
    ]


def _conflicts(found: list[tuple[Term, DataValue]]) -> tuple[str, ...]:
    seen: dict[str, set[str]] = {}
    for term, value in found:
        if not term.many:
            seen.setdefault(value.term, set()).add(value.raw if value.value is None else value.value)
    return tuple(term for term, stated in seen.items() if len(stated) > 1)


def _plain(raw: str, form: Form) -> str | None:
    """Return the value in plain form; XML writes days and decimals in one way only."""
    if form is Form.TEXT:
        return " ".join(raw.split())
    if form is Form.DECIMAL:
        return _decimal(raw)
    match = _DAY.fullmatch(raw)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _decimal(raw: str) -> str | None:
    if not _DECIMAL.fullmatch(raw):
        return None
    sign = "-" if raw.startswith("-") else ""
    whole, _, fraction = raw.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    plain = f"{whole}.{fraction}" if fraction else whole
    return plain if plain == "0" else sign + plain


def _found(above: Element, steps: Sequence[_Step], own: tuple[str, ...]) -> Iterator[Element]:
    step, rest = steps[0], steps[1:]
    for child in above.children:
        if not child.namespace.startswith(own) or _name(child) != step.name or not _meets(child, step, own):
            continue
        if rest:
            yield from _found(child, rest, own)
        else:
            yield child


def _name(element: Element) -> str:
    if element.namespace.startswith(_UBL):
        return element.name
    return OLD_CII_NAMES.get(element.name, element.name)


def _meets(element: Element, step: _Step, own: tuple[str, ...]) -> bool:
    if step.attribute is not None and element.attributes.get(step.attribute[0]) != step.attribute[1]:
        return False
    if step.child is None:
        return True
    names, wanted = step.child
    steps = [_Step(name, None, None) for name in names]
    return any(found.text == wanted for found in _found(element, steps, own))


@cache
def _steps(path: str) -> tuple[_Step, ...]:
    steps = []
    for part in re.findall(r"[^/\[]+(?:\[[^\]]*\])?", path):
        name, _, condition = part.partition("[")
        what, _, wanted = condition.rstrip("]").partition("=")
        if what.startswith("@"):
            steps.append(_Step(name, (what[1:], wanted), None))
        elif what:
            steps.append(_Step(name, None, (tuple(what.split("/")), wanted)))
        else:
            steps.append(_Step(name, None, None))
    return tuple(steps)
