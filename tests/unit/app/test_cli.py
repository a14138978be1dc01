"""The command line's promises: help at once, one sentence for every error, exit codes, JSON for programs."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.failures import sentences
from schemas.errors import PermanentError, TransientError

ROOT = Path(__file__).parents[3]


def call(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run doctrail as a process of its own."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    return done


def test_a_shell_completes_commands_and_options() -> None:
    words = {"_DOCTRAIL_COMPLETE": "complete_bash", "COMP_CWORD": "1", "COMP_WORDS": "doctrail backf"}

    done = call(env={**os.environ, **words})

    assert done.stdout.split() == ["backfill"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["records", "--format", "xml"],
        ["submit", ""],
        ["submit", "a.pdf", ""],
        ["watch", ""],
        ["watch", "in", "--done", ""],
        ["show"],
        ["verify"],
        ["verify", "a", "--all"],
        ["trace", "a", "--json", "--html", "x.html"],
        ["dlq", "redrive"],
        ["reviews", "export"],
        ["reviews", "decide", "a"],
        ["backfill", "--since", "yesterday"],
        ["backfill", "--rate", "0"],
        ["schemas", "show", "documents.submitted", "--version", "one"],
        ["train", "--data", "x"],
        ["train", "--type", "lease", "--classifier", "--data", "x"],
    ],
)
def test_wrong_usage_exits_with_2(
    arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2

    assert "Error: " in capsys.readouterr().err
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "nothing-like-it"], "nothing is known as 'nothing-like-it'"),
        (["trace", "77"], "nothing is known as '77'"),
        (["verify", "77"], "nothing is known as '77'"),
        (["dlq", "show", "77"], "no dead letter begins with '77'"),
        (["reviews", "decide", "77", "--file", "none.json"], "'none.json': no such file or directory"),
        (["reviews", "decide", "77", "--file", "."], "'.': is a directory"),
        (["reviews", "export", "77"], "nothing is known as '77'"),
        (["schemas", "show", "documents.lost"], "documents.lost is not published; there is"),
        (["types", "show", "leese"], "there is no document type 'leese'; there is agreement, invoice"),
        (["backfill", "--id", "0" * 64], "cause '0000"),
        (["train", "--type", "lease", "--data", "nowhere"], "nowhere/labels.jsonl can't be read"),
        (["models", "--data", "nowhere"], "'nowhere' lacks the labelled sets "),
        (
            ["records", "--type", "leese"],
            "no document type 'leese' here; nothing was submitted here yet",
        ),
        (["ledger", "nowhere.pdf"], "nothing is known as 'nowhere.pdf'"),
        (["records", "--format", "csv", "--out", "no/such/folder/r.csv"], "can't be written: no such file"),
        (["backup", "/dev/null/x"], "'/dev/null/x' can't be written: not a directory"),
        (["samples", "--out", "/dev/null/x"], "'/dev/null/x' can't be written: not a directory"),
        (["alerts", "silence", "held", "--for", "99999999999d", "--reason", "x"], "ends within 7 days"),
        (["incident", "open", "x", "--since", "2999-01-01T00:00"], "begun in the future, 2999-01-01"),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(
    arguments: list[str], sentence: str, made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1

    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (made_home / "crashes").exists()


@pytest.mark.parametrize(
    ("arguments", "empty"),
    [
        (["status", "--json"], None),
        (["reviews", "list", "--json"], []),
        (["dlq", "list", "--json"], []),
        (["types", "list", "--json"], None),
        (["types", "show", "receipt", "--json"], None),
        (["types", "log", "--json"], []),
        (["schemas", "check", "--json"], {"ok": True, "problems": []}),
        (["catalog", "rebuild", "--json"], {"facts": 0, "documents": 0, "removed": 0, "problems": []}),
        (["verify", "--all", "--json"], None),
    ],
)
def test_json_is_for_programs(
    arguments: list[str], empty: object, made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del made_home

    assert run(arguments) == 0

    answer = json.loads(capsys.readouterr().out)
    assert empty is None or answer == empty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["records"], "no records yet"),
        (["reviews", "list"], "nothing waits for a person"),
        (["dlq", "list"], "no dead letters"),
        (["status"], "0 documents; nobody runs this home"),
        (["schemas", "check"], "8 messages hold what is published"),
        (
            ["schemas", "show", "records.completed", "--version", "1.0"],
            '"$id": "doctrail:records.completed/1.0"',
        ),
        (["types", "list"], "live: nothing yet"),
        (["types", "show", "receipt"], "vendor_name"),
        (["catalog", "rebuild"], "0 documents from 0 facts"),
        (["verify", "--all"], "0 documents checked"),
        (["--version"], "doctrail"),
    ],
)
def test_an_empty_home_says_so(
    arguments: list[str], said: str, made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del made_home

    assert run(arguments) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["status"], ["trace", "x"], ["dlq", "list"], ["verify", "--all"], ["records"]]
)
def test_a_question_never_makes_a_home(
    arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1

    assert f"nothing is here yet: home {str(home)!r} does not exist" in capsys.readouterr().err
    assert not home.exists()


def test_types_are_listed_without_a_home(home: Path) -> None:
    assert run(["types", "list"]) == 0
    assert not home.exists()


def test_a_defect_is_reported_in_a_file_and_named_in_one_sentence(home: Path) -> None:
    try:
        _ = 1 / len("")
    except ZeroDivisionError as error:
        (sentence,) = sentences(error, "records")

    (report,) = (home / "crashes").iterdir()
    assert f"a defect of its own (ZeroDivisionError); the report is in {str(report)!r}" in sentence
    assert "command: doctrail records" in report.read_text()
    assert "Traceback" in report.read_text()


def test_a_report_goes_elsewhere_where_the_home_takes_no_file(home: Path) -> None:
    home.write_text("a file where the home should be")

    (sentence,) = sentences(KeyError("x"), "status")

    report = Path(sentence.split("'")[1])
    assert report.is_file()
    assert home not in report.parents
    report.unlink()


def test_errors_of_several_tasks_are_each_told_once(home: Path) -> None:
    del home
    first, second = PermanentError("one", reason="x"), TransientError("two", target="store")
    group = ExceptionGroup("", [first, ExceptionGroup("", [second, first])])

    assert sentences(group, "run") == ["one", "two"]


def test_a_defect_among_known_errors_is_the_one_that_is_reported(home: Path) -> None:
    group = ExceptionGroup("", [PermanentError("one", reason="x"), RuntimeError("oops")])

    assert "RuntimeError" in sentences(group, "run")[0]
    assert len(list((home / "crashes").iterdir())) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_no_defect(number: int, home: Path) -> None:
    (sentence,) = sentences(OSError(number, os.strerror(number), "/data/x"), "run")

    assert (
        sentence
        == f"'/data/x': {os.strerror(number).lower()}; make room or mend the permissions, then try again"
    )
    assert not home.exists()


def test_what_an_error_quotes_can_not_command_a_terminal(home: Path) -> None:
    del home

    assert sentences(PermanentError("file '\x1b[2J' is odd", reason="x"), "") == ["file '\\x1b[2J' is odd"]


def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        [sys.executable, "-m", "app", "schemas", "show", "records.completed"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_command_leaves_with_its_code_before_the_interpreter_is_taken_apart() -> None:
    # Threads of native libraries that are caught in that abort the process.
    script = (
        "import atexit, os, sys\n"
        "from app.cli import main\n"
        "class Caught:\n"
        "    def __del__(self, abort=os.abort): abort()\n"
        "caught = Caught()\n"
        "atexit.register(print, 'exit functions ran')\n"
        "sys.argv = ['doctrail', *sys.argv[1:]]\n"
        "main()\n"
    )
    done, wrong = (
        subprocess.run(
            [sys.executable, "-c", script, option],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for option in ("--version", "--no-such-option")
    )

    assert (done.returncode, wrong.returncode) == (0, 2)
    assert "exit functions ran" in done.stdout
    assert done.stdout.startswith("doctrail")


@pytest.mark.usefixtures("made_home")
@pytest.mark.parametrize(
    ("arguments", "code"), [(["trace", "77"], 1), (["show", "77"], 1), (["records", "--format", "jsonl"], 0)]
)
def test_what_the_store_and_the_catalog_know_is_told_while_the_bus_is_down(
    arguments: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCTRAIL_BUS_URL", "kafka://127.0.0.1:1")

    assert run(arguments) == code
    assert "did not answer" not in capsys.readouterr().err


@pytest.mark.usefixtures("made_home")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alerts", "run", "--once"], "0 alerts firing"),
        (["alerts", "list"], "0 alerts firing"),
        (
            ["alerts", "silence", "part-down", "--for", "4h", "--reason", "mended tonight"],
            "part-down silenced",
        ),
        (["alerts", "fire-drill"], "ok    log: delivered"),
        (["incident", "open", "the database is away"], "incident 1 opened"),
        (["incident", "list"], "no incident"),
        (["gates", "list"], "0 gates closed"),
    ],
)
def test_who_is_on_call_can_do_his_work_while_the_catalog_is_down(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCTRAIL_DATABASE_URL", "postgresql://doctrail@127.0.0.1:1/doctrail")

    assert run(arguments) == 0
    assert said in capsys.readouterr().out
