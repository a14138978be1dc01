"""Fields of records, for rules to judge."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading


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


def record(fields: Mapping[str, str | list[str]], declared: list[str]) -> dict[str, FieldValue]:
    """Return a record in which what ``fields`` lacks is absent."""
    return {
        name: absent(name)
        if name not in fields
        else value(name, *(fields[name] if isinstance(fields[name], list) else [str(fields[name])]))
        for name in declared
    }
