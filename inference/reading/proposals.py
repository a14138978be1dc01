"""Who proposes candidates of which kind: patterns for what has a form, places for what has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from inference.reading.document import Document
from inference.reading.naming import after_label, segments, stacked_names, stacks
from inference.reading.patterns import (
    CENTS,
    CURRENCY_ALONE,
    DATES,
    DECIMAL,
    DURATION,
    IBAN,
    IDENTIFIER,
    MONEY,
    NUMBER,
    PERCENT,
    QUANTITY,
    THOUSANDS,
    VAT,
)
from inference.reading.pieces import Proposal, matches, pieces_between
from inference.reading.wording import (
    after_definitions,
    before_definitions,
    capital_runs,
    clauses,
    law_runs,
    place_runs,
    slashed_runs,
)
from schemas.fields import FieldKind

Proposer = Callable[[Document], Iterator[Proposal]]


def _matches(pattern: re.Pattern[str], origin: str) -> Proposer:
    def propose(document: Document) -> Iterator[Proposal]:
        for match in matches(pattern, document.text):
            yield pieces_between(document, match.start(), match.end()), origin

    return propose


def _all_of(*proposers: Proposer) -> Proposer:
    def propose(document: Document) -> Iterator[Proposal]:
        for proposer in proposers:
            yield from proposer(document)

    return propose


def _money(document: Document) -> Iterator[Proposal]:
    for match in matches(MONEY, document.text):
        amount = match.group("amount")
        marked = match.group("currency") or match.group("after")
        if marked or CENTS.search(amount) or THOUSANDS.search(amount) or len(amount) <= 3:
            yield pieces_between(document, match.start(), match.end()), "pattern"


def _identifiers(document: Document) -> Iterator[Proposal]:
    for pattern, origin in ((IBAN, "iban"), (VAT, "vat")):
        for match in matches(pattern, document.text):
            if any(c.isdigit() for c in match.group()):
                yield pieces_between(document, match.start(), match.end()), origin
    for match in matches(IDENTIFIER, document.text):
        text = match.group()
        if len(text) >= 3 and any(c.isdigit() for c in text) and not DECIMAL.fullmatch(text):
            yield pieces_between(document, match.start(), match.end()), "token"


_NAMES = _all_of(segments, stacked_names, capital_runs, slashed_runs)
PROPOSERS: dict[FieldKind, Proposer] = {
    FieldKind.DATE: _all_of(*(_matches(pattern, f"date{i}") for i, pattern in enumerate(DATES))),
    FieldKind.MONEY: _money,
    FieldKind.NUMBER: _matches(NUMBER, "pattern"),
    FieldKind.QUANTITY: _matches(QUANTITY, "pattern"),
    FieldKind.PERCENTAGE: _matches(PERCENT, "pattern"),
    FieldKind.DURATION: _matches(DURATION, "pattern"),
    FieldKind.CURRENCY: _matches(CURRENCY_ALONE, "pattern"),
    FieldKind.IDENTIFIER: _identifiers,
    FieldKind.PARTY: _NAMES,
    FieldKind.PERSON: _NAMES,
    FieldKind.TEXT: _all_of(_NAMES, place_runs, before_definitions, after_definitions),
    FieldKind.JURISDICTION: _all_of(law_runs, after_label),
    FieldKind.ADDRESS: _all_of(stacks, after_label, place_runs, before_definitions, after_definitions),
    FieldKind.PRESENCE: clauses,
}
