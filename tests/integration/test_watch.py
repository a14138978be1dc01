"""``doctrail watch`` and ``submit -`` as an operator types them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.installation import SAMPLES, copy_of_types
from tests.integration.terminal import ROOT, Terminal, running, until

LETTER = "To whom it may concern.\nNothing of any type.\n"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty home, and a folder to drop files into."""
    (tmp_path / "in").mkdir()
    return Terminal(tmp_path, copy_of_types(tmp_path, ["receipt"]))


@contextmanager
def watching(terminal: Terminal, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A ``doctrail watch`` in another terminal, interrupted at the end."""
    process = terminal.start("watch", "in", "--settle", "0.2", *options)
    try:
        assert list(until(process, "watching in"))
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert "Traceback" not in complained
    return process.returncode, said.splitlines()


def hear(process: subprocess.Popen[str], *words: str) -> str:
    assert process.stdout is not None
    return next(line for line in process.stdout if all(word in line for word in words))


def test_dropped_files_are_submitted_handled_and_moved_and_a_restart_knows_them(terminal: Terminal) -> None:
    with watching(terminal, "--done", "done", "--failed", "failed") as process:
        (terminal.folder / "in" / "sub").mkdir()
        (terminal.folder / "in" / "sub" / "letter.txt").write_text(LETTER)
        shutil.copy(SAMPLES / "broken.pdf", terminal.folder / "in" / "broken.pdf")
        (terminal.folder / "in" / "half.pdf.part").write_text("half")
        first = hear(process, "→")
        second = hear(process, "→")
        rejected, reviewed = sorted([first, second])
        code, said = ended(process)

    assert rejected.startswith("rejected")
    assert reviewed.startswith("review")
    assert (terminal.folder / "failed" / "broken.pdf").exists()
    assert (terminal.folder / "done" / "sub" / "letter.txt").read_text() == LETTER
    assert [path.name for path in (terminal.folder / "in").rglob("*") if path.is_file()] == ["half.pdf.part"]
    assert (code, said) == (0, ["2 submitted", "1 review, 1 rejected"])

    shutil.copy(terminal.folder / "done" / "sub" / "letter.txt", terminal.folder / "in" / "sub")
    with watching(terminal, "--done", "done") as process:
        assert "letter (2).txt" in hear(process, "→")
        code, said = ended(process)
    assert (code, said) == (0, ["0 submitted; 1 already known", "1 review"])


def test_beside_a_run_the_watch_leaves_the_work_to_it(terminal: Terminal) -> None:
    with running(terminal) as worker, watching(terminal) as process:
        assert list(until(process, f"process {worker.pid} does the work"))
        (terminal.folder / "in" / "letter.txt").write_text(LETTER)
        assert "submitted" in hear(process, "letter.txt")
        assert "review" in hear(process, "letter.txt")
        code, said = ended(process)

    assert (code, said) == (0, ["1 submitted", "1 review"])


def test_a_watch_without_work_only_submits(terminal: Terminal) -> None:
    with watching(terminal, "--no-work") as process:
        (terminal.folder / "in" / "letter.txt").write_text(LETTER)
        assert "letter.txt" in hear(process, "submitted")
        code, said = ended(process)

    assert (code, said) == (0, ["1 submitted", "1 document still under way"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere: no such folder; make it first, or correct its name"),
        (["file.txt"], "file.txt: is no folder; a single file goes in by doctrail submit"),
        (["in", "--done", "in"], "in: finished files would be dropped again; give a folder of their own"),
        (["in", "--done", "."], ".: finished files would be dropped again; give a folder of their own"),
        (["in", "--failed", "file.txt/x"], "file.txt/x: can't be made: not a directory"),
    ],
)
def test_a_folder_that_can_not_be_used_is_named(
    terminal: Terminal, arguments: list[str], sentence: str
) -> None:
    (terminal.folder / "file.txt").write_text("x")

    assert terminal.type("watch", *arguments, code=1).strip() == f"Error: {sentence}"


def test_a_document_by_a_pipe_has_the_name_it_is_given(terminal: Terminal) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "submit", "-", "--name", "letter.txt"],
        cwd=terminal.folder,
        env=terminal.variables | {"PYTHONPATH": str(ROOT)},
        input=LETTER,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("1 submitted\n", "", 0)
    terminal.work()

    assert terminal.ask("show", "letter.txt")["name"] == "letter.txt"
    assert terminal.ask("trace", "letter.txt")["submissions"][0]["place"] == "pipe:letter.txt"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-"], "name what comes by the pipe"),
        (["-", "a.pdf", "--name", "b"], "- stands alone"),
        (["in", "--name", "b"], "only the document of a pipe needs a name"),
    ],
)
def test_a_pipe_is_asked_for_in_one_way(terminal: Terminal, arguments: list[str], word: str) -> None:
    assert word in terminal.type("submit", *arguments, code=2)
