"""Headers of real invoices as their pages print them: which labels count, and which fields are truly absent.

The truth of ``zugferd-corpus`` is each PDF's attached invoice data, which the reader of pages never sees, and
it is not the page: a label counts only where the page prints it. A field counts as absent only where no
profile of the page states it, a profile that could have is among them, and the page prints no number of that
format beside the labelled ones (an IBAN that only a lean profile leaves out is there all the same).

A page and its data say some things differently, and what is right by the page is right: a name with or
without its legal form or honorific, an amount whatever its sign (credit notes), and an amount that two
fields share only for as many of them as the page prints it.
"""

from __future__ import annotations

import re
from collections import Counter
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
from inference.reading.concepts import concept_of
from inference.reading.document import Document
from inference.reading.patterns import IBAN, VAT
from inference.reading.pieces import text_of
from inference.reading.spans import find_spans
from inference.reading.values import DayOrder
from schemas.fields import FieldKind

LEAN = re.compile(r"minimum|basic", re.IGNORECASE)
"""Profiles that leave out what a page prints."""

_FORMATS = {"iban": IBAN, "seller_vat_id": VAT, "buyer_vat_id": VAT}
_HONORIFICS = frozenset({"herr", "herrn", "frau", "mr", "mrs", "ms", "mme", "m"})
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
        amounts = Counter(_amounts(document.document.text))
        for spec in doc_type.fields:
            given = document.fields.get(spec.name, ())
            if given and any(is_printed(document.document, spec, label) for label in given):
                if spec.kind is FieldKind.MONEY and not _left_over(amounts, given):
                    continue
                fields[spec.name] = _said_alike(document.document, spec, given)
            elif full and spec.name not in stated and not _format_elsewhere(document, spec):
                fields[spec.name] = ()
        out.append(replace(document, fields=fields))
    return out


def _left_over(amounts: Counter[str], given: Sequence[str]) -> bool:
    """Whether a page prints an amount that no other field took before; takes one."""
    for label in given:
        value = (normalise(FieldKind.MONEY, label).value or "").lstrip("-")
        if amounts[value] > 0:
            amounts[value] -= 1
            return True
    return False


def _said_alike(document: Document, spec: FieldSpec, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return labels with what a page may print for the same."""
    if spec.kind is FieldKind.MONEY:
        return (*given, *(label.lstrip("-") if label.startswith("-") else f"-{label}" for label in given))
    if spec.kind is not FieldKind.PARTY:
        return given
    wanted = {_bare_name(label) for label in given}
    spans = find_spans(document, spec.kind, DayOrder(True, known=False))
    printed = {text_of(document, span.pieces) for span in spans}
    return (*given, *sorted(text for text in printed if text not in given and _bare_name(text) in wanted))


def _bare_name(text: str) -> str:
    """Return a name's letters without legal form and honorific."""
    words = [word.strip(".,") for word in text.split()]
    while len(words) > 1 and words[0].casefold() in _HONORIFICS:
        words = words[1:]
    while len(words) > 1 and (words[-1] in {"&", "Co"} or concept_of(words[-1].casefold()) == "company"):
        words = words[:-1]
    return letters_and_digits("".join(words))


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


def _amounts(text: str) -> list[str]:
    """Return every number of a text as an amount; one with spaces in it also by its parts."""
    runs = (match.group().rstrip(" .,'\u00a0\u202f") for match in _AMOUNT.finditer(text))
    parts = (part for run in runs for part in dict.fromkeys((run, *run.split())))
    return [value.lstrip("-") for part in parts if (value := normalise(FieldKind.MONEY, part).value)]


def _format_elsewhere(document: LabelledDocument, spec: FieldSpec) -> bool:
    """Whether the page prints a number of the field's format that no label accounts for."""
    pattern = _FORMATS.get(spec.name)
    if pattern is None:
        return False
    labelled = {letters_and_digits(label) for labels in document.fields.values() for label in labels}
    found = {letters_and_digits(match.group()) for match in pattern.finditer(document.document.text)}
    return any(any(c.isdigit() for c in number) for number in found - labelled)
