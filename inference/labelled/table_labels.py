"""Labels of lists of rows: whose columns they name, and which of two labellings says more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from doctypes.definition import DocType, FieldSpec
from doctypes.labels import LabelNames
from inference.labelled.datasets import Row
from inference.labelled.documents import TableLabel


def labelled_tables(
    rows: Sequence[Row], doc_type: DocType, names: LabelNames
) -> dict[str, dict[str, TableLabel]]:
    """Return the labelled tables by document and field; the makers of generated ones label every column.

    Elsewhere a column counts as labelled where any document of the set names it.
    """
    out: dict[str, dict[str, TableLabel]] = {}
    for spec in (spec for spec in doc_type.fields if spec.columns):
        labels = {
            label for label in (spec.name, *names.fields) if names.fields.get(label, label) == spec.name
        }
        found: dict[str, tuple[Mapping[str, str], ...]] = {}
        columns: dict[str, set[str]] = {}
        for row in rows:
            given = [row.tables[label] for label in sorted(labels) if label in row.tables]
            if given or labels & row.absent:
                found[row.key] = _meant(spec, given[0] if given else (), labels, names)
                columns.setdefault(row.set_name, set()).update(*found[row.key])
        for row in (row for row in rows if row.key in found):
            known = set(spec.column_names) if row.generated else columns[row.set_name]
            out.setdefault(row.key, {})[spec.name] = TableLabel(found[row.key], frozenset(known))
    return out


def _meant(
    spec: FieldSpec, rows: Sequence[Mapping[str, str]], labels: Collection[str], names: LabelNames
) -> tuple[Mapping[str, str], ...]:
    """Return rows by declared column."""
    meant: dict[str, str] = {column: column for column in spec.column_names}
    for label, field_name in names.fields.items():
        table, _, column = label.partition(".")
        if column and table in labels and field_name.partition(".")[0] == spec.name:
            meant[column] = field_name.partition(".")[2]
    return tuple({meant[name]: text for name, text in row.items() if name in meant and text} for row in rows)


def fuller(one: Mapping[str, TableLabel], other: Mapping[str, TableLabel]) -> dict[str, TableLabel]:
    """Return the tables of two labellings of one page; the one with more rows where both have it."""
    out = dict(other)
    for name, table in one.items():
        if name not in out or len(table.rows) > len(out[name].rows):
            out[name] = table
    return out
