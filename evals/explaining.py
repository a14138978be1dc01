"""One record of a set: what people found beside what variants answered; for eyes that may see values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doctypes.definition import DocType
from evals.errors import UnknownSetError
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.compare import comparator_of, judge
from evals.sets.form import SetRecord, TruthValue


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a record: the truth, and by variant what was answered and whether it is right."""

    name: str
    comparator: str
    truth: str
    answers: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Explained:
    """A record with its fields."""

    record: SetRecord
    fields: tuple[FieldLine, ...]
    told: Mapping[str, str]


def find_record(records: Sequence[SetRecord], rid: str) -> SetRecord:
    """Return the record whose id, or whose document's id, begins with ``rid``.

    Raises:
        UnknownSetError: There is none, or several begin like this.
    """
    found = [record for record in records if record.rid.startswith(rid) or record.doc.id.startswith(rid)]
    if len(found) != 1 or not rid:
        what = "no record" if not found else f"{len(found)} records"
        raise UnknownSetError(f"the set has {what} of id {rid!r}")
    return found[0]


def explain(record: SetRecord, doc_type: DocType, answers: Mapping[str, Answer]) -> Explained:
    """Return a record's reviewed fields with what each variant answered.

    Args:
        record: Of a set.
        doc_type: As the variants read it.
        answers: By the variant's name.
    """
    lines = []
    for spec in doc_type.fields:
        if spec.name in record.truth:
            truth = record.truth[spec.name]
            given: dict[str, tuple[str, bool]] = {}
            for name, answer in answers.items():
                field = answer.field(spec.name)
                values, rows = (field.values, field.rows) if field else ((), ())
                given[name] = (_said(field), judge(spec, truth, values, rows).right)
            lines.append(FieldLine(spec.name, comparator_of(spec), _truth(truth), given))
    told = {name: answer.told for name, answer in answers.items() if answer.told}
    return Explained(record, tuple(lines), told)


def _truth(value: TruthValue) -> str:
    if value is None:
        return "absent"
    if isinstance(value, str):
        return value
    return "; ".join(one if isinstance(one, str) else _row(one) for one in value) or "no rows"


def _row(row: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())


def _said(field: AnsweredField | None) -> str:
    if field is None:
        return "not known to this variant"
    said = "; ".join(field.values or tuple(_row(row) for row in field.rows)) or field.state.value
    passed = ", accepted" if field.accepted else ""
    sure = "" if field.confidence is None else f" ({field.confidence:.2f}{passed})"
    return f"{said}{sure}" + (f" at {field.evidence}" if field.evidence else "")
