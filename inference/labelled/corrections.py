"""Learning from what people said of records: reviewed records as labelled documents, and their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from pydantic import ValidationError

from doctypes.definition import DocType
from inference.labelled.datasets import numbered
from inference.labelled.documents import LabelledDocument
from inference.labelled.families import families_of
from inference.reading.blocks import read_document
from schemas.canonical import digest
from schemas.errors import PermanentError
from schemas.fields import FieldKind
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.lineages import Taught

REVIEWED_WEIGHT = 3.0
"""What a reviewed field counts in training, on average, where others count 1: it is today's work."""
MOST_OVER_MEDIAN = 10.0
"""An importance is at most this many times the median one, so that no single record decides."""
REVIEWED = "reviewed records"


class BrokenRecordsError(PermanentError):
    """A file of reviewed records is not in order; the sentence names the line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, reason="records")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Reviewed records made ready for training.

    Attributes:
        documents: One for each document, the latest decision of every field.
        taught: All decisions that were learned from, sorted, each with its document.
        unreadable: Documents whose layout is gone.
    """

    documents: tuple[LabelledDocument, ...]
    taught: tuple[Taught, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def decisions(self) -> tuple[str, ...]:
        """The ids of the decisions, sorted."""
        return tuple(one.decision_id for one in self.taught)

    @property
    def digest(self) -> str:
        """Return what identifies the material, whatever the order it came in."""
        return digest(self.decisions)


NOTHING_REVIEWED = Reviewed((), ())


def read_records(path: Path) -> list[ReviewedRecord]:
    """Return the records in a file of one JSON object a line.

    Raises:
        BrokenRecordsError: It can't be read, or a line is no reviewed record.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise BrokenRecordsError(f"{str(path)!r} can't be read: {why}") from error
    except UnicodeDecodeError as error:
        raise BrokenRecordsError(f"{str(path)!r} is not UTF-8 at byte {error.start}") from error
    out: list[ReviewedRecord] = []
    for number, line in numbered(text):
        try:
            out.append(ReviewedRecord.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            said = f"{path.name}, line {number}: no reviewed record ({where}: {first['type']})"
            raise BrokenRecordsError(said) from error
    return out


def reviewed_documents(
    records: Sequence[ReviewedRecord], doc_type: DocType, blocks: Mapping[str, str], *, weighted: bool = True
) -> Reviewed:
    """Return the records as training material of ``doc_type``; those of other types are passed over.

    Args:
        records: In any order; of two decisions on one field the later one counts.
        doc_type: Says which fields are learned; tables have their own training.
        blocks: By document id, what its pages say; a document that is not in here is unreadable.
        weighted: Fields that were unlikely to be reviewed count for all those that were not.
    """
    mine = [record for record in records if record.doc_type == doc_type.name]
    mine.sort(key=lambda record: (record.reviewed_at, record.decision_id))
    names = {spec.name for spec in doc_type.fields if spec.kind is not FieldKind.ROWS}
    by_document: dict[str, dict[str, ReviewedField]] = {}
    families: dict[str, str] = {}
    for record in mine:
        told = {f.name: f for f in record.fields if f.name in names and f.inclusion is not None}
        by_document.setdefault(record.document_id, {}).update(told)
        families[record.document_id] = record.family
    importance = _importance(by_document) if weighted else {}
    documents = [
        _labelled(key, blocks[key], families[key], told, importance.get(key, {}))
        for key, told in sorted(by_document.items())
        if key in blocks and told
    ]
    gone = tuple(sorted(by_document.keys() - blocks.keys()))
    learned = sorted((one.decision_id, one.document_id) for one in mine if one.document_id in blocks)
    taught = tuple(Taught(decision_id=decision, document_id=document) for decision, document in learned)
    return Reviewed(tuple(documents), taught, gone)


def _labelled(
    key: str, block: str, family: str, told: Mapping[str, ReviewedField], importance: Mapping[str, float]
) -> LabelledDocument:
    return LabelledDocument(
        key=f"reviewed/{key}",
        document=read_document(block),
        fields={name: _labels(field) for name, field in sorted(told.items())},
        family=family,
        weight=REVIEWED_WEIGHT,
        weights={name: REVIEWED_WEIGHT * share for name, share in sorted(importance.items())},
        spans={n: tuple(s.quote for s in f.spans) for n, f in sorted(told.items()) if f.spans},
        set_name=REVIEWED,
    )


def _labels(field: ReviewedField) -> tuple[str, ...]:
    return () if field.state is ReviewedState.ABSENT else (field.raws or field.values)


def _importance(told: Mapping[str, Mapping[str, ReviewedField]]) -> dict[str, dict[str, float]]:
    """Return by document and field how much it stands for, one on average by field."""
    out: dict[str, dict[str, float]] = {key: {} for key in told}
    for name in sorted({name for fields in told.values() for name in fields}):
        asked = {key: fields[name].inclusion or 1.0 for key, fields in told.items() if name in fields}
        for key, value in importance_of(asked).items():
            out[key][name] = value
    return out


def importance_of(inclusion: Mapping[str, float]) -> dict[str, float]:
    """Return the inverse of each inclusion probability, capped against the median, one on average."""
    inverse = {key: 1 / probability for key, probability in inclusion.items()}
    most = MOST_OVER_MEDIAN * median(inverse.values())
    capped = {key: min(value, most) for key, value in inverse.items()}
    mean = sum(capped.values()) / len(capped)
    return {key: value / mean for key, value in capped.items()}


def merged(base: Sequence[LabelledDocument], reviewed: Reviewed) -> list[LabelledDocument]:
    """Return base data and reviewed documents together; of equal documents the reviewed one stays.

    A reviewed document that is near a base document joins its family, so that no fold parts them.
    """
    pages = {document.document.text for document in reviewed.documents}
    kept = [document for document in base if document.document.text not in pages]
    real = {d.key: d.document for d in kept if not d.generated}
    near = families_of(real | {d.key: d.document for d in reviewed.documents}, {})
    known = {near[document.key]: document.family for document in kept if not document.generated}
    return kept + [replace(d, family=known.get(near[d.key], d.family)) for d in reviewed.documents]
