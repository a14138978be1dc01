"""Headers of real invoices as their pages print them: which labels count, and which fields are truly absent.

The truth of ``zugferd-corpus`` is each PDF's attached invoice data, which the reader of pages never sees, and
it is not the page: a label counts only where the page prints it. A field counts as absent only where no
profile of the page states it, a profile that could have is among them, and the page prints no number of that
format beside the labelled ones (an IBAN that only a lean profile leaves out is there all the same).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.actions.train import originals
from benchmarks.extraction import Bench, remembering
from benchmarks.reading import read_blocks
from benchmarks.scoring import Outcome
from benchmarks.sets import PLANS, made_documents, opened, paged, parts_of
from doctypes.definition import DocType, FieldSpec
from doctypes.folder import TypeFolder
from doctypes.forms.characters import letters_and_digits
from doctypes.normalise import normalise
from inference.extractor.learning_data import prepare
from inference.labelled.datasets import LABELS, Row, open_set
from inference.labelled.documents import LabelledDocument
from inference.reading.document import Document
from inference.reading.patterns import IBAN, VAT
from schemas.fields import FieldKind

LEAN = re.compile(r"minimum|basic", re.IGNORECASE)
"""Profiles that leave out what a page prints."""

_FORMATS = {"iban": IBAN, "seller_vat_id": VAT, "buyer_vat_id": VAT}
_AMOUNT = re.compile(r"\d[\d.,' \u00a0\u202f]*")


def header_outcomes(
    folder: TypeFolder, data: Path, cache: Path | None, *, hold: str, folds: int
) -> list[Outcome]:
    """Return the outcomes of real invoices' plain fields, each group of them held out in turn.

    Args:
        folder: The type of invoices.
        data: Folder with the labelled sets.
        cache: Where the layouts of originals are kept.
        hold: What is held out together: ``clusters`` or ``layouts``.
        folds: Inner folds of each training.
    """
    plan = next(plan for plan in PLANS if plan.name == f"zugferd-{hold}")
    labels = data / plan.folder / LABELS
    real = paged(opened(labels, folder, cache), labels)
    plain = folder.doc_type.model_copy(
        update={"fields": tuple(spec for spec in folder.doc_type.fields if not spec.columns)}
    )
    learns = Bench(plain, real, remembering(), folds, made_documents(folder, cache))
    tested = as_printed(real, pages_of(folder, labels.parent, cache), plain, folder.label_names.fields)
    scores = Bench(plain, tested, prepare, folds)
    out: list[Outcome] = []
    for kept, held in parts_of(real, plan):
        trained = learns.learn([real[i] for i in kept])
        out += scores.score(trained, [tested[i] for i in held])
    return out


def pages_of(folder: TypeFolder, labelled: Path, cache: Path | None) -> dict[str, list[Row]]:
    """Return the rows of a labelled folder by the text of their page: one page may come in many profiles."""
    types = {folder.doc_type.name, *folder.label_names.doc_types}
    blocks = read_blocks(list(originals(labelled, types)), cache)
    out: dict[str, list[Row]] = {}
    for row in open_set(labelled, blocks.get, types=types).rows:
        out.setdefault(row.document.text, []).append(row)
    return out


def as_printed(
    documents: Sequence[LabelledDocument],
    pages: Mapping[str, Sequence[Row]],
    doc_type: DocType,
    names: Mapping[str, str],
) -> list[LabelledDocument]:
    """Return the documents with the labels that their pages print, and the fields they truly lack."""
    out: list[LabelledDocument] = []
    for document in documents:
        rows = pages[document.document.text]
        stated = {names.get(label, label) for row in rows for label in row.labels}
        full = any(not LEAN.search(text) for row in rows for text in row.fields.get("profile", ()))
        fields: dict[str, tuple[str, ...]] = {}
        for spec in doc_type.fields:
            given = document.fields.get(spec.name, ())
            if given and any(is_printed(document.document, spec, label) for label in given):
                fields[spec.name] = given
            elif full and spec.name not in stated and not _format_elsewhere(document, spec):
                fields[spec.name] = ()
        out.append(replace(document, fields=fields))
    return out


def is_printed(document: Document, spec: FieldSpec, label: str) -> bool:
    """Whether a page prints a label: an amount as a number, any other text with the same letters and digits.

    Dates and currencies are printed in many ways; for them what the labels say of it counts.
    """
    if spec.kind in (FieldKind.DATE, FieldKind.CURRENCY):
        return True
    if spec.kind is FieldKind.MONEY:
        wanted = normalise(spec.kind, label).value
        return wanted is not None and wanted.lstrip("-") in _amounts(document.text)
    return letters_and_digits(label) in letters_and_digits(document.text)


def _amounts(text: str) -> set[str]:
    runs = (match.group().rstrip(" .,'\u00a0\u202f") for match in _AMOUNT.finditer(text))
    parts = {part for run in runs for part in (run, *run.split())}
    return {value.lstrip("-") for part in parts if (value := normalise(FieldKind.MONEY, part).value)}


def _format_elsewhere(document: LabelledDocument, spec: FieldSpec) -> bool:
    """Whether the page prints a number of the field's format that no label accounts for."""
    pattern = _FORMATS.get(spec.name)
    if pattern is None:
        return False
    labelled = {letters_and_digits(label) for labels in document.fields.values() for label in labels}
    found = {letters_and_digits(match.group()) for match in pattern.finditer(document.document.text)}
    return any(any(c.isdigit() for c in number) for number in found - labelled)
