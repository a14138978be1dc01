"""Truth of an older schema, read as a variant's own schema has it, or refused by name; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doctypes.definition import DocType, FieldSpec
from evals.errors import UnscorableError
from evals.sets.form import SHOWN, SetRecord, living
from evals.variants import Variant


def migrated(record: SetRecord, old: DocType, new: DocType) -> SetRecord:
    """Return a record whose truth is of an older schema as the new one reads it.

    Fields that are declared no more are left out; fields that came later count as not reviewed.

    Raises:
        UnscorableError: A field means something else now; it is named.
    """
    if old == new:
        return record
    declared = {spec.name: spec for spec in new.fields}
    for spec in old.fields:
        now = declared.get(spec.name)
        if spec.name in record.truth and now is not None and _shape(now) != _shape(spec):
            raise UnscorableError(
                f"record {record.rid[:SHOWN]}: field {spec.name!r} was a {_words(spec)} when it was "
                f"reviewed and is a {_words(now)} now; build the set anew from decisions under the new schema"
            )
    truth = {name: value for name, value in record.truth.items() if name in declared}
    return record.model_copy(update={"truth": truth})


def _shape(spec: FieldSpec) -> tuple[object, ...]:
    return spec.kind, spec.many, tuple((column.name, column.kind) for column in spec.columns)


def _words(spec: FieldSpec) -> str:
    return f"{spec.kind.value} list" if spec.many else spec.kind.value


def scored_with(
    records: Sequence[SetRecord], schemas: Mapping[str, DocType], variant: Variant
) -> tuple[list[SetRecord], dict[str, DocType]]:
    """Return a set's records of the variant's type as its schema reads them, and what to score them by.

    Args:
        records: Of the set.
        schemas: Declarations by the digest of their schema, as far as they are in the store.
        variant: Under test.

    Raises:
        UnscorableError: A field means something else now.
    """
    mine = [record for record in living(records) if record.doc_type == variant.bundle.doc_type]
    read = [
        migrated(record, schemas.get(record.schema_id, variant.doc_type), variant.doc_type) for record in mine
    ]
    return read, {record.schema_id: variant.doc_type for record in mine}
