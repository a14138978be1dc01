"""One value per field from the parts of a long document: nothing that a part says is silently dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.extraction.readings import MAX_ALTERNATIVES
from doctypes.definition import DocType, FieldSpec
from schemas.fields import FieldState, FieldValue, Reading, Row

Pages = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What was read in one part of a document.

    Attributes:
        pages: First and last page.
        fields: One per field that was asked for.
    """

    pages: Pages
    fields: tuple[FieldValue, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """A field of the whole document.

    Attributes:
        pages: Of the part that the chosen value comes from; None where no single part says it.
        differ: Parts say different things of a field that has one value.
    """

    field: FieldValue
    pages: Pages | None
    differ: bool = False


def merge(doc_type: DocType, parts: Sequence[Part]) -> tuple[Merged, ...]:
    """Return one value per field; equal parts in equal order give equal values.

    A field with one value takes the reading that is found on the page, before one that is not, of those
    the one that most parts give, of those the first; the others become alternatives. Lists and tables are
    put together in the order of their pages, what two parts saw in their common pages once.
    """
    names = [field.name for field in parts[0].fields]
    return tuple(
        _merged(doc_type.field(name), [(part.pages, _of(part, name)) for part in parts]) for name in names
    )


def _of(part: Part, name: str) -> FieldValue:
    return next(field for field in part.fields if field.name == name)


def _merged(spec: FieldSpec, found: Sequence[tuple[Pages, FieldValue]]) -> Merged:
    if len(found) == 1:
        return Merged(found[0][1], found[0][0])
    missing = [pages for pages, field in found if field.state is FieldState.MISSING]
    said = [(pages, field) for pages, field in found if field.state is FieldState.VALUE]
    if missing and (not said or spec.many or spec.columns):
        # A list without one of its parts is no list: half of it must not pass for the whole.
        note = f"nothing was recorded for {_spelled(missing)}"
        first = found[0][1]
        return Merged(
            FieldValue(name=first.name, state=FieldState.MISSING, note=note, columns=first.columns), None
        )
    if not said:
        return Merged(found[0][1], None)
    if spec.columns:
        return _table(said)
    return _list(said) if spec.many else _one(said, missing)


def _one(said: Sequence[tuple[Pages, FieldValue]], missing: Sequence[Pages]) -> Merged:
    values = [_value(field.readings[0]) for _, field in said]
    best = max(range(len(said)), key=lambda n: (said[n][1].grounded, values.count(values[n]), -n))
    pages, chosen = said[best]
    others = [field.readings[0] for _, field in said] + [r for _, f in said for r in f.alternatives]
    notes = [f"nothing was recorded for {_spelled(missing)}"] if missing else []
    differ = len(set(values)) > 1
    if differ:
        notes.append(f"parts of the document differ: {_spelled([p for p, _ in said])} each give a value")
    return Merged(
        chosen.model_copy(
            update={
                "alternatives": _different(others, {values[best]}),
                "note": "; ".join(notes) or None,
            }
        ),
        pages,
        differ or bool(missing),
    )


def _different(readings: Iterable[Reading], known: set[str]) -> tuple[Reading, ...]:
    kept: list[Reading] = []
    for reading in readings:
        if _value(reading) not in known:
            known.add(_value(reading))
            kept.append(reading)
    return tuple(kept[:MAX_ALTERNATIVES])


def _list(said: Sequence[tuple[Pages, FieldValue]]) -> Merged:
    """Every value once, in the order of the parts; the same words at another place are the same value."""
    readings = {
        _value(reading): reading for _, field in reversed(said) for reading in reversed(field.readings)
    }
    ordered = sorted(readings.values(), key=_place)
    return Merged(said[0][1].model_copy(update={"readings": tuple(ordered)}), None)


def _table(said: Sequence[tuple[Pages, FieldValue]]) -> Merged:
    """All rows; one that two parts saw at the same place is one row."""
    rows: list[Row] = []
    seen: set[tuple[tuple[str, int, int], ...]] = set()
    for _, field in said:
        for row in field.rows:
            place = _places(row)
            if place and place in seen:
                continue
            seen.add(place)
            rows.append(row)
    return Merged(said[0][1].model_copy(update={"rows": tuple(rows)}), None)


def _places(row: Row) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (evidence.line, evidence.start, evidence.end)
        for cell in row.cells
        for reading in cell.readings
        for evidence in reading.evidence
    )


def _place(reading: Reading) -> tuple[int, int, int]:
    """Return where a reading stands; what stands nowhere comes last."""
    if not reading.evidence:
        return (1, 0, 0)
    first = reading.evidence[0]
    return (0, first.page, int(first.line.partition(".")[2]))


def _value(reading: Reading) -> str:
    return reading.value if reading.value is not None else reading.raw


def _spelled(pages: Sequence[Pages]) -> str:
    return ", ".join(f"pages {first}-{last}" for first, last in pages)
