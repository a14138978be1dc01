"""What training refuses before it begins, what it passes over, and how what it kept is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.actions.train import originals
from app.cli import run
from app.commands.options import LARGEST_SEED

TRAIN = ["train", "--type", "receipt", "--data", "nowhere"]
KINDS = (
    TRAIN,
    ["train", "--classifier", "--data", "nowhere"],
    ["train", "--splitter", "--data", "nowhere"],
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCTRAIL_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize("command", [TRAIN, ["finetune", "--type", "receipt", "--out", "new"]])
@pytest.mark.parametrize("seed", [LARGEST_SEED + 1, -LARGEST_SEED - 1, 10**22])
def test_a_seed_that_no_record_can_hold_is_refused_at_once(
    command: list[str], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, f"--seed={seed}"]) == 2
    assert f"'--seed': it must lie between -{LARGEST_SEED} and {LARGEST_SEED}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [*KINDS, ["finetune", "--type", "receipt"], ["models", "--data", "nowhere"]]
)
def test_an_empty_place_is_not_the_working_directory(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--out", ""]) == 2
    assert "'--out': it is empty; name a path, or . for this folder" in capsys.readouterr().err


@pytest.mark.parametrize("command", KINDS)
@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("taken", "'taken' can't be written: not a directory"),
        ("taken/below", "'taken/below' can't be written: not a directory"),
        ("folder", "'folder/model' can't be written: is a directory"),
        ("t" * 300, "' can't be written: file name too long"),
    ],
)
def test_a_place_that_takes_no_model_is_told_before_anything_is_read(
    home: Path, command: list[str], out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "taken").write_text("a file")
    (home / "folder" / "model").mkdir(parents=True)

    assert run([*command, "--out", out]) == 1

    said = capsys.readouterr().err
    assert sentence in said
    assert "nowhere" not in said


def test_a_place_that_is_still_to_be_made_or_is_this_one_is_not_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for out in ("new/below", "."):
        assert run([*TRAIN, "--out", out]) == 1
        assert "nowhere/labels.jsonl can't be read" in capsys.readouterr().err


def test_originals_are_read_past_lines_that_training_will_refuse(home: Path) -> None:
    (home / "a.pdf").write_bytes(b"%PDF")
    lines = [
        json.dumps({"file": "a.pdf", "doc_type": ["lease"]}),
        json.dumps({"file": "a\0b", "doc_type": "lease"}),
        json.dumps({"file": "t" * 5000, "doc_type": "lease"}),
        json.dumps({"file": "\ud800x", "doc_type": "lease"}),
        json.dumps({"file": ["a.pdf"], "doc_type": "lease"}),
        "[" * 100_000,
        json.dumps({"file": "a.pdf", "doc_type": "lease", "note": "a\u2028b"}, ensure_ascii=False),
    ]
    (home / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8-sig")

    assert list(originals(home, {"lease"})) == [home / "a.pdf"]
    assert list(originals(home, None)) == [home / "a.pdf"]


def test_nothing_in_the_record_of_a_training_commands_a_terminal(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {
        "at": "2026-01-01T00:00:00Z", "name": "\u202ea", "model": "m\x1b[31m", "size": 1, "folder": "x",
        "data": "d\n", "reviewed": "r\x07", "documents": 1, "folds": 2, "seed": 0, "code": "c\x1b[0m",
        "metrics": {"f1\x1b[31m": 0.5},
    }  # fmt: skip
    (home / "home" / "trainings").mkdir(parents=True)
    (home / "home" / "trainings" / "x.json").write_text(json.dumps(kept))

    assert run(["runs"]) == 0

    said = capsys.readouterr().out
    assert "f1\\x1b[31m 0.500" in said
    assert all(line.isprintable() for line in said.split("\n"))
