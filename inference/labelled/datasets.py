"""Folders of labelled files: ``labels.jsonl`` with the originals, their text, or boxes of their lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from doctypes.definition import DocType, FieldSpec
from doctypes.labels import LabelNames
from doctypes.normalise import normalise
from inference.labelled.boxed import BrokenLabelsError, boxed_block
from inference.labelled.documents import LabelledDocument, TableLabel, TypedDocument
from inference.labelled.families import NEARLY_EQUAL, families_of
from inference.reading.blocks import from_block, read_document
from inference.reading.document import Document
from schemas.canonical import digest
from schemas.errors import InvariantError
from schemas.fields import FieldKind

LABELS = "labels.jsonl"

ReadFile = Callable[[Path], str | None]
"""Returns the layout block of an original, or None where it can't be read."""


@dataclass(frozen=True)
class Row:
    """One line of ``labels.jsonl``, opened.

    Attributes:
        set_name: Name of the folder.
        labels: What the labels tell of, whether it can be learned from or not.
        absent: Fields that the labels declare to be absent (named in ``keys``, without a value).
        generated: Whether the project made the document itself.
        tables: Lists of rows as labelled, by field.
    """

    key: str
    set_name: str
    document: Document
    doc_type: str
    fields: Mapping[str, tuple[str, ...]]
    labels: frozenset[str]
    absent: frozenset[str]
    spans: Mapping[str, tuple[str, ...]]
    template: str
    generated: bool
    tables: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelledSet:
    """An opened folder.

    Attributes:
        digest: Of the labels, whatever the order of their lines.
        unreadable: Files that could not be read and have no text beside them, and lines that name none.
    """

    name: str
    rows: tuple[Row, ...]
    digest: str
    licence: str
    unreadable: tuple[str, ...]


def open_set(
    folder: Path, read: ReadFile | None = None, *, types: Collection[str] | None = None, labels: str = LABELS
) -> LabelledSet:
    """Return the labelled documents of ``folder``.

    A document's lines are taken from ``boxes`` where given, else from its original by ``read``, else from
    its text.

    Args:
        folder: Holds ``labels.jsonl``.
        read: Reads originals; without it their text is taken.
        types: Only these document types.
        labels: The file with the labels.

    Raises:
        BrokenLabelsError: No labels, broken JSON, or a file that is named and missing.
    """
    path = folder / labels
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BrokenLabelsError(f"{folder.name}/{LABELS} can't be read: {error.strerror}") from error
    rows: list[Row] = []
    unreadable: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        entry = parsed_entry(folder, number, line)
        if types is not None and entry.get("doc_type") not in types:
            continue
        document = _document(folder, number, entry, read)
        if document is None:
            unreadable.append(str(entry.get("file") or f"line {number}"))
        else:
            rows.append(_row(folder.name, number, entry, document))
    found = labels_digest(folder, data)
    return LabelledSet(folder.name, tuple(rows), found, licence_of(folder), tuple(sorted(unreadable)))


def labels_digest(folder: Path, data: bytes) -> str:
    """Return the digest of a labels file, which the order of its lines and of their keys does not change.

    Raises:
        BrokenLabelsError: A line is not an object with a document type, or holds what JSON can't say exactly.
    """
    digests: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if line.strip():
            entry = parsed_entry(folder, number, line)
            try:
                digests.append(digest(entry))
            except InvariantError as error:
                where = f"{folder.name}/{LABELS}, line {number}"
                raise BrokenLabelsError(f"{where}: a number or character that JSON does not have") from error
    return digest(sorted(digests))


def parsed_entry(folder: Path, number: int, line: str) -> dict[str, Any]:
    """Return what one line of the labels says.

    Raises:
        BrokenLabelsError: It is not an object with a document type.
    """
    where = f"{folder.name}/{LABELS}, line {number}"
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise BrokenLabelsError(f"{where}: not JSON ({error})") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("fields", {}), dict):
        raise BrokenLabelsError(f"{where}: an object with an object 'fields' is needed")
    if not isinstance(entry.get("doc_type"), str):
        raise BrokenLabelsError(f"{where}: 'doc_type' must say what the document is")
    return entry


def _document(folder: Path, number: int, entry: dict[str, Any], read: ReadFile | None) -> Document | None:
    boxes, file, text = (named_file(folder, number, entry, name) for name in ("boxes", "file", "text"))
    if boxes is not None:
        return from_block(boxed_block(boxes, f"{folder.name}/{LABELS}, line {number}"))
    block = read(file) if file is not None and read is not None else None
    if block is not None:
        return read_document(block)
    if text is not None:
        return read_document(text.read_text(encoding="utf-8", errors="replace"))
    return None


