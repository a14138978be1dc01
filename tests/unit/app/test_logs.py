"""Logs: one JSON object a line to a pipe, from the level that is set, libraries included."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from app.logs import configure_logs


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_pipe_gets_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")

    structlog.get_logger("bus").info("worker.started", agent="intake", wild="\x1b[2J\n")

    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["agent"], line["wild"]) == (
        "worker.started",
        "info",
        "intake",
        "\x1b[2J\n",
    )
    assert str(line["timestamp"]).endswith("Z")


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning")

    structlog.get_logger("bus").info("worker.started")
    structlog.get_logger("bus").warning("worker.late")

    assert [line["event"] for line in lines(capsys)] == ["worker.late"]


def test_an_exception_is_told_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("error")

    try:
        _ = 1 / len("")
    except ZeroDivisionError:
        structlog.get_logger("bus").exception("handler.defect")

    (line,) = lines(capsys)
    assert "ZeroDivisionError: division by zero" in str(line["exception"])


def test_libraries_speak_in_the_same_form_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")

    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("disk %s", "slow")

    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["message"]) == (
        "library.message",
        "some.library",
        "disk slow",
    )
