"""From a correction to evidence, by the commands that people type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import run
from app.wiring import Doctrail
from benchmarks.people import work_off
from tests.integration.installation import SAMPLES, Installation, settings_in


def installed(folder: Path) -> Installation:
    return Installation(settings_in(folder, review_release_seconds=0.0, review_audit_rate=1.0))


def test_what_people_decide_becomes_a_set_that_scores_what_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = installed(tmp_path)
    for name, value in (
        ("HOME", str(installation.settings.home)),
        ("ACCEPT_GENERATED_CERTIFICATES", "1"),
        ("REVIEW_AUDIT_RATE", "1"),
    ):
        monkeypatch.setenv(f"DOCTRAIL_{name}", value)
    invoices = sorted(SAMPLES.glob("invoice*.txt")) or sorted(SAMPLES.glob("invoice*.pdf"))
    installation.submit(*invoices[:3])
    installation.drain()

    async def decided(doctrail: Doctrail) -> int:
        return await work_off(doctrail, lambda _: {})

    assert installation.open(decided) >= 3
    # Whether any of three families is kept for evals is drawn by this store's own key.
    built = run(["eval", "build", "--accept-biased"])
    told = capsys.readouterr()
    assert "SET main" in told.out if built == 0 else "kept for evals" in told.err
    if built == 0:
        assert run(["eval", "verify"]) == 0
        assert run(["eval", "run", "--json"]) == 0
        out = capsys.readouterr().out
        assert json.loads(out[out.index("{") :])["runs"][0]["figures"]["documents"] >= 1
    assert run(["accuracy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read"]["invoice"]["cells"] > 0
    assert run(["drift", "nightly"]) == 0
    assert "DRIFT" in capsys.readouterr().out
    assert run(["registry", "verify"]) == 0
    assert run(["registry", "card", "invoice"]) == 0
    assert "to be filled in by a person" in capsys.readouterr().out
    assert run(["rollback", "invoice"]) == 1
    assert "nothing was live of 'invoice' before" in capsys.readouterr().err


def test_questions_about_nothing_are_answered_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCTRAIL_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()

    assert run(["eval", "build"]) == 1
    assert "no reviewed document" in capsys.readouterr().err
    assert run(["eval", "list"]) == 0
    assert "no set yet" in capsys.readouterr().out
    assert run(["eval", "run", "nosuch"]) == 1
    assert "no set is called 'nosuch'" in capsys.readouterr().err
    assert run(["promote", "invoice@ffff", "--by", "ada"]) == 1
    assert "nothing is live yet" in capsys.readouterr().err
    assert run(["registry", "show"]) == 0
    assert "nothing is live" in capsys.readouterr().out