def named_file(folder: Path, number: int, entry: dict[str, Any], name: str) -> Path | None:
    """Return the file that a line names under ``name``, None where it names none.

    Raises:
        BrokenLabelsError: It leads out of the folder or does not exist.
    """
    value = entry.get(name)
    if value is None:
        return None
    path = folder / str(value)
    if not isinstance(value, str) or not path.resolve().is_relative_to(folder.resolve()):
        raise BrokenLabelsError(f"{folder.name}/{LABELS}, line {number}: {name!r} leads out of the folder")
    if not path.is_file():
        raise BrokenLabelsError(f"{folder.name}/{LABELS}, line {number}: {name} {value!r} does not exist")
    return path


def _row(set_name: str, number: int, entry: dict[str, Any], document: Document) -> Row:
    fields = {name: _texts(value) for name, value in entry.get("fields", {}).items()}
    # What the page does not show can't be learned from: the labels say so themselves.
    unprinted = {name for name, printed in (entry.get("alignment") or {}).items() if printed is False}
    given = {name: texts for name, texts in fields.items() if texts and name not in unprinted}
    tables = {name: rows for name, value in entry.get("fields", {}).items() if (rows := _rows(value))}
    named = entry.get("file") or entry.get("text") or entry.get("boxes") or number
    name = entry.get("key") or Path(str(named)).stem
    return Row(
        key=f"{set_name}/{name}",
        set_name=set_name,
        document=document,
        doc_type=entry["doc_type"],
        fields=given,
        labels=frozenset(name for name, texts in fields.items() if texts),
        absent=frozenset(str(key) for key in entry.get("keys") or ()) - set(given) - set(tables) - unprinted,
        spans={name: _texts(value) for name, value in (entry.get("spans") or {}).items()},
        template=str(entry.get("template") or ""),
        generated=bool(entry.get("generated")),
        tables=tables,
    )


def _texts(value: object) -> tuple[str, ...]:
    """Return the labels in a value; rows of a table are none."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(v) for v in values if isinstance(v, str | int | float) and str(v).strip())


def _rows(value: object) -> tuple[Mapping[str, str], ...]:
    """Return the rows in a label, by column; a text or a list of texts has none."""
    rows = value if isinstance(value, list) else []
    return tuple(
        {str(name): str(cell) for name, cell in row.items() if isinstance(cell, str | int | float)}
        for row in rows
        if isinstance(row, dict)
    )


def labelled_documents(
    rows: Sequence[Row], doc_type: DocType, names: LabelNames, families: Mapping[str, str]
) -> list[LabelledDocument]:
    """Return the rows as training material for ``doc_type``, equal documents merged into one.

    Args:
        rows: Of this type.
        doc_type: Says which labels are fields.
        names: What the labels call fields, where they differ.
        families: By row key, the family that must not part.
    """
    declared = {spec.name: spec for spec in doc_type.fields if not spec.columns}
    tables = _labelled_tables(rows, doc_type, names)
    by_text: dict[str, LabelledDocument] = {}
    for row in sorted(rows, key=lambda row: row.key):
        fields: dict[str, tuple[str, ...]] = {}
        for label, texts in row.fields.items():
            field = names.fields.get(label, label)
            if field in declared and (readable := _readable(declared[field], texts)):
                fields[field] = readable
        given = {names.fields.get(label, label) for label in row.labels}
        meant = {names.fields.get(label, label) for label in row.absent}
        for field in sorted((meant | (names.exhaustive - given)) & set(declared)):
            fields.setdefault(field, ())
        document = LabelledDocument(
            row.key,
            row.document,
            fields,
            families.get(row.key, row.key),
            spans=row.spans,
            generated=row.generated,
            set_name=row.set_name,
            tables=tables.get(row.key, {}),
        )
        same = digest([row.document.text])
        known = by_text.get(same)
        # One page may stand in several files; what one of them leaves unlabelled another may label.
        by_text[same] = (
            document
            if known is None
            else replace(
                known, fields={**fields, **known.fields}, tables=_fuller(document.tables, known.tables)
            )
        )
    return list(by_text.values())


def _labelled_tables(
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


def _fuller(one: Mapping[str, TableLabel], other: Mapping[str, TableLabel]) -> dict[str, TableLabel]:
    """Return the tables of two labellings of one page; the one with more rows where both have it."""
    out = dict(other)
    for name, table in one.items():
        if name not in out or len(table.rows) > len(out[name].rows):
            out[name] = table
    return out


_PARSED = frozenset(
    {FieldKind.DATE, FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.DURATION}
)
_STRAY = " ()[]"


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

    Equal documents come once.
    """
    from schemas.results import UNKNOWN_TYPE

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
        by_text.setdefault(digest([row.document.text]), document)
    return list(by_text.values())


def licence_of(folder: Path) -> str:
    """Return the licence that the table in the README beside the set states, if it does."""
    try:
        lines = (folder.parent / "README.md").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "not stated"
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) > 1 and cells[0].strip("`") == folder.name:
            return cells[-1]
    return "not stated"
