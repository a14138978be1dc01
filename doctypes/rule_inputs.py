"""What a rule may read: typed values of the fields and columns it declares, or *cannot tell*."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from doctypes.forms.durations import Duration, parse_duration
from schemas.fields import Cell, FieldState, FieldValue

if TYPE_CHECKING:
    from doctypes.lookups import LookUp
    from doctypes.rules_v1 import Facts


class Unknown(Exception):  # noqa: N818  it is no error: a rule lacks an input
    """Raised by the accessors of Fields; the runner turns it into *cannot tell*."""


class UndeclaredReadError(Exception):
    """A rule asked for a field that its ``reads`` does not name."""


def field_of(read: str) -> str:
    """Return the field that a declared read belongs to: ``lines`` for ``lines.net_amount``."""
    return read.partition(".")[0]


class Fields:
    """The record, or one row of it, as one rule may see it: only what the rule declares to read.

    Every accessor that can't give a value ends the rule with *cannot tell* and the reason, so that a
    rule needs no ``if`` for absent or unreadable inputs and can never pass by lacking them.

    Args:
        fields: The record's fields, or a row's cells, by name.
        reads: What the rule declares to read of them.
        place: Where they stand, before every reason: ``row 3``.
    """

    def __init__(self, fields: Mapping[str, Cell], reads: Iterable[str], place: str = "") -> None:
        self._fields = fields
        self._reads = frozenset(reads)
        self.place = place

    def rows(self, name: str) -> tuple[Fields, ...]:
        """Return the rows of a rows field, each with the columns the rule declares (``lines.net_amount``).

        *Cannot tell* where the table was not read or has no row.
        """
        columns = {read.partition(".")[2] for read in self._reads if field_of(read) == name}
        if not columns:
            raise UndeclaredReadError(f"the rule reads rows of {name!r} without declaring it")
        field = self._fields.get(name)
        if field is None:
            raise Unknown(f"{name} is not in the record")
        if field.state is not FieldState.VALUE:
            raise Unknown(self._why_not(field))
        rows = field.rows if isinstance(field, FieldValue) else ()
        return tuple(
            Fields({cell.name: cell for cell in row.cells}, columns, f"row {number}")
            for number, row in enumerate(rows, start=1)
        )

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
            raise Unknown(f"{self._called(name)} has no readable value")
        return field.value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the normal forms of all readings."""
        self.text(name)
        values = tuple(reading.value for reading in self._field(name).readings if reading.value)
        if len(values) < len(self._field(name).readings):
            raise Unknown(f"{self._called(name)} has a value that can't be read")
        return values

    def date(self, name: str) -> dt.date:
        """Return a date."""
        try:
            return dt.date.fromisoformat(self.text(name))
        except ValueError as error:
            raise Unknown(f"{self._called(name)} has no readable date") from error

    def amount(self, name: str) -> Decimal:
        """Return an exact amount or number."""
        try:
            value = Decimal(self.text(name))
        except InvalidOperation as error:
            raise Unknown(f"{self._called(name)} has no readable amount") from error
        if not value.is_finite():
            raise Unknown(f"{self._called(name)} has no readable amount")
        return value

    def duration(self, name: str) -> Duration:
        """Return a duration in months and days."""
        duration = parse_duration(self.text(name))
        if duration is None:
            raise Unknown(f"{self._called(name)} has no readable duration")
        return duration

    def made_with(self, name: str, part: str) -> Decimal:
        """Return a number that a file was computed with, such as the depth of its first row.

        *Cannot tell* where it is not known, as for a file that a person brought.
        """
        field = self._field(name)
        if field.state is not FieldState.VALUE:
            raise Unknown(self._why_not(field))
        made = field.readings[0].file
        if made is None or part not in made.made_with:
            raise Unknown(f"{self._called(name)} does not say its {part}")
        return Decimal(made.made_with[part])

    def answer(self, question: LookUp, facts: Facts) -> Mapping[str, Any]:
        """Return what a tool answered to a look-up that the rule declares.

        *Cannot tell* where nobody answered, or there was nothing to ask with.
        """
        undeclared = sorted(set(question.reads) - self._reads)
        if undeclared:
            raise UndeclaredReadError(f"the rule looks up by {undeclared[0]!r} without declaring it")
        return facts.answers.to(question, self._fields)

    def _field(self, name: str) -> Cell:
        if name not in self._reads:
            raise UndeclaredReadError(f"the rule reads {name!r} without declaring it")
        if name not in self._fields:
            raise Unknown(f"{self._called(name)} is not in the record")
        return self._fields[name]

    def _called(self, name: str) -> str:
        return f"{self.place}: {name}" if self.place else name

    def _why_not(self, field: Cell) -> str:
        words = {
            FieldState.ABSENT: "is not printed" if self.place else "is not in the document",
            FieldState.MISSING: "is missing",
            FieldState.CANNOT_TELL: "could not be determined",
        }
        return f"{self._called(field.name)} {words.get(field.state, 'has no value')}"
