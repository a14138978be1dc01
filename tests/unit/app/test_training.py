"""Training from the command line: what is read, what is written, what is said about it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.actions.train import originals
from app.cli import run
from schemas.certificates import Certificates
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store import keys
from store.artifacts import put_artifact
from store.connect import connect
from store.lineages import parse_lineage
from store.pools import Pool, pool_of, pool_secret
from tests.unit.agents.layouts import layout

SHOPS = (
    "Corner Bakery",
    "Harbour Books",
    "Northgate Tools",
    "Green Grocer",
    "Old Mill Cafe",
    "Sunny Flowers",
)


def labels(folder: Path, entries: Sequence[Mapping[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps(entry) for entry in entries]
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def receipts(folder: Path, count: int) -> Path:
    """Write ``count`` labelled receipts as text."""
    folder.mkdir(exist_ok=True)
    entries = []
    for number in range(count):
        shop = f"{SHOPS[number % len(SHOPS)]} {number} Ltd"
        day, total = f"{1 + number % 28:02d}/03/2026", f"{number + 3}.50"
        words = random.Random(number % len(SHOPS))
        goods = [
            "".join(words.choices("aeioubdfgklmnprst", k=7)) + f" {words.randint(1, 90)}.20"
            for _ in range(30)
        ]
        lines = (shop, f"{number} High Street, Leeds", f"Date: {day}", *goods, f"TOTAL {total}")
        text = "\n".join(lines) + "\n"
        (folder / f"{number}.txt").write_text(text)
        entries.append(
            {
                "text": f"{number}.txt",
                "doc_type": "receipt",
                "fields": {"company": shop, "date": day, "total": total, "till": "3"},
            }
        )
    return labels(folder, entries)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCTRAIL_HOME", str(tmp_path / "home"))
    return tmp_path


def test_only_originals_of_the_type_without_boxes_are_read(home: Path) -> None:
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (home / name).write_bytes(b"%PDF")
    labels(
        home,
        [
            {"file": "a.pdf", "doc_type": "lease", "fields": {}},
            {"file": "b.pdf", "boxes": "b.json", "doc_type": "lease", "fields": {}},
            {"file": "c.pdf", "doc_type": "receipt", "fields": {}},
            {"file": "gone.pdf", "doc_type": "lease", "fields": {}},
            {"file": None, "text": "d.txt", "doc_type": "lease", "fields": {}},
        ],
    )
    with (home / "labels.jsonl").open("a") as file:
        file.write("not json\n[]\n")

    assert list(originals(home, "lease")) == [home / "a.pdf"]
    assert list(originals(home, None)) == [home / "a.pdf", home / "c.pdf"]
    assert list(originals(home / "nowhere", None)) == []


def test_a_variant_is_written_with_its_thresholds_and_its_card(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = receipts(home / "slips", 12)
    with (data / "labels.jsonl").open("a") as labelled:
        labelled.write('{"text": "0.txt", "doc_type": "nda", "fields": {}}\n')

    code = run(["train", "--type", "receipt", "--data", str(data), "--out", "out", "--folds", "2"])

    captured = capsys.readouterr()
    assert code == 0, captured.err
    assert "12 documents" in captured.out
    assert "1 documents of other types are passed over" in captured.out
    assert "out of fold: F1" in captured.out
    assert sorted(path.name for path in (home / "out").iterdir()) == [
        "MODEL_CARD.md",
        "lineage.json",
        "model",
        "thresholds.json",
    ]
    assert Certificates.model_validate_json((home / "out" / "thresholds.json").read_bytes()).of("total")
    kept = [path.name for path in (home / "home").iterdir()]
    assert kept == ["trainings"], "training keeps nothing but what it was asked for, and its record"


def test_equal_data_and_seed_give_the_equal_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = receipts(home / "slips", 12)
    digests = []
    for out in ("one", "two"):
        assert (
            run(["train", "--type", "receipt", "--data", str(data), "--out", out, "--folds", "2", "--json"])
            == 0
        )
        digests.append(json.loads(capsys.readouterr().out)[0]["digest"])

    assert digests[0] == digests[1]


def test_data_without_a_document_of_the_type_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = receipts(home / "slips", 4)

    assert run(["train", "--type", "lease", "--data", str(data), "--out", "out"]) == 1

    assert "no readable document of type 'lease'" in capsys.readouterr().err
    assert not (home / "out").exists()


def test_one_of_the_shipped_models_is_trained_again_into_a_folder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts(home / "sroie", 12)
    asked = ["models", "--data", str(home), "--only", "receipt", "--out", "new", "--folds", "2"]

    assert run(asked) == 0, capsys.readouterr().err
    assert [path.name for path in (home / "new").iterdir()] == ["receipt"]
    assert (home / "new" / "receipt" / "model").is_file()
    said = capsys.readouterr().out
    assert said.startswith("receipt: ")
    assert "labels of 1 names are no field of the type: till" in said


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        (["--only", "nda"], "lacks the labelled sets kleister-nda; give --data"),
        (["--only", "leese"], "leese does not ship; there are agreement, classifier, invoice"),
    ],
)
def test_a_model_that_cannot_be_trained_again_is_named(
    only: list[str], sentence: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "--data", str(home), *only]) == 1
    assert sentence in capsys.readouterr().err


def test_a_check_writes_nothing_so_that_it_takes_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--data", ".", "--check", "--out", "new"]) == 2
    assert "--check writes nothing" in capsys.readouterr().err


def test_a_classifier_needs_two_types(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = receipts(home / "slips", 6)

    assert run(["train", "--classifier", "--data", str(data), "--out", "out"]) == 1
    assert "Error: " in capsys.readouterr().err


def reviewed(home: Path, count: int) -> Path:
    """Store the pages of ``count`` receipts and write what a person said of them."""

    async def stored() -> list[ReviewedRecord]:
        store, records = connect(f"file://{home / 'home' / 'objects'}"), []
        for number in range(count):
            document, total = f"{number:064x}", f"{number + 3}.50"
            shop = f"{SHOPS[number % len(SHOPS)]} {number}"
            key = keys.artifact(document, "layout", "k", "layout.json")
            pages = layout((shop, f"{number} High Street", f"TOTAL {total}"))
            field = ReviewedField(
                name="total",
                state=ReviewedState.CONFIRMED,
                values=(total,),
                raws=(total,),
                inclusion=0.5,
            )
            records.append(
                ReviewedRecord(
                    document_id=document,
                    run_id="r",
                    decision_id=f"decision-{number}",
                    doc_type="receipt",
                    schema_digest="s",
                    family=document,
                    layout=await put_artifact(store, ArtifactKind.LAYOUT, key, pages),
                    lane="audit",
                    reviewer="r1",
                    reviewed_at=datetime(2026, 11, 2, tzinfo=UTC),
                    fields=(field,),
                )
            )
        return records

    path = home / "reviewed.jsonl"
    path.write_text("".join(record.model_dump_json() + "\n" for record in asyncio.run(stored())))
    return path


def test_a_challenger_learns_from_the_training_pool_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records, data = reviewed(home, 20), receipts(home / "slips", 8)
    asked = ["finetune", "--type", "receipt", "--records", str(records), "--out", "new", "--folds", "2"]

    assert run([*asked, "--data", str(data)]) == 0, capsys.readouterr().err

    said = capsys.readouterr().out
    lineage = parse_lineage((home / "new" / "lineage.json").read_bytes())
    learned = [one.decision_id for one in lineage.learned_from]
    secret = asyncio.run(pool_secret(connect(f"file://{home / 'home' / 'objects'}")))
    pools = [pool_of(secret, f"{number:064x}") for number in range(20)]
    assert learned == sorted(f"decision-{n}" for n, pool in enumerate(pools) if pool is Pool.TRAINING)
    assert len(lineage.base) == 8
    assert all(one.minima for one in lineage.base)
    assert f"learned from {len(learned)} decisions" in said
    assert f"{20 - len(learned)} records are kept for evals" in said
    assert "reviewed records" in (home / "new" / "MODEL_CARD.md").read_text()


def test_records_of_another_type_teach_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = reviewed(home, 3)

    assert run(["finetune", "--type", "lease", "--records", str(records), "--out", "new"]) == 1
    assert "no reviewed record of type 'lease' is in the training pool" in capsys.readouterr().err


def test_every_training_is_listed_with_its_data_and_its_figures(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = receipts(home / "data", 12)
    assert run(["runs"]) == 0
    assert "nothing was trained here yet" in capsys.readouterr().out

    train = ["train", "--type", "receipt", "--data", str(data), "--out", str(home / "out"), "--folds", "2"]
    assert (run(train), run([*train, "--seed", "1"])) == (0, 0)
    capsys.readouterr()
    assert run(["runs", "--type", "receipt", "--json"]) == 0
    newer, older = json.loads(capsys.readouterr().out)

    assert (newer["seed"], older["seed"]) == (1, 0)
    assert newer["data"] == older["data"]
    assert newer["model"] == hashlib.sha256((home / "out" / "model").read_bytes()).hexdigest()
    assert set(older["metrics"]) == {"f1", "right", "auroc", "ece", "certified"}
    assert run(["runs", "--type", "lease"]) == 0
    assert "nothing was trained here yet" in capsys.readouterr().out
    assert run(["runs"]) == 0
    assert newer["model"][:12] in capsys.readouterr().out


def test_a_record_of_a_training_that_is_none_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "home" / "trainings").mkdir(parents=True)
    (home / "home" / "trainings" / "x.json").write_text("{}")

    assert run(["runs"]) == 1
    assert "x.json' is no record of a training" in capsys.readouterr().err
