"""Fields of records, for rules to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading, Row

Given = str | Sequence[str] | Sequence[Mapping[str, str]]


def value(name: str, *values: str | None) -> FieldValue:
    """Return a field with one reading per value; None is a reading without a normal form."""
    readings = tuple(
        Reading(raw=str(one), value=one, evidence_class=EvidenceClass.NORMALISED) for one in values
    )
    return FieldValue(name=name, state=FieldState.VALUE, readings=readings)


def absent(name: str) -> FieldValue:
    """Return a field decided to be absent."""
    return FieldValue(name=name, state=FieldState.ABSENT)


def missing(name: str) -> FieldValue:
    """Return a field about which nothing was decided."""
    return FieldValue(name=name, state=FieldState.MISSING)


def cannot_tell(name: str) -> FieldValue:
    """Return a field for which a part failed."""
    return FieldValue(name=name, state=FieldState.CANNOT_TELL)


def table(name: str, *rows: Mapping[str, str | None], columns: Sequence[str] = ()) -> FieldValue:
    """Return a rows field; what a row lacks of the columns is absent from it, None has no normal form."""
    columns = tuple(columns or dict.fromkeys(column for row in rows for column in row))
    made = tuple(
        Row(cells=tuple(value(c, row[c]) if c in row else absent(c) for c in columns)) for row in rows
    )
    return FieldValue(name=name, state=FieldState.VALUE, columns=columns, rows=made)


def record(fields: Mapping[str, Given], declared: list[str]) -> dict[str, FieldValue]:
    """Return a record in which what ``fields`` lacks is absent."""
    return {name: _field(name, fields[name]) if name in fields else absent(name) for name in declared}


def _field(name: str, given: Given) -> FieldValue:
    texts = [given] if isinstance(given, str) else [one for one in given if isinstance(one, str)]
    rows = [] if isinstance(given, str) else [one for one in given if not isinstance(one, str)]
    return table(name, *rows) if rows else value(name, *texts)
