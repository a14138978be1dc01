"""Whether shipped models are what their data teach: bytes, else answers on probes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import inference.connect
from app.actions.model_check import PROBES, Checked, classified, compared, extracted, spread, taken_apart
from benchmarks.inference import contract
from doctypes.folder import load_all
from inference.classifier.file import load_classifier
from inference.classifier.model import classify
from inference.extractor.fields import sketch_of
from inference.extractor.file import load_extractor
from inference.extractor.model import extract
from inference.reading.blocks import from_block, from_plain
from inference.train.commands import MODEL
from ops.types import folder_of
from schemas.classification import UNKNOWN_TYPE

VARIANTS = Path(inference.connect.__file__).parent / "variants"
BLOCKS = [contract(2, seed=seed) for seed in range(3)]
DOCUMENTS = [from_block(block) for block in BLOCKS]


def test_the_same_bytes_hold_without_a_question() -> None:
    assert Checked("nda", same=True).holds


@pytest.mark.parametrize(("alike", "holds"), [(100, True), (98, True), (97, False), (0, False)])
def test_other_bytes_hold_where_nearly_all_answers_are_the_same(alike: int, holds: bool) -> None:
    assert Checked("nda", same=False, answers=100, alike=alike).holds is holds


def test_other_bytes_without_a_probe_do_not_hold() -> None:
    assert not compared("nda", [], []).holds


def test_answers_are_compared_one_by_one() -> None:
    assert compared("nda", [("a",), (), True], [("a",), ("b",), True]) == Checked(
        "nda", same=False, answers=3, alike=2
    )


def test_probes_are_spread_over_what_there_is() -> None:
    assert spread([1, 2, 3]) == [1, 2, 3]
    assert len(spread(range(1000))) <= PROBES
    assert max(spread(range(1000))) > 900


def test_an_extractor_answers_every_field_of_every_probe_and_another_one_otherwise() -> None:
    folders = load_all()
    nda, lease = (folder_of(folders, name) for name in ("nda", "lease"))
    answer = extracted(DOCUMENTS, nda.doc_type)
    ours, foreign = answer(nda.parts[MODEL]), answer(lease.parts[MODEL])

    assert len(ours) == len(DOCUMENTS) * len(nda.doc_type.fields)
    assert compared("nda", ours, answer(nda.parts[MODEL])).alike == len(ours)
    assert not compared("nda", ours, foreign).holds


def test_classifier_and_splitter_answer_about_probes_too() -> None:
    types = classified(DOCUMENTS)((VARIANTS / "classifier" / MODEL).read_bytes())
    begins = taken_apart(BLOCKS)((VARIANTS / "splitter" / MODEL).read_bytes())

    assert len(types) == len(DOCUMENTS)
    assert len(begins) == len(BLOCKS)


FOREIGN = {
    "Greek": "ΣΥΜΒΑΣΗ ΜΙΣΘΩΣΗΣ\nΟ εκμισθωτής και ο μισθωτής συμφωνούν\nΜίσθωμα 650,00 ευρώ\n",  # noqa: RUF001 (foreign on purpose)
    "Thai": "ใบเสร็จรับเงิน\nวันที่ 03/05/2567\nยอดรวม 250.00 บาท\nขอบคุณค่ะ\n",
    "Arabic": "فاتورة رقم ١٢٣\nالتاريخ 03/05/2024\nالمجموع 250.00\n\u202eشكرا\u202c\n",  # noqa: RUF001 (foreign on purpose)
    "Japanese": "請求書\n株式会社山田商店\n2024年5月3日\n合計 ¥25,000\n",
    "Finnish": "KUITTI\nRuokakauppa Oy\nMaito 1,20\nLeipä 2,80\nYhteensä 4,00\nKiitos käynnistä\n",
    "mixed scripts": "Іnvоісе Nо 12\nТоtаl 250.00\n\u202e00.052\u202c\nΑcmе Ltd\n",  # noqa: RUF001 (foreign on purpose)
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_language_that_the_shipped_models_never_saw_is_no_known_type_and_promises_nothing(
    text: str,
) -> None:
    folder = VARIANTS / "classifier"
    verdict = classify(load_classifier((folder / MODEL).read_bytes()), from_plain(3 * text))
    certified = json.loads((folder / "thresholds.json").read_bytes())["certificates"][0]["threshold"]

    assert verdict.doc_type == UNKNOWN_TYPE
    assert verdict.confidence < certified


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_the_shipped_models_read_what_they_never_saw_without_falling_over(text: str) -> None:
    receipt = folder_of(load_all(), "receipt")
    fields = [sketch_of(spec) for spec in receipt.doc_type.fields]
    document = from_plain(3 * text)

    for answer in extract(load_extractor(receipt.parts[MODEL]), document, fields):
        assert all(value.quote in document.text for value in answer.values)
