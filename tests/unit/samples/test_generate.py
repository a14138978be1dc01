"""The generator: the same seed gives the same files, and the committed ones are what it gives."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdfium2 import PdfDocument

import samples
from samples import demo, invoices
from samples.generate import MAKERS, label, labelled, main, write
from samples.sample import Sample, source

COMMITTED = Path(samples.__file__).parent


@pytest.fixture(scope="module")
def fresh() -> dict[str, Sample]:
    return {sample.file: sample for sample in demo.demo()}


def test_the_committed_documents_are_what_the_generator_gives(fresh: dict[str, Sample]) -> None:
    committed = {f"documents/{path.name}" for path in (COMMITTED / "documents").iterdir()}

    assert committed == set(fresh)
    for file, sample in fresh.items():
        stands = (COMMITTED / file).read_bytes()
        if sample.suffix in {".jpg", ".png"}:
            # Compression libraries differ between builds; what is seen must not.
            assert _differ(stands, sample.data) < 1.0, file
        else:
            assert stands == sample.data, file


def test_the_committed_labels_are_what_the_generator_gives(fresh: dict[str, Sample]) -> None:
    lines = (COMMITTED / "labels.jsonl").read_text(encoding="utf-8").splitlines()

    assert [json.loads(line) for line in lines] == [label(sample) for sample in fresh.values()]


def test_the_demo_stays_small_and_holds_every_type(fresh: dict[str, Sample]) -> None:
    assert sum(len(sample.data) for sample in fresh.values()) < 1_500_000
    assert {sample.doc_type for sample in fresh.values()} == {*MAKERS, "unknown"}


def test_files_that_are_no_record_say_what_should_become_of_them(fresh: dict[str, Sample]) -> None:
    for sample in fresh.values():
        assert (sample.expected is None) == (sample.doc_type != "unknown")


@pytest.mark.parametrize("doc_type", sorted(MAKERS))
def test_equal_seeds_give_equal_bytes_and_other_seeds_other_documents(doc_type: str) -> None:
    first, again = list(labelled(doc_type, 3, seed=11)), list(labelled(doc_type, 3, seed=11))
    other = list(labelled(doc_type, 3, seed=12))

    assert first == again
    assert not {sample.data for sample in first} & {sample.data for sample in other}


def test_a_document_does_not_depend_on_how_many_are_asked_for() -> None:
    assert list(labelled("lease", 2, seed=1)) == list(labelled("lease", 5, seed=1))[:2]


def test_training_never_sees_the_layouts_or_the_bytes_of_the_demo(fresh: dict[str, Sample]) -> None:
    shown = {sample.data for sample in fresh.values()}
    held_out = {"lease/letter", "sale/heads", "receipt/british"}

    for doc_type in ("lease", "sale_purchase_agreement", "invoice"):
        for sample in labelled(doc_type, 16, seed=demo.SEED):
            assert sample.template not in held_out
            assert "ledger" not in sample.template
            assert sample.data not in shown


def test_the_invoice_with_the_wrong_sum_does_not_add_up(fresh: dict[str, Sample]) -> None:
    from decimal import Decimal

    wrong = {}
    for file, sample in fresh.items():
        if sample.doc_type == "invoice" and "tax_total" in sample.fields:
            net, tax, total = (
                Decimal(str(sample.fields[n])) for n in ("net_total", "tax_total", "grand_total")
            )
            wrong[file] = net + tax != total

    assert [file for file, is_wrong in wrong.items() if is_wrong] == ["documents/invoice-wrong-sum.pdf"]


def test_the_command_writes_documents_and_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path), "--type", "invoice", "--count", "4", "--seed", "2"])

    lines = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert len(lines) == 4
    assert all((tmp_path / line["file"]).read_bytes().startswith(b"%PDF") for line in lines)
    assert "4 documents" in capsys.readouterr().out


def test_writing_nothing_leaves_an_empty_set(tmp_path: Path) -> None:
    assert write(tmp_path, []) == 0
    assert (tmp_path / "labels.jsonl").read_text() == ""


def _differ(a: bytes, b: bytes) -> float:
    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=float) for data in (a, b))
    return float(np.abs(first - second).mean()) if first.shape == second.shape else 255.0


def test_an_invoice_has_as_many_rows_as_are_asked_for_over_as_many_pages_as_it_takes() -> None:
    sample = invoices.invoice(source(5, "invoice", 1), "long", "DE-varied", rows=120)

    assert len(sample.fields["lines"]) == 120
    assert len(PdfDocument(sample.data)) > 3


def test_some_invoices_name_both_parties_in_sections_of_a_form() -> None:
    made = [sample for sample in labelled("invoice", 40, 9) if "/sections-" in sample.template]

    assert len(made) >= 4
    for sample in made:
        # A long name may take two lines.
        text = " ".join(PdfDocument(sample.data)[0].get_textpage().get_text_range().split())
        assert str(sample.fields["seller_name"]) in text
        assert str(sample.fields["buyer_name"]) in text
