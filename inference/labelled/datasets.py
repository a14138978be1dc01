"""Folders of labelled files: ``labels.jsonl`` with the originals, their text, or boxes of their lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.labelled.boxed import TOO_DEEP, BrokenLabelsError, boxed_block
from inference.reading.blocks import from_block, read_document
from inference.reading.document import Document
from schemas.canonical import digest
from schemas.errors import InvariantError
from schemas.layout_block import LayoutBlockError

LABELS = "labels.jsonl"
_SHOWN = 60
"""Characters of a file's name that a sentence repeats."""

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
        others: How many of its documents are of types that were not asked for.
    """

    name: str
    rows: tuple[Row, ...]
    digest: str
    licence: str
    unreadable: tuple[str, ...]
    others: int = 0


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
        raise BrokenLabelsError(f"{folder / LABELS} can't be read: {error.strerror}") from error
    rows: list[Row] = []
    unreadable: list[str] = []
    others = 0
    for number, entry in entries(folder, data):
        if types is not None and entry.get("doc_type") not in types:
            others += 1
            continue
        document = _document(folder, number, entry, read)
        if document is None:
            unreadable.append(str(entry.get("file") or f"line {number}"))
        else:
            rows.append(_row(folder.name, number, entry, document))
    found = labels_digest(folder, data)
    return LabelledSet(folder.name, tuple(rows), found, licence_of(folder), tuple(sorted(unreadable)), others)


def labels_digest(folder: Path, data: bytes) -> str:
    """Return the digest of a labels file, which the order of its lines and of their keys does not change.

    Raises:
        BrokenLabelsError: A line is not an object with a document type, or holds what JSON can't say exactly.
    """
    digests: list[str] = []
    for number, entry in entries(folder, data):
        where = f"{folder / LABELS}, line {number}"
        try:
            digests.append(digest(entry))
        except InvariantError as error:
            raise BrokenLabelsError(f"{where}: a number or character that JSON does not have") from error
        except RecursionError as error:
            raise BrokenLabelsError(f"{where}: {TOO_DEEP}") from error
    return digest(sorted(digests))


def entries(folder: Path, data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what the lines of a labels file say, each with its number; blank ones say nothing.

    Raises:
        BrokenLabelsError: A line is not an object with a document type.
    """
    for number, line in numbered(data.decode("utf-8-sig", "replace")):
        yield number, parsed_entry(folder, number, line)


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers.

    Only a newline ends one: what else Unicode takes for a line's end may stand within JSON's strings.
    """
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def parsed_entry(folder: Path, number: int, line: str) -> dict[str, Any]:
    """Return what one line of the labels says.

    Raises:
        BrokenLabelsError: It is not an object with a document type.
    """
    where = f"{folder / LABELS}, line {number}"
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise BrokenLabelsError(f"{where}: not JSON ({error})") from error
    except ValueError as error:
        raise BrokenLabelsError(f"{where}: a number of too many digits; write it as a string") from error
    except RecursionError as error:
        raise BrokenLabelsError(f"{where}: {TOO_DEEP}") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("fields", {}), dict):
        raise BrokenLabelsError(f"{where}: an object with an object 'fields' is needed")
    if not isinstance(entry.get("doc_type"), str):
        raise BrokenLabelsError(f"{where}: 'doc_type' must say what the document is")
    for name in ("alignment", "spans"):
        if not isinstance(entry.get(name) or {}, dict):
            raise BrokenLabelsError(f"{where}: {name!r} must be an object, by field")
    keys = entry.get("keys") or []
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise BrokenLabelsError(f"{where}: 'keys' must be a list of fields")
    return entry


def _document(folder: Path, number: int, entry: dict[str, Any], read: ReadFile | None) -> Document | None:
    where = f"{folder / LABELS}, line {number}"
    boxes, file, text = (named_file(folder, number, entry, name) for name in ("boxes", "file", "text"))
    if boxes is not None:
        return from_block(boxed_block(boxes, where))
    block = read(file) if file is not None and read is not None else None
    if block is not None:
        return read_document(block)
    if text is not None:
        try:
            return read_document(text.read_text(encoding="utf-8", errors="replace"))
        except LayoutBlockError as error:
            raise BrokenLabelsError(f"{where}: {text.name}: {error}") from error
    return None


def named_file(folder: Path, number: int, entry: dict[str, Any], name: str) -> Path | None:
    """Return the file that a line names under ``name``, None where it names none.

    Raises:
        BrokenLabelsError: It leads out of the folder, does not exist, or no file can have such a name.
    """
    value = entry.get(name)
    if value is None:
        return None
    where, path = f"{folder / LABELS}, line {number}", folder / str(value)
    shown = f"{name} {str(value)[:_SHOWN]!r}{'…' * (len(str(value)) > _SHOWN)}"
    try:
        within = path.resolve().is_relative_to(folder.resolve())
        there = within and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise BrokenLabelsError(f"{where}: {shown} can't be the name of a file") from error
    if not isinstance(value, str) or not within:
        raise BrokenLabelsError(f"{where}: {name!r} leads out of the folder")
    if not there:
        raise BrokenLabelsError(f"{where}: {shown} does not exist")
    return path


def _row(set_name: str, number: int, entry: dict[str, Any], document: Document) -> Row:
    fields = {name: _texts(value) for name, value in entry.get("fields", {}).items()}
    # What the page does not show can't be learned from: the labels say so themselves.
    unprinted = {name for name, printed in (entry.get("alignment") or {}).items() if printed is False}
    given = {name: texts for name, texts in fields.items() if texts and name not in unprinted}
    tables = {name: rows for name, value in entry.get("fields", {}).items() if (rows := _rows(value))}
    return Row(
        key=row_key(set_name, number, entry),
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


def row_key(set_name: str, number: int, entry: Mapping[str, Any]) -> str:
    """Return the key of the document that a line of the labels is about."""
    named = entry.get("file") or entry.get("text") or entry.get("boxes") or number
    name = entry.get("key") or Path(str(named)).stem
    return f"{set_name}/{name}"


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
