"""The labels of generated documents say what a reader of the file finds, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pypdfium2
import pytest

from doctypes.definition import DocType, FieldSpec
from doctypes.folder import ROOT, load_folder
from doctypes.forms.characters import letters_and_digits
from doctypes.forms.dates import find_dates
from doctypes.forms.durations import parse_duration
from doctypes.normalise import normalise
from samples.generate import MAKERS, labelled
from samples.invoice_draft import draft_invoice
from samples.sample import Sample, source
from samples.table_plan import plan_table
from schemas.fields import FieldKind

NATIVE = ("lease", "sale_purchase_agreement", "invoice")
_AMOUNT = re.compile(r"\d[\d.,']*\d|\d")
_SPACED_AMOUNT = re.compile(r"(?=((?<![\d,])\d{1,3}(?: \d{3})+,\d\d))")
_LENGTH = re.compile(r"[\w\-]+ \(\d+\) (?:year|month)s?|[\w\-]+ (?:year|month)s?")


def _text(sample: Sample) -> str:
    document = pypdfium2.PdfDocument(sample.data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _values(sample: Sample, declared: DocType) -> Iterator[tuple[FieldSpec, str]]:
    """Yield every labelled value with its field, or with its column where it stands in a row."""
    for name, value in sample.fields.items():
        spec = declared.field(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield spec, one
            else:
                yield from ((spec.column(column), cell) for column, cell in one.items())


def _is_printed(kind: FieldKind, value: str, text: str) -> bool:
    joined = " ".join(text.split())
    match kind:
        case FieldKind.DATE:
            days = {d for p in find_dates(joined) for d in (p.day_first, p.month_first) if d is not None}
            days |= {
                d
                for line in re.split(r"[\n;()]|(?<=\d{4})[ .,]", joined)
                for p in find_dates(line)
                for d in (p.day_first, p.month_first)
                if d is not None
            }
            return value in {day.isoformat() for day in days}
        case FieldKind.MONEY:
            amounts = {*_AMOUNT.findall(joined), *_SPACED_AMOUNT.findall(joined)}
            found = {normalise(FieldKind.MONEY, amount).value for amount in amounts}
            return value.lstrip("-") in found
        case FieldKind.DURATION:
            found = {normalise(FieldKind.DURATION, m).value for m in _LENGTH.findall(joined)}
            return parse_duration(value) in {parse_duration(v) for v in found if v}
        case FieldKind.CURRENCY | FieldKind.PRESENCE:
            return True
        case _:
            return letters_and_digits(value) in letters_and_digits(joined)


@pytest.mark.parametrize("doc_type", NATIVE)
def test_every_labelled_value_is_printed_in_the_document(doc_type: str) -> None:
    declared = load_folder(ROOT / doc_type).doc_type

    for sample in labelled(doc_type, 24, seed=3):
        text = _text(sample)
        for spec, one in _values(sample, declared):
            assert _is_printed(spec.kind, one, text), (sample.key, sample.template, spec.name, one)


@pytest.mark.parametrize("doc_type", NATIVE)
def test_labels_are_normal_forms_of_declared_fields(doc_type: str) -> None:
    declared = load_folder(ROOT / doc_type).doc_type

    for sample in labelled(doc_type, 24, seed=4):
        assert set(sample.fields) <= set(sample.keys) <= {spec.name for spec in declared.fields}
        for name, value in sample.fields.items():
            spec = declared.field(name)
            assert isinstance(value, list) == (spec.many or bool(spec.columns))
        for spec, one in _values(sample, declared):
            assert normalise(spec.kind, one).value == one, (sample.key, spec.name)


def test_the_words_given_as_evidence_stand_in_the_document() -> None:
    for doc_type in ("lease", "sale_purchase_agreement"):
        for sample in labelled(doc_type, 24, seed=5):
            text = letters_and_digits(_text(sample))
            for name, quotes in sample.spans.items():
                assert sample.fields[name] == "yes"
                assert all(letters_and_digits(quote) in text for quote in quotes), (sample.key, name)


def test_signed_and_unsigned_contracts_and_guaranties_all_occur() -> None:
    samples = list(labelled("lease", 60, seed=6))

    for field in ("signed", "guarantor", "deposit", "expiry_date", "term"):
        assert 10 <= sum(field in sample.fields for sample in samples) < 60, field


def test_makers_cover_every_shipped_type() -> None:
    assert set(MAKERS) == {"lease", "sale_purchase_agreement", "invoice", "receipt"}


def test_an_invoice_that_taxes_nothing_prints_no_amount_twice() -> None:
    planned = set[str]()
    for number in range(60):
        draft = draft_invoice(source(7, "invoice", number), "DE", varied=True)
        draft.taxes = [("0", base, tax * 0) for _, base, tax in draft.taxes[:1]]
        names = {column.name for column in plan_table(draft).columns}
        assert "taxes" not in names
        assert not {"amount", "gross"} <= names
        planned |= names

    assert {"amount", "gross", "rate"} <= planned


def test_an_invoices_rows_are_the_printed_ones_and_hold_what_their_columns_print() -> None:
    for sample in labelled("invoice", 24, seed=5):
        rows = sample.fields.get("lines")
        if rows is None:
            # One that tells in a sentence what is billed: its labels say that there is no table.
            assert "lines" in sample.keys
            continue
        assert isinstance(rows, list)
        columns = [tuple(row) for row in rows if isinstance(row, dict)]
        assert len(columns) == len(rows) > 0
        assert len(set(columns)) == 1
        assert {"description", "net_amount"} <= set(columns[0])
