"""The extraction bench on a handful of made-up slips: every way of asking it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corrections import Sizes, Way, corrections
from benchmarks.extraction import Bench, main, remembering
from benchmarks.scoring import threshold_together
from benchmarks.sets import mixed, most_varied
from doctypes.folder import ROOT, load_folder
from inference.extractor.fields import sketch_of
from inference.extractor.training import Trained
from inference.labelled.documents import LabelledDocument
from inference.learned.certify import Decisions
from inference.reading.blocks import from_plain
from inference.reading.lexicon import NO_LABELS

SHOPS = ("Corner Bakery Ltd", "Harbour Books Inc", "Northgate Tools GmbH", "Old Mill Cafe Ltd")


def slip(number: int) -> tuple[str, dict[str, str]]:
    drawn = random.Random(number)
    shop, total = SHOPS[number % len(SHOPS)], f"{number + 3}.50"
    goods = [
        "".join(drawn.choices("aeioubdfgklmnprst", k=8)) + f"   {drawn.randint(1, 90)}.20" for _ in range(9)
    ]
    lines = (shop, f"{number} High Street, Leeds", f"Date: {1 + number % 28:02d}/03/2026", *goods)
    fields = {"company": shop, "date": f"{1 + number % 28:02d}/03/2026", "total": total}
    return "\n".join((*lines, f"TOTAL   {total}")), fields


def write(folder: Path, numbers: range) -> Path:
    folder.mkdir(parents=True)
    entries = []
    for number in numbers:
        text, fields = slip(number)
        (folder / f"{number}.txt").write_text(text)
        entries.append(
            {"text": f"{number}.txt", "doc_type": "receipt", "fields": fields, "template": str(number)}
        )
    (folder / "labels.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return folder / "labels.jsonl"


def test_a_given_split_is_learned_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    learned, tested = write(tmp_path / "a", range(12)), write(tmp_path / "b", range(12, 18))

    main(["--type", "receipt", "--train", str(learned), "--test", str(tested), "--folds", "2", "--json"])

    said = capsys.readouterr().out
    figures = json.loads(said[said.index("[\n") :])[0]
    assert figures["documents"] == 6
    assert figures["all"]["f1"] > 0.5


def test_a_given_split_may_be_of_vendors_learned_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learned, tested = write(tmp_path / "a", range(12)), write(tmp_path / "b", range(12, 18))
    asked = ["--type", "receipt", "--train", str(learned), "--test", str(tested), "--folds", "2"]

    main([*asked, "--mixed"])

    assert "one threshold for all fields, certified at 2% out of fold: accepted " in capsys.readouterr().out


def test_mixed_folds_part_templates_but_not_equal_documents() -> None:
    same = replace(documents(1)[0], key="again")

    found = mixed([*documents(4), same])

    families = {document.key: document.family for document in found}
    assert families["again"] == families["000"]
    assert len(set(families.values())) == 4


@pytest.mark.parametrize(("errors", "found"), [(0, 0.0), (1, 0.51), (40, None)])
def test_one_threshold_for_all_fields_is_the_loosest_that_holds(errors: int, found: float | None) -> None:
    # Of 400 sure decisions none is wrong, of the unsure ones all; many errors among the sure leave nothing.
    sure, wrong = np.full(400, 0.99), np.full(20 * min(errors, 1), 0.5)
    right = np.concatenate([np.ones(400, dtype=np.int64), np.zeros(len(wrong), dtype=np.int64)])
    right[: errors if errors > 1 else 0] = 0

    assert threshold_together(Decisions(np.concatenate([sure, wrong]), right)) == found


def test_a_learning_curve_ends_with_all_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "sroie", range(15))

    main(["--data", str(tmp_path), "--set", "sroie", "--curve", "--folds", "2"])

    assert capsys.readouterr().out.startswith("sroie: 10: ")


def test_a_document_is_explained_by_a_model_that_never_saw_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "sroie", range(12))

    main(["--data", str(tmp_path), "--set", "sroie", "--explain", "sroie/7", "--folds", "2"])

    said = capsys.readouterr().out
    assert "sroie/7: " in said
    assert "total: labels ['10.50']" in said
    assert "confidence 0." in said


def documents(count: int) -> list[LabelledDocument]:
    names = {"company": "vendor_name", "date": "date", "total": "total"}
    out = []
    for number in range(count):
        text, fields = slip(number)
        given = {names[name]: (value,) for name, value in fields.items()}
        out.append(LabelledDocument(f"{number:03d}", from_plain(text), given, family=str(number)))
    return out


def test_pages_that_come_again_with_another_weight_keep_their_new_weight() -> None:
    fields = [sketch_of(spec) for spec in load_folder(ROOT / "receipt").doc_type.fields]
    ready, document = remembering(), documents(1)[0]
    ready(document, fields, True, NO_LABELS)

    assert ready(replace(document, weight=7.0), fields, True, NO_LABELS).labelled.weight == 7.0


def test_rounds_of_corrections_grow_as_stated() -> None:
    bench = Bench(load_folder(ROOT / "receipt").doc_type, documents(20), remembering(), 2)
    way = Way("weighted", 0.75, weighted=True)

    points = list(corrections(bench, range(16), range(16, 20), [0], sizes=Sizes(6, 4, 2), ways=[way]))

    assert [(point.way, point.documents) for point in points] == [
        ("start", 6),
        ("weighted", 10),
        ("weighted", 14),
    ]
    assert all(0 <= point.f1 <= 1 and 0 <= point.sure_half <= 1 for point in points)


def test_ways_that_draw_at_random_meet_the_same_documents() -> None:
    taught: list[set[str]] = []

    class Noting(Bench):
        def learn(self, documents: Sequence[LabelledDocument]) -> Trained:
            taught.append({document.key for document in documents})
            return super().learn(documents)

    bench = Noting(load_folder(ROOT / "receipt").doc_type, documents(20), remembering(), 2)
    ways = [Way("at random", 0), Way("weighted", 0, weighted=True)]
    list(corrections(bench, range(16), range(16, 20), [0], sizes=Sizes(6, 4, 2), ways=ways))

    assert taught[1:3] == taught[3:5]


def test_a_part_that_one_family_fills_is_not_the_one_that_curves_are_drawn_on() -> None:
    chain = [replace(document, family="chain") for document in documents(4)]
    others = [replace(document, key=f"o{number}") for number, document in enumerate(documents(4))]
    parts = [(np.arange(4, 8), np.arange(4)), (np.arange(4), np.arange(4, 8))]

    assert most_varied([*chain, *others], parts)[1].tolist() == [4, 5, 6, 7]


def test_what_only_generated_documents_certify_is_not_accepted() -> None:
    made = [replace(document, generated=True) for document in documents(12)]
    bench = Bench(load_folder(ROOT / "receipt").doc_type, made, remembering(), 2)

    outcomes = list(bench.score(bench.learn(made), made[:3]))

    assert outcomes
    assert not any(outcome.accepted for outcome in outcomes)
