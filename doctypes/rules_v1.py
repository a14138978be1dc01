"""Version 1 of what a type's ``rules.py`` may import; bundles of years ago still run against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from doctypes.forms.currencies import CODES
from doctypes.forms.durations import Duration, parse_duration
from doctypes.forms.names import party_key
from schemas.fields import FieldState, FieldValue
from schemas.results import Verdict

__all__ = [
    "Duration", "Facts", "Fields", "Finding", "Rule", "add_months", "broken", "cannot_tell", "check",
    "holds", "iban_is_valid", "known_currency", "rule", "same_party", "vat_is_valid", "within",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know besides the record.

    Attributes:
        today: The day the document was submitted; rules never ask a clock.
    """

    today: dt.date


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: a verdict and the numbers behind it."""

    verdict: Verdict
    explanation: str


def holds(explanation: str) -> Finding:
    """Return that the rule holds."""
    return Finding(Verdict.HOLDS, explanation)


def broken(explanation: str) -> Finding:
    """Return that the rule is broken."""
    return Finding(Verdict.BROKEN, explanation)


def cannot_tell(explanation: str) -> Finding:
    """Return that nothing can be said, and why."""
    return Finding(Verdict.CANNOT_TELL, explanation)


def check(truth: bool, explanation: str) -> Finding:
    """Return that the rule holds or is broken, with one explanation for both."""
    return holds(explanation) if truth else broken(explanation)


class Unknown(Exception):  # noqa: N818  it is no error: a rule lacks an input
    """Raised by the accessors of Fields; the runner turns it into *cannot tell*."""


class UndeclaredReadError(Exception):
    """A rule asked for a field that its ``reads`` does not name."""


class Fields:
    """The record as one rule may see it: only the fields it declares to read.

    Every accessor that can't give a value ends the rule with *cannot tell* and the reason, so that a
    rule needs no ``if`` for absent or unreadable inputs and can never pass by lacking them.
    """

    def __init__(self, fields: Mapping[str, FieldValue], reads: Iterable[str]) -> None:
        self._fields = fields
        self._reads = frozenset(reads)

    def has(self, name: str) -> bool:
        """Whether a value was found; *cannot tell* where nothing was decided."""
        field = self._field(name)
        if field.state in {FieldState.VALUE, FieldState.ABSENT}:
            return field.state is FieldState.VALUE
        raise Unknown(self._why_not(field))

    def text(self, name: str) -> str:
        """Return the normal form of the first reading."""
        field = self._field(name)
        if field.state is not FieldState.VALUE:
            raise Unknown(self._why_not(field))
        if not field.value:
            raise Unknown(f"{name} has no readable value")
        return field.value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the normal forms of all readings."""
        self.text(name)
        values = tuple(reading.value for reading in self._field(name).readings if reading.value)
        if len(values) < len(self._field(name).readings):
            raise Unknown(f"{name} has a value that can't be read")
        return values

    def date(self, name: str) -> dt.date:
        """Return a date."""
        try:
            return dt.date.fromisoformat(self.text(name))
        except ValueError as error:
            raise Unknown(f"{name} has no readable date") from error

    def amount(self, name: str) -> Decimal:
        """Return an exact amount or number."""
        try:
            value = Decimal(self.text(name))
        except InvalidOperation as error:
            raise Unknown(f"{name} has no readable amount") from error
        if not value.is_finite():
            raise Unknown(f"{name} has no readable amount")
        return value

    def duration(self, name: str) -> Duration:
        """Return a duration in months and days."""
        duration = parse_duration(self.text(name))
        if duration is None:
            raise Unknown(f"{name} has no readable duration")
        return duration

    def _field(self, name: str) -> FieldValue:
        if name not in self._reads:
            raise UndeclaredReadError(f"the rule reads {name!r} without declaring it")
        if name not in self._fields:
            raise Unknown(f"{name} is not in the record")
        return self._fields[name]

    @staticmethod
    def _why_not(field: FieldValue) -> str:
        words = {
            FieldState.ABSENT: "is not in the document",
            FieldState.MISSING: "is missing",
            FieldState.CANNOT_TELL: "could not be determined",
        }
        return f"{field.name} {words.get(field.state, 'has no value')}"


RuleFunction = Callable[[Fields, Facts], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its name, its one-sentence claim and the fields it reads."""

    name: str
    claim: str
    reads: tuple[str, ...]
    function: RuleFunction


def rule(*reads: str) -> Callable[[RuleFunction], Rule]:
    """Make a function a rule that reads the named fields; its docstring is the claim it checks."""

    def declare(function: RuleFunction) -> Rule:
        name = str(getattr(function, "__name__", ""))
        claim = (function.__doc__ or "").strip().split("\n")[0]
        if not reads or not claim:
            raise ValueError(f"rule {name!r} needs the fields it reads and a docstring that says what holds")
        return Rule(name, claim, reads, function)

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


def same_party(a: str, b: str) -> bool:
    """Whether two names are the same but for case, spaces and punctuation."""
    return party_key(a) == party_key(b)
