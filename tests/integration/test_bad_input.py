"""Bad input by the commands an operator types: a file's own fault is a record or a refusal that says why."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.submit import FileRefusedError, files_in, read_unchanged, read_whole
from schemas.canonical import sha256_hex
from tests.integration.installation import copy_of_types
from tests.integration.permissions import common_folder, unprivileged
from tests.integration.terminal import Terminal

LETTER = "A letter about nothing in particular.\nYours, Ann\n"
MEGABYTE = 1 << 20


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty home that takes files up to 1 MB."""
    return Terminal(tmp_path, copy_of_types(tmp_path, trained=False), {"DOCTRAIL_MAX_FILE_MB": "1"})


def put(terminal: Terminal, name: str, text: str = LETTER) -> Path:
    path = terminal.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_rejected_as_empty(terminal: Terminal) -> None:
    put(terminal, "empty.pdf", "")

    assert "1 rejected" in terminal.type("submit", "empty.pdf", "--wait")
    assert terminal.type("trace", "empty.pdf").startswith("rejected: the file is empty")


def test_a_folder_without_files_is_named_and_the_other_files_go_in(terminal: Terminal) -> None:
    (terminal.folder / "nothing" / ".hidden").mkdir(parents=True)
    put(terminal, "letter.txt")

    said = terminal.hear("submit", "nothing", "letter.txt", code=1)

    assert said.sentence("nothing") == "nothing: the folder holds no file"
    assert "1 submitted; 1 refused" in said.out


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def nothing_of_a_very_long_name(path: Path) -> None:
    """Nothing can be made under a name longer than names may be."""


@pytest.mark.parametrize(
    ("make", "name", "why"),
    [
        (a_pipe, "p", "is not a plain file"),
        (a_socket, "s", "can't be opened: no such device or address"),
        (a_link_to_nothing, "l", "no such file or folder"),
        (a_link_to_itself, "o", "can't be opened: too many levels of symbolic links"),
        (nothing_of_a_very_long_name, "x" * 300, "can't be opened: file name too long"),
    ],
)
def test_what_is_no_file_is_refused_in_one_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], name: str, why: str
) -> None:
    # A socket's path must be short, which that of a test's folder is not.
    monkeypatch.chdir(terminal.folder)
    make(terminal.folder / name)

    assert terminal.hear("submit", name, code=1).err.splitlines() == [f"{name}: {why}"]


def test_a_link_that_leads_nowhere_costs_the_rest_of_its_folder_nothing(terminal: Terminal) -> None:
    folder = terminal.folder / "scans"
    folder.mkdir()
    a_link_to_itself(folder / "a")
    put(terminal, "scans/b.txt")

    said = terminal.hear("submit", "scans", code=1)

    assert "1 submitted; 1 refused" in said.out
    assert said.err == "scans/a: can't be opened: too many levels of symbolic links\n"


def test_a_file_without_permission_is_refused_as_such(tmp_path: Path) -> None:
    closed = tmp_path / "closed.txt"
    closed.write_text(LETTER, encoding="utf-8")
    closed.chmod(0)

    with unprivileged(), pytest.raises(FileRefusedError, match=r"closed\.txt: can't be opened: permission"):
        read_whole(closed, MEGABYTE)


def test_a_folder_without_permission_is_named_instead_of_passed_over() -> None:
    with common_folder() as folder:
        (folder / "closed").mkdir()
        (folder / "open.txt").write_text(LETTER, encoding="utf-8")
        (folder / "closed").chmod(0)
        with unprivileged():
            found = list(files_in(folder))
            with pytest.raises(FileRefusedError, match="closed: can't be opened: permission denied"):
                read_whole(folder / "closed", MEGABYTE)

    assert found == [folder / "open.txt", folder / "closed"]


def test_a_file_larger_than_the_limit_is_refused_unread_and_the_setting_is_named(terminal: Terminal) -> None:
    with (terminal.folder / "film.pdf").open("wb") as file:
        file.truncate(3_000_000_000)

    said = terminal.hear("submit", "film.pdf", code=1)

    assert said.sentence("film.pdf") == (
        "film.pdf: has 3000 MB, more than the limit of 1 MB (DOCTRAIL_MAX_FILE_MB)"
    )


def test_a_file_that_is_written_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"the beginning")

    class StillWritten(io.FileIO):
        """A file to which another process adds between two looks at it."""

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size) or b""
            with path.open("ab") as more:
                more.write(b", and the end")
            return data

    with StillWritten(path) as file, pytest.raises(FileRefusedError, match="changed while it was read"):
        read_unchanged(file, os.fstat(file.fileno()), path, MEGABYTE)

    assert read_whole(path, MEGABYTE) == b"the beginning, and the end"


def test_a_changed_file_is_a_new_document(terminal: Terminal) -> None:
    first = sha256_hex(put(terminal, "letter.txt").read_bytes())
    terminal.type("submit", "letter.txt", "--wait")
    second = sha256_hex(put(terminal, "letter.txt", LETTER + "P.S.\n").read_bytes())

    assert "1 submitted" in terminal.type("submit", "letter.txt", "--wait")
    assert {path.name for path in (terminal.objects / "documents").iterdir()} == {first, second}
    assert terminal.ask("trace", "letter.txt")["document_id"] == second


def test_the_same_bytes_under_another_name_are_the_same_document_with_both_names(terminal: Terminal) -> None:
    put(terminal, "letter.txt")
    put(terminal, "copy.txt")
    terminal.type("submit", "letter.txt", "--wait")

    terminal.type("submit", "copy.txt", "--wait")

    first, second = terminal.ask("trace", "letter.txt"), terminal.ask("trace", "copy.txt")
    assert first == second
    assert {found["name"] for found in first["submissions"]} == {"letter.txt", "copy.txt"}
    assert len(list(terminal.objects.glob("documents/*/results/reading/*.json"))) == 1


def test_a_name_that_is_no_text_is_taken_in_and_spelt_out(terminal: Terminal) -> None:
    folder = terminal.folder / "odd"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text(LETTER, encoding="utf-8")

    assert "1 submitted" in terminal.type("submit", "odd", "--wait")
    assert "caf\\xe9.txt" in terminal.type("reviews", "list")
