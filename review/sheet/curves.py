"""Curves that a person draws: rows of depth and value as what a field is worth, held to the log; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import normalise
from review.sheet.submission import Entry
from review.sheet.values import DecisionFileError
from schemas.canonical import sha256_hex
from schemas.decided import DecidedField
from schemas.digitised import CURVES, scale_fields
from schemas.fields import Deliverable, FieldKind
from schemas.results import Record
from store import keys
from store.curves import HEAD, CurveFileError, Row, curve_bytes, curve_problems, read_curve
from store.protocol import ref_of

_CLOSE = 0.001
"""In which depths are written."""
_WRAPS = 10
"""Widths of its track by which a curve may have run off it: wrapped around once or twice, never this far."""


def is_drawn(spec: FieldSpec, value: str | None) -> bool:
    """Whether a person gave a curve's rows themselves, and not the key of a file."""
    return spec.kind is FieldKind.FILE and spec.name in CURVES and (value or "").startswith(HEAD)


def drawings(doc_type: DocType, given: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
    """Yield the curves that were drawn, each as the bytes of its file."""
    specs = {spec.name: spec for spec in doc_type.fields}
    for entry in given:
        if entry.action in ("correct", "add") and is_drawn(specs[entry.path], entry.value):
            yield entry.path, (entry.value or "").encode()


def named(record: Record, doc_type: DocType, given: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Yield the fields whose file is named by a key that was not read, each with that key."""
    kinds = {spec.name: spec.kind for spec in doc_type.fields}
    read = {(one.field.name, reading.value) for one in record.fields for reading in one.field.readings}
    for entry in given:
        value = (entry.value or "").strip()
        drawn_here = value.startswith(HEAD)
        if entry.action not in ("correct", "add") or kinds[entry.path] is not FieldKind.FILE or drawn_here:
            continue
        if (entry.path, value) not in read:
            yield entry.path, value


def stated(record: Record, doc_type: DocType, given: Sequence[Entry]) -> dict[str, str]:
    """Return the numbers of a record as plain decimals, what was entered laid over what was read."""
    found = {one.field.name: one.field.value for one in record.fields if one.field.value is not None}
    kinds = {spec.name: spec.kind for spec in doc_type.fields}
    for entry in given:
        if kinds.get(entry.path) is FieldKind.NUMBER and entry.action != "accept":
            number = normalise(FieldKind.NUMBER, entry.value or "").value
            found |= {entry.path: number} if number is not None else {}
            if number is None:
                found.pop(entry.path, None)
    return {name: value for name, value in found.items() if kinds.get(name) is FieldKind.NUMBER}


def drawn(document_id: str, name: str, text: str, numbers: Mapping[str, str]) -> DecidedField:
    """Return a curve as decided: the file that its rows make, under the key that follows from its bytes.

    Args:
        document_id: Whose curve.
        name: Which.
        text: Its rows as CSV.
        numbers: What the record states, its depths and edge values among them.

    Raises:
        DecisionFileError: It breaks the contract of curves, leaves the log, or its scale is not known.
    """
    where = f"field {name!r}"
    made_with = _scale(name, numbers, where)
    rows = _rows(text, where)
    _require_on_the_log(rows, made_with, where)
    data = curve_bytes(rows)
    key = keys.artifact(document_id, "curve", sha256_hex(data), f"{name}.csv")
    file = Deliverable(ref=ref_of(key, data, "text/csv"), rows=len(rows), made_with=made_with)
    return DecidedField(name=name, value=key, file=file)


def _scale(name: str, numbers: Mapping[str, str], where: str) -> dict[str, str]:
    wanted = scale_fields(name)
    unknown = [field for field in wanted.values() if field not in numbers]
    if unknown:
        raise DecisionFileError(
            f"{where} can't be computed without {unknown[0]!r}: state it, or say 'absent' of the curve too"
        )
    made_with = {part: numbers[field] for part, field in wanted.items()}
    if not float(made_with["depth_top"]) < float(made_with["depth_bottom"]):
        raise DecisionFileError(f"{where} can't be computed: its depths do not grow from top to bottom")
    if float(made_with["left"]) == float(made_with["right"]):
        raise DecisionFileError(f"{where} can't be computed: both edges of its track have one value")
    return made_with


def _rows(text: str, where: str) -> tuple[Row, ...]:
    try:
        rows = read_curve(text.replace("\r\n", "\n").encode())
    except CurveFileError as error:
        raise DecisionFileError(f"{where} is no curve: {error}") from error
    problems = curve_problems(curve_bytes(rows))
    if problems:
        raise DecisionFileError(f"{where} is no curve: {problems[0]}")
    return rows


def _require_on_the_log(rows: Sequence[Row], made_with: Mapping[str, str], where: str) -> None:
    top, bottom = float(made_with["depth_top"]), float(made_with["depth_bottom"])
    left, right = float(made_with["left"]), float(made_with["right"])
    for number, (depth, value) in enumerate(rows, start=1):
        if not top - _CLOSE <= depth <= bottom + _CLOSE:
            raise DecisionFileError(
                f"{where}, row {number}: depth {depth:g} lies outside the log, which goes from "
                f"{made_with['depth_top']} to {made_with['depth_bottom']}"
            )
        if abs((value - left) / (right - left)) > _WRAPS:
            raise DecisionFileError(
                f"{where}, row {number}: value {value:g} lies more than {_WRAPS} widths off its track, which "
                f"goes from {made_with['left']} to {made_with['right']}"
            )
