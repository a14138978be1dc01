"""Version 1 of what a type's ``rules.py`` may import; bundles of years ago still run against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from doctypes.findings import Finding, broken, cannot_tell, check, holds
from doctypes.forms.currencies import CODES
from doctypes.forms.durations import Duration
from doctypes.forms.jurisdictions import is_known_place
from doctypes.forms.names import party_key
from doctypes.lookups import NO_ANSWERS, Answers, LookUp, look_up
from doctypes.rule_inputs import Fields, field_of
from doctypes.rule_rows import column_sum, every_row

__all__ = [
    "Duration", "Facts", "Fields", "Finding", "LookUp", "Rule", "add_months", "broken", "cannot_tell",
    "check", "column_sum", "every_row", "holds", "iban_is_valid", "known_currency", "known_jurisdiction",
    "look_up", "rule", "same_party", "vat_is_valid", "within",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know besides the record.

    Attributes:
        today: The day the document was submitted; rules never ask a clock.
        answers: What tools answered to the look-ups that rules declare.
    """

    today: dt.date
    answers: Answers = NO_ANSWERS


RuleFunction = Callable[[Fields, Facts], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its name, its one-sentence claim and what it reads: ``field``, or ``field.column``.

    Attributes:
        asks: The look-ups whose answers it judges by.
    """

    name: str
    claim: str
    reads: tuple[str, ...]
    function: RuleFunction
    asks: tuple[LookUp, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it reads, each once."""
        return tuple(dict.fromkeys(field_of(read) for read in self.reads))


def rule(*reads: str, asks: tuple[LookUp, ...] = ()) -> Callable[[RuleFunction], Rule]:
    """Make a function a rule that reads the named fields; its docstring is the claim it checks.

    A column of a list of rows is named with its field: ``lines.net_amount``. With ``asks``, master data are
    asked before the rule is: ``fields.answer(look_up, facts)`` is what they said.
    """
    if not all(isinstance(read, str) for read in reads):
        raise ValueError("@rule names the fields it reads, in brackets: @rule('issue_date')")

    def declare(function: RuleFunction) -> Rule:
        name = str(getattr(function, "__name__", ""))
        claim = (function.__doc__ or "").strip().split("\n")[0]
        if not reads or not claim:
            raise ValueError(f"rule {name!r} needs the fields it reads and a docstring that says what holds")
        return Rule(name, claim, reads, function, asks)

    return declare


def within(found: Decimal, printed: Decimal, tolerance: Decimal) -> bool:
    """Whether two amounts differ by no more than ``tolerance``."""
    return abs(found - printed) <= tolerance


def add_months(start: dt.date, months: int) -> dt.date:
    """Return the same day ``months`` later, or the last day of a shorter month."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    for day in range(start.day, 27, -1):
        try:
            return dt.date(year, month + 1, day)
        except ValueError:
            continue
    return dt.date(year, month + 1, start.day)


def ends_of(start: dt.date, term: Duration) -> tuple[dt.date, dt.date] | None:
    """Return the last day of ``term`` from ``start``, both ways people count; None for half months.

    First inclusive (12 months from 1 January end on 31 December), then exclusive (on 1 January).
    """
    if term.months % 1 or term.days % 1:
        return None
    try:
        after = add_months(start, int(term.months)) + dt.timedelta(days=int(term.days))
    except (ValueError, OverflowError):
        return None
    return after - dt.timedelta(days=1), after


def iban_is_valid(iban: str) -> bool:
    """Whether length, country format and check digits of an IBAN are right."""
    from stdnum import iban as numbers

    return bool(numbers.is_valid(iban))


_EU_CODES = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
_EUROPEAN_UNION = frozenset(_EU_CODES.split())


def vat_is_valid(number: str) -> bool | None:
    """Whether a VAT number's check digits are right; None for a country whose rule is not known."""
    compact = "".join(c for c in number.upper() if c.isalnum())
    country = compact[:2]
    if country == "GB":
        from stdnum.gb import vat as british

        return bool(british.is_valid(compact))
    if country == "CH":
        from stdnum.ch import vat as swiss

        return bool(swiss.is_valid(compact))
    if country in _EUROPEAN_UNION:
        from stdnum.eu import vat as european

        return bool(european.is_valid(compact))
    return None


def known_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 code."""
    return code in CODES


def known_jurisdiction(name: str) -> bool:
    """Whether ``name`` is a country, or a state or province with a law of its own."""
    return is_known_place(name)


def same_party(a: str, b: str) -> bool:
    """Whether two names are the same but for case, spaces and punctuation."""
    return party_key(a) == party_key(b)
