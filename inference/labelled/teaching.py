"""What a type is taught from: rows of labelled sets as documents with their fields, families and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from doctypes.definition import DocType, FieldSpec
from doctypes.labels import LabelNames
from doctypes.normalise import normalise
from inference.labelled.datasets import Row
from inference.labelled.documents import LabelledDocument, TypedDocument
from inference.labelled.families import NEARLY_EQUAL, families_of
from inference.labelled.table_labels import fuller, labelled_tables
from inference.reading.spans import order_in
from inference.reading.values import DayOrder, label_keys
from schemas.canonical import digest
from schemas.classification import UNKNOWN_TYPE
from schemas.fields import FieldKind

_PARSED = frozenset(
    {FieldKind.DATE, FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.DURATION}
)
_STRAY = " ()[]"
_ALIKE = 95
"""Percent of equal characters from which two labels that are compared fuzzily say the same."""


def labelled_documents(
    rows: Sequence[Row], doc_type: DocType, names: LabelNames, families: Mapping[str, str]
) -> list[LabelledDocument]:
    """Return the rows as training material for ``doc_type``, equal documents merged into one.

    A field that two labellings of one page label differently is labelled by neither: it teaches nothing,
    and the document names it.

    Args:
        rows: Of this type.
        doc_type: Says which labels are fields.
        names: What the labels call fields, where they differ.
        families: By row key, the family that must not part.
    """
    tables = labelled_tables(rows, doc_type, names)
    by_text: dict[str, LabelledDocument] = {}
    for row in sorted(rows, key=lambda row: row.key):
        document = LabelledDocument(
            row.key,
            row.document,
            _fields(row, doc_type, names),
            families.get(row.key, row.key),
            spans=row.spans,
            generated=row.generated,
            set_name=row.set_name,
            tables=tables.get(row.key, {}),
        )
        same = digest([row.document.text])
        by_text[same] = _fuller(by_text[same], document, doc_type) if same in by_text else document
    return list(by_text.values())


def _fields(row: Row, doc_type: DocType, names: LabelNames) -> dict[str, tuple[str, ...]]:
    """Return the labels of a row by declared field; an empty one where the labels mean that it is absent."""
    declared = {spec.name: spec for spec in doc_type.fields if not spec.columns}
    fields: dict[str, tuple[str, ...]] = {}
    for label, texts in row.fields.items():
        field = names.fields.get(label, label)
        if field in declared and (readable := _readable(declared[field], texts)):
            fields[field] = readable
    given = {names.fields.get(label, label) for label in row.labels}
    meant = {names.fields.get(label, label) for label in row.absent}
    for field in sorted((meant | (names.exhaustive - given)) & set(declared)):
        fields.setdefault(field, ())
    return fields


def _fuller(known: LabelledDocument, other: LabelledDocument, doc_type: DocType) -> LabelledDocument:
    """Return a document with what another labelling of the same page labels besides."""
    # Two scans without a word are not known to be one page, and nothing can be learned from either.
    both = sorted(known.fields.keys() & other.fields.keys()) if known.document.words else []
    order = order_in(known.document, doc_type.day_first)
    against = {n for n in both if _contradict(doc_type.field(n), known.fields[n], other.fields[n], order)}
    against |= known.contradicted | other.contradicted
    fields = {name: texts for name, texts in {**other.fields, **known.fields}.items() if name not in against}
    tables = fuller(other.tables, known.tables)
    return replace(known, fields=fields, tables=tables, contradicted=frozenset(against))


def _contradict(spec: FieldSpec, one: Sequence[str], other: Sequence[str], order: DayOrder) -> bool:
    """Whether two labellings of a field differ: as lists, or as ways to write one value that share none."""
    first, second = (label_keys(spec.kind, texts, order) for texts in (one, other))
    if spec.kind is FieldKind.MONEY:
        # What a credit note gives back is stated with either sign.
        first, second = (frozenset(key.removeprefix("-") for key in keys) for keys in (first, second))
    if spec.many or not (first and second):
        return first != second
    if spec.comparator == "fuzzy" and any(fuzz.ratio(a, b) >= _ALIKE for a in first for b in second):
        return False
    return not first & second


def _readable(spec: FieldSpec, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels that say something: a list in one text taken apart, none that has no normal form.

    A date with an empty month is neither a value nor an absence, so that nothing is learned from it.
    """
    if spec.many:
        parts = [part.lstrip(_STRAY) for text in texts for part in text.split(";")]
        return tuple(part for part in parts if normalise(spec.kind, part).value)
    if spec.kind in _PARSED:
        return tuple(text for text in texts if normalise(spec.kind, text, day_first=True).value)
    return texts


def families_in(rows: Sequence[Row], *, mixed: bool = False) -> dict[str, str]:
    """Return the family of each row; families are looked for within a set.

    Among documents of other sets all forms of one authority would look alike, and none would be left to
    learn from. Where they are ``mixed``, only documents that are nearly equal are of one family.
    """
    by_set: dict[str, list[Row]] = {}
    for row in rows:
        by_set.setdefault(row.set_name, []).append(row)
    out: dict[str, str] = {}
    for mine in by_set.values():
        documents = {row.key: row.document for row in mine}
        templates = {row.key: row.template for row in mine}
        out |= families_of(documents, {}, near=NEARLY_EQUAL) if mixed else families_of(documents, templates)
    return out


def typed_documents(
    rows: Sequence[Row], types: Mapping[str, str], families: Mapping[str, str]
) -> list[TypedDocument]:
    """Return the rows with the types that ``types`` says they mean, ``unknown`` for all others.

    Equal documents come once, and name it where their labels say different types.
    """
    by_text: dict[str, TypedDocument] = {}
    for row in sorted(rows, key=lambda row: row.key):
        name = types.get(row.doc_type, UNKNOWN_TYPE)
        document = TypedDocument(
            row.key,
            row.document,
            name,
            families.get(row.key, row.key),
            generated=row.generated,
            set_name=row.set_name,
        )
        same = digest([row.document.text])
        known = by_text.setdefault(same, document)
        if known.doc_type != name:
            by_text[same] = replace(known, contradicted=True)
    return list(by_text.values())
