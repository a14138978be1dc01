"""Settings as people write them: a wrong value or name is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import run


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DOCTRAIL_STORE_URL", "ftp://x", "scheme 'ftp' is not known"),
        ("DOCTRAIL_BUS_URL", "amqp://x", "bus URL has scheme"),
        ("DOCTRAIL_DATABASE_URL", "mysql://x", "is not known; use sqlite"),
        ("DOCTRAIL_WINDOW", "many", "DOCTRAIL_WINDOW"),
        ("DOCTRAIL_LOG_LEVEL", "loud", "DOCTRAIL_LOG_LEVEL"),
        ("DOCTRAIL_TOPIC_RETENTION_DAYS", "inf", "finite number"),
        ("DOCTRAIL_MAX_FILE_MB", "2001", "DOCTRAIL_MAX_FILE_MB"),
    ],
)
def test_a_wrong_setting_is_named_by_its_variable_or_url(
    variable: str,
    value: str,
    sentence: str,
    made_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del made_home
    monkeypatch.setenv(variable, value)

    assert run(["status"]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DOCTRAIL_BUSURL", "DOCTRAIL_BUS_URL"),
        ("DOCTRAIL_STORE_ULR", "DOCTRAIL_STORE_URL"),
        ("DOCTRAIL_MAX_PAGE", "DOCTRAIL_MAX_PAGES"),
        ("doctrail_min_qualty", "DOCTRAIL_MIN_QUALITY"),
    ],
)
def test_a_misspelt_setting_is_refused_and_the_one_that_was_meant_is_named(
    written: str,
    meant: str,
    made_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del made_home
    monkeypatch.setenv(written, "1")

    assert run(["status"]) == 1
    assert capsys.readouterr().err == f"Error: {written.upper()} is no setting; write {meant}, or unset it\n"


def test_a_setting_misspelt_in_the_env_file_is_refused_too(
    made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made_home.parent / ".env").write_text("# here\nDOCTRAIL_WINDWO=1\n", encoding="utf-8")

    assert run(["status"]) == 1
    assert "write DOCTRAIL_WINDOW" in capsys.readouterr().err


def test_variables_of_ours_that_are_no_setting_disturb_nobody(
    made_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del made_home
    for name in ("DOCTRAIL_DATA", "DOCTRAIL_SERVICES", "DOCTRAIL_REVIEW_HOST", "DOCTRAIL_OF_TOMORROW"):
        monkeypatch.setenv(name, "1")

    assert run(["status"]) == 0, capsys.readouterr().err
