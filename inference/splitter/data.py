"""Labelled documents with their pages: from originals, boxes, or texts with their page breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inference.labelled.boxed import BrokenLabelsError, boxed_block
from inference.labelled.datasets import LABELS, ReadFile, entries, named_file
from inference.labelled.documents import TypedDocument
from inference.labelled.families import families_of
from inference.reading.blocks import from_block
from inference.reading.document import Document
from inference.splitter.packets import PagedDocument, PageSource
from schemas.canonical import digest
from schemas.layout_block import BlockPage, LayoutBlock, parse_block

NEAR = 0.8
"""Cosine from which on documents are copies of each other, or the same form filled in alike.

Looser families (a broadcaster's contracts, all NDAs) would leave no first page of their kind to learn from.
"""


MOST_GENERATED = 120
"""Generated documents of one set that are taken: more of them are more of the same."""


def paged_sources(folder: Path) -> Iterator[Path]:
    """Yield the files whose pages ``paged_documents`` needs read: originals and texts.

    Raises:
        BrokenLabelsError: The folder is not in order.
    """
    for number, entry in _entries(folder):
        if not entry.get("boxes"):
            for name in ("file", "text"):
                path = named_file(folder, number, entry, name)
                if path is not None:
                    yield path


def paged_documents(folders: Sequence[Path], read: ReadFile, *, near: float = NEAR) -> list[PagedDocument]:
    """Return the documents of labelled folders with their pages; equal ones once, empty ones not.

    Args:
        folders: Each with a ``labels.jsonl``.
        read: Returns the layout block of a file, a text included, or None where it can't be read.
        near: Cosine from which on documents are one family.

    Raises:
        BrokenLabelsError: A folder is not in order.
    """
    found: dict[str, PagedDocument] = {}
    for folder in sorted(folders, key=lambda folder: folder.name):
        for number, entry in _entries(folder):
            document = _document(folder, number, entry, read)
            if document is not None:
                found.setdefault(digest([document.typed.document.text]), document)
    documents = list(found.values())
    real: Mapping[str, Document] = {
        d.key: d.typed.document for d in documents if d.source is not PageSource.GENERATED
    }
    # What a generator makes are independent draws: each is a family of its own.
    families = families_of(real, {}, near=near)
    return [replace(d, typed=replace(d.typed, family=families.get(d.key, d.key))) for d in documents]


def _entries(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        data = (folder / LABELS).read_bytes()
    except OSError as error:
        raise BrokenLabelsError(f"{folder.name}/{LABELS} can't be read: {error.strerror}") from error
    made = 0
    # By name: of equal documents the first stays, and that must not hang on the order of the lines.
    for number, entry in sorted(entries(folder, data), key=lambda one: _named(one[1])):
        made += bool(entry.get("generated"))
        if not entry.get("generated") or made <= MOST_GENERATED:
            yield number, entry


def _named(entry: dict[str, Any]) -> str:
    return str([entry.get(name) for name in ("key", "file", "text", "boxes")])


def _document(folder: Path, number: int, entry: dict[str, Any], read: ReadFile) -> PagedDocument | None:
    boxes, file, text = (named_file(folder, number, entry, name) for name in ("boxes", "file", "text"))
    source = PageSource.ORIGINAL
    if boxes is not None:
        pages = _trimmed(boxed_block(boxes, f"{folder.name}/{LABELS}, line {number}").pages)
    else:
        pages = _trimmed(_read(file, read))
        if not pages:
            source, pages = PageSource.TEXT, _trimmed(_read(text, read))
    if not pages:
        return None
    made = bool(entry.get("generated"))
    named = file or text or boxes
    typed = TypedDocument(
        key=f"{folder.name}/{entry.get('key') or (named.stem if named else number)}",
        document=from_block(LayoutBlock(pages)),
        doc_type=str(entry["doc_type"]),
        generated=made,
        set_name=folder.name,
    )
    return PagedDocument(typed, pages, PageSource.GENERATED if made else source)


def _read(path: Path | None, read: ReadFile) -> tuple[BlockPage, ...]:
    block = read(path) if path is not None else None
    return parse_block(block).pages if block else ()


def _trimmed(pages: Sequence[BlockPage]) -> tuple[BlockPage, ...]:
    """Return the pages without blank ones at either end."""
    printed = [number for number, page in enumerate(pages) if any(line.text.strip() for line in page.lines)]
    return tuple(pages[printed[0] : printed[-1] + 1]) if printed else ()
